"""Two months in which revenue drops, each with a cause of its own: something for the figures to explain.

Both grow with the seasonality, so that without seasons purchases follow their process exactly.
"""

from __future__ import annotations

import numpy as np

from klant360.demo.moves import follow, moved

# Whoever orders more than once in the month puts the later orders off by a month.
FEW_ORDERS = np.datetime64("2025-06", "M")
# A sale: every order costs less.
LOW_VALUE = np.datetime64("2025-12", "M")
DISCOUNT = 0.3
A_MONTH = np.timedelta64(30, "D")


def postponed(
    local: np.ndarray, buyer: np.ndarray, seasonality: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the local times of purchases (m,), by buyer and time, after later orders were put off."""
    is_in_month = local.astype("datetime64[M]") == FEW_ORDERS
    moves = is_in_month & follow(buyer, is_in_month) & (rng.random(len(local)) < seasonality)
    return moved(local, buyer, moves, local + A_MONTH)


def discounted(cents: np.ndarray, local: np.ndarray, seasonality: float) -> np.ndarray:
    """Return the amounts of purchases (m,) in whole cents, after the sale."""
    paid = np.where(local.astype("datetime64[M]") == LOW_VALUE, (1 - DISCOUNT) ** seasonality, 1.0)
    return np.maximum(np.rint(cents * paid), 100).astype(np.int64)
