"""Campaign results: hand-worked campaigns, properties, and the dbt model on DuckDB relations."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.campaigns import CAMPAIGN_RESULTS_TYPES, campaign_results, extra_revenue
from klant360.analytics.frames import typed
from klant360.analytics.intervals import Amounts
from python_models import result_types, run_model

MODEL = Path(__file__).parents[2] / "models" / "marts" / "campaigns" / "campaign_results.py"
COMPARED = [
    "uplift",
    "uplift_low",
    "uplift_high",
    "p_value",
    "extra_revenue",
    "extra_revenue_low",
    "extra_revenue_high",
]

# 60 of 100 customers bought for 20.00 each, 40 of 100 in the control group for 10.00 each.
SPRING = {
    "campaign_id": "spring",
    "campaign_name": "Spring",
    "channel": "email",
    "first_sent_date": date(2024, 3, 1),
    "last_sent_date": date(2024, 3, 2),
    "customers": 100,
    "control_customers": 100,
    "mixed_customers": 3,
    "opened": 50,
    "clicked": 20,
    "unsubscribed": 1,
    "buyers_7_days": 30,
    "buyers_30_days": 60,
    "revenue_30_days_units": 60 * 200_000,
    "squared_revenue_units": str(60 * 200_000**2),
    "control_buyers_30_days": 40,
    "control_revenue_30_days_units": 40 * 100_000,
    "control_squared_revenue_units": str(40 * 100_000**2),
    "is_complete": True,
}
NO_CONTROL = {
    "control_customers": 0,
    "control_buyers_30_days": 0,
    "control_revenue_30_days_units": 0,
    "control_squared_revenue_units": "0",
}
NOBODY_TREATED = {
    "customers": 0,
    "opened": 0,
    "clicked": 0,
    "unsubscribed": 0,
    "buyers_7_days": 0,
    "buyers_30_days": 0,
    "revenue_30_days_units": 0,
    "squared_revenue_units": "0",
}


def results_of(*campaigns):
    return campaign_results(pd.DataFrame(list(campaigns), columns=list(SPRING)))


def one(**changes):
    """Return the row of the spring campaign with some changes."""
    return results_of({**SPRING, **changes}).iloc[0]


def test_hand_worked_campaign():
    row = one()
    assert list(row.index) == list(CAMPAIGN_RESULTS_TYPES)
    assert (row["buyer_rate"], row["control_buyer_rate"]) == (0.6, 0.4)
    assert row["uplift"] == pytest.approx(0.2)
    # Wilson: 60 of 100 is 0.5020 to 0.6906, 40 of 100 is 0.3094 to 0.4980.
    assert row["uplift_low"] == pytest.approx(0.2 - np.hypot(0.0980, 0.0980), abs=1e-4)
    assert row["uplift_high"] == pytest.approx(0.2 + np.hypot(0.0906, 0.0906), abs=1e-4)
    # Pooled 0.5, z = 0.2 / sqrt(0.25 x 0.02) = 2.8284.
    assert row["p_value"] == pytest.approx(0.004678, abs=5e-6)
    assert (row["revenue_30_days"], row["control_revenue_30_days"]) == (12_000_000, 4_000_000)


def test_hand_worked_extra_revenue():
    """12.00 against 4.00 per customer: 800.00 more.

    Variances: 100 / 99 x (400 x 0.6 - 144) = 96.9697 and 100 / 99 x (100 x 0.4 - 16) = 24.2424, so the error
    of the difference is sqrt(1.212121) = 1.100964, and the margin 100 x 1.959964 x 1.100964 = 215.7850.
    """
    row = one()
    assert row["extra_revenue"] == 8_000_000
    assert row["extra_revenue_low"] == pytest.approx(5_842_150, abs=5)
    assert row["extra_revenue_high"] == pytest.approx(10_157_850, abs=5)


def test_a_campaign_without_control_compares_nothing():
    row = one(**NO_CONTROL)
    assert row["buyer_rate"] == 0.6
    assert (row["control_buyers_30_days"], row["control_revenue_30_days"]) == (0, 0)
    assert pd.isna(row[["control_buyer_rate", *COMPARED]]).all()


def test_nor_does_one_that_was_sent_to_nobody():
    row = one(**NOBODY_TREATED)
    assert row["control_buyer_rate"] == 0.4
    assert pd.isna(row[["buyer_rate", *COMPARED]]).all()


def test_fewer_than_30_in_a_group_give_extra_revenue_without_limits():
    few = {"control_customers": 29, "control_buyers_30_days": 29}
    row = one(**few, control_revenue_30_days_units=29, control_squared_revenue_units="29")
    # 12.00 - 0.0001 on average, times 100.
    assert row["extra_revenue"] == 11_999_900
    assert pd.isna(row[["extra_revenue_low", "extra_revenue_high"]]).all()
    assert not pd.isna(row[["uplift_low", "uplift_high", "p_value"]]).any()


@pytest.mark.parametrize("buyers", [0, 100])
def test_groups_of_whom_all_or_none_bought_have_no_p_value(buyers):
    row = one(buyers_7_days=0, buyers_30_days=buyers, control_buyers_30_days=buyers)
    assert row["uplift"] == 0
    assert row["uplift_low"] == pytest.approx(-0.0370, abs=5e-5)  # z2 / (100 + z2)
    assert pd.isna(row["p_value"])


def test_campaigns_are_in_order_and_apart():
    together = results_of(SPRING, {**SPRING, **NO_CONTROL, "campaign_id": "autumn"})
    assert together["campaign_id"].tolist() == ["autumn", "spring"]
    assert together.iloc[1].to_dict() == one().to_dict()
    assert typed(together, CAMPAIGN_RESULTS_TYPES)["extra_revenue"].to_pylist()[0] is None


def test_without_campaigns_there_are_no_rows():
    table = typed(results_of(), CAMPAIGN_RESULTS_TYPES)
    assert table.num_rows == 0
    assert table.schema == typed(results_of(SPRING), CAMPAIGN_RESULTS_TYPES).schema


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"campaign_id": None}, "campaign_id: expected one row per campaign"),
        ({"buyers_30_days": 101}, "successes must be between 0 and trials"),
        ({"control_buyers_30_days": -1}, "successes must be between 0 and trials"),
        ({"customers": 100.5}, "customers: expected integers without nulls"),
        ({"revenue_30_days_units": None}, "revenue_30_days_units: expected integers without nulls"),
        ({"squared_revenue_units": "5"}, "no amounts have"),
    ],
)
def test_impossible_results_are_an_error(changes, message):
    with pytest.raises(ValueError) as error:
        one(**changes)
    assert message in str(error.value)


def test_a_campaign_that_is_there_twice_is_an_error():
    with pytest.raises(ValueError, match="expected one row per campaign"):
        results_of(SPRING, SPRING)


@pytest.mark.parametrize(
    ("treated", "control", "expected"),
    [
        (Amounts(3, 10, 100), Amounts(2, 1, 1), 9),  # 10 - 3/2 = 8.5, away from zero
        (Amounts(3, 1, 1), Amounts(2, 7, 49), -10),  # 1 - 21/2 = -9.5
        (Amounts(10**6, 10**17, 10**28), Amounts(3, 10**11 + 1, 10**22), 66_666_666_666_333_333),
    ],
)
def test_extra_revenue_is_exact(treated, control, expected):
    """The last: 10^17 - 10^6 x (10^11 + 1) / 3 = 66,666,666,666,333,333.33."""
    assert extra_revenue(treated, control)[0] == expected


amounts = st.lists(st.integers(0, 10**9), min_size=1, max_size=50)


def amounts_of(values):
    return Amounts(len(values), sum(values), sum(value * value for value in values))


@given(amounts, amounts)
def test_limits_lie_around_extra_revenue(treated, control):
    extra, low, high = extra_revenue(amounts_of(treated), amounts_of(control))
    exact = sum(treated) - Fraction(len(treated) * sum(control), len(control))
    assert 2 * abs(extra - exact) <= 1
    if min(len(treated), len(control)) < 30:
        assert low is None and high is None
    else:
        assert low <= extra <= high
        assert abs((high - extra) - (extra - low)) <= 2


@given(amounts)
def test_the_same_revenue_is_nothing_extra(values):
    extra, low, high = extra_revenue(amounts_of(values), amounts_of(values))
    assert extra == 0
    assert low is None or low == -high


def model_input():
    """SQL of the relation that the model reads, as the intermediate model types it."""
    kinds = {str: "varchar", int: "bigint", bool: "boolean", date: "date"}
    columns = [f"cast('{value}' as {kinds[type(value)]}) as {column}" for column, value in SPRING.items()]
    return {"int_campaigns__results": f"select {', '.join(columns)}"}


def test_model_on_duckdb():
    with duckdb.connect() as connection:
        assert run_model(MODEL, connection, model_input()).num_rows == 1
        row = connection.sql(
            "select first_sent_date::varchar, customers, revenue_30_days::varchar, round(uplift, 6),"
            " extra_revenue::varchar, is_complete from result"
        ).fetchall()
    assert row == [("2024-03-01", 100, "1200.0000", 0.2, "800.0000", True)]


def test_model_without_campaigns():
    with duckdb.connect() as connection:
        inputs = {name: f"{sql} where false" for name, sql in model_input().items()}
        assert run_model(MODEL, connection, inputs).num_rows == 0
        assert list(result_types(connection).items()) == list(CAMPAIGN_RESULTS_TYPES.items())


def test_yml_has_the_same_columns_and_types():
    (model,) = yaml.safe_load(MODEL.with_suffix(".yml").read_text())["models"]
    declared = {column["name"]: column["data_type"] for column in model["columns"]}
    assert list(declared.items()) == list(CAMPAIGN_RESULTS_TYPES.items())
