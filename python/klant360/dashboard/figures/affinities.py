"""Products that the same customers buy."""

from __future__ import annotations

from functools import cache
from typing import Any

from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.masking import rounded
from klant360.dashboard.tables import Tables

PAIRS_PER_CATEGORY = 3
# A pair that chance explains once in a thousand is no news.
GREATEST_P_VALUE = 0.001


@cache
def best_pairs(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of category, product, other product, customers of both, share and lift; the best first.

    The pairs of greatest similarity per category of the product, each pair once. Pairs that few bought are
    left out, and pairs where few bought only one of both; customers, share and lift are rounded.
    """
    if not has_groups(tables):
        return []
    found = tables.rows(
        """
        with pairs as (
            select
                coalesce(one.category, '(unknown)') as category,
                coalesce(one.product_name, one.product_id) as product,
                coalesce(other.product_name, other.product_id) as also_product,
                affinities.*
            from product_affinities as affinities
            inner join products as one on affinities.product_id = one.product_id
            inner join products as other on affinities.also_product_id = other.product_id
            where
                affinities.p_value <= $greatest
                and affinities.customers_both >= $least
                and least(affinities.customers_product, affinities.customers_also) - affinities.customers_both
                    >= $least
                -- the one that more bought comes first
                and (affinities.customers_product, affinities.also_product_id)
                    > (affinities.customers_also, affinities.product_id)
        )

        select *
        from pairs
        qualify
            row_number() over (partition by category order by similarity desc, product_id, also_product_id)
            <= $most
        order by category, similarity desc, product_id, also_product_id
        """,
        {"greatest": GREATEST_P_VALUE, "least": tables.least, "most": PAIRS_PER_CATEGORY},
    )
    return [
        {
            "category": row["category"],
            "product": row["product"],
            "also_product": row["also_product"],
            "customers": rounded(row["customers_both"], tables.least),
            "share": round(row["confidence"], 2),
            "lift": round(row["lift"], 1),
        }
        for row in found
    ]
