"""P-values: hand-worked values, the 2 x 2 table, and general properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from klant360.analytics.p_values import chi_square_test, pooled_z_test

counts = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "trials", "base_successes", "base_trials", "expected"),
    [
        # Pooled 0.5, error sqrt(0.25 x 0.02) = 0.0707107, z = 0.2 / 0.0707107 = 2.8284.
        (60, 100, 40, 100, 0.004678),
        # Pooled 0.15, error sqrt(0.1275 x 0.02) = 0.0504975, z = 1.9803.
        (20, 100, 10, 100, 0.047670),
        (10, 100, 20, 100, 0.047670),
        (30, 100, 300, 1000, 1.0),
    ],
)
def test_hand_worked_z_tests(successes, trials, base_successes, base_trials, expected):
    assert pooled_z_test(successes, trials, base_successes, base_trials) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize("case", [(0, 0, 1, 5), (1, 5, 0, 0), (0, 0, 0, 0), (0, 9, 0, 5), (9, 9, 5, 5)])
def test_an_empty_side_or_no_variance_has_no_p_value(case):
    assert np.isnan(pooled_z_test(*case))


def test_z_tests_broadcast():
    p_values = pooled_z_test([60, 0, 60], [100, 0, 100], 40, 100)
    assert p_values == pytest.approx([0.004678, np.nan, 0.004678], abs=5e-6, nan_ok=True)
    assert pooled_z_test([], [], [], []).shape == (0,)


@given(counts, counts)
def test_a_z_test_is_the_chi_square_test_of_the_2_by_2_table(one, other):
    table = [[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]]
    if 0 in np.sum(table, axis=0):
        assert np.isnan(pooled_z_test(*one, *other))
    else:
        expected = stats.chi2_contingency(table, correction=False).pvalue
        assert pooled_z_test(*one, *other) == pytest.approx(expected, rel=1e-6, abs=1e-300)
        assert pooled_z_test(*one, *other) == pytest.approx(float(pooled_z_test(*other, *one)))


@pytest.mark.parametrize(
    ("visitors", "shares", "expected"),
    [
        # (60 - 50)^2 / 50 twice = 4, with 1 degree of freedom.
        ([60, 40], [1, 1], 0.045500),
        # 90 and 10 were expected: 100 / 90 + 100 / 10 = 11.1111.
        ([80, 20], [0.9, 0.1], 0.000858),
        # Three variants, 2 degrees of freedom: (100 + 0 + 100) / 100 = 2, and exp(-2 / 2).
        ([90, 100, 110], [1, 1, 1], 0.367879),
        ([50, 50], [1, 1], 1.0),
        # All in one of three: (100 + 100 + 400) / 10 = 60, and exp(-60 / 2).
        ([0, 0, 30], [1, 1, 1], np.exp(-30)),
    ],
)
def test_hand_worked_chi_square_tests(visitors, shares, expected):
    assert chi_square_test(visitors, shares) == pytest.approx(expected, abs=5e-7)


def test_visitors_who_should_not_be_there_are_no_coincidence():
    assert chi_square_test([50, 50, 1], [0.5, 0.5, 0]) == 0.0
    assert chi_square_test([50, 50, 0], [0.5, 0.5, 0]) == 1.0


@pytest.mark.parametrize(("visitors", "shares"), [([], []), ([5], [1]), ([0, 0], [1, 1]), ([5, 0], [1, 0])])
def test_nothing_to_divide_has_no_p_value(visitors, shares):
    assert chi_square_test(visitors, shares) is None


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 100)), min_size=2, max_size=6))
def test_shares_are_relative(variants):
    visitors = [seen for seen, _ in variants]
    shares = np.array([share for _, share in variants], dtype=float)
    if sum(visitors):
        expected = stats.chisquare(visitors, shares / shares.sum() * sum(visitors)).pvalue
        assert chi_square_test(visitors, shares) == pytest.approx(expected, rel=1e-6, abs=1e-300)
        assert chi_square_test(visitors, 7 * shares) == pytest.approx(expected, rel=1e-6, abs=1e-300)
