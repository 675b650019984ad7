"""The options of the demo set: one frozen dataclass from which the command line is made too."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from klant360.demo.style import STYLES
from klant360.errors import UserError

FORMATS = ("csv", "parquet")
GROUPS = {"people": "the people", "record": "dirt per source record", "file": "dirt in the files"}


class DemoError(UserError):
    """The demo set cannot be made; the message says why."""


def _option(default: Any, group: str, kind: str, text: str) -> Any:
    return field(default=default, metadata={"group": group, "kind": kind, "help": text})


def _share(default: float, group: str, text: str) -> Any:
    return _option(default, group, "share", text)


@dataclass(frozen=True)
class Options:
    """How many people, which seed, and how dirty. Shares are fractions from 0 to 1."""

    people: int = 2000
    seed: int = 360
    out: Path = Path("demo")
    format: str = "csv"
    style: str = "plain"
    seasonality: float = 1.0

    one_system: float = _share(0.35, "people", "people who are known in one system")
    two_systems: float = _share(0.40, "people", "people who are known in two systems; the rest in all three")
    prospects: float = _share(0.09, "people", "people who never buy")
    belgians: float = _share(0.15, "people", "people who live in Belgium")
    living_together: float = _share(0.15, "people", "people who share an address with another one")
    shared_phones: float = _share(0.50, "people", "of those households, the ones that share a phone")
    shared_emails: float = _share(0.25, "people", "of those households, the ones that share an email address")

    name_typos: float = _share(0.04, "record", "a typo in the first or the last name")
    initials: float = _share(0.08, "record", "an initial for a first name")
    swapped_names: float = _share(0.01, "record", "first and last name swapped")
    other_emails: float = _share(0.06, "record", "the person's other email address")
    other_addresses: float = _share(0.06, "record", "the person's former address")
    no_emails: float = _share(0.06, "record", "no email address")
    no_phones: float = _share(0.20, "record", "no phone")
    known_numbers: float = _share(
        0.30, "record", "accounts and contacts of a CRM customer that hold its number"
    )
    double_customers: float = _share(0.02, "record", "people who are in the CRM twice")
    guest_orders: float = _share(0.10, "record", "orders without an account")
    erasure_requests: float = _share(0.001, "record", "people who ask to be erased")
    shared_mailbox: int = _option(25, "record", "count", "people whose CRM record has one shared email")
    call_centre: int = _option(25, "record", "count", "people whose service-desk record has one shared phone")

    bad_dates: float = _share(0.002, "file", "rows with an impossible date")
    double_keys: float = _share(0.002, "file", "rows with a duplicate key")
    unknown_references: float = _share(0.002, "file", "rows with a broken reference")
    refunds: float = _share(0.002, "file", "orders refunded, in part or in full")
    credit_notes: float = _share(0.002, "file", "credit notes, per order")
    excluded_statuses: float = _share(0.002, "file", "attempts that were cancelled, failed, ..., per order")
    other_currencies: float = _share(0.002, "file", "orders in a currency other than the euro")

    def __post_init__(self) -> None:
        """Raise DemoError for impossible options."""
        if self.people < 1:
            raise DemoError(f"--customers must be at least 1, not {self.people}.")
        if self.seed < 0:
            raise DemoError(f"--seed must be 0 or more, not {self.seed}.")
        if self.format not in FORMATS:
            raise DemoError(f"--format must be one of {', '.join(FORMATS)}, not {self.format}.")
        if self.style not in STYLES:
            raise DemoError(f"--style must be one of {', '.join(STYLES)}, not {self.style}.")
        if self.style != "plain" and self.format != "csv":
            raise DemoError(f"--style {self.style} is for CSV: leave out --format {self.format}.")
        if not 0 <= self.seasonality <= 5:
            raise DemoError(f"--seasonality must be between 0 (none) and 5, not {self.seasonality}.")
        for option in fields(self):
            value, kind = getattr(self, option.name), option.metadata.get("kind")
            if kind == "share" and not 0 <= value <= 1:
                raise DemoError(f"{flag(option.name)} must be a share between 0 and 1, not {value}.")
            if kind == "count" and value < 0:
                raise DemoError(f"{flag(option.name)} must be 0 or more, not {value}.")
        if self.one_system + self.two_systems > 1 + 1e-9:
            raise DemoError("--one-system and --two-systems together must not be more than 1.")


def flag(name: str) -> str:
    """Return an option as on the command line: `bad_dates` is `--bad-dates`."""
    return "--" + name.replace("_", "-")
