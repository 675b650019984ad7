"""Purchases (m,), by buyer and time, that are moved: what all moves have in common."""

from __future__ import annotations

import numpy as np


def follow(buyer: np.ndarray, flags: np.ndarray) -> np.ndarray:
    """Return of which purchases (m,) the one before, of the same buyer, is flagged."""
    return (np.diff(buyer, prepend=-1) == 0) & np.roll(flags, 1)


def moved(local: np.ndarray, buyer: np.ndarray, moves: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Return the local times (m,), by buyer and time, after some purchases moved; others may be overtaken."""
    times = np.where(moves, to, local)
    return times[np.lexsort((times, buyer))]
