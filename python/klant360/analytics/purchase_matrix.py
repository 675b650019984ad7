"""Which customers bought which products, as a matrix; and what is calculated from it by blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

# Numbers in a block of a dense matrix: 32 MB.
_BLOCK = 4_000_000


def purchase_matrix(customers: pd.Index, products: pd.Index, bought: pd.DataFrame) -> csr_array:
    """Return a matrix (n, m) with a 1 for each of the `customers` (n,) and `products` (m,) in `bought`.

    `bought` has a customer_id and a product_id; others than these are left out, repeated rows count once.
    """
    rows, columns = customers.get_indexer(bought["customer_id"]), products.get_indexer(bought["product_id"])
    is_known = (rows >= 0) & (columns >= 0)
    places = np.sort(rows[is_known] * len(products) + columns[is_known])
    places = places[np.diff(places, prepend=-1) > 0]
    rows, columns = np.divmod(places, max(len(products), 1))
    starts = np.searchsorted(rows, np.arange(len(customers) + 1))
    shape = (len(customers), len(products))
    return csr_array((np.ones(len(places)), columns.astype(np.int32), starts.astype(np.int32)), shape=shape)


def row_blocks(rows: int, columns: int) -> Iterator[slice]:
    """Return the rows of a dense matrix in blocks that need little memory."""
    size = max(_BLOCK // max(columns, 1), 1)
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def customers_of_both(bought: csr_array) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Return by blocks of products (m,) how many customers bought each and each other one: (block, m)."""
    products = bought.shape[1]
    by_product = bought.T.tocsr()
    for block in row_blocks(products, products):
        yield block, (by_product[block] @ bought).toarray()


def largest_per_row(
    values: NDArray[np.float64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return row, rank (from 0), column and value of the `most` greatest values above 0 of each row.

    By row and rank; of equals the first column comes first. They are taken out of `values` (n, m), one of
    each row at a time, which is faster than sorting long rows that are mostly 0.
    """
    every = np.arange(len(values))
    columns = np.zeros((len(values), most), dtype=np.int64)
    greatest = np.zeros((len(values), most))
    for rank in range(min(most, values.shape[1])):
        columns[:, rank] = values.argmax(axis=1)
        greatest[:, rank] = values[every, columns[:, rank]]
        if not (greatest[:, rank] > 0).any():
            break
        values[every, columns[:, rank]] = 0
    rows, ranks = np.nonzero(greatest > 0)
    return rows, ranks, columns[rows, ranks], greatest[rows, ranks]
