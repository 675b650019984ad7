"""Recommendations find the favourite categories that were planted in the demo, and nothing by chance."""

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from demo_sets import CERTAIN


@pytest.fixture(scope="module")
def marts(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


def test_products_of_one_category_are_bought_by_the_same_customers(marts: duckdb.DuckDBPyConnection) -> None:
    """Each person of the demo has a favourite category; whether a product's number is even says nothing."""
    (pairs, of_category, of_parity) = marts.execute("""
        select
            count(*),
            count(*) filter (one.category = other.category),
            count(*) filter ((ascii(right(one.product_id, 1)) - ascii(right(other.product_id, 1))) % 2 = 0)
        from product_affinities as affinities
        inner join products as one on affinities.product_id = one.product_id
        inner join products as other on affinities.also_product_id = other.product_id
        where p_value < 0.001 and one.product_id < other.product_id
    """).fetchall()[0]
    categories = marts.execute("select count(distinct category) from products").fetchall()[0][0]
    by_chance = 1 / categories
    error = math.sqrt(by_chance * (1 - by_chance) / pairs)
    assert (of_category / pairs - by_chance) / error > CERTAIN
    assert abs(of_parity / pairs - 0.5) < CERTAIN * math.sqrt(0.25 / pairs)


def test_customers_are_recommended_products_of_their_favourite_category(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    (own, others) = marts.execute("""
        with first as (
            select customer_id, category
            from customer_recommendations inner join products using (product_id)
            where rank = 1
        ),

        favourites as (
            select customer_id, arg_max(category, (pieces, category)) as top_category
            from (
                select customer_id, category, sum(net_quantity) as pieces
                from intermediate.int_orders__product_days
                group by all
            )
            group by customer_id
        )

        select
            avg(case when first.category = own.top_category then 1.0 else 0 end),
            -- the same recommendations, beside the favourite of somebody else
            avg(case when first.category = another.top_category then 1.0 else 0 end)
        from first
        inner join favourites as own on first.customer_id = own.customer_id
        inner join (
            select lead(customer_id) over (order by customer_id) as customer_id, top_category
            from favourites
        ) as another on first.customer_id = another.customer_id
    """).fetchall()[0]
    assert own > 3 * others
