"""Backtests of purchases: hand-worked errors, and simulated customers whose model is the true one."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from klant360.analytics.frames import typed
from klant360.analytics.purchase_backtests import (
    MODEL_BACKTESTS_TYPES,
    MODEL_CALIBRATION_TYPES,
    PREDICTION_DECILES_TYPES,
    model_calibration,
    prediction_deciles,
    purchase_backtests,
)
from klant360.demo.purchases import simulate

CUT, UNTIL = date(2025, 6, 30), date(2025, 12, 31)


def deciles(metric, predicted, actual, period_before, year_earlier=np.nan, squared_error=np.nan):
    return pd.DataFrame(
        {
            "metric": metric,
            "trained_until": CUT,
            "tested_until": UNTIL,
            "decile": [1, 2],
            "customers": [100, 300],
            "predicted": predicted,
            "actual": actual,
            "period_before": period_before,
            "year_earlier": year_earlier,
            "squared_error": squared_error,
        }
    )


def test_hand_worked_errors_of_totals_and_deciles():
    """Of 200 purchases 220 were predicted: 10% off, but 30 / 200 in the deciles."""
    found = purchase_backtests(deciles("purchases", [25, 195], [30, 170], [44, 140], [10, 194]))
    by_metric = found.set_index("metric")
    assert by_metric.loc["total_error", "value"] == pytest.approx(0.10)
    assert by_metric.loc["total_error", "baseline"] == "year_earlier"  # 2% off, and the period before 8%
    assert by_metric.loc["total_error", "baseline_value"] == pytest.approx(0.02)
    assert by_metric.loc["total_error", "grade"] == "C"
    assert by_metric.loc["decile_error", "value"] == pytest.approx(0.15)
    assert by_metric.loc["decile_error", "baseline"] == "period_before"  # both 44 off: the first
    assert by_metric.loc["decile_error", "baseline_value"] == pytest.approx(0.22)
    assert by_metric.loc["decile_error", "grade"] == "A"
    assert set(found["customers"]) == {400} and set(found["model"]) == {"purchases"}


def test_hand_worked_errors_of_a_probability():
    """A quarter bought in the 90 days before, and 30% after: (3/4)^2 off for these, (1/4)^2 for the rest."""
    found = purchase_backtests(
        deciles("probability_90_days", [10, 102], [15, 105], [20, 80], squared_error=[8, 64])
    )
    by_metric = found.set_index("metric")
    assert by_metric.loc["brier_score", "value"] == pytest.approx(72 / 400)
    assert by_metric.loc["brier_score", "baseline"] == "share_before"
    assert by_metric.loc["brier_score", "baseline_value"] == pytest.approx(0.3 * 9 / 16 + 0.7 / 16)
    assert by_metric.loc["brier_score", "grade"] == "A"
    assert by_metric.loc["largest_gap", "value"] == pytest.approx(0.05)
    assert by_metric.loc["largest_gap", "grade"] is None


def test_calibration_is_per_customer():
    found = model_calibration(deciles("revenue", [250, 600], [200, 900], [1, 1]))
    assert found["predicted"].tolist() == [2.5, 2.0]
    assert found["actual"].tolist() == [2.0, 3.0]
    assert typed(found, MODEL_CALIBRATION_TYPES).num_rows == 2


def test_nothing_bought_since_cannot_be_judged():
    found = purchase_backtests(deciles("purchases", [1, 2], [0, 0], [1, 1], [0, 0]))
    assert found["grade"].isna().all() and len(found) == 2


def histories(customers=4000, seed=1):
    """Customers of a BG/NBD process of 104 weeks, as of half a year before its end."""
    rng = np.random.default_rng(seed)
    bought = simulate(customers, 104, rng)
    lines = pd.DataFrame(
        {
            "customer": bought.buyer,
            "day": pd.Timestamp(UNTIL).normalize() - pd.to_timedelta(np.floor((104 - bought.time) * 7), "D"),
            "units": bought.cents * 100,
        }
    )
    days = lines.groupby(["customer", "day"], as_index=False)["units"].sum()
    cut = pd.Timestamp(CUT)
    before = days[days["day"] <= cut].groupby("customer")
    table = pd.DataFrame(
        {
            "trained_until": CUT,
            "tested_until": UNTIL,
            "purchase_days": before.size(),
            "recency_days": (before["day"].max() - before["day"].min()).dt.days,
            "age_days": (cut - before["day"].min()).dt.days,
            "repeat_spend_units": before["units"].sum() - before["units"].first(),
        }
    )

    def within(after, until):
        return days[(days["day"] > after) & (days["day"] <= until)].groupby("customer")

    year = pd.Timedelta(days=365)
    half = timedelta(days=(UNTIL - CUT).days)
    for name, after, until in (
        ("actual", cut, pd.Timestamp(UNTIL)),
        ("before", cut - half, cut),
        ("year_earlier", cut - year, pd.Timestamp(UNTIL) - year),
    ):
        found = within(after, until)
        table[f"{name}_days"] = found.size().reindex(table.index, fill_value=0)
        table[f"{name}_units"] = found["units"].sum().reindex(table.index, fill_value=0)
    ninety = pd.Timedelta(days=90)
    table["bought_after"] = table.index.isin(within(cut, cut + ninety).groups)
    table["bought_before"] = table.index.isin(within(cut - ninety, cut).groups)
    return table.reset_index(drop=True)


@pytest.fixture(scope="module")
def simulated():
    return histories()


@pytest.fixture(scope="module")
def simulated_deciles(simulated):
    return prediction_deciles(simulated, "bg_nbd")


def test_the_true_model_beats_the_simple_rules(simulated, simulated_deciles):
    found = purchase_backtests(simulated_deciles)
    grades = found.set_index(["model", "metric"])["grade"].to_dict()
    assert grades == {
        ("purchases", "total_error"): "A",
        ("purchases", "decile_error"): "A",
        ("revenue", "total_error"): "A",
        ("revenue", "decile_error"): "A",
        ("probability_90_days", "brier_score"): "A",
        ("probability_90_days", "largest_gap"): None,
    }
    errors = found.set_index(["model", "metric"])["value"]
    assert errors["purchases", "total_error"] < 0.06
    assert errors["probability_90_days", "largest_gap"] < 0.08
    assert set(found["customers"]) == {len(simulated)}
    assert typed(found, MODEL_BACKTESTS_TYPES).num_rows == 6
    until = found.set_index("model")["tested_until"].dt.date
    assert set(until["purchases"]) == {UNTIL}
    assert set(until["probability_90_days"]) == {CUT + timedelta(days=90)}


def test_deciles_add_up_to_all_customers(simulated, simulated_deciles):
    sums = simulated_deciles.groupby("metric").sum(numeric_only=True)
    assert sums.loc["purchases", "actual"] == simulated["actual_days"].sum()
    assert sums.loc["purchases", "year_earlier"] == simulated["year_earlier_days"].sum()
    assert sums.loc["revenue", "period_before"] == pytest.approx(simulated["before_units"].sum() / 10_000)
    assert sums.loc["probability_90_days", "actual"] == simulated["bought_after"].sum()
    assert (sums["customers"] == len(simulated)).all()
    means = model_calibration(simulated_deciles).groupby("metric")["predicted"]
    assert means.apply(lambda predicted: predicted.is_monotonic_increasing).all()
    assert typed(simulated_deciles, PREDICTION_DECILES_TYPES).num_rows > 20


def test_the_order_of_customers_does_not_matter(simulated, simulated_deciles):
    again = prediction_deciles(simulated.sample(frac=1, random_state=1), "bg_nbd")
    pd.testing.assert_frame_equal(again, simulated_deciles, check_exact=True)


def test_a_cut_whose_90_days_are_not_over_has_no_probability(simulated):
    unknown = simulated.assign(bought_after=None)
    assert set(prediction_deciles(unknown, "bg_nbd")["metric"]) == {"purchases", "revenue"}


def test_a_cut_without_enough_data_has_no_rows(simulated):
    """One of two cuts can be judged."""
    few = simulated.head(150).assign(trained_until=date(2025, 3, 31))
    found = prediction_deciles(pd.concat([simulated, few]), "bg_nbd")
    assert set(found["trained_until"].dt.date) == {CUT}
    nothing = prediction_deciles(few, "bg_nbd")
    assert typed(nothing, PREDICTION_DECILES_TYPES).num_rows == 0
    assert typed(purchase_backtests(nothing), MODEL_BACKTESTS_TYPES).num_rows == 0
    assert typed(model_calibration(nothing), MODEL_CALIBRATION_TYPES).num_rows == 0
