"""Cohort retention: hand-worked cohorts, conservation laws, and the dbt model on DuckDB relations."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.cohorts import COHORT_RETENTION_TYPES, cohort_retention, divide_half_away
from klant360.analytics.frames import typed
from python_models import result_types, run_model

MODEL = Path(__file__).parents[2] / "models" / "marts" / "retention" / "cohort_retention.py"
COLUMNS = ["cohort_month", "months_since_first_order", "active_customers", "net_revenue_units"]
JANUARY, FEBRUARY, MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)

# Three customers in January: 100.0001 together, nobody in February, two in March; one customer in March.
ACTIVITY = pd.DataFrame(
    [(JANUARY, 0, 3, 1_000_001), (JANUARY, 2, 2, 499_999), (MARCH, 0, 1, 70_000)],
    columns=COLUMNS,
)


def rows(result, *columns):
    return list(result[list(columns)].itertuples(index=False, name=None))


def test_hand_worked_cohorts():
    result = cohort_retention(ACTIVITY, date(2024, 3, 31))
    assert list(result.columns) == list(COHORT_RETENTION_TYPES)
    days = [day.date() for day in result["cohort_month"]]
    assert days == [JANUARY, JANUARY, JANUARY, MARCH]
    assert rows(result, "months_since_first_order", "cohort_size", "active_customers", "retention_rate") == [
        (0, 3, 3, 1.0),
        (1, 3, 0, 0.0),
        (2, 3, 2, 2 / 3),
        (0, 1, 1, 1.0),
    ]
    # 1,000,001 / 3 = 333,333.67; 1,500,000 / 3 = 500,000.
    assert rows(result, "net_revenue", "cumulative_net_revenue", "cumulative_revenue_per_customer") == [
        (1_000_001, 1_000_001, 333_334),
        (0, 1_000_001, 333_334),
        (499_999, 1_500_000, 500_000),
        (70_000, 70_000, 70_000),
    ]


def test_hand_worked_limits():
    """Wilson limits of 3 of 3 (from 3 / (3 + 3.8415)), 0 of 3 (its mirror image) and 2 of 3."""
    result = cohort_retention(ACTIVITY, date(2024, 3, 31))
    assert result["retention_low"][:3].tolist() == pytest.approx([0.4385, 0, 0.2077], abs=5e-5)
    assert result["retention_high"][:3].tolist() == pytest.approx([1, 0.5615, 0.9385], abs=5e-5)


@pytest.mark.parametrize(
    ("as_of_date", "complete"),
    [
        (date(2024, 3, 31), [True, True, True, True]),
        (date(2024, 3, 30), [True, True, False, False]),
        (date(2024, 3, 1), [True, True, False, False]),
        (date(2024, 4, 30), [True, True, True, True, True, True]),
        (date(2024, 4, 29), [True, True, True, False, True, False]),
    ],
)
def test_only_the_month_cut_off_by_as_of_date_is_incomplete(as_of_date, complete):
    assert cohort_retention(ACTIVITY, as_of_date)["is_complete"].tolist() == complete


def test_the_leap_day_ends_its_month():
    activity = pd.DataFrame([(FEBRUARY, 0, 1, 0)], columns=COLUMNS)
    assert cohort_retention(activity, date(2024, 2, 28))["is_complete"].tolist() == [False]
    assert cohort_retention(activity, date(2024, 2, 29))["is_complete"].tolist() == [True]


def test_revenue_without_purchases():
    """A credit note in a month without purchases: nobody is active, revenue is below zero."""
    activity = pd.DataFrame([(JANUARY, 0, 2, 10), (JANUARY, 1, 0, -25)], columns=COLUMNS)
    result = cohort_retention(activity, date(2024, 2, 29))
    assert rows(
        result, "active_customers", "net_revenue", "cumulative_net_revenue", "cumulative_revenue_per_customer"
    ) == [(2, 10, 10, 5), (0, -25, -15, -8)]  # -15 / 2 = -7.5, away from zero


def test_months_run_on_over_the_years():
    activity = pd.DataFrame([(date(2022, 11, 1), 0, 1, 5), (date(2022, 11, 1), 15, 1, 5)], columns=COLUMNS)
    result = cohort_retention(activity, date(2024, 2, 29))
    assert result["months_since_first_order"].tolist() == list(range(16))
    assert result["active_customers"].tolist() == [1] + [0] * 14 + [1]


def test_order_of_the_input_does_not_matter():
    shuffled = ACTIVITY.iloc[[2, 1, 0]]
    as_of_date = date(2024, 5, 1)
    pd.testing.assert_frame_equal(
        cohort_retention(shuffled, as_of_date), cohort_retention(ACTIVITY, as_of_date)
    )


@pytest.mark.parametrize(
    "activity",
    [
        pd.DataFrame(columns=COLUMNS),
        ACTIVITY.astype({"cohort_month": "datetime64[us]"}).iloc[:0],
    ],
)
@pytest.mark.parametrize("as_of_date", [None, pd.NaT, date(2024, 3, 31)])
def test_empty_input_keeps_its_types(activity, as_of_date):
    result = cohort_retention(activity, as_of_date)
    assert result.empty
    full = cohort_retention(ACTIVITY, date(2024, 3, 31))
    assert result.dtypes.to_dict() == full.dtypes.to_dict()
    assert typed(result, COHORT_RETENTION_TYPES).schema == typed(full, COHORT_RETENTION_TYPES).schema


@pytest.mark.parametrize(
    ("activity", "message"),
    [
        (
            [(JANUARY, 1, 1, 0)],
            "cohort 2024-01-01, month 1: belongs to a cohort without customers",
        ),
        ([(JANUARY, 0, 0, 5)], "month 0: belongs to a cohort without customers in month 0"),
        ([(JANUARY, 0, 1, 0), (JANUARY, 0, 1, 0)], "month 0: is there twice"),
        ([(JANUARY, 0, 1, 0), (JANUARY, 3, 1, 0)], "month 3: lies after as_of_date"),
        ([(date(2024, 4, 1), 0, 1, 0)], "cohort 2024-04-01, month 0: lies after as_of_date"),
        ([(JANUARY, 0, 1, 0), (JANUARY, -1, 0, 5)], "month -1: is before the cohort's first month"),
        ([(JANUARY, 0, 1, 0), (JANUARY, 1, 2, 0)], "month 1: has more active customers than its cohort"),
        ([(JANUARY, 0, 1, 0), (JANUARY, 1, -1, 0)], "month 1: has a negative number of customers"),
        ([(date(2024, 1, 2), 0, 1, 0)], "cohort 2024-01-02, month 0: does not begin on a month's first day"),
        ([(None, 0, 1, 0)], "cohort_month: expected no nulls"),
        ([(JANUARY, None, 1, 0)], "months_since_first_order: expected integers without nulls"),
        ([(JANUARY, 0, 1, 0.5)], "net_revenue_units: expected integers without nulls, found float64"),
    ],
)
def test_impossible_activity_is_an_error(activity, message):
    with pytest.raises(ValueError) as error:
        cohort_retention(pd.DataFrame(activity, columns=COLUMNS), date(2024, 3, 31))
    assert message in str(error.value)


def test_activity_needs_an_as_of_date():
    with pytest.raises(ValueError, match="as_of_date is missing"):
        cohort_retention(ACTIVITY, None)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (5, 2, 3),
        (-5, 2, -3),
        (7, 3, 2),
        (-7, 3, -2),
        (8, 3, 3),
        (0, 9, 0),
        (1, 2, 1),
        (10**30 + 1, 2, 5 * 10**29 + 1),
    ],
)
def test_halves_go_away_from_zero(numerator, denominator, expected):
    assert divide_half_away(numerator, denominator) == expected


@st.composite
def any_activity(draw):
    """Up to four cohorts, each with month 0 and any months up to June 2024."""
    found = []
    for month in draw(st.sets(st.integers(1, 6), max_size=4)):
        size = draw(st.integers(1, 1000))
        found.append((date(2024, month, 1), 0, size, draw(st.integers(-(10**12), 10**12))))
        for later in draw(st.sets(st.integers(1, 6), max_size=5)):
            if month + later <= 6:
                revenue = draw(st.integers(-(10**12), 10**12))
                found.append((date(2024, month, 1), later, draw(st.integers(0, size)), revenue))
    return pd.DataFrame(found, columns=COLUMNS)


@given(any_activity(), st.dates(date(2024, 6, 1), date(2024, 9, 30)))
def test_customers_and_revenue_are_conserved(activity, as_of_date):
    result = cohort_retention(activity, as_of_date)
    assert result["active_customers"].sum() == activity["active_customers"].sum()
    assert result["net_revenue"].sum() == activity["net_revenue_units"].sum()
    # A cohort of month m has a row for each of the months m up to that of the as-of date.
    cohorts = {day.month for day in activity["cohort_month"]}
    assert len(result) == sum(as_of_date.month - month + 1 for month in cohorts)
    assert not result.duplicated(["cohort_month", "months_since_first_order"]).any()
    last = result.groupby("cohort_month").tail(1)
    assert last["cumulative_net_revenue"].sum() == activity["net_revenue_units"].sum()


@given(any_activity())
def test_rates_are_within_their_limits_and_averages_within_half_a_unit(activity):
    result = cohort_retention(activity, date(2024, 7, 31))
    assert result["retention_rate"].between(result["retention_low"], result["retention_high"]).all()
    assert (result.loc[result["months_since_first_order"] == 0, "retention_rate"] == 1).all()
    for row in result.itertuples():
        off = row.cumulative_revenue_per_customer * row.cohort_size - row.cumulative_net_revenue
        assert 2 * abs(off) <= row.cohort_size


@given(any_activity())
def test_a_later_as_of_date_only_adds_rows(activity):
    earlier = cohort_retention(activity, date(2024, 6, 30))
    later = cohort_retention(activity, date(2024, 8, 31))
    observed = later["cohort_month"].dt.month + later["months_since_first_order"] <= 6
    pd.testing.assert_frame_equal(later[observed].reset_index(drop=True), earlier)


def model_inputs(activity, as_of_date):
    """SQL of the two relations that the model reads."""
    return {
        "int_cohorts__activity": f"""
            select
                cohort_month::date as cohort_month,
                months::bigint as months_since_first_order,
                active::bigint as active_customers,
                units::bigint as net_revenue_units
            from (values {activity}) as rows(cohort_month, months, active, units)
        """,
        "int_calendar__as_of_date": f"select {as_of_date} as as_of_date",
    }


def test_model_on_duckdb():
    with duckdb.connect() as connection:
        inputs = model_inputs("('2024-01-01', 0, 3, 1000001), ('2024-01-01', 1, 1, -5)", "date '2024-02-28'")
        result = run_model(MODEL, connection, inputs)
        rows = connection.sql(
            "select cohort_month::varchar, months_since_first_order, net_revenue::varchar,"
            " cumulative_revenue_per_customer::varchar, is_complete from result order by 2"
        ).fetchall()
    assert result.num_rows == 2
    assert rows == [
        ("2024-01-01", 0, "100.0001", "33.3334", True),
        ("2024-01-01", 1, "-0.0005", "33.3332", False),  # 99.9996 / 3
    ]


def test_model_without_any_purchase():
    with duckdb.connect() as connection:
        inputs = model_inputs("(null, null, null, null)", "null::date")
        inputs["int_cohorts__activity"] += " where false"
        result = run_model(MODEL, connection, inputs)
        types = result_types(connection)
    assert result.num_rows == 0
    assert list(types.items()) == list(COHORT_RETENTION_TYPES.items())


def test_yml_has_the_same_columns_and_types():
    (model,) = yaml.safe_load(MODEL.with_suffix(".yml").read_text())["models"]
    declared = {column["name"]: column["data_type"] for column in model["columns"]}
    assert list(declared.items()) == list(COHORT_RETENTION_TYPES.items())
