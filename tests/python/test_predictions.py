"""The marts of predictions on the demo set have the right inputs and follow the formulas."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from klant360.analytics.model_parameters import fitted_models
from posterior import brute_force


@pytest.fixture(scope="module")
def marts(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


@pytest.fixture(scope="module")
def histories(marts: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The history of each customer with a purchase, from the orders."""
    orders = marts.sql("select customer_id, order_date, net_amount from orders where is_purchase").df()
    orders = orders.astype({"net_amount": float})
    as_of = marts.sql("select max(snapshot_date) from snapshots").fetchall()[0][0]
    days = orders.groupby(["customer_id", "order_date"], as_index=False)["net_amount"].sum()
    days["first"] = days.groupby("customer_id")["order_date"].transform("min")
    later = days[days["order_date"] > days["first"]]
    found = days.groupby("customer_id").agg(
        purchase_days=("order_date", "count"), first=("first", "first"), last=("order_date", "max")
    )
    found["recency_days"] = (found["last"] - found["first"]).dt.days
    found["age_days"] = (pd.Timestamp(as_of) - found["first"]).dt.days
    found["repeat_spend"] = later.groupby("customer_id")["net_amount"].sum()
    return found.fillna({"repeat_spend": 0})


def test_histories_are_those_of_the_orders(marts: duckdb.DuckDBPyConnection, histories: pd.DataFrame) -> None:
    given = marts.sql("from intermediate.int_predictions__purchase_histories").df().set_index("customer_id")
    assert set(given.index) == set(histories.index)
    given = given.loc[histories.index]
    for column in ("purchase_days", "recency_days", "age_days"):
        assert (given[column] == histories[column]).all()
    np.testing.assert_allclose(given["repeat_spend_units"] / 10_000, histories["repeat_spend"], atol=1e-6)


def test_predictions_equal_sums_over_all_rates_and_chances(
    marts: duckdb.DuckDBPyConnection, histories: pd.DataFrame
) -> None:
    purchases, spend = fitted_models(marts.sql("from model_parameters").df())
    assert purchases and spend
    predicted = marts.sql("from customer_predictions").df().set_index("customer_id")
    for customer, own in histories.sample(12, random_state=1).iterrows():
        row = predicted.loc[customer]
        history = int(own["purchase_days"]) - 1, own["recency_days"] / 7, own["age_days"] / 7
        year, quarter = (brute_force(purchases, *history, days / 7) for days in (365, 90))
        assert row["probability_alive"] == pytest.approx(year["alive"], rel=1e-6)
        expected = year["alive"] * year["purchases"]
        assert row["expected_purchases_365_days"] == pytest.approx(expected, rel=1e-6)
        any_purchase = quarter["alive"] * quarter["any_purchase"]
        assert row["probability_90_days"] == pytest.approx(any_purchase, rel=1e-6)
        # the mean of all and the own mean, weighted (Fader and Hardie 2013, equation 5)
        repeats = history[0]
        weight = spend.p * repeats / (spend.p * repeats + spend.q - 1)
        own_mean = own["repeat_spend"] / max(repeats, 1)
        value = weight * own_mean + (1 - weight) * spend.p * spend.v / (spend.q - 1)
        assert float(row["expected_order_value"]) == pytest.approx(value, abs=1e-4)
        assert float(row["expected_revenue_365_days"]) == pytest.approx(expected * value, abs=1e-3)


def test_cohorts_add_up_to_the_customers(marts: duckdb.DuckDBPyConnection) -> None:
    """A year of 12 months is a quarter of a day longer than 365 days."""
    cohorts, customers = marts.sql("""
        select
            (select cast(sum(expected_revenue) as double) from cohort_projection),
            (select cast(sum(expected_revenue_365_days) as double) from customer_predictions)
    """).fetchall()[0]
    assert customers <= cohorts <= customers * 1.002
