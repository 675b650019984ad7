"""When a customer will buy from a category again, by the customer's own rhythm and that of the category."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES, judged
from klant360.analytics.distinct import distinct_rows
from klant360.analytics.frames import days

_LEAST_DAYS = 3
# The category's own rhythm counts as much as this many gaps of the customer.
_GAPS_OF_CATEGORY = 3
# A guess that is off by no more is right.
_RIGHT_WITHIN = np.timedelta64(14, "D")

_PAIR = ["customer_id", "category"]

CATEGORY_REPLENISHMENT_TYPES: dict[str, str] = {
    "customer_id": "string",
    "category": "string",
    "typical_interval_days": "double",
    "last_bought_on": "date",
    "expected_on": "date",
    "status": "string",
}


def category_replenishment(bought: pd.DataFrame, as_of_date: date) -> pd.DataFrame:
    """Return when each customer is expected to buy again from a category.

    `bought` has a row for each customer_id, category (text) and day bought_on (date) up to `as_of_date`;
    repeated rows count once.

    Returns a row per customer and category bought from on at least 3 days, with the columns of
    `CATEGORY_REPLENISHMENT_TYPES`. typical_interval_days is the geometric mean of the customer's gaps between
    these days and three gaps of the category's length, which is the geometric mean of all customers' gaps.
    expected_on is so many days, rounded, after last_bought_on. status is `due` when more days have passed,
    `overdue` when more than twice as many, else `not_due`.
    """
    guesses = _guesses(bought)
    silence = (pd.Timestamp(as_of_date) - guesses["last_bought_on"]).dt.days
    interval = guesses["typical_interval_days"]
    return guesses.assign(
        expected_on=_expected_on(guesses, "typical_interval_days"),
        status=np.select([silence > 2 * interval, silence > interval], ["overdue", "due"], "not_due"),
    )[list(CATEGORY_REPLENISHMENT_TYPES)]


def replenishment_backtests(bought: pd.DataFrame, cuts: pd.DataFrame) -> pd.DataFrame:
    """Return for each cut how often the expected day was right within 14 days.

    `bought` is as in `category_replenishment`, `cuts` are those of
    `klant360.analytics.backtests.backtest_cuts`.

    Returns a row per cut with the columns of `MODEL_BACKTESTS_TYPES`; its customers are pairs of a customer
    and a category that were not due at trained_until. share_within_14_days is how many of them were bought,
    up to tested_until, within 14 days of the day expected. The baseline own_median expects the median of the
    own gaps.
    """
    day = days(bought, "bought_on")
    rows = []
    for cut, until in zip(cuts["trained_until"], cuts["tested_until"], strict=True):
        guesses = _guesses(bought[day <= pd.Timestamp(cut)])
        silence = (pd.Timestamp(cut) - guesses["last_bought_on"]).dt.days
        guesses = guesses[silence <= guesses["typical_interval_days"]]
        if guesses.empty:
            continue
        later = bought[_PAIR].assign(day=day)[(day > pd.Timestamp(cut)) & (day <= pd.Timestamp(until))]
        next_day = later.groupby(_PAIR, as_index=False)["day"].min()
        bought_on = guesses[_PAIR].merge(next_day, how="left", on=_PAIR)["day"].to_numpy()
        share = {
            column: (np.abs(_expected_on(guesses, column).to_numpy() - bought_on) <= _RIGHT_WITHIN).mean()
            for column in ("typical_interval_days", "median_interval_days")
        }
        rows.append(
            judged(
                "category_replenishment",
                "share_within_14_days",
                (cut, until),
                len(guesses),
                share["typical_interval_days"],
                {"own_median": share["median_interval_days"]},
                is_rate=True,
            )
        )
    return pd.DataFrame(rows, columns=list(MODEL_BACKTESTS_TYPES))


def _expected_on(guesses: pd.DataFrame, interval: str) -> pd.Series:
    return guesses["last_bought_on"] + pd.to_timedelta(np.rint(guesses[interval]), unit="D")


def _guesses(bought: pd.DataFrame) -> pd.DataFrame:
    """Return customer_id, category, last_bought_on, typical_interval_days and median_interval_days."""
    day = days(bought, "bought_on").to_numpy().astype("datetime64[D]").astype(np.int64)
    (category, categories), (customer, customers) = (
        pd.factorize(bought[column]) for column in ("category", "customer_id")
    )
    (category, customer, day), _, _ = distinct_rows(category, customer, day)
    is_first = (np.diff(category, prepend=-1) != 0) | (np.diff(customer, prepend=-1) != 0)
    pair, first = np.cumsum(is_first) - 1, np.flatnonzero(is_first)
    number = np.bincount(pair, minlength=len(first))
    of_gap, gap = pair[~is_first], np.diff(day, prepend=0)[~is_first]
    (gap_category, length), _, count = distinct_rows(category[~is_first], gap)
    gaps_of_category = np.bincount(gap_category, count, minlength=len(categories))
    logs_of_category = np.bincount(gap_category, count * np.log(length), minlength=len(categories))
    with np.errstate(invalid="ignore"):
        usual = (logs_of_category / gaps_of_category)[category[first]]
    own = np.bincount(of_gap, np.log(gap), minlength=len(first))
    return pd.DataFrame(
        {
            "customer_id": customers[customer[first]],
            "category": categories[category[first]],
            "last_bought_on": day[first + number - 1].astype("datetime64[D]").astype("datetime64[ns]"),
            "typical_interval_days": np.exp(
                (own + _GAPS_OF_CATEGORY * usual) / (number - 1 + _GAPS_OF_CATEGORY)
            ),
            "median_interval_days": pd.Series(gap).groupby(of_gap).median().reindex(range(len(first))),
        }
    )[number >= _LEAST_DAYS].reset_index(drop=True)
