"""When people buy and for how much: the BG/NBD process with gamma-gamma spend.

Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model",
Marketing Science 24(2); Fader, Hardie and Lee (2005), "RFM and CLV: Using Iso-value Curves for Customer Base
Analysis", Journal of Marketing Research 42(4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class BuyingModel:
    """Parameters of both models: rates per week, spend in euros.

    Purchase rate lambda ~ gamma(r, rate alpha); dropout probability p ~ beta(a, b); spend per purchase ~
    gamma(shape, rate nu) with nu ~ gamma(q, rate gamma), so the mean spend over people is shape * gamma / (q
    - 1).
    """

    r: float = 0.6
    alpha: float = 6.0
    a: float = 0.9
    b: float = 4.0
    shape: float = 6.0
    q: float = 4.0
    gamma: float = 32.0


MODEL = BuyingModel()


@dataclass(frozen=True)
class Purchases:
    """The histories of m buyers, in process time (weeks).

    Per buyer (m,): rate (lambda), dropout (p), mean_spend (euros), count, dropped_at (NaN: still a customer).
    Per purchase, sorted by buyer and time: buyer (index 0 to m - 1), time, and spend in whole cents.
    """

    rate: np.ndarray
    dropout: np.ndarray
    mean_spend: np.ndarray
    count: np.ndarray
    dropped_at: np.ndarray
    buyer: np.ndarray
    time: np.ndarray
    cents: np.ndarray


def simulate(n: int, horizon: float, rng: np.random.Generator, model: BuyingModel = MODEL) -> Purchases:
    """Draw the purchases of n buyers from time 0 to horizon (weeks).

    A buyer's first purchase, uniform over the period, starts the process. Repeat purchases come at rate
    lambda, and after each of them the buyer drops out with probability p (in BG/NBD nobody drops out at the
    first). The repeats of a Poisson process are uniform points given their number, so no loop over time is
    needed.
    """
    first = rng.uniform(0, horizon, n)
    rate = rng.gamma(model.r, 1 / model.alpha, n)
    dropout = np.maximum(rng.beta(model.a, model.b, n), 1e-9)
    possible = rng.poisson(rate * (horizon - first))
    last = rng.geometric(dropout)  # the number of the repeat after which the buyer drops out

    buyer = np.repeat(np.arange(n), possible + 1)
    starts = np.cumsum(possible + 1) - (possible + 1)
    time = first[buyer] + rng.random(len(buyer)) * (horizon - first)[buyer]
    time[starts] = first
    time = time[np.lexsort((time, buyer))]
    number = np.arange(len(buyer)) - starts[buyer]
    is_gone = possible >= last
    dropped_at = np.full(n, np.nan)
    dropped_at[is_gone] = time[(starts + last)[is_gone]]

    happens = number <= last[buyer]
    buyer, time = buyer[happens], time[happens]
    nu = rng.gamma(model.q, 1 / model.gamma, n)
    spend = rng.gamma(model.shape, 1 / nu[buyer])
    return Purchases(
        rate=rate,
        dropout=dropout,
        mean_spend=model.shape / nu,
        count=np.minimum(possible, last) + 1,
        dropped_at=dropped_at,
        buyer=buyer,
        time=time,
        cents=np.maximum(np.rint(spend * 100), 100).astype(np.int64),
    )
