"""The days of the calendar, their names and holidays."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klant360.analytics.calendar import CALENDAR_TYPES, calendar
from klant360.analytics.frames import typed
from python_models import result_types, run_model

MODEL = Path(__file__).parents[2] / "models" / "marts" / "core" / "calendar.py"
AS_OF = date(2025, 6, 12)
DATES = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    frame = calendar(date(2019, 5, 3), AS_OF, AS_OF)
    return frame.set_index(frame["date_day"].dt.date)


@settings(max_examples=25)
@given(DATES, DATES)
def test_there_is_a_day_for_every_date_and_its_parts_are_those_of_python(one: date, other: date) -> None:
    first, last = sorted([one, other])
    frame = calendar(first, last, last)
    found = frame["date_day"].dt.date.tolist()
    assert (found[0], found[-1]) == (date(first.year, 1, 1), date(last.year + 1, 12, 31))
    assert all(after - before == timedelta(days=1) for before, after in pairwise(found))
    day = frame.iloc[(one - found[0]).days]
    assert (day["iso_year"], day["iso_week"], day["weekday"]) == tuple(one.isocalendar())
    assert day["iso_week_name"] == f"{one:%G-W%V}"
    assert (day["year"], day["month_number"]) == (one.year, one.month)
    assert day["month"].date() == one.replace(day=1)
    assert day["is_first_of_month"] == (one.day == 1)
    assert day["is_last_of_month"] == ((one + timedelta(days=1)).day == 1)
    assert day["is_observed"] == (one <= last)


def test_names_are_in_both_languages(days: pd.DataFrame) -> None:
    day = days.loc[date(2021, 1, 3)]  # a Sunday that belongs to the last week of 2020
    assert (day["weekday_name_nl"], day["weekday_name_en"]) == ("zondag", "Sunday")
    assert (day["month_name_nl"], day["month_name_en"]) == ("januari", "January")
    assert (day["quarter_name_nl"], day["quarter_name_en"]) == ("2021-K1", "2021-Q1")
    assert (day["week_name_nl"], day["iso_week_name"]) == ("week 53 van 2020", "2020-W53")


def test_a_month_is_complete_on_its_last_day(days: pd.DataFrame) -> None:
    assert days.loc[date(2025, 5, 1), "is_month_complete"]
    assert not days.loc[date(2025, 6, 1), "is_month_complete"]
    assert days.loc[AS_OF, "is_observed"]
    assert not days.loc[AS_OF + timedelta(days=1), "is_observed"]
    last_day = date(2025, 6, 30)
    ended = calendar(last_day, last_day, last_day)
    assert ended.loc[ended["month_number"] == 6, "is_month_complete"].tolist()[:30] == [True] * 30


@pytest.mark.parametrize(
    ("day", "netherlands", "belgium"),
    [
        (date(2025, 4, 21), ("Tweede paasdag", "Easter Monday"), ("Paasmaandag", "Easter Monday")),
        (date(2024, 4, 27), ("Koningsdag", "King's Day"), None),
        (date(2025, 4, 26), ("Koningsdag", "King's Day"), None),  # the 27th is a Sunday
        (date(2025, 5, 5), ("Bevrijdingsdag", "Liberation Day"), None),
        (date(2024, 5, 5), None, None),  # no lustrum
        (date(2025, 7, 21), None, ("Nationale feestdag", "National Day")),
        (date(2025, 12, 31), None, None),
    ],
)
def test_holidays_are_those_of_the_country(
    days: pd.DataFrame, day: date, netherlands: tuple[str, str] | None, belgium: tuple[str, str] | None
) -> None:
    for country, names in (("netherlands", netherlands), ("belgium", belgium)):
        assert days.loc[day, f"is_holiday_{country}"] == (names is not None)
        found = tuple(days.loc[day, [f"holiday_{country}_nl", f"holiday_{country}_en"]])
        assert found == names if names else all(pd.isna(name) for name in found)


def test_without_orders_there_are_no_days_and_the_columns_keep_their_types(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    nothing = "select cast(null as date) as first_order_date, cast(null as date) as last_date," \
              " cast(null as date) as as_of_date"  # fmt: skip
    table = run_model(MODEL, connection, {"int_calendar__bounds": nothing})
    assert table.num_rows == 0
    assert result_types(connection) == CALENDAR_TYPES


def test_without_purchases_no_day_is_observed() -> None:
    frame = calendar(date(2025, 3, 1), date(2025, 3, 1), None)
    assert len(typed(frame, CALENDAR_TYPES)) == 365 + 365
    assert not frame["is_observed"].any()
    assert not frame["is_month_complete"].any()
