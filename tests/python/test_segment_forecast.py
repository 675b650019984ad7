"""Forecasts of segments: exact where nothing is left to chance, and within theory where it is."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from klant360.analytics.backtests import MODEL_BACKTESTS_TYPES
from klant360.analytics.frames import typed
from klant360.analytics.segment_forecast import (
    SEGMENT_FORECAST_TYPES,
    segment_backtests,
    segment_forecast,
)
from klant360.analytics.transitions import NEWCOMERS


def month_ends(number):
    return pd.date_range("2023-12-31", periods=number, freq="ME")


def snapshots(number=13, **columns):
    return pd.DataFrame(
        {"snapshot_date": month_ends(number), "is_month_end": True, "is_window_full": True}
    ).assign(**columns)


def transitions(moves, number=13):
    """The same moves, (from, to): customers, in each month; or a function of the month's number."""
    rows = [
        (day, origin, target, customers)
        for month, day in enumerate(month_ends(number)[1:])
        for (origin, target), customers in (moves(month) if callable(moves) else moves).items()
    ]
    return pd.DataFrame(rows, columns=["snapshot_date", "from_segment", "to_segment", "customers"])


def sizes(forecast, months_ahead, column="customers"):
    return forecast[forecast["months_ahead"] == months_ahead].set_index("segment_code")[column].to_dict()


def test_who_always_moves_along_is_certain():
    """All of "high" become "low", all of "low" become "high"; nobody is new."""
    forecast = segment_forecast(
        transitions({("high", "low"): 30, ("low", "high"): 70, (NEWCOMERS, "low"): 0}), snapshots()
    )
    for column in ("customers", "customers_low", "customers_high"):
        assert sizes(forecast, 1, column) == {"high": 30, "low": 70}
        assert sizes(forecast, 2, column) == {"high": 70, "low": 30}
    table = typed(forecast, SEGMENT_FORECAST_TYPES)
    assert table.num_rows == 24
    assert table["month"][0].as_py() == date(2025, 1, 1)
    assert table["month"][23].as_py() == date(2025, 12, 1)


def test_new_customers_are_poisson():
    """A mean of 50 a month: after 4 months 200 more, with a standard deviation of the root of 200."""
    moves = {("only", "only"): 1000, (NEWCOMERS, "only"): 50}
    forecast = segment_forecast(transitions(moves), snapshots())
    assert sizes(forecast, 4)["only"] == pytest.approx(1050 + 200, abs=1.5)
    width = sizes(forecast, 4, "customers_high")["only"] - sizes(forecast, 4, "customers_low")["only"]
    assert width == pytest.approx(2 * 1.96 * 200**0.5, rel=0.1)


def test_moves_are_multinomial():
    """One in ten leaves "a" for "b" each month, for good."""
    moves = {("a", "a"): 900, ("a", "b"): 100, ("b", "b"): 0, (NEWCOMERS, "a"): 0}
    forecast = segment_forecast(transitions(moves), snapshots())
    assert sizes(forecast, 1)["a"] == pytest.approx(900 * 0.9, abs=1.5)
    assert sizes(forecast, 12)["a"] == pytest.approx(900 * 0.9**12, abs=3)
    width = sizes(forecast, 1, "customers_high")["a"] - sizes(forecast, 1, "customers_low")["a"]
    assert width == pytest.approx(2 * 1.96 * (900 * 0.9 * 0.1) ** 0.5, rel=0.1)
    assert (sum(sizes(forecast, 12).values())) == pytest.approx(1000)


def test_months_are_drawn_whole():
    """All leave in half of the months and nobody in the others: each path keeps all of them, or none."""

    def moves(month):
        return {("a", "b" if month % 2 else "a"): 100, ("b", "b"): 100, (NEWCOMERS, "a"): 0}

    forecast = segment_forecast(transitions(moves), snapshots())
    assert sizes(forecast, 1)["a"] == pytest.approx(0, abs=1e-9)  # the last month left none
    assert segment_forecast(transitions(lambda month: moves(month + 1)), snapshots()).pipe(sizes, 1)[
        "a"
    ] == pytest.approx(50, abs=5)


def test_a_segment_that_was_always_empty_keeps_its_customers():
    def moves(month):
        return {("a", "b" if month == 11 else "a"): 40, (NEWCOMERS, "b"): 0}

    forecast = segment_forecast(transitions(moves), snapshots())
    assert sizes(forecast, 12) == {"a": 0, "b": 40}


def test_the_same_again():
    moves = {("a", "a"): 90, ("a", "b"): 10, ("b", "a"): 5, ("b", "b"): 60, (NEWCOMERS, "a"): 9}
    table, given = transitions(moves), snapshots()
    first = segment_forecast(table, given)
    pd.testing.assert_frame_equal(first, segment_forecast(table.iloc[::-1], given.iloc[::-1]))
    cut_off = pd.DataFrame(
        {"snapshot_date": [date(2025, 1, 9)], "is_month_end": [False], "is_window_full": [True]}
    )
    begun = table.tail(5).assign(snapshot_date=pd.Timestamp(2025, 1, 9))
    pd.testing.assert_frame_equal(
        first, segment_forecast(pd.concat([table, begun]), pd.concat([given, cut_off]))
    )


@pytest.mark.parametrize(
    "given", [snapshots(12), snapshots(is_window_full=[False, *[True] * 12]), snapshots(0)]
)
def test_without_twelve_full_months_there_are_no_rows(given):
    table = transitions({("a", "a"): 90, (NEWCOMERS, "a"): 9})
    assert typed(segment_forecast(table, given), SEGMENT_FORECAST_TYPES).num_rows == 0
    assert typed(segment_backtests(table, given), MODEL_BACKTESTS_TYPES).num_rows == 0


def test_without_transitions_there_are_no_rows():
    """Var forecast_segments: false leaves the snapshots, but no transitions."""
    none = transitions({("a", "a"): 90}, number=22).head(0)
    assert typed(segment_forecast(none, snapshots(22)), SEGMENT_FORECAST_TYPES).num_rows == 0
    assert typed(segment_backtests(none, snapshots(22)), MODEL_BACKTESTS_TYPES).num_rows == 0


def test_backtests_of_steady_growth():
    """10 more each month: "as now" is 30, 60 and 90 off, the forecast hardly."""
    table = transitions(lambda month: {("a", "a"): 990 + 10 * month, (NEWCOMERS, "a"): 10}, number=22)
    found = segment_backtests(table, snapshots(22))
    last = 1000 + 10 * 20
    assert found["trained_until"].dt.date.tolist() == [
        date(2025, 6, 30),
        date(2025, 3, 31),
        date(2024, 12, 31),
    ]
    assert set(found["tested_until"].dt.date) == {date(2025, 9, 30)}
    assert found["baseline_value"].tolist() == pytest.approx([30 / last, 60 / last, 90 / last])
    assert (found["value"] < 0.002).all()
    assert found["grade"].tolist() == ["A"] * 3
    assert found["customers"].tolist() == [last] * 3
    assert len(segment_backtests(table, snapshots(22, is_window_full=np.arange(22) > 2))) == 2
