"""Customers and revenue per segment today, for all countries and for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from klant360.dashboard.figures.countries import (
    ALL,
    REST,
    countries,
    hidden_by_country,
    hidden_countries,
    scope,
)
from klant360.dashboard.figures.dates import has_groups, snapshots
from klant360.dashboard.masking import hidden_groups
from klant360.dashboard.tables import Tables

OTHER = "other"
PROSPECT = "prospect"


@cache
def segment_order(tables: Tables) -> list[str]:
    """Return the segments, best first."""
    found = tables.rows("select segment_code from segments order by tier desc, segment_code")
    return [row["segment_code"] for row in found]


@cache
def sizes_at(tables: Tables) -> Mapping[date, Mapping[str, int]]:
    """Return the customers of each segment per snapshot date, best segment first, with zeros."""
    found = tables.rows("""
        select snapshot_date as day, to_segment as segment, sum(customers) as customers
        from segment_transitions
        group by snapshot_date, to_segment
        union all
        -- a later period ends where the next one begins, but the first begins where none ends
        select previous_snapshot_date, from_segment, sum(customers)
        from segment_transitions
        where snapshot_date = (select min(snapshot_date) from segment_transitions)
        group by previous_snapshot_date, from_segment
        union all
        -- a single snapshot has no period
        select snapshot_date, segment_code, count(*)
        from customer_segments
        where not exists (select 1 from segment_transitions)
        group by snapshot_date, segment_code
    """)
    order = [code for code in segment_order(tables) if code != PROSPECT]
    sizes: dict[date, dict[str, int]] = {}
    for row in found:
        day = sizes.setdefault(row["day"], dict.fromkeys(order, 0))
        if row["segment"] in day:
            day[row["segment"]] = int(row["customers"])
    return sizes


@cache
def hidden_segments(tables: Tables) -> Mapping[date, frozenset[str]]:
    """Return per snapshot date the segments that are shown as "other"."""
    return {day: hidden_groups(sizes, tables.least) for day, sizes in sizes_at(tables).items()}


@cache
def segments_now(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of scope, segment, customers, revenue and share of revenue; small segments are "other".

    The last row of each scope may be `prospect`. Empty where there are too few customers for groups.
    """
    if not has_groups(tables):
        return []
    found = tables.rows(f"""
        select
            {scope(tables)} as scope,
            segment_code as segment,
            count(*) as customers,
            sum(lifetime_net_revenue) as revenue
        from customer_360
        group by 1, 2
    """)
    by_cell = {(row["segment"], row["scope"]): row for row in found}
    small = hidden_segments(tables)[snapshots(tables)[-1].day]
    order = [code for code in segment_order(tables) if code != PROSPECT]
    scopes = [*countries(tables), REST]
    sizes = {
        (code, each): by_cell[code, each]["customers"] if (code, each) in by_cell else 0
        for code in order
        for each in scopes
    }
    hidden = hidden_by_country(tables, sizes, small)
    rows = []
    for chosen in (ALL, *countries(tables)):
        members = scopes if chosen == ALL else [chosen]
        groups: dict[str, list[dict[str, Any]]] = {}
        for code in order:
            is_hidden = code in small if chosen == ALL else (code, chosen) in hidden
            cells = [by_cell[code, each] for each in members if (code, each) in by_cell]
            groups.setdefault(OTHER if is_hidden else code, []).extend(cells)
        total = sum(cell["revenue"] for cells in groups.values() for cell in cells)
        for code in [*order, OTHER]:
            if groups.get(code):
                rows.append(_segment(chosen, code, groups[code], total))
    return rows + _prospects(tables, by_cell, scopes)


def _segment(chosen: str, code: str, cells: list[dict[str, Any]], total: Any) -> dict[str, Any]:
    customers = sum(cell["customers"] for cell in cells)
    revenue = sum(cell["revenue"] for cell in cells)
    return {
        "scope": chosen,
        "segment": code,
        "customers": customers,
        "revenue": revenue,
        "revenue_share": revenue / total if total else None,
        "revenue_per_customer": revenue / customers if customers else None,
    }


def _prospects(
    tables: Tables, by_cell: Mapping[tuple[str, str], dict[str, Any]], scopes: list[str]
) -> list[dict[str, Any]]:
    sizes = {each: by_cell[PROSPECT, each]["customers"] for each in scopes if (PROSPECT, each) in by_cell}
    if sum(sizes.values()) < tables.least:
        return []
    hidden = hidden_countries(tables, [sizes])
    shown = {ALL: sum(sizes.values())} | {name: size for name, size in sizes.items() if name not in hidden}
    return [
        {
            "scope": name,
            "segment": PROSPECT,
            "customers": size,
            "revenue": None,
            "revenue_share": None,
            "revenue_per_customer": None,
        }
        for name, size in shown.items()
    ]


def shows_prospects(tables: Tables) -> bool:
    """Return whether the number of customers who never bought may be shown: there are none, or enough."""
    (row,) = tables.rows("select count(*) as prospects from customer_360 where lifetime_orders = 0")
    return row["prospects"] == 0 or row["prospects"] >= tables.least
