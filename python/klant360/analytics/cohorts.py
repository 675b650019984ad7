"""Retention and revenue of cohorts: customers by the month of their first purchase."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import accumulate

import numpy as np
import pandas as pd

from klant360.analytics.frames import MONEY, days, whole_numbers
from klant360.analytics.intervals import wilson_interval

COHORT_RETENTION_TYPES: dict[str, str] = {
    "cohort_month": "date",
    "months_since_first_order": "bigint",
    "cohort_size": "bigint",
    "active_customers": "bigint",
    "retention_rate": "double",
    "retention_low": "double",
    "retention_high": "double",
    "net_revenue": MONEY,
    "cumulative_net_revenue": MONEY,
    "cumulative_revenue_per_customer": MONEY,
    "is_complete": "boolean",
}


def cohort_retention(activity: pd.DataFrame, as_of_date: date | None) -> pd.DataFrame:
    """Return retention and revenue of every cohort in every observed month.

    `activity` has one row per cohort_month (date, a month's first day) and months_since_first_order (whole
    number, 0 is the month of the first purchase) in which anything happened, with active_customers
    (customers with a purchase in that month) and net_revenue_units (the cohort's net amount in that month,
    in whole ten-thousandths of the base currency). Cohorts without customers have no rows. `as_of_date` is
    the last day that counts; it may be None (or NaT) only when there is no activity.

    Returns one row per cohort and month from 0 up to the month of `as_of_date`, in that order; months
    without activity have zeros, months that are not observed yet have no row. The columns are those of
    `COHORT_RETENTION_TYPES`: cohort_month as datetime64[ns]; counts as int64; retention_rate
    (active_customers / cohort_size) and its 95% Wilson limits as unrounded proportions; net_revenue,
    cumulative_net_revenue (months 0 up to this one) and cumulative_revenue_per_customer (that, divided by
    cohort_size, rounded half away from zero) as int64 in ten-thousandths of the base currency, which
    `klant360.analytics.frames.typed` turns into decimal(18,4); is_complete is false in the calendar month
    that `as_of_date` cuts off.

    Raises ValueError on impossible activity: nulls, floats, a cohort that does not begin on a month's first
    day, a duplicate row, a month before month 0 or after `as_of_date`, a negative number of customers, a
    cohort without customers in month 0, or more active customers than the cohort has.

    Interval: Wilson (1927), see `klant360.analytics.intervals`.
    """
    seen = _checked(activity)
    if seen.empty:
        return _empty()
    if pd.isna(as_of_date):
        raise ValueError("as_of_date is missing, but there is activity")
    last_day = pd.Timestamp(as_of_date).date()
    last_month = _month_number(last_day)
    _check_against(seen, last_month)
    return pd.concat(
        [_one_cohort(rows, last_month, _is_month_end(last_day)) for _, rows in seen.groupby("cohort_month")],
        ignore_index=True,
    )


def divide_half_away(numerator: int, denominator: int) -> int:
    """Return `numerator / denominator` (above 0) as a whole number, rounded half away from zero."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def _month_number(day: date) -> int:
    """Return months since year 0, so that differences are numbers of months."""
    return day.year * 12 + day.month - 1


def _is_month_end(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _checked(activity: pd.DataFrame) -> pd.DataFrame:
    """Return the activity with plain types, sorted; ValueError on values that are impossible at any date."""
    seen = pd.DataFrame(
        {
            "cohort_month": days(activity, "cohort_month"),
            "month": whole_numbers(activity, "months_since_first_order"),
            "active": whole_numbers(activity, "active_customers"),
            "revenue": whole_numbers(activity, "net_revenue_units"),
        }
    )
    if seen["cohort_month"].isna().any():
        raise ValueError("cohort_month: expected no nulls")
    _reject(seen, seen["cohort_month"].dt.day != 1, "does not begin on a month's first day")
    _reject(seen, seen.duplicated(["cohort_month", "month"]), "is there twice")
    _reject(seen, seen["month"] < 0, "is before the cohort's first month")
    _reject(seen, seen["active"] < 0, "has a negative number of customers")
    return seen.sort_values(["cohort_month", "month"])


def _check_against(seen: pd.DataFrame, last_month: int) -> None:
    """Raise ValueError if activity is after the as-of month or does not fit its cohort's size."""
    begins = seen["cohort_month"].dt.year * 12 + seen["cohort_month"].dt.month - 1
    _reject(seen, begins + seen["month"] > last_month, "lies after as_of_date")
    sizes = seen[seen["month"] == 0].set_index("cohort_month")["active"]
    size = seen["cohort_month"].map(sizes).fillna(0)
    _reject(seen, size == 0, "belongs to a cohort without customers in month 0")
    _reject(seen, seen["active"] > size, "has more active customers than its cohort")


def _reject(seen: pd.DataFrame, wrong: pd.Series, what: str) -> None:
    if wrong.any():
        row = seen[wrong].iloc[0]
        raise ValueError(f"cohort {row['cohort_month']:%Y-%m-%d}, month {row['month']}: {what}")


def _one_cohort(rows: pd.DataFrame, last_month: int, ends_complete: bool) -> pd.DataFrame:
    """Return all observed months of one cohort; `rows` are its activity, month 0 first."""
    cohort_month = rows["cohort_month"].iloc[0]
    months = range(last_month - _month_number(cohort_month) + 1)
    active_in = dict(zip(rows["month"], rows["active"], strict=True))
    revenue_in = dict(zip(rows["month"], rows["revenue"], strict=True))
    size = int(active_in[0])
    active = np.array([active_in.get(month, 0) for month in months], dtype=np.int64)
    revenue = [int(revenue_in.get(month, 0)) for month in months]
    cumulative = list(accumulate(revenue))
    low, high = wilson_interval(active, size)
    return pd.DataFrame(
        {
            "cohort_month": pd.Series([cohort_month] * len(months), dtype="datetime64[ns]"),
            "months_since_first_order": np.array(months, dtype=np.int64),
            "cohort_size": np.full(len(months), size, dtype=np.int64),
            "active_customers": active,
            "retention_rate": active / size,
            "retention_low": low,
            "retention_high": high,
            "net_revenue": np.array(revenue, dtype=np.int64),
            "cumulative_net_revenue": np.array(cumulative, dtype=np.int64),
            "cumulative_revenue_per_customer": np.array(
                [divide_half_away(amount, size) for amount in cumulative], dtype=np.int64
            ),
            "is_complete": [month < months[-1] or ends_complete for month in months],
        }
    )


def _empty() -> pd.DataFrame:
    """Return no rows, with the dtypes of a result that has rows."""
    dtypes = {
        "date": "datetime64[ns]",
        "bigint": "int64",
        "double": "float64",
        MONEY: "int64",
        "boolean": "bool",
    }
    return pd.DataFrame(
        {column: pd.Series(dtype=dtypes[kind]) for column, kind in COHORT_RETENTION_TYPES.items()}
    )
