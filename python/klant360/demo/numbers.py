"""The numbers that the systems issue: each kind continues through all chunks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from klant360.demo import tables


class Numbers:
    """The last number issued per prefix."""

    def __init__(self) -> None:
        """Start every prefix at 1."""
        self._used: Counter[str] = Counter()

    def ids(self, prefix: str, k: int, width: int = 7) -> pa.Array:
        """Return the next k ids: the prefix and the number padded with zeros."""
        first = self._used[prefix] + 1
        self._used[prefix] += k
        return tables.numbered(prefix, np.arange(first, first + k), width)

    def ids_where(self, prefix: str, kept: np.ndarray, width: int = 7) -> pa.Array:
        """Return the next ids for the rows that are kept (k,), null for the others."""
        given = self.ids(prefix, int(kept.sum()), width)
        return given.take(pa.array(np.cumsum(kept) - 1, mask=~kept))
