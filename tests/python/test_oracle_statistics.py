"""The oracle's statistics against published and hand-worked numbers."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from oracle_statistics import (
    extra_amount,
    newcombe_interval,
    percentile_cont,
    pooled_z_p_value,
    sample_ratio_p_value,
)


def test_a_percentile_lies_between_its_neighbours() -> None:
    assert percentile_cont([], 0.5) is None
    assert percentile_cont([7.0], 0.9) == 7.0
    assert percentile_cont([4.0, 1.0], 0.5) == 2.5
    # of four the 90th percentile is at 0.9 x 3 = 2.7: from the third, seven tenths on
    assert percentile_cont([40.0, 10.0, 30.0, 20.0], 0.9) == pytest.approx(37.0)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombes_own_examples(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    assert newcombe_interval(*counts) == pytest.approx((low, high), abs=5e-5)


def test_a_difference_needs_customers_on_both_sides() -> None:
    assert newcombe_interval(0, 0, 1, 2) == (None, None)
    assert pooled_z_p_value(1, 2, 0, 0) is None
    assert extra_amount([10_000], []) == (None, None, None)
    assert extra_amount([], [10_000]) == (None, None, None)


def test_the_pooled_test_by_hand() -> None:
    # 104 / 150 = 0.693333; sqrt(0.693333 x 0.306667 x (1/70 + 1/80)) = 0.075467; z = 0.2 / 0.075467 = 2.650
    assert pooled_z_p_value(56, 70, 48, 80) == pytest.approx(0.0080, abs=5e-5)
    assert pooled_z_p_value(48, 80, 56, 70) == pooled_z_p_value(56, 70, 48, 80)
    assert pooled_z_p_value(5, 10, 5, 10) == 1.0
    assert pooled_z_p_value(0, 10, 0, 10) is None
    assert pooled_z_p_value(10, 10, 10, 10) is None


def test_extra_money_has_limits_from_thirty_customers_on_a_side() -> None:
    treated, control = [200_000, 0] * 15, [40_000] * 30
    # means 10 and 4, so 30 x 6 = 180; s1 squared = 30 x 100 / 29, s0 = 0
    # 30 x 1.959964 x sqrt(3000 / 29 / 30) = 30 x 1.959964 x 1.856953 = 109.1869
    extra, low, high = extra_amount(treated, control)
    assert extra == Decimal(180)
    assert (low, high) == (Decimal("70.8131"), Decimal("289.1869"))
    assert extra_amount(treated, control[1:]) == (Decimal(180), None, None)
    assert extra_amount(treated[2:], control) == (Decimal(168), None, None)


def test_extra_money_is_rounded_once_at_the_end() -> None:
    # 10 - 2 x 10 / 3 = 3.33333, not 2 x (5 - 3.3333) = 3.3334
    assert extra_amount([60_000, 40_000], [50_000, 50_000, 0])[0] == Decimal("3.3333")


def test_the_ratio_of_a_sample() -> None:
    # 10 x 10 / 50 twice: 4, which with one degree of freedom is the two-sided p-value of z = 2
    assert sample_ratio_p_value([60, 40], [1, 1]) == pytest.approx(0.0455, abs=5e-5)
    assert sample_ratio_p_value([60, 40], [0.3, 0.2]) == 1.0
    # 25 / 5 + 25 / 5 + 0: 10 with two degrees of freedom is exp(-5)
    assert sample_ratio_p_value([10, 0, 5], [1, 1, 1]) == pytest.approx(0.0067379, abs=5e-7)
    assert sample_ratio_p_value([60], [1]) is None
    assert sample_ratio_p_value([0, 0], [1, 1]) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.sampled_from([0.5, 0.9]))
def test_percentiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert percentile_cont(values, share) == pytest.approx(np.percentile(values, 100 * share), abs=1e-6)


@given(st.tuples(st.integers(0, 50), st.integers(1, 50)), st.tuples(st.integers(0, 50), st.integers(1, 50)))
def test_the_pooled_test_is_the_chi_square_test_of_a_table(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    (x1, rest1), (x0, rest0) = one, other
    p_value = pooled_z_p_value(x1, x1 + rest1, x0, x0 + rest0)
    if x1 + x0 == 0:
        assert p_value is None
    else:
        table = stats.chi2_contingency([[x1, rest1], [x0, rest0]], correction=False)
        assert p_value == pytest.approx(table.pvalue, abs=1e-12)


@given(*(st.lists(st.integers(0, 10**7), min_size=30, max_size=40) for _ in range(2)))
def test_limits_of_extra_money_are_those_of_the_means(treated: list[int], control: list[int]) -> None:
    extra, low, high = extra_amount(treated, control)
    error = np.sqrt(np.var(treated, ddof=1) / len(treated) + np.var(control, ddof=1) / len(control))
    difference = np.mean(treated) - np.mean(control)
    limits = stats.norm.interval(0.95, loc=difference, scale=error or 1e-9)
    wanted = [len(treated) * float(amount) / 10_000 for amount in (difference, *limits)]
    assert [float(extra), float(low), float(high)] == pytest.approx(wanted, abs=1e-3)
