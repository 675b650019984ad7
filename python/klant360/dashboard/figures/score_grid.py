"""Customers by score of recency and of frequency, and what the scores mean."""

from __future__ import annotations

from functools import cache
from typing import Any

from klant360.dashboard.figures.countries import ALL, REST, countries, hidden_by_country, scope
from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.masking import hidden_groups
from klant360.dashboard.tables import Tables

SCORES = range(1, 6)


@cache
def score_grid(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of scope, r_score, f_score, customers (null if hidden) and the most frequent segment.

    The segment is that of all countries together, and null where the total of the cell is hidden.
    """
    if not has_groups(tables):
        return []
    found = tables.rows(f"""
        select {scope(tables)} as scope, r_score || '-' || f_score as cell, count(*) as customers
        from customer_360
        where lifetime_orders > 0
        group by 1, 2
    """)
    segments = tables.rows("""
        select r_score || '-' || f_score as cell, segment_code
        from customer_360
        where lifetime_orders > 0
        group by cell, segment_code
        qualify row_number() over (partition by cell order by count(*) desc, segment_code) = 1
    """)
    segment_of = {row["cell"]: row["segment_code"] for row in segments}
    cells = [f"{r}-{f}" for r in SCORES for f in SCORES]
    scopes = [*countries(tables), REST]
    sizes = {(cell, each): 0 for cell in cells for each in scopes}
    sizes |= {(row["cell"], row["scope"]): row["customers"] for row in found}
    totals = {cell: sum(sizes[cell, each] for each in scopes) for cell in cells}
    small = hidden_groups(totals, tables.least)
    hidden = hidden_by_country(tables, sizes, small)
    rows = []
    for chosen in (ALL, *countries(tables)):
        for cell in cells:
            is_hidden = cell in small if chosen == ALL else (cell, chosen) in hidden
            size = totals[cell] if chosen == ALL else sizes[cell, chosen]
            r_score, f_score = cell.split("-")
            rows.append(
                {
                    "scope": chosen,
                    "r_score": int(r_score),
                    "f_score": int(f_score),
                    "customers": None if is_hidden else size,
                    "segment": None if is_hidden else segment_of.get(cell),
                }
            )
    return rows


@cache
def score_limits(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of metric, score, and its lowest and highest value at the latest snapshot.

    The outermost values are null: they belong to one person. So are those of a score that few people have.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select metric, score, value_from, value_to, customers
        from rfm_score_boundaries
        where snapshot_date = (select max(snapshot_date) from snapshots)
        order by metric, score
    """)
    rows = []
    for metric in sorted({row["metric"] for row in found}):
        scores = [row for row in found if row["metric"] == metric]
        lowest = min(row["value_from"] for row in scores)
        highest = max(row["value_to"] for row in scores)
        rows += [
            {
                "metric": metric,
                "score": row["score"],
                "low": None if row["value_from"] == lowest else row["value_from"],
                "high": None if row["value_to"] == highest else row["value_to"],
            }
            for row in scores
            if row["customers"] >= tables.least
        ]
    return rows
