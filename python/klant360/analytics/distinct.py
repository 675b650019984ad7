"""Distinct rows of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def distinct_rows(
    *columns: NDArray[Any],
) -> tuple[tuple[NDArray[Any], ...], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct rows of one or more columns (n,), in order.

    As three: their columns (m,); for each row (n,) which of them it is; and how often each is there (m,).
    """
    order = np.lexsort(columns[::-1])
    in_order = [column[order] for column in columns]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in in_order])
    number = np.cumsum(is_new) - 1
    place = np.empty(len(order), dtype=np.int64)
    place[order] = number
    return tuple(column[is_new] for column in in_order), place, np.bincount(number, minlength=is_new.sum())
