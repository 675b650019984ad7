"""Which products are bought by the same customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from klant360.analytics.p_values import overlap_test
from klant360.analytics.purchase_matrix import customers_of_both, largest_per_row, purchase_matrix

_MOST_PER_PRODUCT = 20

PRODUCT_AFFINITIES_TYPES: dict[str, str] = {
    "product_id": "string",
    "also_product_id": "string",
    "customers_product": "bigint",
    "customers_also": "bigint",
    "customers_both": "bigint",
    "customers": "bigint",
    "support": "double",
    "confidence": "double",
    "lift": "double",
    "similarity": "double",
    "p_value": "double",
}


def product_affinities(bought: pd.DataFrame, min_customers: int) -> pd.DataFrame:
    """Return for each product which others its customers buy more than all customers do.

    `bought` has a row for each customer_id and product_id (text) that the customer bought; repeated rows
    count once.

    Returns the pairs that at least `min_customers` customers bought, with a lift above 1; per product the 20
    of greatest similarity, in that order, of equals the first by id. The columns are those of
    `PRODUCT_AFFINITIES_TYPES`: customers are all who bought anything; support is customers_both / customers,
    confidence customers_both / customers_product, lift confidence / (customers_also / customers), similarity
    the cosine customers_both / sqrt(customers_product x customers_also), and p_value the probability that as
    many customers bought both by chance, see `klant360.analytics.p_values.overlap_test`.
    """
    customers = pd.Index(bought["customer_id"].unique())
    products = pd.Index(bought["product_id"].unique()).sort_values()
    matrix = purchase_matrix(customers, products, bought)
    with_product = np.bincount(matrix.indices, minlength=len(products))
    pairs = [np.empty((0, 3), dtype=np.int64)]
    for block, both in customers_of_both(matrix):
        by_chance = with_product[block, None] * with_product  # times the number of customers
        is_more = (both >= min_customers) & (both * len(customers) > by_chance)
        is_more[np.arange(len(both)), np.arange(len(products))[block]] = False
        similarity = np.where(is_more, both / np.sqrt(by_chance), 0)
        one, _, other, _ = largest_per_row(similarity, _MOST_PER_PRODUCT)
        pairs.append(np.column_stack([one + block.start, other, both[one, other].astype(np.int64)]))
    one, other, both = np.concatenate(pairs).T
    of_one, of_other = with_product[one], with_product[other]
    return pd.DataFrame(
        {
            "product_id": products[one],
            "also_product_id": products[other],
            "customers_product": of_one,
            "customers_also": of_other,
            "customers_both": both,
            "customers": len(customers),
            "support": both / len(customers),
            "confidence": both / of_one,
            "lift": both / of_one / (of_other / len(customers)),
            "similarity": both / np.sqrt(of_one * of_other),
            "p_value": overlap_test(both, of_one, of_other, len(customers)),
        }
    )
