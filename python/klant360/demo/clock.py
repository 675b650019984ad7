"""The demo's calendar: the period, the seasons, the hours of the day, and each system's way of writing time.

Times are numpy `datetime64[s]`: local ones are Dutch wall-clock time, all others UTC.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Fixed, in the past, independent of the day of the run: 36 whole months of local time, the end exclusive.
START = np.datetime64("2023-01-01T00:00:00", "s")
END = np.datetime64("2026-01-01T00:00:00", "s")
MONTHS = np.arange("2023-01", "2026-02", dtype="datetime64[M]")
WEEKS = float((END - START).astype(int)) / (7 * 86_400)

# Sales per day relative to an average day, January to December: quiet summers, Black Friday, Sinterklaas,
# Christmas.
SEASON = np.array([0.90, 0.85, 0.92, 0.95, 0.97, 0.95, 0.87, 0.88, 0.98, 1.03, 1.31, 1.39])
# Orders per local hour: a lunch bump, and the peak after dinner.
HOURS = np.array([3, 1.5, 1, 0.7, 0.7, 1, 2, 4, 6, 8, 9, 9, 10, 9, 8, 8, 8, 8, 8, 11, 14, 14, 11, 6])


@cache
def _season_knots(seasonality: float) -> tuple[np.ndarray, np.ndarray]:
    """Return process time (weeks) and calendar time (days since START) at the start of each month."""
    days = (MONTHS.astype("datetime64[D]") - START.astype("datetime64[D]")).astype(float)
    pace = SEASON[MONTHS[:-1].astype(int) % 12] ** seasonality
    process = np.concatenate([[0.0], np.cumsum(pace * np.diff(days))])
    return process * WEEKS / process[-1], days


@cache
def _hour_knots() -> np.ndarray:
    """Return the share of a day's orders that came before each full hour, 0 to 24."""
    return np.concatenate([[0.0], np.cumsum(HOURS)]) / HOURS.sum()


def warp(process_weeks: np.ndarray, seasonality: float) -> np.ndarray:
    """Turn process time (weeks since the start, 0 to WEEKS) into local time.

    A time warp: time runs faster in busy months and in busy hours. It is monotone, so the order of a person's
    purchases stays; with seasonality 0 the dates are those of the process itself, and only the hour of the
    day moves.
    """
    process, month_days = _season_knots(seasonality)
    days = np.interp(process_weeks, process, month_days)
    whole = np.floor(days)
    hours = np.interp(days - whole, _hour_knots(), np.arange(25.0))
    seconds = np.minimum(whole * 86_400 + hours * 3_600, WEEKS * 7 * 86_400 - 1)
    return START + seconds.astype("timedelta64[s]")


@cache
def _clock_changes() -> np.ndarray:
    """Return the starts and ends of summer time: 01:00 UTC on the last Sundays of March and October."""

    def last_sunday(month: np.datetime64) -> np.datetime64:
        last = month.astype("datetime64[D]") + 30
        return last - (int(last.astype(int)) + 4) % 7 + np.timedelta64(0, "D")

    months = [np.datetime64(f"{year}-{month}", "M") for year in range(2015, 2035) for month in ("03", "10")]
    return np.array([last_sunday(m).astype("datetime64[s]") + np.timedelta64(3600, "s") for m in months])


def _is_summer(utc: np.ndarray) -> np.ndarray:
    return np.searchsorted(_clock_changes(), utc, side="right") % 2 == 1


def to_utc(local: np.ndarray) -> np.ndarray:
    """Turn Dutch and Belgian wall-clock time into UTC."""
    winter = local - np.timedelta64(3600, "s")
    return winter - _is_summer(winter) * np.timedelta64(3600, "s")


START_UTC = to_utc(np.array([START]))[0]
END_UTC = to_utc(np.array([END]))[0]


def seconds(amount: np.ndarray) -> np.ndarray:
    """Turn numbers of seconds into timedeltas, without the fraction."""
    return np.asarray(amount).astype("timedelta64[s]")


def moments(n: int, seasonality: float, rng: np.random.Generator) -> np.ndarray:
    """Draw n instants (UTC) over the whole period that follow its seasons and hours."""
    return to_utc(warp(rng.uniform(0, WEEKS, n), seasonality))


def until_end(moment: np.ndarray) -> np.ndarray:
    """Move instants after the period (UTC) to its last second."""
    return np.minimum(moment, END_UTC - np.timedelta64(1, "s"))


def text(utc: np.ndarray, system: str) -> pa.Array:
    """Write instants as the system does: the CRM without zone, the shop with Z, the desk with offset."""
    if system == "service_desk":
        summer = _is_summer(utc)
        stamps = pa.array(utc + np.where(summer, 7200, 3600).astype("timedelta64[s]")).cast(pa.string())
        offsets = pc.if_else(pa.array(summer), "+02:00", "+01:00")
        return pc.binary_join_element_wise(pc.replace_substring(stamps, " ", "T"), offsets, "")
    stamps = pa.array(utc).cast(pa.string())
    if system == "webshop":
        return pc.binary_join_element_wise(pc.replace_substring(stamps, " ", "T"), "Z", "")
    return stamps
