"""P-values of proportions that should be equal, of counts that should have given shares, and of overlaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, chdtrc, erfc


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


def overlap_test(both: ArrayLike, one: ArrayLike, other: ArrayLike, total: ArrayLike) -> NDArray[np.float64]:
    """Return the one-sided p-value of two groups out of `total` having so many members in common by chance.

    `both` members are in the groups of sizes `one` and `other`: counts that broadcast against each other; the
    result has the broadcast shape. It is the probability that groups of these sizes, drawn at random, have
    `both` or more in common.

    Source: the exact test of R. A. Fisher (1935), "The Logic of Inductive Inference", Journal of the Royal
    Statistical Society 98 (1), 39-82: the upper tail of the hypergeometric distribution.
    """
    shape = np.broadcast_shapes(*map(np.shape, (both, one, other, total)))
    k, size, draws, n = (
        np.array(count, np.float64).ravel() for count in np.broadcast_arrays(both, one, other, total)
    )
    is_few = k * n < size * draws  # then not being in `one` is what is met often
    k, size = np.where(is_few, draws - k + 1, k), np.where(is_few, n - size, size)
    tail = np.zeros(len(k))
    at = np.flatnonzero(k <= np.minimum(size, draws))
    k, size, draws, n = k[at], size[at], draws[at], n[at]
    term = np.exp(_log_choose(size, k) + _log_choose(n - size, draws - k) - _log_choose(n, draws))
    while len(at):  # add the terms of the tail, each made from the one before
        tail[at] += term
        term = term * (size - k) * (draws - k) / ((k + 1) * (n - size - draws + k + 1))
        goes_on = term > 1e-17 * tail[at]
        at, term, k, size, draws, n = (each[goes_on] for each in (at, term, k + 1, size, draws, n))
    return np.where(is_few, 1 - tail, tail).clip(0, 1).reshape(shape)


def _log_choose(n: NDArray[np.float64], k: NDArray[np.float64]) -> NDArray[np.float64]:
    return -np.log1p(n) - betaln(n - k + 1, k + 1)
