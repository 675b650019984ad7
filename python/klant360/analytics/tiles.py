"""Groups of about equal size by rank, such as fifths, in which equal values share a group."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def tie_fair_tiles(values: NDArray[Any], tiles: int) -> NDArray[np.int64]:
    """Return for each of the values (n,), without NaN, its group from 1 (the lowest values) to `tiles`.

    As SQL's NTILE, but a group takes all who have its last value; the rest are shared among the groups that
    are left. When they run out early, the last groups stay empty.
    """
    ranked = np.sort(values)
    limits, end = [], 0  # the highest values of the groups
    for tile in range(tiles, 0, -1):
        if end < len(ranked):
            limits.append(ranked[end + -((end - len(ranked)) // tile) - 1])
            end = int(np.searchsorted(ranked, limits[-1], side="right"))
    return np.searchsorted(np.array(limits, dtype=ranked.dtype), values, side="left").astype(np.int64) + 1
