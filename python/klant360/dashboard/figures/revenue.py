"""Why the revenue of a month changed, and how much of it comes from the best customers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from klant360.dashboard.figures.dates import has_groups, month_ends
from klant360.dashboard.figures.months import MONTHS, key_figures, last_month, month_end_before
from klant360.dashboard.figures.movements import SHOWN_MONTHS
from klant360.dashboard.tables import Tables

EFFECTS = ("customers", "frequency", "value", "other")
# Of each comparison, the columns of the mart start with this.
PREFIXES = {"month_before": "", "year_before": "yearly_"}
# Digits that are shown of a revenue, so that nothing about single orders follows from the effects.
DIGITS = 3


@cache
def drivers(tables: Tables, comparison: str) -> Mapping[str, int] | None:
    """Return the steps from the revenue of a month before, or a year before, to that of the last month.

    Rounded amounts of `before`, each effect and `now`, which add up, and the `unit` they are rounded to.
    Credit notes of few people are in the effect of value. None where the page must not tell who was active
    or what they brought in either month, or nobody bought.
    """
    figures = {row["measure"]: row for row in key_figures(tables) if row["scope"] == "all"}
    if not figures:
        return None
    told = [figures[measure][when] for measure in ("active", "revenue") for when in ("now", comparison)]
    prefix = PREFIXES[comparison]
    found = tables.rows(
        f"""
        select
            net_revenue as now,
            {prefix}previous_net_revenue as before,
            {", ".join(f"{prefix}{name}_effect as {name}" for name in EFFECTS)}
        from revenue_drivers
        where last_day(month) = $last
        """,
        {"last": last_month(tables)},
    )
    if None in told or not found or any(value is None for value in found[0].values()):
        return None
    amounts = found[0]
    largest = max(abs(amounts["now"]), abs(amounts["before"]))
    unit = 10 ** max(0, math.floor(math.log10(largest)) + 1 - DIGITS) if largest else 1
    rounded = {name: round(amount / unit) * unit for name, amount in amounts.items()}
    if _people_with_credit_notes(tables, MONTHS[comparison]) < tables.least:
        del rounded["other"]
    # the value of orders takes what rounding leaves
    known = sum(amount for name, amount in rounded.items() if name not in ("now", "before", "value"))
    return {**rounded, "value": rounded["now"] - rounded["before"] - known, "unit": unit}


def _people_with_credit_notes(tables: Tables, months: int) -> int:
    """Return how many people had a credit note in the last month or so many months before."""
    last = last_month(tables)
    (row,) = tables.rows(
        "select count(distinct customer_id) as people from orders"
        " where is_credit_note and last_day(order_date) in ($last, $before)",
        {"last": last, "before": month_end_before(last, months)},
    )
    return row["people"]


@cache
def concentration(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of month-end, top percent and its share of the revenue of twelve months, to a thousandth.

    Of the last 25 month-ends whose twelve months are full. A percent is shown if it holds enough customers
    more than the one below it, and leaves enough.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select snapshot_date as day, top_percent, customers, top_customers, revenue_share
        from revenue_concentration
        where is_window_full
        order by day, top_percent
    """)
    ends = set(month_ends(tables)[-SHOWN_MONTHS - 1 :])
    rows: list[dict[str, Any]] = []
    told, day = 0, None
    for row in found:
        told = told if row["day"] == day else 0
        day = row["day"]
        top = row["top_customers"]
        is_enough = min(top - told, row["customers"] - top) >= tables.least
        if day in ends and is_enough and row["revenue_share"] is not None:
            told = top
            rows.append(
                {"day": day, "top_percent": row["top_percent"], "share": round(row["revenue_share"], 3)}
            )
    return rows
