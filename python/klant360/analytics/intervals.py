"""Confidence intervals of proportions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Two-sided 95%: the 97.5th percentile of the standard normal distribution.
Z_95 = 1.959963984540054


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
