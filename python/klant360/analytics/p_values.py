"""P-values of two proportions that should be equal, and of counts that should have given shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, erfc


def pooled_z_test(
    successes: ArrayLike, trials: ArrayLike, base_successes: ArrayLike, base_trials: ArrayLike
) -> NDArray[np.float64]:
    """Return the two-sided p-value of two proportions being equal, element by element.

    All arguments are counts and broadcast against each other; the result has the broadcast shape. It is NaN
    where a side has no trials, and where all or none of both sides together succeeded: then there is no
    variance to compare with. No continuity correction.

    Source: the z-test with a pooled proportion, which is Pearson's chi-square test of the 2 x 2 table;
    K. Pearson (1900), Philosophical Magazine 50 (302), 157-175.
    """
    hits, total, base_hits, base_total = np.broadcast_arrays(
        *(np.asarray(count, np.float64) for count in (successes, trials, base_successes, base_trials))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (hits + base_hits) / (total + base_total)
        error = np.sqrt(pooled * (1 - pooled) * (1 / total + 1 / base_total))
        score = (hits / total - base_hits / base_total) / error
        p_value = erfc(np.abs(score) / np.sqrt(2))
    untestable = (total == 0) | (base_total == 0) | (pooled == 0) | (pooled == 1)
    return np.where(untestable, np.nan, p_value)


def chi_square_test(counts: Sequence[int], shares: Sequence[float]) -> float | None:
    """Return the p-value of `counts` (k,) being drawn with `shares` (k,).

    Shares are relative: they need not add up to 1. A count above 0 where the share is 0 cannot be: the
    p-value is 0. None when nothing is counted, or fewer than two have a share.

    Source: Pearson's chi-square goodness-of-fit test, with one degree of freedom less than there are shares
    above 0; K. Pearson (1900), Philosophical Magazine 50 (302), 157-175.
    """
    observed, share = np.asarray(counts, np.float64), np.asarray(shares, np.float64)
    if observed[share == 0].any():
        return 0.0
    observed, share = observed[share > 0], share[share > 0]
    total = observed.sum()
    if total == 0 or len(share) < 2:
        return None
    expected = total * share / share.sum()
    return float(chdtrc(len(share) - 1, ((observed - expected) ** 2 / expected).sum()))
