"""Intervals and p-values equal those of statsmodels, a separate implementation of the same methods."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.stats.gof import chisquare
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from klant360.analytics.intervals import (
    Amounts,
    mean_difference_margin,
    newcombe_interval,
    wilson_interval,
)
from klant360.analytics.p_values import chi_square_test, pooled_z_test

counts = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
# With both outcomes on each side, so that statsmodels has a p-value.
mixed = st.integers(2, 10**6).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))
amounts = st.lists(st.integers(0, 10**7), min_size=30, max_size=60)


@given(counts)
def test_wilson(count):
    expected = proportion_confint(*count, method="wilson")
    assert_allclose(np.concatenate(np.atleast_1d(*wilson_interval(*count))), expected, atol=1e-9)


@given(counts, counts)
def test_newcombe(one, other):
    expected = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    found = newcombe_interval(*one, *other)
    assert_allclose([float(limit) for limit in found], expected, atol=1e-9)


@given(mixed, mixed)
def test_pooled_z(one, other):
    _, expected = proportions_ztest([one[0], other[0]], [one[1], other[1]])
    assert_allclose(float(pooled_z_test(*one, *other)), expected, rtol=1e-6, atol=1e-12)


@given(amounts, amounts)
def test_difference_of_means(one, other):
    sides = [Amounts(len(side), sum(side), sum(each * each for each in side)) for side in (one, other)]
    margin = mean_difference_margin(*sides)
    low, high = CompareMeans(DescrStatsW(one), DescrStatsW(other)).zconfint_diff(usevar="unequal")
    assert_allclose(float(margin), (high - low) / 2, rtol=1e-6, atol=1e-6)


@given(st.lists(st.integers(1, 10**5), min_size=2, max_size=4))
def test_sample_ratio_of_equal_shares(visitors):
    shares = [1.0] * len(visitors)
    assert_allclose(
        chi_square_test(visitors, shares), chisquare(np.array(visitors))[1], rtol=1e-6, atol=1e-12
    )
