"""Purchases that are still to come, from how often and how lately a customer bought: BG/NBD and MBG/NBD.

Both assume of a customer: purchases come at random, at a rate of lambda a week, and after each of them the
customer leaves for good with probability p. Over customers, lambda ~ gamma(r, rate alpha) and p ~ beta(a, b).
In BG/NBD nobody leaves at the first purchase, so that whoever bought once counts as alive for ever; in
MBG/NBD a customer may leave then too.

Sources: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD
Model", Marketing Science 24 (2), 275-284; Batislam, Denizel and Filiztekin (2007), "Empirical Validation and
Comparison of Models for Customer Base Analysis", International Journal of Research in Marketing 24 (3),
201-209.

Everywhere, repeats (x) are the days with a purchase after the first such day, recency_days (t_x) the days
from the first to the last of them, and age_days (T) those from the first to the day up to which is counted:
whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaln, digamma, expit, gammaln

from klant360.analytics.distinct import distinct_rows
from klant360.analytics.maximum_likelihood import Estimate, Floats, maximise

Integers = NDArray[np.int64]

_DAYS_A_WEEK = 7
# Parameters are sought between these. Of a and b the upper ones mean that all customers have the same p.
_LOWER = np.array([1e-3, 1e-3, 1e-5, 1e-5])
_UPPER = np.array([1e3, 1e5, 1e3, 1e3])
# The mean over p takes as many nodes as change it by no more than this, of these numbers of them.
_GREATEST_CHANGE = 1e-9
_NUMBERS_OF_NODES = (16, 32, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class PurchaseModel:
    """The parameters of MBG/NBD or, if nobody may leave at the first purchase, BG/NBD; time is in weeks."""

    r: float
    alpha: float
    a: float
    b: float
    may_leave_at_first: bool


@dataclass(frozen=True)
class Histories:
    """The distinct repeats, recency_days and age_days, and how many `customers` have each (n,)."""

    repeats: Integers
    recency_days: Integers
    age_days: Integers
    customers: Integers


def distinct_histories(
    repeats: ArrayLike, recency_days: ArrayLike, age_days: ArrayLike
) -> tuple[Histories, NDArray[np.intp]]:
    """Return the distinct histories of customers, in order, and for each customer (m,) the place of its own.

    Raises ValueError on histories that cannot be: a last purchase after the day up to which is counted, or
    fewer days between the first and the last than there are repeats.
    """
    x, last, age = (np.asarray(given, dtype=np.int64) for given in (repeats, recency_days, age_days))
    if (x < 0).any() or (last < x).any() or ((x == 0) & (last != 0)).any() or (age < last).any():
        raise ValueError("expected 0 <= repeats <= recency_days <= age_days, and no recency without repeats")
    distinct, places, customers = distinct_rows(x, last, age)
    return Histories(*distinct, customers), places


def log_likelihood(model: PurchaseModel, histories: Histories) -> float:
    """Return the log-likelihood of all customers, of the purchase days after their first."""
    return _likelihood(histories, model.may_leave_at_first)(
        np.array([model.r, model.alpha, model.a, model.b])
    )[0]


def fit_purchase_model(histories: Histories, may_leave_at_first: bool) -> Estimate:
    """Return the parameters r, alpha, a and b with the highest likelihood; a and b are at most 1,000."""
    weeks = histories.customers @ histories.age_days / _DAYS_A_WEEK
    rate = max(histories.customers @ histories.repeats, 1) / max(weeks, 1)
    return maximise(
        _likelihood(histories, may_leave_at_first),
        observations=int(histories.customers.sum()),
        start=np.clip(np.array([0.5, 0.5 / rate, 1.0, 2.0]), _LOWER, _UPPER),
        lower=_LOWER,
        upper=_UPPER,
    )


def probability_alive(
    model: PurchaseModel, repeats: ArrayLike, recency_days: ArrayLike, age_days: ArrayLike
) -> Floats:
    """Return the probability that a customer has not left by the end of age_days, element by element."""
    x = np.asarray(repeats, dtype=np.float64)
    return expit(
        -_log_odds_of_leaving(model, x)
        - (model.r + x) * (_log_weeks(model, age_days) - _log_weeks(model, recency_days))
    )


def expected_purchases_if_alive(
    model: PurchaseModel, repeats: ArrayLike, age_days: ArrayLike, days_ahead: ArrayLike
) -> Floats:
    """Return the expected purchases in the next `days_ahead` (k,), of customers who are alive (n,): (n, k).

    Times `probability_alive` this is the papers' E(Y(t) | x, t_x, T); of customers without repeats and age it
    is E(X(t)), the expectation of somebody who just bought for the first time. It is calculated as the mean
    over p of the expectation given p, by Gauss-Jacobi quadrature, since the papers' closed form is singular
    at a = 1 and its hypergeometric function overflows.
    """
    (x, age), place, _ = distinct_rows(
        *np.broadcast_arrays(np.asarray(repeats, dtype=np.int64), np.asarray(age_days, dtype=np.int64))
    )
    ahead = np.asarray(days_ahead, dtype=np.float64) / _DAYS_A_WEEK
    stretch = ahead / (model.alpha + age[:, None] / _DAYS_A_WEEK)
    values, starts = np.unique(x, return_index=True)
    by_repeats = zip(values.tolist(), np.split(stretch, starts[1:]), strict=True)
    return np.concatenate([_purchases_if_alive(model, *rows) for rows in by_repeats])[place]


def probability_of_purchase(
    model: PurchaseModel,
    repeats: ArrayLike,
    recency_days: ArrayLike,
    age_days: ArrayLike,
    days_ahead: float,
) -> Floats:
    """Return the probability of a purchase in the next `days_ahead`, element by element."""
    x = np.asarray(repeats, dtype=np.float64)
    later = np.asarray(age_days) + days_ahead
    if_alive = -np.expm1((model.r + x) * (_log_weeks(model, age_days) - _log_weeks(model, later)))
    return probability_alive(model, repeats, recency_days, age_days) * if_alive


def days_until_next(
    model: PurchaseModel, repeats: ArrayLike, recency_days: ArrayLike, probability: float
) -> Floats:
    """Return within how many days the next purchase comes with this probability, element by element.

    As it is known at the last purchase, of a customer who does not leave; for 0.5 it is the median wait.
    """
    x = np.asarray(repeats, dtype=np.float64)
    weeks = model.alpha + np.asarray(recency_days, dtype=np.float64) / _DAYS_A_WEEK
    return _DAYS_A_WEEK * weeks * np.expm1(-np.log1p(-probability) / (model.r + x))


def _log_weeks(model: PurchaseModel, days: ArrayLike) -> Floats:
    return np.log(model.alpha + np.asarray(days, dtype=np.float64) / _DAYS_A_WEEK)


def _log_odds_of_leaving(model: PurchaseModel, repeats: Floats) -> Floats:
    """Return the log of p / (1 - p) at the last purchase; minus infinity where nobody leaves."""
    stayed = model.b + repeats - 1 + model.may_leave_at_first
    can_leave = (repeats > 0) | model.may_leave_at_first
    return np.where(can_leave, np.log(model.a) - np.log(np.where(can_leave, stayed, 1)), -np.inf)


def _beta_nodes(a: float, b: float, number: int) -> tuple[Floats, Floats]:
    """Return nodes and weights (number,) of the Gauss-Jacobi quadrature of a mean over p ~ beta(a, b).

    By the eigenvalues of the Jacobi matrix (Golub and Welsch, 1969, Mathematics of Computation 23 (106),
    221-230), which needs no normalising constant that could overflow.
    """
    k = np.arange(1, number, dtype=np.float64)
    both = 2 * k + a + b - 2
    centre = (1 + (a - b) * (a + b - 2) / (both * (both + 2))) / 2
    k, both = k[1:], both[1:]
    spread = k * (k + a - 1) * (k + b - 1) * (k + a + b - 2) / (both**2 * (both**2 - 1))
    nodes, vectors = eigh_tridiagonal(
        np.concatenate([[a / (a + b)], centre]),
        np.sqrt(np.concatenate([[a * b / ((a + b) ** 2 * (a + b + 1))], spread])),
    )
    return np.maximum(nodes, np.finfo(np.float64).eps), vectors[0] ** 2


def _purchases_if_alive(model: PurchaseModel, repeats: int, stretch: Floats) -> Floats:
    """Return the expected purchases (n, k); stretch (n, k) is the time ahead / (alpha + the time behind)."""
    expected = np.empty(stretch.shape)
    rows, furthest = np.arange(len(stretch)), stretch.max(axis=1)
    before = np.full(len(stretch), np.inf)
    for number in _NUMBERS_OF_NODES:
        nodes = _beta_nodes(model.a, model.b + repeats + model.may_leave_at_first, number)
        now = _mean_over_p(model.r + repeats, furthest[rows], *nodes)
        is_done = np.abs(now - before[rows]) <= _GREATEST_CHANGE * now
        is_done |= number == _NUMBERS_OF_NODES[-1]
        for column in range(stretch.shape[1]):
            done = rows[is_done]
            expected[done, column] = _mean_over_p(model.r + repeats, stretch[done, column], *nodes)
        before[rows] = now
        rows = rows[~is_done]
        if not len(rows):
            break
    return expected


def _mean_over_p(shape: float, stretch: Floats, p: Floats, weight: Floats) -> Floats:
    """Return for each stretch (n,) the mean of (1 - (1 + p stretch)^-shape) / p over the nodes (k,) of p."""
    some = -np.expm1(-shape * np.log1p(stretch[:, None] * p))
    return np.einsum("ij,j->i", some, weight / p)  # without BLAS, whose threads cost more than they save


def _likelihood(histories: Histories, may_leave_at_first: bool) -> Callable[[Floats], tuple[float, Floats]]:
    """Return the function of r, alpha, a and b that gives the log-likelihood and its gradient.

    What depends on one statistic is summed over its distinct values, so that only one exponential and one
    logarithm per history remain.
    """
    customers = histories.customers.astype(np.float64)
    x, of_x = np.unique(histories.repeats, return_inverse=True)
    day, of_day = np.unique(np.concatenate([histories.recency_days, histories.age_days]), return_inverse=True)
    of_recency, of_age = np.split(of_day, 2)
    with_x = np.bincount(of_x, customers)
    with_age = np.bincount(of_age, customers, minlength=len(day))
    repeats_with_age = np.bincount(of_age, customers * histories.repeats, minlength=len(day))
    week, total = day / _DAYS_A_WEEK, customers.sum()

    def likelihood(parameters: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters
        model = PurchaseModel(r, alpha, a, b, may_leave_at_first)
        log_weeks, per_week = np.log(alpha + week), 1 / (alpha + week)
        shape, stays = r + x, b + x + may_leave_at_first
        silence = log_weeks[of_age] - log_weeks[of_recency]
        log_odds = _log_odds_of_leaving(model, x)[of_x] + shape[of_x] * silence
        small = np.exp(-np.abs(log_odds))
        left = customers * np.where(log_odds > 0, 1, small) / (1 + small)
        left_with_x = np.bincount(of_x, left)
        purchases_with_age = r * with_age + repeats_with_age
        height = (
            with_x @ (gammaln(shape) - gammaln(r) + betaln(a, stays) - betaln(a, b))
            + total * r * np.log(alpha)
            - purchases_with_age @ log_weeks
            + (customers * (np.maximum(log_odds, 0) + np.log1p(small))).sum()
        )
        lost = digamma(a + b) - digamma(a + stays)
        sooner = per_week[of_recency] - per_week[of_age]
        leaves = np.divide(left_with_x, stays - 1, out=np.zeros(len(x)), where=left_with_x > 0)
        slope = [
            with_x @ (digamma(shape) - digamma(r))
            + total * np.log(alpha)
            - with_age @ log_weeks
            + (left * silence).sum(),
            total * r / alpha - purchases_with_age @ per_week - (left * shape[of_x] * sooner).sum(),
            with_x @ lost + left_with_x.sum() / a,
            with_x @ (lost + digamma(stays) - digamma(b)) - leaves.sum(),
        ]
        return float(height), np.array(slope)

    return likelihood
