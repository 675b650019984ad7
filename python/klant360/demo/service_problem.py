"""Two months in which deliveries went wrong: what people complained about, and what it did to them.

They put off buying; that grows with the seasonality, so that without seasons purchases follow their process
exactly.
"""

from __future__ import annotations

import numpy as np

from klant360.demo.moves import follow, moved

FROM, UNTIL = np.datetime64("2025-02-01", "s"), np.datetime64("2025-04-01", "s")
CATEGORY = "levering"
# Of the customers whom the service desk knows, and of those the ones who then stay away for a while.
SHARE_WITH_PROBLEM, SHARE_STAYING_AWAY = 0.6, 0.9
# Longer than the rest of the month of a ticket and the 90 days after it.
STAYS_AWAY = np.timedelta64(135, "D")
# Beside the usual: how much longer an answer and a solution take, and how often a ticket is reopened.
SLOWER, REOPENED = 6, 0.7
# In standard deviations of satisfaction.
LESS_SATISFIED = 1.0
# The company wants to know: it asks these people whether they would recommend it, and many answer.
SHARE_ASKED, SHARE_ANSWERED = 0.8, 0.6


def draw_problems(
    local: np.ndarray, buyer: np.ndarray, is_known: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return which purchases (m,), by buyer and time (local), went wrong: at most one of a buyer.

    `is_known` (k,) are the buyers whom the service desk knows.
    """
    is_in_period = (local >= FROM) & (local < UNTIL)
    is_first = is_in_period & ~follow(buyer, is_in_period)
    return is_first & is_known[buyer] & (rng.random(len(local)) < SHARE_WITH_PROBLEM)


def put_off(
    local: np.ndarray,
    buyer: np.ndarray,
    had_problem: np.ndarray,
    seasonality: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the local times of purchases (m,), by buyer and time, after people stayed away for a while.

    `had_problem` (m,) are the purchases that went wrong; they stay in their rows.
    """
    problem_at = np.full(len(local), np.datetime64("NaT", "s"))
    problem_at[buyer[had_problem]] = local[had_problem]
    stays_away = rng.random(len(local)) < SHARE_STAYING_AWAY * seasonality
    since = local - problem_at[buyer]
    moves = (since > np.timedelta64(0, "s")) & (since <= STAYS_AWAY) & stays_away[buyer]
    return moved(local, buyer, moves, local + STAYS_AWAY)
