"""Replaces a warehouse of the demo set: none of its fictional people may end up among a company's own.

A new warehouse for the demo set gets its own ledger of erasures, `klant360.demo.jsonl`. While that file is
beside the warehouse, everything in the warehouse belongs to the demo set.
"""

from __future__ import annotations

from pathlib import Path

from klant360.privacy.ledger import LedgerError, demo_ledger, read_ledger, write_ledger
from klant360.project import DEMO_SOURCES


def is_of_demo(warehouse: Path) -> bool:
    """Return whether a warehouse contains the demo set and nothing else."""
    return demo_ledger(warehouse).exists()


def make_way(warehouse: Path, sources: Path, project: Path, secret: str) -> bool:
    """Remove the demo set's warehouse if the sources or the secret change; returns whether it did.

    Begins the ledger of the demo set where that goes into a new warehouse, which nothing may have open.
    """
    comes_demo = sources.resolve() == (project / DEMO_SOURCES).resolve()
    goes = is_of_demo(warehouse) and not (comes_demo and _is_of_secret(demo_ledger(warehouse), secret))
    if goes:
        # the ledger last: an interrupted removal is completed the next time
        for path in (warehouse, warehouse.with_name(f"{warehouse.name}.wal"), demo_ledger(warehouse)):
            path.unlink(missing_ok=True)
    if comes_demo and not warehouse.exists():
        write_ledger(demo_ledger(warehouse), secret, [])
    return goes


def _is_of_secret(ledger: Path, secret: str) -> bool:
    try:
        read_ledger(ledger, secret)
    except LedgerError:
        return False
    return True
