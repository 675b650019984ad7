"""Gamma-gamma: published results, numerical integration, and simulated customers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma

from cdnow import read_cdnow
from klant360.analytics.spend_model import SpendModel, expected_order_value, fit_spend_model
from klant360.demo.purchases import MODEL, simulate


def test_published_results_on_cdnow():
    """Fader and Hardie (2013), on the 946 customers who came back."""
    customers = read_cdnow()
    repeats = customers["purchase_days"] - 1
    spend = customers["repeat_spend_units"] / 10_000
    came_back = repeats > 0
    assert came_back.sum() == 946
    found = fit_spend_model(repeats[came_back], spend[came_back] / repeats[came_back])
    assert found.is_converged
    assert found.value == pytest.approx([6.25, 3.74, 15.44], abs=0.01)
    model = SpendModel(*found.value)
    # The same note: the mean of all customers, and that of customer 1, whose two repeats average 22.35.
    assert expected_order_value(model, [0, 2], [np.nan, 22.35]) == pytest.approx([35.17, 24.65], abs=0.02)


def brute_force(model, repeats, mean_spend):
    """Return the log-density of mean_spend and the expected spend, as sums over a grid of rates."""
    middle = np.log(model.p * repeats + model.q) - np.log(model.v + repeats * mean_spend)
    log_rate = np.linspace(middle - 40, middle + 40, 40_001)[1:]
    rate = np.exp(log_rate)
    with np.errstate(under="ignore"):
        density = (
            gamma.logpdf(rate, model.q, scale=1 / model.v)
            + gamma.logpdf(mean_spend, model.p * repeats, scale=1 / rate / repeats)
            + log_rate
        )
        joint = np.exp(density - density.max())
    step = log_rate[1] - log_rate[0]
    return np.log(joint.sum() * step) + density.max(), (joint * model.p / rate).sum() / joint.sum()


@settings(max_examples=10)
@given(st.floats(0.5, 20), st.floats(1.2, 10), st.floats(1, 200), st.integers(1, 40), st.floats(0.5, 500))
def test_expected_spend_by_brute_force(p, q, v, repeats, mean_spend):
    model = SpendModel(p, q, v)
    _, expected = brute_force(model, repeats, mean_spend)
    assert expected_order_value(model, repeats, mean_spend) == pytest.approx(expected, rel=1e-8)


def test_log_likelihood_by_brute_force():
    repeats, spend = np.array([1, 1, 2, 5, 9, 3]), np.array([10.0, 10.0, 35.0, 20.0, 80.0, 15.0])
    found = fit_spend_model(repeats, spend)
    model = SpendModel(*found.value)
    alone = [brute_force(model, *each)[0] for each in zip(repeats, spend, strict=True)]
    assert found.log_likelihood == pytest.approx(sum(alone), rel=1e-8)


def test_the_true_parameters_are_found():
    bought = simulate(15_000, 156, np.random.default_rng(4))
    repeats = bought.count - 1
    first = bought.cents[np.cumsum(bought.count) - bought.count]
    spend = (np.bincount(bought.buyer, bought.cents) - first) / 100
    came_back = repeats > 0
    found = fit_spend_model(repeats[came_back], spend[came_back] / repeats[came_back])
    truth = np.array([MODEL.shape, MODEL.q, MODEL.gamma])
    assert (np.abs(found.value - truth) < 3 * found.standard_error).all()
    assert (found.standard_error < truth / 8).all()


def test_the_currency_does_not_matter():
    rng = np.random.default_rng(5)
    repeats = rng.integers(1, 9, 800)
    spend = rng.gamma(3 * repeats, 20 / rng.gamma(3, 1, 800) / repeats)
    euros, others = fit_spend_model(repeats, spend), fit_spend_model(repeats, spend * 17_000)
    assert others.value == pytest.approx(euros.value * [1, 1, 17_000], rel=1e-4)
    assert others.standard_error == pytest.approx(euros.standard_error * [1, 1, 17_000], rel=1e-4)
    assert others.log_likelihood == pytest.approx(euros.log_likelihood - 800 * np.log(17_000), rel=1e-9)


def test_a_heavy_tail_has_no_mean():
    rng = np.random.default_rng(6)
    repeats = rng.integers(1, 9, 800)
    found = fit_spend_model(repeats, rng.gamma(4 * repeats, 1 / rng.gamma(0.6, 1, 800) / repeats))
    assert found.is_converged and found.value[1] < 1
