"""How the past figures of two publications differ, computed from their tables alone.

An order is compared with itself, by order_id. Customer ids change when customers merge or an older record
turns up: a customer of the earlier publication is the one who has its id in the later one, else the one who
has the first of its orders that is still there, else nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from klant360.connection import limit_memory
from klant360.quoting import quoted

# What is read of each publication.
COLUMNS = {
    "orders": {"order_id", "customer_id", "order_date", "order_number", "net_amount", "is_purchase",
               "is_credit_note", "status"},
    "customer_360": {"customer_id"},
    "customer_segment_history": {"customer_id", "snapshot_date", "segment_code"},
    "segments": {"segment_code", "name_en"},
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What one cause changed of a figure, and for how many customers."""

    difference: Decimal | int
    customers: int


@dataclass(frozen=True)
class Figure:
    """The difference of a measure in a month: what late orders changed, and the rest.

    `customers` are those for whom it changed; someone for whom both parts cancel out is in these only.
    """

    month_end: date
    measure: str
    customers: int
    late: Part
    rest: Part

    @property
    def difference(self) -> Decimal | int:
        """The figure of the later publication less that of the earlier one."""
        return self.late.difference + self.rest.difference


@dataclass(frozen=True)
class Group:
    """Customers for whom the measures of a month changed alike, each by so much."""

    month_end: date
    has_late_orders: bool
    changes: Mapping[str, int]
    customers: int


class Comparison:
    """The tables of two publications, of the months up to the month-end `until`."""

    def __init__(self, earlier: Path, later: Path, until: date) -> None:
        """Open both databases for reading; raises duckdb.Error if that is not possible."""
        self._connection = duckdb.connect()
        limit_memory(self._connection)
        self._until = {"until": until}
        for name, file in (("earlier", earlier), ("later", later)):
            self._connection.execute(f"attach {quoted(file)} as {name} (read_only)")

    def __enter__(self) -> Comparison:
        """Return the comparison itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the databases."""
        self._connection.close()

    def is_possible(self) -> bool:
        """Return whether both publications have what is compared."""
        found = self._run(
            "select database_name, table_name, list(column_name) from duckdb_columns()"
            " where schema_name = 'marts' group by all"
        )
        columns = {(database, table): set(names) for database, table, names in found}
        return all(
            names <= columns.get((database, table), set())
            for database in ("earlier", "later")
            for table, names in COLUMNS.items()
        )

    def segment_names(self) -> dict[str, str]:
        """Return the English names of segments by code; the later publication's, if it has the code."""
        earlier, later = (
            dict(self._run(f"select segment_code, name_en from {name}.marts.segments"))
            for name in ("earlier", "later")
        )
        return earlier | later

    def compare_orders(self, *, with_amounts: bool, has_changed_rules: bool) -> None:
        """Find the orders that differ, which the figures below are computed from.

        An order is late if it counts and the earlier publication does not have it. One that counts otherwise
        in the two is late too, but not if rules of orders changed and its status did not. Amounts in two
        currencies cannot be compared: those are left out.
        """
        counts, amount = "is_purchase or is_credit_note", "net_amount" if with_amounts else "0"
        orders = f"""
            select
                order_id,
                customer_id,
                status,
                case when {counts} then order_date end as order_date,
                case when {counts} then {amount} end as net_revenue,
                case when is_purchase then 1 end as purchases
            from {{}}.marts.orders
        """
        counts_otherwise = " or ".join(
            f"before.{name} is distinct from now.{name}"
            for name in ("order_date", "net_revenue", "purchases")
        )
        self._run(f"""
            create temp table changed_orders as
            with before as ({orders.format("earlier")}), now as ({orders.format("later")})
            select
                order_id,
                before.customer_id as customer_before,
                now.customer_id as customer_now,
                before.order_date as date_before,
                now.order_date as date_now,
                before.net_revenue as revenue_before,
                now.net_revenue as revenue_now,
                before.purchases as purchases_before,
                now.purchases as purchases_now,
                ({counts_otherwise}) as counts_otherwise,
                case
                    when before.customer_id is null then true
                    when now.customer_id is null then false
                    when before.status is distinct from now.status then counts_otherwise
                    else counts_otherwise and {not has_changed_rules}
                end as is_late
            from before
            full join now using (order_id)
            where
                before.customer_id <> now.customer_id
                or (({counts_otherwise}) and least(before.order_date, now.order_date) <= $until)
        """)
        self._run("""
            create temp table moved_customers as
            select
                customer_before as customer_id,
                arg_min(customer_now, (date_before, order_id)) as person
            from changed_orders
            anti join later.marts.customer_360 as customers on customer_before = customers.customer_id
            where date_before is not null and customer_now is not null
            group by customer_before
        """)
        self._run("""
            create temp view owned_orders as
            select
                changed_orders.*,
                coalesce(moved_customers.person, customer_before) as person_before,
                customer_now as person_now
            from changed_orders
            left join moved_customers on customer_before = moved_customers.customer_id
        """)
        self._run("""
            create temp table late_customers as
            select person_now as person, min(least(date_before, date_now)) as first_late_date
            from owned_orders
            where is_late
            group by person_now
        """)
        self._run("""
            create temp table order_changes as
            with sides as (
                select
                    coalesce(person_now, person_before) as person,
                    is_late,
                    unnest([
                        {'date': date_before, 'net_revenue': -revenue_before, 'purchases': -purchases_before},
                        {'date': date_now, 'net_revenue': revenue_now, 'purchases': purchases_now}
                    ], recursive := true)
                from owned_orders
                where counts_otherwise
            )
            select
                person,
                last_day(date) as month_end,
                is_late,
                coalesce(sum(net_revenue), 0) as net_revenue,
                coalesce(sum(purchases), 0) as purchases
            from sides
            where last_day(date) <= $until
            group by all
        """)

    def order_figures(self) -> list[Figure]:
        """Return the figures of net_revenue and purchases that changed for anybody."""
        found = []
        for measure in ("net_revenue", "purchases"):
            rows = self._run(f"""
                with customers as (
                    select
                        month_end,
                        person,
                        coalesce(sum({measure}) filter (is_late), 0) as late,
                        coalesce(sum({measure}) filter (not is_late), 0) as rest
                    from order_changes
                    group by all
                    having late <> 0 or rest <> 0
                )
                select
                    month_end,
                    count(*) filter (late + rest <> 0),
                    sum(late),
                    count(*) filter (late <> 0),
                    sum(rest),
                    count(*) filter (rest <> 0)
                from customers
                group by month_end
            """)
            for month_end, customers, late, with_late, rest, with_rest in rows:
                parts = Part(late, with_late), Part(rest, with_rest)
                found.append(Figure(month_end, measure, customers, *parts))
        return found

    def buyers(self) -> list[Group]:
        """Return how late_purchases, other_purchases, active and new customers changed, by month."""
        return self._groups("""
            concerned as (
                select person_before as person from owned_orders where person_before is not null
                union select person_now from owned_orders where person_now is not null
            ),
            purchases as (
                select
                    coalesce(person, customer_id) as person,
                    customer_id,
                    -1 as sign,
                    order_date,
                    order_number
                from earlier.marts.orders
                left join moved_customers using (customer_id)
                where is_purchase
                union all
                select customer_id, customer_id, 1, order_date, order_number
                from later.marts.orders
                where is_purchase
            ),
            buyers as (
                select
                    person,
                    customer_id,
                    sign,
                    last_day(order_date) as month_end,
                    min(order_number) = 1 as is_new
                from purchases
                semi join concerned using (person)
                where last_day(order_date) <= $until
                group by all
            ),
            changes as (
                select
                    person,
                    month_end,
                    case when is_late then 'late_purchases' else 'other_purchases' end as measure,
                    purchases as change
                from order_changes
                union all
                select person, month_end, 'active_customers', sign from buyers
                union all
                select person, month_end, 'new_customers', sign from buyers where is_new
            )
        """)

    def segment_customers(self) -> list[Group]:
        """Return how the customers in each segment changed, by month-end; a measure is a segment's code."""
        month_ends = self._run(f"""
            select snapshot_date
            from ({_contents("earlier")}) as before
            full join ({_contents("later")}) as now using (snapshot_date)
            where before.content is distinct from now.content and snapshot_date <= $until
            order by snapshot_date
        """)
        # a month-end at a time, so that memory holds each customer once
        return [
            group
            for (month_end,) in month_ends
            for group in self._groups(f"""
                changed as (
                    select
                        customer_id,
                        before.segment_code as segment_before,
                        now.segment_code as segment_now
                    from ({_segments("earlier", month_end)}) as before
                    full join ({_segments("later", month_end)}) as now using (customer_id)
                    where before.segment_code is distinct from now.segment_code
                ),
                sides as (
                    select coalesce(person, customer_id) as person, segment_before as measure, -1 as change
                    from changed
                    left join moved_customers using (customer_id)
                    union all
                    select customer_id, segment_now, 1 from changed
                ),
                changes as (
                    select person, date '{month_end}' as month_end, measure, change
                    from sides
                    where measure is not null
                )
            """)
        ]

    def _groups(self, changes: str) -> list[Group]:
        """Return the groups of customers that changed alike, from CTEs of which the last has `changes`."""
        rows = self._run(f"""
            with {changes},
            totals as (
                select person, month_end, measure, cast(sum(change) as bigint) as change
                from changes
                group by all
                having sum(change) <> 0
            ),
            customers as (
                select
                    person,
                    month_end,
                    list(measure order by measure) as measures,
                    list(change order by measure) as changes
                from totals
                group by all
            )
            select
                month_end,
                coalesce(first_late_date <= month_end, false) as has_late_orders,
                measures,
                changes,
                count(*) as customers
            from customers
            left join late_customers using (person)
            group by all
        """)
        return [
            Group(month_end, has_late_orders, dict(zip(measures, changes, strict=True)), customers)
            for month_end, has_late_orders, measures, changes, customers in rows
        ]

    def _run(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, self._until if "$until" in query else None).fetchall()


def _contents(publication: str) -> str:
    """Return a query for the month-ends of a publication, and a fingerprint of the customers' segments."""
    return f"""
        select snapshot_date, (count(*), bit_xor(hash(hash(customer_id, segment_code)))) as content
        from {publication}.marts.customer_segment_history
        where snapshot_date = last_day(snapshot_date)
        group by snapshot_date
    """


def _segments(publication: str, month_end: date) -> str:
    """Return a query for the customers of a publication at a month-end, and their segments."""
    return f"""
        select customer_id, segment_code
        from {publication}.marts.customer_segment_history
        where snapshot_date = date '{month_end}'
    """
