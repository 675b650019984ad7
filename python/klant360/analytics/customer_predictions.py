"""What each customer is expected to buy, when, and what that is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from klant360.analytics.distinct import distinct_rows
from klant360.analytics.frames import MONEY, whole_number_array
from klant360.analytics.maximum_likelihood import Floats
from klant360.analytics.purchase_models import (
    Histories,
    PurchaseModel,
    days_until_next,
    distinct_histories,
    expected_purchases_if_alive,
    probability_alive,
    probability_of_purchase,
)
from klant360.analytics.spend_model import SpendModel, expected_order_value
from klant360.analytics.tiles import tie_fair_tiles

DAYS_A_MONTH = 365.25 / 12
LIFETIME_MONTHS = 36

# A customer who is more likely gone than not is silent; the others are due after the median wait, and overdue
# after a wait that three in four do not exceed.
_LEAST_ALIVE = 0.5
_DUE, _OVERDUE = 0.5, 0.75

CUSTOMER_PREDICTIONS_TYPES: dict[str, str] = {
    "customer_id": "string",
    "fit_status": "string",
    "purchase_days": "bigint",
    "probability_alive": "double",
    "expected_purchases_90_days": "double",
    "expected_purchases_365_days": "double",
    "probability_30_days": "double",
    "probability_90_days": "double",
    "expected_order_value": MONEY,
    "expected_revenue_365_days": MONEY,
    "lifetime_value": MONEY,
    "value_score": "bigint",
    "typical_interval_days": "double",
    "next_purchase_status": "string",
}


def customer_predictions(
    customers: pd.DataFrame,
    purchase_model: PurchaseModel | None,
    spend_model: SpendModel | None,
    gross_margin_rate: float,
    annual_discount_rate: float,
) -> pd.DataFrame:
    """Return what is expected of each customer.

    `customers` has one row per customer with a purchase: customer_id (text), and the whole numbers that
    `klant360.analytics.model_parameters.model_parameters` takes. A model that was not fitted is None.
    `gross_margin_rate` is the share of revenue that is margin, `annual_discount_rate` by how much more money
    is worth now than in a year (0.1 is 10%).

    Returns the same rows, with the columns of `CUSTOMER_PREDICTIONS_TYPES`; amounts are in ten-thousandths of
    the base currency. expected_revenue_365_days is expected_purchases_365_days x expected_order_value;
    lifetime_value the margin on what is expected in 36 months of 365.25 / 12 days, each discounted from its
    end; value_score the fifth by expected_revenue_365_days, 5 for the highest, in which equal amounts share a
    fifth; typical_interval_days the median wait for the next purchase as it was known at the last one.
    next_purchase_status is `silent` for who is more likely gone than not; else `overdue`, `due` or `not_due`.
    Without a purchase model fit_status is `not_fitted` and nothing is predicted; without a spend model there
    are no amounts and no value_score.

    Raises ValueError on impossible histories, see `klant360.analytics.purchase_models.distinct_histories`.
    """
    purchase_days = whole_number_array(customers, "purchase_days")
    predicted = customers[["customer_id", "purchase_days"]]
    if purchase_model is None:
        return predicted.assign(fit_status="not_fitted").reindex(columns=list(CUSTOMER_PREDICTIONS_TYPES))
    repeats = purchase_days - 1
    histories, of_customer = distinct_histories(
        repeats, whole_number_array(customers, "recency_days"), whole_number_array(customers, "age_days")
    )
    by_history, lifetime_purchases = _by_history(purchase_model, histories, annual_discount_rate)
    predicted = predicted.assign(
        fit_status="fitted", **{column: values[of_customer] for column, values in by_history.items()}
    )
    if spend_model is not None:
        mean_spend = whole_number_array(customers, "repeat_spend_units") / np.maximum(repeats, 1)
        value = expected_order_value(spend_model, repeats, mean_spend / 10_000)
        revenue = _units(value * predicted["expected_purchases_365_days"].to_numpy())
        predicted = predicted.assign(
            expected_order_value=_units(value),
            expected_revenue_365_days=revenue,
            lifetime_value=_units(value * lifetime_purchases[of_customer] * gross_margin_rate),
            value_score=tie_fair_tiles(revenue, 5),
        )
    return predicted.reindex(columns=list(CUSTOMER_PREDICTIONS_TYPES))


def _by_history(
    model: PurchaseModel, histories: Histories, annual_discount_rate: float
) -> tuple[dict[str, Floats], Floats]:
    """Return the columns that depend on the history alone, and the purchases of a lifetime, discounted."""
    history = (histories.repeats, histories.recency_days, histories.age_days)
    month = np.arange(1, LIFETIME_MONTHS + 1)
    (pair_repeats, pair_age), of_history, _ = distinct_rows(histories.repeats, histories.age_days)
    expected = expected_purchases_if_alive(model, pair_repeats, pair_age, [90, 365, *(month * DAYS_A_MONTH)])
    in_month = np.diff(expected[:, 2:], prepend=0)
    discounted = in_month @ (1 + annual_discount_rate) ** (-month / 12)
    alive = probability_alive(model, *history)
    typical, long = (
        days_until_next(model, histories.repeats, histories.recency_days, share) for share in (_DUE, _OVERDUE)
    )
    silence = histories.age_days - histories.recency_days
    status = np.select(
        [alive < _LEAST_ALIVE, silence > long, silence > typical],
        ["silent", "overdue", "due"],
        "not_due",
    )
    return {
        "probability_alive": alive,
        "expected_purchases_90_days": alive * expected[of_history, 0],
        "expected_purchases_365_days": alive * expected[of_history, 1],
        "probability_30_days": probability_of_purchase(model, *history, 30),
        "probability_90_days": probability_of_purchase(model, *history, 90),
        "typical_interval_days": typical,
        "next_purchase_status": status.astype(object),
    }, alive * discounted[of_history]


def _units(amounts: Floats) -> NDArray[np.int64]:
    """Return amounts in whole ten-thousandths."""
    return np.rint(amounts * 10_000).astype(np.int64)
