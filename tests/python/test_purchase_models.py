"""BG/NBD and MBG/NBD: published results, brute-force sums, simulated customers, and extreme histories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdnow import read_cdnow
from klant360.analytics.purchase_models import (
    PurchaseModel,
    days_until_next,
    distinct_histories,
    expected_purchases_if_alive,
    fit_purchase_model,
    log_likelihood,
    probability_alive,
    probability_of_purchase,
)
from klant360.demo.purchases import MODEL, simulate
from posterior import brute_force

BG, MBG = False, True


@pytest.mark.parametrize(
    ("may_leave_at_first", "published", "published_likelihood"),
    [
        # Fader, Hardie and Lee (2005), table 2.
        (BG, [0.243, 4.414, 0.793, 2.426], -9582.4),
        # Batislam, Denizel and Filiztekin (2007), and Fader and Hardie's note 28, on the same customers.
        (MBG, [0.525, 6.183, 0.891, 1.614], -9582.1),
    ],
)
def test_published_results_on_cdnow(may_leave_at_first, published, published_likelihood):
    customers = read_cdnow()
    histories, _ = distinct_histories(
        customers["purchase_days"] - 1, customers["recency_days"], customers["age_days"]
    )
    found = fit_purchase_model(histories, may_leave_at_first)
    assert found.is_converged and not found.at_bound.any()
    assert found.value == pytest.approx(published, abs=5.1e-4)
    assert found.log_likelihood == pytest.approx(published_likelihood, abs=0.05)
    assert log_likelihood(PurchaseModel(*found.value, may_leave_at_first), histories) == pytest.approx(
        found.log_likelihood, rel=1e-12
    )


def test_published_expectation_on_cdnow():
    """Fader, Hardie and Lee (2005), note on implementing BG/NBD in Excel: E(Y(39)) of customer 1 is 1.226."""
    model = PurchaseModel(0.243, 4.414, 0.793, 2.426, BG)
    expected = probability_alive(model, 2, 213, 272) * expected_purchases_if_alive(model, [2], [272], [273])
    assert expected.item() == pytest.approx(1.226, abs=5e-4)


positive = st.floats(0.2, 6)
models = st.builds(PurchaseModel, positive, st.floats(0.5, 40), positive, positive, st.booleans())


@st.composite
def histories(draw, most=30):
    repeats = draw(st.integers(0, most))
    recency = draw(st.integers(repeats, 1500)) if repeats else 0
    return repeats, recency, recency + draw(st.integers(0, 1200))


def check(model, history, days):
    repeats, recency, age = history
    brute = brute_force(model, repeats, recency / 7, age / 7, days / 7)
    one, _ = distinct_histories([repeats], [recency], [age])
    assert log_likelihood(model, one) == pytest.approx(brute["log_likelihood"], rel=1e-8, abs=1e-8)
    assert probability_alive(model, *history) == pytest.approx(brute["alive"], rel=1e-7)
    expected = expected_purchases_if_alive(model, [repeats], [age], [days]).item()
    assert expected == pytest.approx(brute["purchases"], rel=1e-7)
    assert probability_of_purchase(model, *history, days) == pytest.approx(
        brute["alive"] * brute["any_purchase"], rel=1e-7
    )


@settings(max_examples=6)
@given(models, histories(), st.integers(1, 1100))
def test_brute_force(model, history, days):
    check(model, history, days)


@pytest.mark.deep
@settings(max_examples=400)
@given(models, histories(most=400), st.integers(1, 1100))
def test_brute_force_more_often(model, history, days):
    check(model, history, days)


@pytest.mark.parametrize("may_leave_at_first", [BG, MBG])
@pytest.mark.parametrize("a", [0.999999, 1.0, 1.000001])
@pytest.mark.parametrize("history", [(0, 0, 700), (2, 100, 700), (160, 900, 1000), (300, 990, 1000)])
def test_many_purchases_and_a_near_one(may_leave_at_first, a, history):
    check(PurchaseModel(0.7, 5.0, a, 3.0, may_leave_at_first), history, 365)


@given(models, histories(), st.sampled_from([0.25, 0.5, 0.75]))
@settings(max_examples=6)
def test_waits_are_quantiles_of_what_is_known_at_the_last_purchase(model, history, probability):
    repeats, recency, _ = history
    wait = days_until_next(model, repeats, recency, probability)
    if wait < 1e6:  # longer ones, of who rarely buys, are beyond the grid
        brute = brute_force(model, repeats, recency / 7, recency / 7, wait / 7)
        assert brute["any_purchase"] == pytest.approx(probability, rel=1e-6)


def test_whoever_bought_once_is_alive_for_ever_in_bg_nbd_only():
    once = [0, 0], [0, 0], [10, 10_000]
    assert probability_alive(PurchaseModel(0.5, 5, 1, 2, BG), *once).tolist() == [1, 1]
    just_now, long_ago = probability_alive(PurchaseModel(0.5, 5, 1, 2, MBG), *once)
    assert just_now > 0.6 and long_ago < 0.2


def test_extreme_histories_neither_overflow_nor_vanish():
    """A purchase on each day of three years, then silence for as long; and rates of one in centuries."""
    for model in (PurchaseModel(1000, 0.01, 1e-5, 1000, BG), PurchaseModel(0.001, 1e5, 1000, 1e-5, MBG)):
        x, recency, age = [0, 1, 1094, 1094], [0, 1, 1094, 1094], [3000, 3000, 1094, 2188]
        results = [
            probability_alive(model, x, recency, age),
            expected_purchases_if_alive(model, x, age, [1, 1096]),
            probability_of_purchase(model, x, recency, age, 30),
            days_until_next(model, x, recency, 0.5),
            log_likelihood(model, distinct_histories(x, recency, age)[0]),
        ]
        assert all(np.isfinite(result).all() for result in results)
        assert (results[1] > 0).all()


def test_customers_count_as_often_as_they_are_there():
    model = PurchaseModel(0.7, 5.0, 0.9, 3.0, MBG)
    history = ([2, 0, 2, 2], [30, 0, 30, 31], [90, 80, 90, 90])
    histories, places = distinct_histories(*history)
    assert histories.customers.tolist() == [1, 2, 1]
    assert histories.recency_days[places].tolist() == history[1]
    alone = [
        log_likelihood(model, distinct_histories(*([each] for each in one))[0])
        for one in zip(*history, strict=True)
    ]
    assert log_likelihood(model, histories) == pytest.approx(sum(alone), rel=1e-12)


@pytest.mark.parametrize("history", [(-1, 0, 5), (1, 0, 5), (0, 3, 5), (2, 6, 5), (4, 3, 5)])
def test_impossible_histories_are_an_error(history):
    with pytest.raises(ValueError, match="expected 0 <= repeats <= recency_days <= age_days"):
        distinct_histories(*([each] for each in history))


def simulated_histories(seed, may_leave_at_first):
    """20,000 customers of the demo's process; on whole days, which biases larger numbers of them."""
    rng = np.random.default_rng(seed)
    bought = simulate(20_000, 156, rng)
    time, stays = bought.time, np.ones(len(bought.buyer), dtype=bool)
    starts = np.cumsum(bought.count) - bought.count
    if may_leave_at_first:
        leaves = rng.random(len(bought.dropout)) < bought.dropout
        stays = ~leaves[bought.buyer]
        stays[starts] = True
    buyer, day = np.unique(np.column_stack([bought.buyer, np.floor(time * 7)])[stays].astype(int), axis=0).T
    days = np.bincount(buyer)
    first, last = day[np.cumsum(days) - days], day[np.cumsum(days) - 1]
    return distinct_histories(days - 1, last - first, 156 * 7 - 1 - first)[0]


@pytest.mark.parametrize(
    ("may_leave_at_first", "seed"),
    [
        (BG, 1),
        (MBG, 1),
        *(pytest.param(*each, marks=pytest.mark.deep) for each in ((BG, 2), (MBG, 2), (BG, 3))),
    ],
)
def test_the_true_parameters_are_found(may_leave_at_first, seed):
    found = fit_purchase_model(simulated_histories(seed, may_leave_at_first), may_leave_at_first)
    truth = np.array([MODEL.r, MODEL.alpha, MODEL.a, MODEL.b])
    assert (np.abs(found.value - truth) < 3 * found.standard_error).all()
    assert (found.standard_error < truth / 10).all()


def test_customers_who_never_leave_are_at_the_bound():
    rng = np.random.default_rng(1)
    age = rng.integers(100, 1000, 3000)
    repeats = np.minimum(rng.poisson(rng.gamma(2, 1 / 100, 3000) * age), age)
    recency = np.where(repeats > 0, np.maximum(repeats, rng.beta(repeats + 1e-9, 1) * age), 0).astype(int)
    found = fit_purchase_model(distinct_histories(repeats, recency, age)[0], MBG)
    assert found.is_converged and found.at_bound.tolist() == [False, False, True, True]
    assert np.isnan(found.standard_error[2:]).all()
    assert found.value[0] / found.value[1] == pytest.approx(7 / 50, rel=0.05)  # 0.02 a day
