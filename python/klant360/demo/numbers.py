"""The numbers that the systems hand out: each kind counts on through all chunks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from klant360.demo import tables


class Numbers:
    """The last number handed out per prefix."""

    def __init__(self) -> None:
        """Start at 1 everywhere."""
        self._used: Counter[str] = Counter()

    def ids(self, prefix: str, k: int, width: int = 7) -> pa.Array:
        """Give the next k ids: the prefix, and the number filled with zeros."""
        first = self._used[prefix] + 1
        self._used[prefix] += k
        return tables.numbered(prefix, np.arange(first, first + k), width)

    def ids_where(self, prefix: str, kept: np.ndarray, width: int = 7) -> pa.Array:
        """Give the next ids to the rows that are kept (k,), null to the others."""
        given = self.ids(prefix, int(kept.sum()), width)
        return given.take(pa.array(np.cumsum(kept) - 1, mask=~kept))
