"""What campaigns brought: those who were contacted against a control group that was not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from klant360.analytics.cohorts import divide_half_away
from klant360.analytics.frames import MONEY, whole_numbers
from klant360.analytics.intervals import Amounts, mean_difference_margin, newcombe_interval
from klant360.analytics.p_values import pooled_z_test

CAMPAIGN_RESULTS_TYPES: dict[str, str] = {
    "campaign_id": "string",
    "campaign_name": "string",
    "channel": "string",
    "first_sent_date": "date",
    "last_sent_date": "date",
    "customers": "bigint",
    "control_customers": "bigint",
    "mixed_customers": "bigint",
    "opened": "bigint",
    "clicked": "bigint",
    "unsubscribed": "bigint",
    "buyers_7_days": "bigint",
    "buyers_30_days": "bigint",
    "revenue_30_days": MONEY,
    "control_buyers_30_days": "bigint",
    "control_revenue_30_days": MONEY,
    "buyer_rate": "double",
    "control_buyer_rate": "double",
    "uplift": "double",
    "uplift_low": "double",
    "uplift_high": "double",
    "p_value": "double",
    "extra_revenue": MONEY,
    "extra_revenue_low": MONEY,
    "extra_revenue_high": MONEY,
    "is_complete": "boolean",
}


def campaign_results(results: pd.DataFrame) -> pd.DataFrame:
    """Return what each campaign brought, compared with its control group.

    `results` has one row per campaign_id with the columns of `CAMPAIGN_RESULTS_TYPES` up to
    control_revenue_30_days and is_complete, but the revenues as revenue_30_days_units and
    control_revenue_30_days_units, in whole ten-thousandths of the base currency, and with
    squared_revenue_units and control_squared_revenue_units: the sums of the squared revenues of the
    customers, in squared ten-thousandths, as text of digits.

    Returns the same rows, by campaign_id, with the columns of `CAMPAIGN_RESULTS_TYPES`. The rates
    (buyers_30_days / customers, and that of the control group), their difference uplift and its 95% limits
    are unrounded proportions, NaN where a group is empty; p_value is that of no difference. extra_revenue
    is customers x the difference of mean revenue per customer, in ten-thousandths of the base currency
    rounded half away from zero, None without customers in either group; its 95% limits also with fewer than
    `klant360.analytics.intervals.LEAST_FOR_MEANS` customers in either.

    Raises ValueError on impossible results: nulls, floats, a campaign that is there twice, more buyers than
    customers, or squares that do not fit their sum.

    Intervals: Newcombe (1998) and Welch (1938), see `klant360.analytics.intervals`; p-value: pooled z-test,
    see `klant360.analytics.p_values`.
    """
    if results["campaign_id"].isna().any() or results["campaign_id"].duplicated().any():
        raise ValueError("campaign_id: expected one row per campaign")
    given = results.sort_values("campaign_id", ignore_index=True)
    buyers, customers = _counts(given, "buyers_30_days"), _counts(given, "customers")
    control_buyers = _counts(given, "control_buyers_30_days")
    control_customers = _counts(given, "control_customers")
    uplift_low, uplift_high = newcombe_interval(buyers, customers, control_buyers, control_customers)
    buyer_rate = _rate(buyers, customers)
    control_buyer_rate = _rate(control_buyers, control_customers)
    extra = [
        extra_revenue(treated, control)
        for treated, control in zip(
            _amounts(given, "customers", ""), _amounts(given, "control_customers", "control_"), strict=True
        )
    ]
    extra_columns = ["extra_revenue", "extra_revenue_low", "extra_revenue_high"]
    return given.assign(
        revenue_30_days=_integers(whole_numbers(given, "revenue_30_days_units")),
        control_revenue_30_days=_integers(whole_numbers(given, "control_revenue_30_days_units")),
        buyer_rate=buyer_rate,
        control_buyer_rate=control_buyer_rate,
        uplift=buyer_rate - control_buyer_rate,
        uplift_low=uplift_low,
        uplift_high=uplift_high,
        p_value=pooled_z_test(buyers, customers, control_buyers, control_customers),
        **{column: _integers([row[place] for row in extra]) for place, column in enumerate(extra_columns)},
    )[list(CAMPAIGN_RESULTS_TYPES)]


def extra_revenue(treated: Amounts, control: Amounts) -> tuple[int | None, int | None, int | None]:
    """Return `treated.count` x the difference of the means, and its 95% limits.

    In the unit of the amounts, as whole numbers rounded half away from zero. All are None without amounts
    on a side, the limits also with fewer than `klant360.analytics.intervals.LEAST_FOR_MEANS`.
    """
    if treated.count == 0 or control.count == 0:
        return None, None, None
    extra = treated.count * (treated.mean - control.mean)
    margin = mean_difference_margin(treated, control)
    if margin is None:
        return _rounded(extra), None, None
    margin_of_all = treated.count * Fraction(margin)
    return _rounded(extra), _rounded(extra - margin_of_all), _rounded(extra + margin_of_all)


def _rounded(amount: Fraction) -> int:
    return divide_half_away(amount.numerator, amount.denominator)


def _counts(given: pd.DataFrame, column: str) -> np.ndarray:
    return np.array(whole_numbers(given, column), dtype=np.int64)


def _integers(values: list[int] | list[int | None]) -> pd.Series:
    """Return whole numbers as objects: with a None among them pandas would make floats of them."""
    return pd.Series(values, dtype=object)


def _rate(buyers: np.ndarray, customers: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return buyers / customers


def _amounts(given: pd.DataFrame, count: str, prefix: str) -> list[Amounts]:
    """Return the revenue of each campaign's customers in one of its groups."""
    return [
        Amounts(customers, total, int(squares))
        for customers, total, squares in zip(
            whole_numbers(given, count),
            whole_numbers(given, f"{prefix}revenue_30_days_units"),
            given[f"{prefix}squared_revenue_units"],
            strict=True,
        )
    ]
