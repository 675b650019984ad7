"""BG/NBD and MBG/NBD of one customer by brute force: sums over a grid of rates and of chances to leave.

It knows only what a customer with a given rate and a given chance does, and how both vary; no closed form.
"""

import numpy as np
from scipy.special import betaln, expit, gammaln, log_expit, logsumexp

from klant360.analytics.purchase_models import PurchaseModel


def grid(lowest: float, highest: float, left: float, right: float) -> np.ndarray:
    """Return points around peaks from `lowest` to `highest`, where tails fall off with these powers."""
    spread = 9 / np.sqrt(left)
    start, end = lowest - 30 / left - spread, highest + np.log1p(40 / left) + 30 / right + spread
    return np.arange(start, end, 0.35 / np.sqrt(1 + left / 2))


def brute_force(model: PurchaseModel, x: int, t_x: float, age: float, ahead: float) -> dict[str, float]:
    """Return the log-likelihood of x purchases after the first, the last at t_x, in `age`; and what follows.

    That is: the probability that the customer is alive, and if so the expected purchases and the probability
    of one in the time `ahead`. All times in weeks.
    """
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    chances = x + model.may_leave_at_first  # purchases at which the customer could have left
    log_rate = grid(np.log((r + x) / (alpha + age)), np.log((r + x) / (alpha + t_x)), r + x, np.inf)
    stays = b + max(chances - 1, 0)
    logit = grid(np.log(a / (stays + 1)), np.log((a + 1) / stays), a, stays)
    step = np.log((log_rate[1] - log_rate[0]) * (logit[1] - logit[0]))
    log_rate, logit = log_rate[:, None], logit[None, :]
    rate, leaves = np.exp(log_rate), expit(logit)
    prior = r * np.log(alpha) - gammaln(r) + r * log_rate - alpha * rate
    prior = prior + a * log_expit(logit) + b * log_expit(-logit) - betaln(a, b) + step
    bought = prior + x * log_rate
    alive = bought - rate * age + chances * log_expit(-logit)
    log_alive = logsumexp(alive)
    log_likelihood = log_alive
    if chances > 0:
        left = bought - rate * t_x + (chances - 1) * log_expit(-logit) + log_expit(logit)
        log_likelihood = logsumexp([log_alive, logsumexp(left)])
    posterior = np.exp(alive - log_alive)
    return {
        "log_likelihood": log_likelihood,
        "alive": np.exp(log_alive - log_likelihood),
        "purchases": (posterior * -np.expm1(-rate * leaves * ahead) / leaves).sum(),
        "any_purchase": (posterior * -np.expm1(-rate * ahead)).sum(),
    }
