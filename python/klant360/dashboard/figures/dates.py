"""The month-ends of which the number of customers may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from klant360.dashboard.masking import shown_dates
from klant360.dashboard.tables import Tables

# A score is a fifth of the customers: with fewer than this many groups' worth, no fifth can be shown.
FIFTHS = 5


@dataclass(frozen=True)
class Snapshot:
    """A month-end, or `as_of_date`."""

    day: date
    previous: date | None
    customers: int
    is_month_end: bool
    is_window_full: bool


@cache
def snapshots(tables: Tables) -> list[Snapshot]:
    """Return all snapshots, oldest first."""
    return [
        Snapshot(**row)
        for row in tables.rows("""
            select
                snapshot_date as day,
                previous_snapshot_date as previous,
                customers,
                is_month_end,
                is_window_full
            from snapshots
            order by day
        """)
    ]


def buyers(tables: Tables) -> int:
    """Return the number of customers with a purchase."""
    every = snapshots(tables)
    return every[-1].customers if every else 0


def has_groups(tables: Tables) -> bool:
    """Return whether there are enough customers to show more than totals."""
    return buyers(tables) >= FIFTHS * tables.least


@cache
def shown_snapshots(tables: Tables) -> list[date]:
    """Return the snapshot dates of which the number of customers may be shown, oldest first."""
    every = snapshots(tables)
    before = [0, *(snapshot.customers for snapshot in every)]
    newcomers = {
        snapshot.day: snapshot.customers - earlier for snapshot, earlier in zip(every, before, strict=False)
    }
    return shown_dates(newcomers, tables.least)


def month_ends(tables: Tables) -> Sequence[date]:
    """Return the complete month-ends, oldest first."""
    return [snapshot.day for snapshot in snapshots(tables) if snapshot.is_month_end]
