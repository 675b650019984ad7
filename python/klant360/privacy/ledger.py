"""The ledger of erasure requests: a small file outside the warehouse, so that a request holds for good.

It holds no name and no email: a request is known by a keyed hash of whom it means. Its first line tells which
secret that was. One line of JSON per request follows: request_hash, requested_by (email or customer_number),
requested_at (UTC), what came of it (outcome), and of one that was carried out keyed hashes of the records
that went. From then on it means those: an email may become somebody else's.
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

# The ledger as the SQL reads it that looks for the rows of people.
CREATE_LEDGER = """
create schema privacy;
create table privacy.ledger (
    request_hash varchar, requested_by varchar, requested_at timestamp, outcome varchar,
    record_hashes varchar[]
);
"""


class LedgerError(UserError):
    """The ledger cannot be trusted; the message is a sentence that says why, and what to do."""


@dataclass(frozen=True, order=True)
class Request:
    """One request; the outcome is erased, ambiguous, settled or not_found."""

    request_hash: str
    requested_by: str
    requested_at: str
    outcome: str
    record_hashes: tuple[str, ...] = ()


def ledger_file(warehouse: Path) -> Path:
    """The ledger of a warehouse: KLANT360_ERASURE_LEDGER, else a file beside it that outlives it.

    The demo set never writes in that of a company: a warehouse that holds nothing else has its own.
    """
    if demo_ledger(warehouse).exists():
        return demo_ledger(warehouse)
    named = os.environ.get(LEDGER)
    return PROJECT / named if named else warehouse.with_name(f"{warehouse.stem}.erasures.jsonl")


def demo_ledger(warehouse: Path) -> Path:
    """The ledger of a warehouse that holds the demo set and nothing else; there is none beside any other."""
    return warehouse.with_name(f"{warehouse.stem}.demo.jsonl")


def read_ledger(path: Path, secret: str) -> list[Request]:
    """Read the requests; none when there is no file yet.

    Raises LedgerError when a line cannot be read, or when the ledger was made under another secret: its
    requests would then mean nobody, and people who were erased would come back.
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
            f"The ledger of erasure requests {path} is damaged: put back a copy of it. Without it, people who"
            " asked to be erased come back."
        ) from error
    if mark != _mark(secret):
        raise LedgerError(
            f"The ledger of erasure requests {path} was made under another KLANT360_ID_SALT, so nobody can"
            " tell whom it means: set the secret that it was made under, or none where there was none."
        )
    return requests


def write_ledger(path: Path, secret: str, requests: Iterable[Request]) -> None:
    """Write the ledger anew, in one step: it is never half-written."""
    lines = [json.dumps({"secret": _mark(secret)}), *(json.dumps(asdict(one)) for one in sorted(requests))]
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as target:
        target.write("\n".join(lines) + "\n")
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(path)


def _mark(secret: str) -> str:
    return hashlib.sha256(f"{secret}|erasure ledger".encode()).hexdigest()[:16]
