"""How much people still look and read: interest fades before they stop buying."""

from __future__ import annotations

import numpy as np

# Before the last purchase: from when on interest fades, and when it has faded.
FADES_FROM, FADED_AT = np.timedelta64(210, "D"), np.timedelta64(60, "D")
# What remains of it, and stays.
LEAST_INTEREST = 0.1


def interest(at: np.ndarray, left_at: np.ndarray) -> np.ndarray:
    """Return the share of their usual visits and opens, at instants (k,), that people still do.

    `left_at` (k,) is when each buys for the last time (NaT: keeps buying).
    """
    left = (left_at - at - FADED_AT) / (FADES_FROM - FADED_AT)
    return np.where(np.isnat(left_at), 1.0, np.clip(left, LEAST_INTEREST, 1.0))
