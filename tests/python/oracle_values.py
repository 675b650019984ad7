"""Helpers of the oracle: nulls, whole ten-thousandths, months, instants, intervals and frames."""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal, localcontext
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

Z_95 = Decimal("1.959963984540054")


# --- Small helpers: nulls, money, months, intervals ---------------------------------------------------------


def is_null(value: Any) -> bool:
    """Whether a cell is None, NaN, NaT or NA."""
    return value is None or bool(pd.isna(value))


def text_or_none(value: Any) -> str | None:
    """Return a cell without surrounding white space; an empty one is null."""
    if is_null(value):
        return None
    return str(value).strip() or None


def units(amount: Decimal) -> int:
    """Return an amount as whole ten-thousandths; more than four decimals are an error."""
    numerator, denominator = amount.as_integer_ratio()
    whole, rest = divmod(numerator * 10_000, denominator)
    if rest:
        raise ValueError(f"{amount} has more than four decimals")
    return whole


def money(amount_units: int) -> Decimal:
    """Whole ten-thousandths as a decimal with four places."""
    return Decimal(amount_units).scaleb(-4)


def divide_half_away(numerator: int, denominator: int) -> int:
    """Divide by a positive integer and round to an integer, halves away from zero."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def first_of_month(day: date) -> date:
    """Return the first day of a date's month."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """Return the last day of a date's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def is_month_end(day: date) -> bool:
    """Whether a date is the last day of its month."""
    return day == last_of_month(day)


def month_number(day: date) -> int:
    """Count months since the year 0, so that months can be subtracted."""
    return day.year * 12 + day.month - 1


def minus_months(day: date, months: int) -> date:
    """Go back whole months; a day that the month does not have becomes its last day."""
    year, month = divmod(month_number(day) - months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day))


@cache
def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95% Wilson score interval without continuity correction, computed with 50 decimals."""
    with localcontext() as context:
        context.prec = 50
        share = Decimal(successes) / trials
        centre = share + Z_95**2 / (2 * trials)
        margin = Z_95 * (share * (1 - share) / trials + Z_95**2 / (4 * Decimal(trials) ** 2)).sqrt()
        scale = 1 + Z_95**2 / trials
        low = max(Decimal(0), (centre - margin) / scale)
        high = min(Decimal(1), (centre + margin) / scale)
        return float(low), float(high)


def rate_with_interval(successes: int, trials: int) -> tuple[float, float, float]:
    """Return a share and its limits; all null for an empty total."""
    if trials == 0:
        return (float("nan"),) * 3
    return (successes / trials, *wilson_interval(successes, trials))


# --- Timestamps ---------------------------------------------------------------------------------------------

_BARE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[T ](?P<hour>\d{2}):(?P<minute>\d{2})"
    r"(:(?P<second>\d{2})(\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<offset_hours>\d{2})(:(?P<offset_minutes>\d{2}))?)?",
    re.ASCII,
)


def _in_utc(local: datetime, zone: str) -> datetime:
    # fold=0 takes the offset from before a clock change: a time in the gap moves forward by the width of the
    # gap, and a repeated hour becomes the earlier one.
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(timezone.utc).replace(tzinfo=None)


def instant(text: str, source_timezone: str, business_timezone: str) -> datetime:
    """Return the naive UTC instant of a contract timestamp; a bare date is its local midnight."""
    text = text.strip()
    if _BARE_DATE.fullmatch(text):
        return _in_utc(datetime.combine(date.fromisoformat(text), time()), business_timezone)
    parts = _TIMESTAMP.fullmatch(text)
    if parts is None:
        raise ValueError(f"not a timestamp of the contract: {text!r}")
    local = datetime.combine(
        date.fromisoformat(parts["date"]),
        time(
            int(parts["hour"]),
            int(parts["minute"]),
            int(parts["second"] or 0),
            int((parts["fraction"] or "0").ljust(6, "0")[:6]),
        ),
    )
    if parts["zone"] is None:
        return _in_utc(local, source_timezone)
    if parts["zone"] == "Z":
        return local
    offset = timedelta(hours=int(parts["offset_hours"]), minutes=int(parts["offset_minutes"] or 0))
    return local - offset if parts["sign"] == "+" else local + offset


def order_date(text: str, source_timezone: str, business_timezone: str) -> date:
    """Return the local date of a contract timestamp; a bare date is that date, without a zone."""
    if _BARE_DATE.fullmatch(text.strip()):
        return date.fromisoformat(text.strip())
    moment = instant(text, source_timezone, business_timezone)
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(business_timezone)).date()


# --- Frames -------------------------------------------------------------------------------------------------

_INTEGERS = {
    "recency_days",
    "frequency",
    "lifetime_orders",
    "r_score",
    "f_score",
    "m_score",
    "score",
    "customers",
    "customers_in_window",
    "months_since_first_order",
    "cohort_size",
    "active_customers",
    "orders",
    "counted_orders",
    "excluded_orders",
}
_BOOLEANS = {
    "is_in_window",
    "is_month_end",
    "is_window_full",
    "is_complete",
    "is_cancelled",
    "is_known",
    "counts",
}
_DOUBLES = {
    "transition_rate",
    "rate_low",
    "rate_high",
    "retention_rate",
    "retention_low",
    "retention_high",
}


def _dtype(column: str) -> str:
    if column in _INTEGERS:
        return "int64"
    if column in _BOOLEANS:
        return "bool"
    if column in _DOUBLES:
        return "float64"
    return "datetime64[us]" if column == "ordered_at" else "object"


def frame_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Make a frame with these columns and fixed dtypes, even without rows; None stays None."""
    return pd.DataFrame(
        {column: pd.Series([row[column] for row in rows], dtype=_dtype(column)) for column in columns}
    )
