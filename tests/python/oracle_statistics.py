"""The oracle's statistics, from their formulas: percentiles, differences of rates and means, chi-square."""

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from scipy import stats

from oracle_values import Z_95, divide_half_away, money, wilson_interval

LEAST_FOR_LIMITS = 30


def percentile_cont(values: Sequence[float], share: float) -> float | None:
    """Return a percentile, between its neighbours in proportion to the distance; None without values."""
    if not values:
        return None
    in_order = sorted(values)
    position = share * (len(in_order) - 1)
    below = math.floor(position)
    above = min(below + 1, len(in_order) - 1)
    return in_order[below] + (position - below) * (in_order[above] - in_order[below])


def newcombe_interval(x1: int, n1: int, x0: int, n0: int) -> tuple[float, float] | tuple[None, None]:
    """Return the 95% interval of x1 / n1 - x0 / n0, from the Wilson limits of both; null when an n is 0."""
    if n1 == 0 or n0 == 0:
        return None, None
    p1, p0 = x1 / n1, x0 / n0
    low1, high1 = wilson_interval(x1, n1)
    low0, high0 = wilson_interval(x0, n0)
    low = (p1 - p0) - math.sqrt((p1 - low1) ** 2 + (high0 - p0) ** 2)
    high = (p1 - p0) + math.sqrt((high1 - p1) ** 2 + (p0 - low0) ** 2)
    return low, high


def pooled_z_p_value(x1: int, n1: int, x0: int, n0: int) -> float | None:
    """Return the two-sided p-value of equal rates; None when an n is 0 or the pooled rate 0 or 1."""
    if n1 == 0 or n0 == 0 or x1 + x0 in (0, n1 + n0):
        return None
    pooled = (x1 + x0) / (n1 + n0)
    z = (x1 / n1 - x0 / n0) / math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
    return math.erfc(abs(z) / math.sqrt(2))


def extra_amount(
    treated: Sequence[int], control: Sequence[int]
) -> tuple[Decimal, Decimal | None, Decimal | None] | tuple[None, None, None]:
    """Return what the treated have more than as many controls would, with its 95% limits, as money.

    Amounts are whole ten-thousandths, one per customer. Limits are null under 30 customers on a side, all is
    null without customers on a side.
    """
    n1, n0 = len(treated), len(control)
    if n1 == 0 or n0 == 0:
        return None, None, None
    exact = sum(treated) - Fraction(n1 * sum(control), n0)
    extra = money(divide_half_away(exact.numerator, exact.denominator))
    if min(n1, n0) < LEAST_FOR_LIMITS:
        return extra, None, None
    with localcontext() as context:
        context.prec = 50
        squared = _sample_variance(treated) / n1 + _sample_variance(control) / n0
        error = Decimal(squared.numerator) / Decimal(squared.denominator)
        margin = Fraction(n1 * Z_95 * error.sqrt())
    low, high = exact - margin, exact + margin
    return (
        extra,
        money(divide_half_away(low.numerator, low.denominator)),
        money(divide_half_away(high.numerator, high.denominator)),
    )


def _sample_variance(values: Sequence[int]) -> Fraction:
    mean = Fraction(sum(values), len(values))
    return sum(((value - mean) ** 2 for value in values), Fraction(0)) / (len(values) - 1)


def sample_ratio_p_value(counts: Sequence[int], shares: Sequence[float]) -> float | None:
    """Return the chi-square p-value of counts against shares; None for one count, or nothing to divide."""
    total = sum(counts)
    if len(counts) < 2 or total == 0:
        return None
    expected = [total * share / sum(shares) for share in shares]
    distance = sum((count - hope) ** 2 / hope for count, hope in zip(counts, expected, strict=True))
    return float(stats.chi2.sf(distance, len(counts) - 1))
