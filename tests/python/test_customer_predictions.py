"""Predictions per customer and per cohort: what they add up to, and hand-worked statuses and scores."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cdnow import read_cdnow
from klant360.analytics.cohort_projection import COHORT_PROJECTION_TYPES, cohort_projection
from klant360.analytics.customer_predictions import CUSTOMER_PREDICTIONS_TYPES, customer_predictions
from klant360.analytics.frames import typed
from klant360.analytics.purchase_models import (
    PurchaseModel,
    expected_purchases_if_alive,
    probability_alive,
)
from klant360.analytics.spend_model import SpendModel, expected_order_value

PURCHASES = PurchaseModel(0.525, 6.183, 0.891, 1.614, may_leave_at_first=True)
SPEND = SpendModel(6.25, 3.74, 15.44)
TODAY = date(1997, 9, 30)


@pytest.fixture(scope="module")
def cdnow():
    return read_cdnow()


def predict(customers, purchases=PURCHASES, spend=SPEND, margin=1.0, discount=0.0):
    return customer_predictions(customers, purchases, spend, margin, discount)


def test_columns_and_types(cdnow):
    table = typed(predict(cdnow), CUSTOMER_PREDICTIONS_TYPES)
    assert table.num_rows == 2357
    assert all(column.null_count == 0 for column in table.columns)
    assert table["customer_id"].to_pylist() == cdnow["customer_id"].tolist()


def test_revenue_is_purchases_times_value(cdnow):
    predicted = predict(cdnow)
    repeats = cdnow["purchase_days"] - 1
    mean_spend = cdnow["repeat_spend_units"] / 10_000 / np.maximum(repeats, 1)
    value = expected_order_value(SPEND, repeats, mean_spend)
    assert predicted["expected_order_value"].to_numpy() / 10_000 == pytest.approx(value, abs=6e-5)
    expected = predicted["expected_purchases_365_days"] * value
    assert predicted["expected_revenue_365_days"].to_numpy() / 10_000 == pytest.approx(
        expected.to_numpy(), abs=6e-5
    )
    assert (predicted["expected_purchases_90_days"] < predicted["expected_purchases_365_days"]).all()
    assert (predicted["probability_30_days"] < predicted["probability_90_days"]).all()
    assert (predicted["probability_90_days"] < predicted["probability_alive"]).all()
    # to buy at least once is less likely than the expected number of purchases
    assert (predicted["probability_90_days"] < predicted["expected_purchases_90_days"]).all()


def test_lifetime_value_is_the_discounted_margin_of_36_months(cdnow):
    """Without a discount, what three years bring; at 10% a year, month by month."""
    three_years = 3 * 365.25
    some = cdnow.iloc[[0, 2, 500]]
    repeats, age = some["purchase_days"] - 1, some["age_days"]
    alive = probability_alive(PURCHASES, repeats, some["recency_days"], age)
    value = predict(some)["expected_order_value"].to_numpy() / 10_000
    months = expected_purchases_if_alive(PURCHASES, repeats, age, np.arange(37) * three_years / 36)
    plain = predict(some, margin=0.4)["lifetime_value"].to_numpy() / 10_000
    assert plain == pytest.approx(0.4 * alive * value * months[:, 36], abs=2e-4)
    discounted = sum(
        (months[:, month] - months[:, month - 1]) / 1.1 ** (month / 12) for month in range(1, 37)
    )
    found = predict(some, discount=0.1)["lifetime_value"].to_numpy() / 10_000
    assert found == pytest.approx(alive * value * discounted, abs=2e-3)


def customer(purchase_days, recency_days, age_days, spend_units=0):
    return pd.DataFrame(
        {
            "customer_id": ["c"],
            "purchase_days": [purchase_days],
            "recency_days": [recency_days],
            "age_days": [age_days],
            "repeat_spend_units": [spend_units],
        }
    )


def test_status_follows_the_wait():
    """With r + x = 4 and alpha + t_x = 100 weeks: 700 (2^(1/4) - 1) and 700 (4^(1/4) - 1) days."""
    model = PurchaseModel(1, 50, 0.01, 10, may_leave_at_first=True)
    first = predict(customer(4, 350, 350), model).iloc[0]
    assert first["typical_interval_days"] == pytest.approx(132.4450, abs=1e-4)
    statuses = {
        days: predict(customer(4, 350, 350 + days), model)["next_purchase_status"].item()
        for days in (0, 132, 133, 289, 290)
    }
    assert statuses == {0: "not_due", 132: "not_due", 133: "due", 289: "due", 290: "overdue"}


def test_who_is_more_likely_gone_is_silent():
    """Of a customer who bought once just now, P(alive) is b / (a + b)."""
    just_now = customer(1, 0, 0)
    stays = predict(just_now, PurchaseModel(1, 50, 1, 1.01, may_leave_at_first=True)).iloc[0]
    assert stays["probability_alive"] == pytest.approx(1.01 / 2.01)
    assert stays["next_purchase_status"] == "not_due"
    leaves = predict(just_now, PurchaseModel(1, 50, 1.01, 1, may_leave_at_first=True)).iloc[0]
    assert leaves["next_purchase_status"] == "silent"


def test_value_score_never_splits_equal_revenue(cdnow):
    predicted = predict(cdnow)
    by_revenue = predicted.groupby("expected_revenue_365_days")["value_score"]
    assert (by_revenue.nunique() == 1).all()
    assert by_revenue.first().is_monotonic_increasing
    assert predicted["value_score"].value_counts().between(400, 560).all()


def test_without_models_nothing_is_predicted(cdnow):
    nothing = typed(predict(cdnow, purchases=None), CUSTOMER_PREDICTIONS_TYPES)
    assert set(nothing["fit_status"].to_pylist()) == {"not_fitted"}
    filled = [name for name in nothing.column_names if nothing[name].null_count == 0]
    assert filled == ["customer_id", "fit_status", "purchase_days"]
    no_amounts = typed(predict(cdnow, spend=None), CUSTOMER_PREDICTIONS_TYPES)
    assert [name for name in no_amounts.column_names if no_amounts[name].null_count] == [
        "expected_order_value",
        "expected_revenue_365_days",
        "lifetime_value",
        "value_score",
    ]


def test_cohorts_add_up_to_their_customers(cdnow):
    projected = cohort_projection(cdnow, PURCHASES, SPEND, TODAY)
    # T is 27 to 38.86 weeks, so that all bought first in January to March
    months = pd.to_datetime(["1997-01-01", "1997-02-01", "1997-03-01"])
    assert projected["cohort_month"].tolist() == months.repeat(12).tolist()
    assert projected["months_ahead"].tolist() == list(range(1, 13)) * 3
    assert projected.groupby("cohort_month")["customers"].first().sum() == 2357
    first_day = pd.Timestamp(TODAY) - pd.to_timedelta(cdnow["age_days"], unit="D")
    cohort = first_day.dt.to_period("M").dt.to_timestamp()
    alive = probability_alive(PURCHASES, cdnow["purchase_days"] - 1, cdnow["recency_days"], cdnow["age_days"])
    year = expected_purchases_if_alive(PURCHASES, cdnow["purchase_days"] - 1, cdnow["age_days"], [365.25])
    revenue = pd.Series(alive * year[:, 0] * predict(cdnow)["expected_order_value"].to_numpy())
    assert projected.groupby("cohort_month")["expected_revenue"].sum().to_numpy() == pytest.approx(
        revenue.groupby(cohort.to_numpy()).sum().to_numpy(), rel=1e-6
    )
    fewer = projected.groupby("cohort_month")["expected_revenue"].diff().dropna()
    assert (fewer < 0).all()  # each month fewer are left


def test_cohorts_do_not_depend_on_the_order_of_customers(cdnow):
    projected = cohort_projection(cdnow, PURCHASES, SPEND, TODAY)
    again = cohort_projection(cdnow.sample(frac=1, random_state=1), PURCHASES, SPEND, TODAY)
    pd.testing.assert_frame_equal(projected, again)
    table = typed(projected, COHORT_PROJECTION_TYPES)
    assert str(table["expected_revenue_per_customer"].type) == "decimal128(18, 4)"


@pytest.mark.parametrize(("purchases", "spend"), [(None, SPEND), (PURCHASES, None)])
def test_no_cohorts_without_models(cdnow, purchases, spend):
    table = typed(cohort_projection(cdnow, purchases, spend, TODAY), COHORT_PROJECTION_TYPES)
    assert table.num_rows == 0
