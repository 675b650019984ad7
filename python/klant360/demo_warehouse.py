"""The warehouse of the demo set makes way: nothing of its made-up people may stay among a company's own.

A file beside the warehouse marks it, made when the demo set goes into a new one. So all that stands in a
marked warehouse, and in the ledger of erasures beside it, is of the demo set.
"""

from __future__ import annotations

from pathlib import Path

from klant360.delivery import DEFAULT_SOURCES
from klant360.erasure_ledger import default_ledger, secret_mark


def is_of_demo(warehouse: Path) -> bool:
    """Whether all that stands in a warehouse is of the demo set."""
    return _marker(warehouse).exists()


def make_way(warehouse: Path, sources: Path, project: Path, secret: str) -> bool:
    """Remove the demo set's warehouse when other sources, or another secret, come; returns whether it was.

    Marks a new warehouse that the demo set goes into. Nothing may have the warehouse open. A ledger of
    erasures that KLANT360_ERASURE_LEDGER names is left alone.
    """
    marker, ledger = _marker(warehouse), default_ledger(warehouse)
    comes_demo = sources.resolve() == (project / DEFAULT_SOURCES).resolve()
    goes = marker.exists() and not (comes_demo and marker.read_text(encoding="utf-8") == secret_mark(secret))
    if goes:
        # the mark last: what was begun is ended the next time
        for path in (warehouse, warehouse.with_name(f"{warehouse.name}.wal"), ledger, marker):
            path.unlink(missing_ok=True)
    if comes_demo and not warehouse.exists() and not ledger.exists():
        marker.write_text(secret_mark(secret), encoding="utf-8")
    return goes


def _marker(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.stem}.demo")
