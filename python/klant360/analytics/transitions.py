"""How customers move between segments from one snapshot to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from klant360.analytics.frames import days, whole_numbers
from klant360.analytics.intervals import wilson_interval

# The row of customers who were not in the previous snapshot.
NEWCOMERS = "(new)"

SEGMENT_TRANSITION_TYPES: dict[str, str] = {
    "snapshot_date": "date",
    "previous_snapshot_date": "date",
    "from_segment": "string",
    "to_segment": "string",
    "customers": "bigint",
    "transition_rate": "double",
    "rate_low": "double",
    "rate_high": "double",
    "is_complete": "boolean",
}

_CELL = ["snapshot_date", "from_segment", "to_segment"]


def segment_transitions(
    counts: pd.DataFrame, snapshots: pd.DataFrame, segment_codes: Sequence[str]
) -> pd.DataFrame:
    """Return the full matrix of movements between segments for every snapshot that has a previous one.

    `counts` has one row per snapshot_date (date), from_segment (`(new)` for customers who were not in the
    previous snapshot) and to_segment with any customers, and their number in customers (whole number).
    `snapshots` has one row per snapshot_date with previous_snapshot_date (null for the first) and
    is_month_end (boolean). `segment_codes` are the segments that a scored customer can be in.

    Returns (len(segment_codes) + 1) x len(segment_codes) rows per snapshot from the second one on,
    zero-filled, ordered by date, then newcomers first, then as in `segment_codes`. The columns are those of
    `SEGMENT_TRANSITION_TYPES`: dates as datetime64[ns]; customers as int64; transition_rate (customers / all
    customers of that from_segment) with its 95% Wilson limits as unrounded proportions, NaN when nobody was
    in that from_segment; is_complete is false for a snapshot that is not a month-end: its period is cut off.

    Raises ValueError on impossible input: a duplicate snapshot, segment or cell,
    nulls, a negative or fractional number of customers, counts for a snapshot that is unknown or has no
    previous one, or counts for an unknown segment.

    Interval: Wilson (1927), see `klant360.analytics.intervals`.
    """
    codes = _checked_codes(segment_codes)
    periods = _periods(snapshots)
    cells = pd.MultiIndex.from_product([periods.index, [NEWCOMERS, *codes], codes], names=_CELL)
    customers = _customers(counts, cells).reindex(cells, fill_value=0)
    total = customers.groupby(level=["snapshot_date", "from_segment"], sort=False).transform("sum")
    low, high = wilson_interval(customers.to_numpy(), total.to_numpy())
    matrix = customers.rename("customers").reset_index()
    with np.errstate(invalid="ignore"):
        rate = customers.to_numpy() / total.to_numpy()
    matrix = matrix.assign(
        previous_snapshot_date=periods["previous_snapshot_date"].reindex(matrix["snapshot_date"]).to_numpy(),
        transition_rate=rate,
        rate_low=low,
        rate_high=high,
        is_complete=periods["is_month_end"].reindex(matrix["snapshot_date"]).to_numpy(),
    )
    return matrix[list(SEGMENT_TRANSITION_TYPES)]


def _checked_codes(segment_codes: Sequence[str]) -> list[str]:
    codes = list(segment_codes)
    if len(set(codes)) != len(codes) or NEWCOMERS in codes:
        raise ValueError(f"segment codes must be unique and none may be {NEWCOMERS}: {', '.join(codes)}")
    return codes


def _periods(snapshots: pd.DataFrame) -> pd.DataFrame:
    """Return previous_snapshot_date and is_month_end of snapshots that have a previous one, by date."""
    every = pd.DataFrame(
        {
            "snapshot_date": days(snapshots, "snapshot_date"),
            "previous_snapshot_date": days(snapshots, "previous_snapshot_date"),
            "is_month_end": snapshots["is_month_end"],
        }
    )
    if every["snapshot_date"].isna().any() or every["is_month_end"].isna().any():
        raise ValueError("snapshots: expected no nulls in snapshot_date and is_month_end")
    if every["snapshot_date"].duplicated().any():
        raise ValueError("snapshots: a snapshot_date is there twice")
    if (every["previous_snapshot_date"] >= every["snapshot_date"]).any():
        raise ValueError("snapshots: previous_snapshot_date must be before snapshot_date")
    later = every.dropna(subset="previous_snapshot_date").astype({"is_month_end": bool})
    return later.set_index("snapshot_date").sort_index()


def _customers(counts: pd.DataFrame, cells: pd.MultiIndex) -> pd.Series:
    """Return customers by snapshot_date, from_segment and to_segment; ValueError on an impossible cell."""
    given = pd.DataFrame(
        {
            "snapshot_date": days(counts, "snapshot_date"),
            "from_segment": counts["from_segment"],
            "to_segment": counts["to_segment"],
            "customers": pd.Series(whole_numbers(counts, "customers"), index=counts.index, dtype="int64"),
        }
    )
    if given.isna().any(axis=None):
        raise ValueError("counts: expected no nulls")
    if (given["customers"] < 0).any():
        raise ValueError("counts: a number of customers is negative")
    if given.duplicated(_CELL).any():
        raise ValueError("counts: a cell is there twice")
    given = given.set_index(_CELL)["customers"]
    for position, what in enumerate(
        ("a snapshot_date with a previous one", "a scored segment or (new)", "a scored segment")
    ):
        strange = given.index.unique(position).difference(cells.unique(position))
        if len(strange):
            raise ValueError(f"counts: {_CELL[position]} {strange[0]} is not {what}")
    return given
