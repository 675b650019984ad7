"""Wilson intervals: published and exactly solvable values, and general properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klant360.analytics.intervals import wilson_interval

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
