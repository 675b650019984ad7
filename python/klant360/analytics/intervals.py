"""Confidence intervals of proportions, of their differences, and of differences of means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Two-sided 95%: the 97.5th percentile of the standard normal distribution.
Z_95 = 1.959963984540054

# The normal approximation of a difference of means tells nothing about fewer than this on a side.
LEAST_FOR_MEANS = 30


def wilson_interval(
    successes: ArrayLike, trials: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95% Wilson score interval of `successes` out of `trials`, element by element.

    Both arguments are counts and broadcast against each other; the two results, low and high, have the
    broadcast shape and are proportions between 0 and 1. Without trials both are NaN. None of the trials
    gives a low of exactly 0, all of them a high of exactly 1. No continuity correction. Nothing is rounded.

    Raises ValueError if a count is negative or not finite, or if there are more successes than trials.

    Source: E. B. Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference",
    Journal of the American Statistical Association 22 (158), 209-212.
    """
    hits, total = np.broadcast_arrays(
        np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    )
    if not (np.isfinite(hits).all() and np.isfinite(total).all()):
        raise ValueError("successes and trials must be finite numbers")
    if (hits < 0).any() or (hits > total).any():
        raise ValueError("successes must be between 0 and trials")
    z2 = Z_95 * Z_95
    with np.errstate(invalid="ignore", divide="ignore"):
        share = hits / total
        centre = (share + z2 / (2 * total)) / (1 + z2 / total)
        half = Z_95 * np.sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    empty = total == 0
    low = np.where(empty, np.nan, np.where(hits == 0, 0.0, np.clip(centre - half, 0.0, 1.0)))
    high = np.where(empty, np.nan, np.where(hits == total, 1.0, np.clip(centre + half, 0.0, 1.0)))
    return low, high


def newcombe_interval(
    successes: ArrayLike, trials: ArrayLike, base_successes: ArrayLike, base_trials: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95% interval of `successes / trials - base_successes / base_trials`, element by element.

    All arguments are counts and broadcast against each other; the two results, low and high, have the
    broadcast shape and are differences of proportions, between -1 and 1. Both are NaN where either side has
    no trials. The interval is made of the Wilson limits of both proportions, without continuity correction.
    Nothing is rounded.

    Raises ValueError if a count is negative or not finite, or if there are more successes than trials.

    Source: R. G. Newcombe (1998), "Interval Estimation for the Difference Between Independent Proportions:
    Comparison of Eleven Methods", Statistics in Medicine 17 (8), 873-890, method 10.
    """
    low, high = wilson_interval(successes, trials)
    base_low, base_high = wilson_interval(base_successes, base_trials)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.asarray(successes, dtype=np.float64) / np.asarray(trials, dtype=np.float64)
        base = np.asarray(base_successes, dtype=np.float64) / np.asarray(base_trials, dtype=np.float64)
    difference = share - base
    return (
        difference - np.hypot(share - low, base_high - base),
        difference + np.hypot(high - share, base - base_low),
    )


@dataclass(frozen=True)
class Amounts:
    """A number of amounts, their sum and the sum of their squares: whole numbers, so that both are exact."""

    count: int
    total: int
    squares: int

    def __post_init__(self) -> None:
        """Raise ValueError if no amounts have this count, sum and sum of squares."""
        if self.count < 0 or self.count * self.squares < self.total**2:
            raise ValueError(f"no amounts have {self}")

    @property
    def mean(self) -> Fraction:
        """The mean; there must be at least one amount."""
        return Fraction(self.total, self.count)

    @property
    def sample_variance(self) -> Fraction:
        """The variance with `count - 1` as divisor; there must be at least two amounts."""
        return Fraction(self.count * self.squares - self.total**2, self.count * (self.count - 1))


def mean_difference_margin(amounts: Amounts, base: Amounts) -> float | None:
    """Return half the width of the 95% interval of the mean of `amounts` minus that of `base`.

    In the unit of the amounts; None with fewer than `LEAST_FOR_MEANS` on a side. Only the square root is a
    float: a variance that floats sum up loses its digits when amounts are large and much alike, and differs
    with the order of the rows.

    Source: the normal approximation with unequal variances, z sqrt(s1^2 / n1 + s0^2 / n0); B. L. Welch
    (1938), "The Significance of the Difference Between Two Means when the Population Variances are
    Unequal", Biometrika 29 (3/4), 350-362.
    """
    if min(amounts.count, base.count) < LEAST_FOR_MEANS:
        return None
    return Z_95 * math.sqrt(amounts.sample_variance / amounts.count + base.sample_variance / base.count)
