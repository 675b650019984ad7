"""Intervals of rates, their differences and those of means: published or exact values, and properties."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.intervals import (
    LEAST_FOR_MEANS,
    Amounts,
    mean_difference_margin,
    newcombe_interval,
    wilson_interval,
)

Z2 = 3.841458820694124  # the 95th percentile of chi-square with one degree of freedom


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3 (score, no continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # R: prop.test(5, 10, correct = FALSE) and prop.test(1, 10, correct = FALSE).
        (5, 10, 0.2366, 0.7634),
        (1, 10, 0.0179, 0.4042),
    ],
)
def test_published_values(successes, trials, low, high):
    assert wilson_interval(successes, trials) == (
        pytest.approx(low, abs=5e-5),
        pytest.approx(high, abs=5e-5),
    )


@pytest.mark.parametrize("trials", [1, 2, 7, 1000, 10**9])
def test_none_and_all_have_exact_limits(trials):
    """With no successes the upper limit is z2 / (n + z2); with all of them the lower one is n / (n + z2)."""
    low, high = wilson_interval([0, trials], trials)
    assert low[0] == 0.0 and high[1] == 1.0
    assert high[0] == pytest.approx(Z2 / (trials + Z2), rel=1e-12)
    assert low[1] == pytest.approx(trials / (trials + Z2), rel=1e-12)


def test_without_trials_there_is_no_interval():
    low, high = wilson_interval([0, 1], [0, 2])
    assert np.isnan(low[0]) and np.isnan(high[0])
    assert not np.isnan(low[1]) and not np.isnan(high[1])


def test_shapes_broadcast():
    low, high = wilson_interval([[1, 2], [3, 4]], 5)
    assert low.shape == high.shape == (2, 2)
    assert wilson_interval([], [])[0].shape == (0,)


@pytest.mark.parametrize(
    ("successes", "trials"), [(-1, 5), (6, 5), (1, 0), (float("nan"), 5), (1, float("inf"))]
)
def test_impossible_counts(successes, trials):
    with pytest.raises(ValueError):
        wilson_interval(successes, trials)


counts = st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_the_limits_enclose_the_proportion(count):
    successes, trials = count
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    assert low < high


@given(counts)
def test_mirrored(count):
    successes, trials = count
    low, high = wilson_interval(successes, trials)
    mirrored_low, mirrored_high = wilson_interval(trials - successes, trials)
    assert (1 - mirrored_high, 1 - mirrored_low) == (
        pytest.approx(low, abs=1e-12),
        pytest.approx(high, abs=1e-12),
    )


@given(counts)
def test_limits_are_where_the_score_test_just_rejects(count):
    """Wilson's definition: a limit p solves (successes / trials - p)^2 = z^2 p (1 - p) / trials."""
    successes, trials = count
    share = successes / trials
    for limit in wilson_interval(successes, trials):
        assert (share - limit) ** 2 == pytest.approx(Z2 * limit * (1 - limit) / trials, rel=1e-6, abs=1e-12)


@given(counts)
def test_more_of_the_same_narrows(count):
    successes, trials = count
    low, high = wilson_interval(successes, trials)
    narrow_low, narrow_high = wilson_interval(4 * successes, 4 * trials)
    assert narrow_high - narrow_low < high - low


@pytest.mark.parametrize(
    ("case", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_published_values_of_differences(case, low, high):
    assert newcombe_interval(*case) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize("case", [(0, 0, 1, 2), (1, 2, 0, 0), (0, 0, 0, 0)])
def test_without_trials_on_a_side_a_difference_has_no_interval(case):
    low, high = newcombe_interval(*case)
    assert np.isnan(low) and np.isnan(high)


def test_differences_broadcast():
    low, high = newcombe_interval([56, 0], [70, 0], 48, 80)
    assert low == pytest.approx([0.0524, np.nan], abs=5e-5, nan_ok=True)
    assert high.shape == (2,)
    with pytest.raises(ValueError, match="between 0 and trials"):
        newcombe_interval(1, 2, 3, 2)


@given(counts, counts)
def test_the_limits_enclose_the_difference(one, other):
    low, high = newcombe_interval(*one, *other)
    assert -1 <= low <= one[0] / one[1] - other[0] / other[1] <= high <= 1


@given(counts, counts)
def test_exchanged_sides_change_the_sign(one, other):
    low, high = newcombe_interval(*one, *other)
    exchanged_low, exchanged_high = newcombe_interval(*other, *one)
    assert (-exchanged_high, -exchanged_low) == (
        pytest.approx(low, abs=1e-12),
        pytest.approx(high, abs=1e-12),
    )


def test_hand_worked_difference_of_means():
    """Half of 40 amounts are 0, half 2: variance 40 / 39. All of 30 others are 5: variance 0."""
    amounts, base = Amounts(40, 40, 80), Amounts(30, 150, 750)
    assert (amounts.mean, amounts.sample_variance) == (1, Fraction(40, 39))
    assert (base.mean, base.sample_variance) == (5, 0)
    assert mean_difference_margin(amounts, base) == pytest.approx(1.959964 * math.sqrt(1 / 39))


@pytest.mark.parametrize(("count", "base_count"), [(29, 30), (30, 29), (1, 1), (0, 1000)])
def test_fewer_than_30_on_a_side_have_no_margin(count, base_count):
    assert mean_difference_margin(Amounts(count, 0, 0), Amounts(base_count, 0, 0)) is None


def test_thirty_on_both_sides_have_one():
    assert mean_difference_margin(Amounts(30, 0, 0), Amounts(30, 0, 0)) == 0.0


@pytest.mark.parametrize("case", [(-1, 0, 0), (0, 5, 5), (2, 4, 7), (1, 3, 8)])
def test_impossible_amounts(case):
    with pytest.raises(ValueError, match="no amounts have"):
        Amounts(*case)


many = st.lists(st.integers(0, 10**12), min_size=LEAST_FOR_MEANS, max_size=60)


def amounts_of(values):
    return Amounts(len(values), sum(values), sum(value * value for value in values))


@given(many, many)
def test_margins_are_those_of_the_sample_variances(values, base_values):
    variances = [np.var(np.array(each) - each[0], ddof=1) / len(each) for each in (values, base_values)]
    margin = mean_difference_margin(amounts_of(values), amounts_of(base_values))
    assert margin == pytest.approx(1.959964 * math.sqrt(sum(variances)), rel=1e-6)


@given(many, st.integers(0, 10**15))
def test_a_margin_does_not_depend_on_where_amounts_begin(values, shift):
    """Exact sums: floats would lose the variance of amounts that are large and much alike."""
    shifted = [value + shift for value in values]
    base = Amounts(30, 0, 0)
    assert mean_difference_margin(amounts_of(shifted), base) == mean_difference_margin(
        amounts_of(values), base
    )
