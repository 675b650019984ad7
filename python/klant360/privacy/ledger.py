"""The ledger of erasure requests: a small file outside the warehouse, so that requests hold permanently.

It contains no names or emails: a request is identified by a keyed hash of the person's email or number. The
first line identifies the secret. Each further line is a request as JSON: request_hash, requested_by (email or
customer_number), requested_at (UTC), outcome, and once carried out, keyed hashes of the erased records. From
then on the request means those records: an email may become somebody else's.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from klant360.errors import UserError
from klant360.project import LEDGER, PROJECT

# The ledger as the SQL that finds erased rows reads it.
CREATE_LEDGER = """
create schema privacy;
create table privacy.ledger (
    request_hash varchar, requested_by varchar, requested_at timestamp, outcome varchar,
    record_hashes varchar[]
);
"""


class LedgerError(UserError):
    """The ledger cannot be trusted; the message says why and what to do."""


@dataclass(frozen=True, order=True)
class Request:
    """One request; the outcome is erased, ambiguous, settled or not_found."""

    request_hash: str
    requested_by: str
    requested_at: str
    outcome: str
    record_hashes: tuple[str, ...] = ()


def ledger_file(warehouse: Path) -> Path:
    """Return the ledger of a warehouse: KLANT360_ERASURE_LEDGER, else a file beside it that outlives it.

    The demo set never writes to a company's ledger: a warehouse of the demo set has its own.
    """
    if demo_ledger(warehouse).exists():
        return demo_ledger(warehouse)
    named = os.environ.get(LEDGER)
    return PROJECT / named if named else warehouse.with_name(f"{warehouse.stem}.erasures.jsonl")


def demo_ledger(warehouse: Path) -> Path:
    """Return the path of the ledger that only a warehouse of the demo set has."""
    return warehouse.with_name(f"{warehouse.stem}.demo.jsonl")


def read_ledger(path: Path, secret: str) -> list[Request]:
    """Read the requests; none if there is no file yet.

    Raises LedgerError if a line cannot be read, or if the ledger was made with another secret: its requests
    would then match nobody, and people who were erased would come back.
    """
    if not path.exists():
        return []
    first, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    try:
        mark = json.loads(first)["secret"]
        facts = [json.loads(line) for line in lines]
        requests = [Request(**{**one, "record_hashes": tuple(one["record_hashes"])}) for one in facts]
    except (ValueError, TypeError, KeyError) as error:
        raise LedgerError(
            f"The ledger of erasure requests {path} is damaged: restore a copy. Without it, people who"
            " asked to be erased come back."
        ) from error
    if mark != _mark(secret):
        raise LedgerError(
            f"The ledger of erasure requests {path} was made with another KLANT360_ID_SALT, so its requests"
            " match nobody: set the secret that it was made with, or none if there was none."
        )
    return requests


def write_ledger(path: Path, secret: str, requests: Iterable[Request]) -> None:
    """Replace the ledger in one atomic step: it is never half-written."""
    lines = [json.dumps({"secret": _mark(secret)}), *(json.dumps(asdict(one)) for one in sorted(requests))]
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as target:
        target.write("\n".join(lines) + "\n")
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(path)


def _mark(secret: str) -> str:
    return hashlib.sha256(f"{secret}|erasure ledger".encode()).hexdigest()[:16]
