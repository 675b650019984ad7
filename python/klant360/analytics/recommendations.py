"""What else a customer would buy."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import cho_factor
from scipy.linalg.lapack import dpotri
from scipy.sparse import csr_array, csr_matrix

from klant360.analytics.maximum_likelihood import Floats
from klant360.analytics.purchase_matrix import (
    customers_of_both,
    largest_per_row,
    purchase_matrix,
    row_blocks,
)

MOST_PER_CUSTOMER = 10

_PENALTY = 500.0
_WEIGHTS_PER_PRODUCT = 50
_NEIGHBOURS = 10
# Decimals of a weight: later ones differ between machines, and would decide which of two equals comes first.
_DECIMALS = 10

CUSTOMER_RECOMMENDATIONS_TYPES: dict[str, str] = {
    "customer_id": "string",
    "rank": "bigint",
    "product_id": "string",
    "score": "double",
    "because_product_id": "string",
}


def recommendations(bought: pd.DataFrame, out_of_stock: Collection[str], max_products: int) -> pd.DataFrame:
    """Return for each customer the ten products that fit best with what the customer bought.

    `bought` has a row for each customer_id and product_id (text) that the customer ever bought, with
    is_in_window (boolean): whether it counts for the recommendations. What is `out_of_stock` is not
    recommended, nor what nobody bought in the window.

    Returns the columns of `CUSTOMER_RECOMMENDATIONS_TYPES`, per customer by rank (1 to 10). A product's score
    is the sum of the weights that the products which the customer bought in the window have for it;
    because_product_id is the one of greatest weight. Of equals the first by id comes first. Customers to whom
    nothing applies have no row.

    The weights are the coefficients of a ridge regression of each product on all others; of each product that
    was bought, the 50 greatest above 0 (EASE, in H. Steck, 2019, "Embarrassingly Shallow Autoencoders for
    Sparse Data", The World Wide Web Conference, 3251-3257). With more than `max_products` products that takes
    too long: then they are the cosine similarities to the 10 most similar products.
    """
    window = bought[bought["is_in_window"].to_numpy(dtype=bool)]
    if window.empty:
        return pd.DataFrame(columns=list(CUSTOMER_RECOMMENDATIONS_TYPES))
    customers = pd.Index(window["customer_id"].unique())
    products = pd.Index(window["product_id"].unique()).sort_values()
    matrix = purchase_matrix(customers, products, window)
    ever = purchase_matrix(customers, products, bought)
    weights = _weights(matrix, max_products)
    is_available = ~products.isin(list(out_of_stock))
    places, scores = [], []
    for block in row_blocks(len(customers), len(products)):
        score = (matrix[block] @ weights).toarray() * is_available
        score[ever[block].nonzero()] = 0
        customer, rank, product, value = largest_per_row(score, MOST_PER_CUSTOMER)
        because = _greatest_weight(matrix[block], weights, customer, product)
        places.append(np.column_stack([customer + block.start, rank + 1, product, because]))
        scores.append(value)
    customer, rank, product, because = np.concatenate(places).T
    return pd.DataFrame(
        {
            "customer_id": customers[customer],
            "rank": rank,
            "product_id": products[product],
            "score": np.concatenate(scores),
            "because_product_id": products[because],
        }
    )


def _weights(bought: csr_array, max_products: int) -> csr_array:
    """Return the weights (m, m) of a bought product, its row, for others, its columns."""
    products = bought.shape[1]
    if products <= max_products:
        blocks, most = _regression(bought), _WEIGHTS_PER_PRODUCT
    else:
        blocks, most = _similarity(bought), _NEIGHBOURS
    rows, columns, values = [], [], []
    for block, dense in blocks:
        row, _, column, value = largest_per_row(dense, most)
        rows.append(row + block.start)
        columns.append(column)
        values.append(value)
    places = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.concatenate(values), places), shape=(products, products))


def _regression(bought: csr_array) -> Iterator[tuple[slice, Floats]]:
    """Return the weights of a ridge regression of each product on all others, in blocks of rows."""
    products = bought.shape[1]
    gram = np.empty((products, products), order="F")
    for block, both in customers_of_both(bought):
        gram[:, block] = both.T
    gram[np.diag_indices(products)] += _PENALTY
    factor, _ = cho_factor(gram, overwrite_a=True, check_finite=False)
    upper, _ = dpotri(factor, overwrite_c=True)  # the inverse, of which only this triangle is filled
    own = np.diag(upper).copy()
    for block in row_blocks(products, products):
        inverse = np.triu(upper[block], block.start) + np.tril(upper[:, block].T, block.start - 1)
        yield block, np.round(inverse / -own, _DECIMALS)


def _similarity(bought: csr_array) -> Iterator[tuple[slice, Floats]]:
    """Return the cosine similarities of products, in blocks of rows."""
    customers = np.bincount(bought.indices, minlength=bought.shape[1])
    for block, both in customers_of_both(bought):
        similarity = both / np.sqrt(customers[block, None] * customers)
        similarity[np.arange(len(both)), np.arange(len(customers))[block]] = 0
        yield block, similarity


def _greatest_weight(
    bought: csr_array, weights: csr_array, customer: NDArray[np.int64], product: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return for each customer and product (k,) which product that was bought has the greatest weight."""
    number = np.diff(bought.indptr)[customer]
    starts = np.cumsum(number) - number
    pair = np.repeat(np.arange(len(number)), number)
    item = bought.indices[np.arange(len(pair)) - starts[pair] + bought.indptr[customer][pair]]
    weight = np.asarray(csr_matrix(weights)[item, product[pair]]).ravel()
    if not len(pair):
        return np.empty(0, dtype=np.int64)
    is_greatest = weight == np.maximum.reduceat(weight, starts)[pair]
    first = np.flatnonzero(is_greatest)[np.unique(pair[is_greatest], return_index=True)[1]]
    return item[first].astype(np.int64)
