"""The days as of which predictions are judged, and their grades."""

from datetime import date

import pytest

from klant360.analytics.backtests import (
    BACKTEST_CUTS_TYPES,
    MODEL_BACKTESTS_TYPES,
    backtest_cuts,
    judged,
    months_before,
)
from klant360.analytics.frames import typed


def test_hand_worked_periods():
    table = typed(backtest_cuts(date(2023, 1, 1), date(2025, 12, 31)), BACKTEST_CUTS_TYPES)
    assert table.num_rows == 3
    assert table.slice(0, 1).to_pylist() == [
        {
            "trained_until": date(2025, 9, 30),
            "tested_until": date(2025, 12, 31),
            "before_from": date(2025, 7, 1),  # 92 days, as from October to December
            "year_earlier_from": date(2024, 10, 1),
            "year_earlier_until": date(2024, 12, 31),
            "probability_from": date(2025, 7, 3),
            "probability_until": date(2025, 12, 29),
        }
    ]
    assert table["trained_until"].to_pylist() == [date(2025, 9, 30), date(2025, 6, 30), date(2025, 3, 31)]


def test_three_months_may_have_89_days():
    (first, *_) = typed(backtest_cuts(date(2023, 1, 1), date(2025, 5, 15)), BACKTEST_CUTS_TYPES).to_pylist()
    assert first["trained_until"] == date(2025, 2, 15)
    assert first["probability_until"] is None


@pytest.mark.parametrize(
    ("first_purchase_on", "cuts"),
    [
        (date(2024, 4, 1), 3),  # the twelve months to 31 March 2025 lie before the third
        (date(2024, 4, 2), 2),
        (date(2024, 10, 1), 1),
        (date(2024, 10, 2), 0),
        (None, 0),
    ],
)
def test_twelve_months_must_lie_before(first_purchase_on, cuts):
    assert len(backtest_cuts(first_purchase_on, date(2025, 12, 31))) == cuts


def test_months_before():
    assert months_before(date(2025, 3, 15), 3) == date(2024, 12, 15)
    assert months_before(date(2025, 5, 30), 3) == date(2025, 2, 28)
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2025, 2, 28), 12) == date(2024, 2, 29)  # both are a month's last day


def row(value, baselines, is_rate=False):
    return judged("m", "error", (date(2025, 1, 1), date(2025, 4, 1)), 7, value, baselines, is_rate)


@pytest.mark.parametrize(
    ("value", "is_rate", "grade"),
    [
        (0.379, False, "A"),
        (0.381, False, "B"),
        (0.4, False, "C"),
        (0.5, False, "C"),
        (0.421, True, "A"),
        (0.419, True, "B"),
        (0.4, True, "C"),
        (0.3, True, "C"),
    ],
)
def test_grades(value, is_rate, grade):
    assert row(value, {"rule": 0.4}, is_rate)["grade"] == grade


def test_the_better_baseline_counts():
    baselines = {"before": 0.3, "year_earlier": 0.2, "none": float("nan")}
    assert row(0.1, baselines)["baseline"] == "year_earlier"
    assert row(0.1, baselines, is_rate=True)["baseline"] == "before"
    assert row(0.1, baselines)["baseline_value"] == 0.2


@pytest.mark.parametrize(("value", "baselines"), [(0.1, {}), (float("nan"), {"rule": 0.4})])
def test_without_a_value_or_baseline_there_is_no_grade(value, baselines):
    judgement = row(value, baselines)
    assert judgement["grade"] is None
    assert list(judgement) == list(MODEL_BACKTESTS_TYPES)
