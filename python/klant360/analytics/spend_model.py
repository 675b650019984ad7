"""What a purchase day of a customer is worth: the gamma-gamma model.

It assumes that the spend of a customer's purchase days varies around a mean of the customer's own: by a gamma
distribution of shape p, whose rate differs between customers by a gamma distribution of shape q and rate v.
And that spend has nothing to do with how often somebody buys.

Source: Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value",
http://www.brucehardie.com/notes/025/.

Everywhere, repeats (x) are the days with a purchase after the first such day, and mean_spend (m_x) is the
mean spend of those days, in any currency.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from klant360.analytics.distinct import distinct_rows
from klant360.analytics.maximum_likelihood import Estimate, Floats, maximise

# Parameters are sought between these; those of v are in units of the typical spend.
_LOWER = np.array([1e-3, 1e-3, 1e-6])
_UPPER = np.array([1e4, 1e4, 1e6])


@dataclass(frozen=True)
class SpendModel:
    """The parameters of gamma-gamma; v is in the currency of the spend. Without q > 1 there is no mean."""

    p: float
    q: float
    v: float


def fit_spend_model(repeats: ArrayLike, mean_spend: ArrayLike) -> Estimate:
    """Return the p, q and v with the highest likelihood, of customers (n,) who have repeats and spend."""
    (x, spend), _, count = distinct_rows(
        np.asarray(repeats, dtype=np.float64), np.asarray(mean_spend, dtype=np.float64)
    )
    customers = count.astype(np.float64)
    scale = float(np.exp((customers * np.log(spend)).sum() / customers.sum()))
    found = maximise(
        _likelihood(x, spend / scale, customers),
        observations=int(customers.sum()),
        start=np.array([2.0, 3.0, 1.0]),
        lower=_LOWER,
        upper=_UPPER,
    )
    in_currency = np.array([1, 1, scale])
    return Estimate(
        found.value * in_currency,
        found.standard_error * in_currency,
        found.log_likelihood - float(customers.sum() * np.log(scale)),
        found.is_converged,
        found.at_bound,
    )


def expected_order_value(model: SpendModel, repeats: ArrayLike, mean_spend: ArrayLike) -> Floats:
    """Return the expected spend of a purchase day, element by element; q must be above 1.

    It lies between the mean of all customers and mean_spend, nearer to that as there are more repeats.
    Without repeats it is the mean of all, whatever mean_spend is.
    """
    x = np.asarray(repeats, dtype=np.float64)
    spend = np.where(x > 0, x * np.asarray(mean_spend, dtype=np.float64), 0)
    return model.p * (model.v + spend) / (model.p * x + model.q - 1)


def _likelihood(x: Floats, spend: Floats, customers: Floats) -> Callable[[Floats], tuple[float, Floats]]:
    """Return the function of p, q and v that gives the log-likelihood and its gradient."""
    repeats, of_repeats = np.unique(x, return_inverse=True)
    with_repeats = np.bincount(of_repeats, customers)
    all_repeats = customers * x
    total, log_spend = customers.sum(), (customers * np.log(spend)).sum()
    repeats_log_spend = (all_repeats * np.log(x * spend)).sum()

    def likelihood(parameters: Floats) -> tuple[float, Floats]:
        p, q, v = parameters
        both = v + x * spend
        log_both = np.log(both)
        by_customer, by_repeat = (customers * log_both).sum(), (all_repeats * log_both).sum()
        height = (
            with_repeats @ (gammaln(p * repeats + q) - gammaln(p * repeats) - gammaln(q))
            + total * q * np.log(v)
            + p * (repeats_log_spend - by_repeat)
            - q * by_customer
            - log_spend
        )
        rise = digamma(p * repeats + q)
        slope = [
            (with_repeats * repeats) @ (rise - digamma(p * repeats)) + repeats_log_spend - by_repeat,
            with_repeats @ (rise - digamma(q)) + total * np.log(v) - by_customer,
            total * q / v - ((q * customers + p * all_repeats) / both).sum(),
        ]
        return float(height), np.array(slope)

    return likelihood
