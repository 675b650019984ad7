"""What each cohort is expected to spend in the months to come."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from klant360.analytics.cohorts import divide_half_away
from klant360.analytics.customer_predictions import DAYS_A_MONTH
from klant360.analytics.distinct import distinct_rows
from klant360.analytics.frames import MONEY, whole_number_array
from klant360.analytics.purchase_models import (
    PurchaseModel,
    expected_purchases_if_alive,
    probability_alive,
)
from klant360.analytics.spend_model import SpendModel, expected_order_value

PROJECTED_MONTHS = 12

COHORT_PROJECTION_TYPES: dict[str, str] = {
    "cohort_month": "date",
    "months_ahead": "bigint",
    "customers": "bigint",
    "expected_revenue": MONEY,
    "expected_revenue_per_customer": MONEY,
}


def cohort_projection(
    customers: pd.DataFrame,
    purchase_model: PurchaseModel | None,
    spend_model: SpendModel | None,
    as_of_date: date,
) -> pd.DataFrame:
    """Return the expected revenue of each cohort in each of the 12 months of 365.25 / 12 days to come.

    `customers` and the models are those of `klant360.analytics.customer_predictions.customer_predictions`;
    `as_of_date` is the day up to which is counted.

    Returns one row per month of a first purchase and months_ahead (1 to 12), in that order, with the columns
    of `COHORT_PROJECTION_TYPES`: customers is the cohort's size, expected_revenue what is expected of all of
    them, in ten-thousandths of the base currency, and that per customer, rounded half away from zero. There
    are no rows without a purchase model or without a spend model.

    Raises ValueError on impossible histories, see `klant360.analytics.purchase_models.distinct_histories`.
    """
    if purchase_model is None or spend_model is None or customers.empty:
        return pd.DataFrame(columns=list(COHORT_PROJECTION_TYPES))
    (purchase_days, recency, age, spend_units), _, alike = distinct_rows(
        *(
            whole_number_array(customers, column)
            for column in ("purchase_days", "recency_days", "age_days", "repeat_spend_units")
        )
    )
    repeats = purchase_days - 1
    value = expected_order_value(spend_model, repeats, spend_units / 10_000 / np.maximum(repeats, 1))
    if_bought = alike * value * probability_alive(purchase_model, repeats, recency, age)
    (repeats, age), of_row, _ = distinct_rows(repeats, age)
    months = np.arange(1, PROJECTED_MONTHS + 1)
    purchases = expected_purchases_if_alive(purchase_model, repeats, age, months * DAYS_A_MONTH)
    revenue = np.bincount(of_row, if_bought)[:, None] * np.diff(purchases, prepend=0)
    cohort, of_cohort = np.unique(
        (np.datetime64(as_of_date, "D") - age).astype("datetime64[M]"), return_inverse=True
    )
    size = np.bincount(of_cohort, np.bincount(of_row, alike)).astype(np.int64)
    units = [np.rint(np.bincount(of_cohort, month) * 10_000).astype(np.int64) for month in revenue.T]
    expected = np.column_stack(units).ravel()
    customers_of_row = np.repeat(size, PROJECTED_MONTHS)
    return pd.DataFrame(
        {
            "cohort_month": np.repeat(cohort, PROJECTED_MONTHS).astype("datetime64[ns]"),
            "months_ahead": np.tile(months, len(cohort)),
            "customers": customers_of_row,
            "expected_revenue": expected,
            "expected_revenue_per_customer": [
                divide_half_away(units, number)
                for units, number in zip(expected.tolist(), customers_of_row.tolist(), strict=True)
            ],
        }
    )
