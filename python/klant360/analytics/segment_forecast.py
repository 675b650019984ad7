"""How many customers each segment will have, if they keep moving as they did in the past year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES, MONTHS_AGO, judged
from klant360.analytics.frames import days
from klant360.analytics.transitions import NEWCOMERS

_MONTHS_AHEAD = 12
_PERIODS = 12
_PATHS = 1000
_SEED = 360

SEGMENT_FORECAST_TYPES: dict[str, str] = {
    "months_ahead": "bigint",
    "month": "date",
    "segment_code": "string",
    "customers": "double",
    "customers_low": "double",
    "customers_high": "double",
}


def segment_forecast(transitions: pd.DataFrame, snapshots: pd.DataFrame) -> pd.DataFrame:
    """Return how many customers each segment is expected to have in the 12 months after the latest month-end.

    `transitions` are those of `klant360.analytics.transitions.segment_transitions`. `snapshots` has a row per
    snapshot_date (date) with is_month_end and is_window_full (booleans).

    Returns a row per months_ahead (1 to 12) and segment with the columns of `SEGMENT_FORECAST_TYPES`: month
    is that month's first day; customers the mean number at its end over 1,000 simulated paths, customers_low
    and customers_high the limits that 95% of them lie within. In each month of a path, customers move at
    random by the rates of one of the last 12 months, drawn at random; new ones are drawn from Poisson
    distributions with the means of these months. From a segment that was empty in that month they move by the
    rates of all 12; if it was so in all of them, they stay. The same input gives the same draws. There are no
    rows without transitions, nor unless the last 12 months are complete and their windows full throughout.
    """
    past = _past(transitions, snapshots)
    if past is None:
        return pd.DataFrame(columns=list(SEGMENT_FORECAST_TYPES))
    latest, segments, moves = past
    paths = _simulate(moves)
    months = pd.date_range(latest, periods=_MONTHS_AHEAD + 1, freq="ME")[1:].to_period("M").to_timestamp()
    return pd.DataFrame(
        {
            "months_ahead": np.repeat(np.arange(1, _MONTHS_AHEAD + 1), len(segments)),
            "month": np.repeat(months, len(segments)),
            "segment_code": np.tile(segments, _MONTHS_AHEAD),
            "customers": paths.mean(axis=1).ravel(),
            "customers_low": np.percentile(paths, 2.5, axis=1).ravel(),
            "customers_high": np.percentile(paths, 97.5, axis=1).ravel(),
        }
    )


def segment_backtests(transitions: pd.DataFrame, snapshots: pd.DataFrame) -> pd.DataFrame:
    """Return how far the forecasts of 3, 6 and 9 months before the latest month-end were off.

    The arguments are those of `segment_forecast`. Returns a row for each of these that could be made, with
    the columns of `MODEL_BACKTESTS_TYPES`: size_error is the sum of the absolute errors of the segments over
    all customers; the baseline as_now expects that no segment changes.
    """
    at_end = snapshots.loc[snapshots["is_month_end"].to_numpy(dtype=bool)]
    month_ends = days(at_end, "snapshot_date").sort_values()
    moved_on = days(transitions, "snapshot_date")
    sizes = transitions.groupby([moved_on, "to_segment"])["customers"].sum()
    rows = []
    for months in MONTHS_AGO:
        if len(month_ends) <= months:
            continue
        cut, until = month_ends.iloc[-1 - months], month_ends.iloc[-1]
        forecast = segment_forecast(
            transitions[moved_on <= cut], snapshots[days(snapshots, "snapshot_date") <= cut]
        )
        if forecast.empty:
            continue
        forecast = forecast[forecast["months_ahead"] == months].set_index("segment_code")["customers"]
        actual, now = sizes[until].astype(float), sizes[cut].astype(float)
        error, of_now = (
            float(each.sub(actual, fill_value=0).abs().sum() / actual.sum()) for each in (forecast, now)
        )
        rows.append(
            judged(
                "segment_forecast", "size_error", (cut, until), int(actual.sum()), error, {"as_now": of_now}
            )
        )
    return pd.DataFrame(rows, columns=list(MODEL_BACKTESTS_TYPES))


def _past(
    transitions: pd.DataFrame, snapshots: pd.DataFrame
) -> tuple[pd.Timestamp, list[str], NDArray[np.int64]] | None:
    """Return the latest month-end, the segments (s,) and the moves of 12 months (12, s + 1, s).

    The first of the rows that are moved from is that of the newcomers. None without 12 such months, or moves.
    """
    at_end = snapshots.loc[snapshots["is_month_end"].to_numpy(dtype=bool)]
    full = at_end.assign(day=days(at_end, "snapshot_date")).sort_values("day").tail(_PERIODS + 1)
    if transitions.empty or len(full) <= _PERIODS or not full["is_window_full"].all():
        return None
    cells = transitions.assign(day=days(transitions, "snapshot_date"))
    segments = sorted(cells["to_segment"].unique())
    axes = full["day"].iloc[1:], [NEWCOMERS, *segments], segments
    index = pd.MultiIndex.from_product(axes)
    customers = cells.set_index(["day", "from_segment", "to_segment"])["customers"].reindex(
        index, fill_value=0
    )
    return full["day"].iloc[-1], segments, customers.to_numpy(dtype=np.int64).reshape(*map(len, axes))


def _simulate(moves: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the customers by month ahead, path and segment (12, 1000, s)."""
    rng = np.random.default_rng(_SEED)
    segments = moves.shape[2]
    new, kept = moves[:, 0].mean(axis=0), moves[:, 1:]
    all_periods = np.broadcast_to(kept.sum(axis=0), kept.shape)
    stay = np.broadcast_to(np.eye(segments, dtype=np.int64), kept.shape)
    for instead in (all_periods, stay):
        kept = np.where(kept.sum(axis=2, keepdims=True) > 0, kept, instead)
    rates = kept / kept.sum(axis=2, keepdims=True)
    customers = np.tile(moves[-1].sum(axis=0), (_PATHS, 1))
    paths = []
    for _ in range(_MONTHS_AHEAD):
        period = rng.integers(len(moves), size=_PATHS)
        moved = rng.multinomial(customers, rates[period]).sum(axis=1)
        customers = moved + rng.poisson(new, (_PATHS, segments))
        paths.append(customers)
    return np.array(paths)
