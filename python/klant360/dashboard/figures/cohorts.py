"""Cohorts by month, quarter or year of the first purchase: the finest of which most may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from klant360.analytics.intervals import wilson_interval
from klant360.dashboard.figures.dates import has_groups, shown_snapshots, snapshots
from klant360.dashboard.figures.months import MONTHS, key_figures, last_month, month_end_before
from klant360.dashboard.masking import hidden_together, is_showable
from klant360.dashboard.tables import Tables

GRAINS = {"month": 1, "quarter": 3, "year": 12}
GREATEST_HIDDEN_SHARE = 0.1


@dataclass(frozen=True)
class Triangle:
    """The cohorts of a grain, and a row per observed cell; what must not be shown is null."""

    grain: str
    cells: list[dict[str, Any]]


@cache
def triangle(tables: Tables) -> Triangle | None:
    """Return the cohorts at the finest grain that hides at most a tenth of the cells; None without any."""
    if not has_groups(tables):
        return None
    for grain in GRAINS:
        cells = _cells(tables, grain)
        hidden = sum(cell["active"] is None for cell in cells)
        if cells and (hidden <= GREATEST_HIDDEN_SHARE * len(cells) or grain == "year"):
            return Triangle(grain, cells)
    return None


def period_end(day: date, months: int) -> date:
    """Return the last day of the month, quarter or year that a day is in."""
    return month_end_before(day, (day.month - 1) % months + 1 - months)


def _cells(tables: Tables, grain: str) -> list[dict[str, Any]]:
    """Return the observed cells of a grain, masked."""
    as_of = snapshots(tables)[-1].day
    months = GRAINS[grain]
    sizes, active, revenue = _counts(tables, grain)
    ages = {cohort: _age(cohort, as_of, months) for cohort in sizes}
    shown = _shown_cells(tables, grain, sizes, active, ages)
    cells = []
    for cohort, size in sorted(sizes.items()):
        spent = 0
        for age in range(ages[cohort] + 1):
            spent += revenue.get((cohort, age), 0)
            is_shown = (cohort, age) in shown
            bought = active.get((cohort, age), 0)
            low, high = wilson_interval(np.array([bought]), np.array([size]))
            end = period_end(_later(cohort, age * months), months)
            cells.append(
                {
                    "cohort": cohort,
                    "age": age,
                    "size": size if (cohort, 0) in shown else None,
                    "active": bought if is_shown else None,
                    "rate": bought / size if is_shown else None,
                    "low": float(low[0]) if is_shown else None,
                    "high": float(high[0]) if is_shown else None,
                    "revenue_per_customer": spent / size if is_shown else None,
                    "is_complete": end <= as_of,
                }
            )
    return cells


def _counts(
    tables: Tables, grain: str
) -> tuple[dict[date, int], dict[tuple[date, int], int], dict[tuple[date, int], Any]]:
    """Return customers per cohort, and active customers and revenue per cohort and age."""
    found = tables.rows(f"""
        with purchases as (
            select
                date_trunc('{grain}', customers.first_order_date) as cohort,
                greatest(date_diff('{grain}', customers.first_order_date, orders.order_date), 0) as age,
                orders.customer_id,
                orders.net_amount,
                orders.is_purchase
            from orders
            inner join customer_360 as customers on orders.customer_id = customers.customer_id
            where customers.first_order_date is not null and (orders.is_purchase or orders.is_credit_note)
        )
        select
            cast(cohort as date) as cohort,
            age,
            count(distinct customer_id) filter (is_purchase) as active,
            sum(net_amount) as revenue
        from purchases
        group by cohort, age
    """)
    active = {(row["cohort"], row["age"]): row["active"] for row in found}
    revenue = {(row["cohort"], row["age"]): row["revenue"] for row in found}
    return {cohort: size for (cohort, age), size in active.items() if age == 0}, active, revenue


def _shown_cells(
    tables: Tables,
    grain: str,
    sizes: dict[date, int],
    active: dict[tuple[date, int], int],
    ages: dict[date, int],
) -> set[tuple[date, int]]:
    months, least = GRAINS[grain], tables.least
    ends = set(shown_snapshots(tables))
    as_of = snapshots(tables)[-1].day
    known = [
        cohort
        for cohort in sizes
        if min(period_end(cohort, months), as_of) in ends
        and (cohort == min(sizes) or cohort - timedelta(days=1) in ends)
    ]
    shown = {
        (cohort, age)
        for cohort in known
        for age in range(ages[cohort] + 1)
        if is_showable(active.get((cohort, age), 0), sizes[cohort], least)
    }
    return shown - _told_by_key_figures(tables, sizes, active, shown) if grain == "month" else shown


def _told_by_key_figures(
    tables: Tables,
    sizes: dict[date, int],
    active: dict[tuple[date, int], int],
    shown: set[tuple[date, int]],
) -> set[tuple[date, int]]:
    """Return the shown cells that, with the active customers of a month, would tell of a hidden cell."""
    last = last_month(tables)
    totals = next(
        (row for row in key_figures(tables) if (row["scope"], row["measure"]) == ("all", "active")), None
    )
    told: set[tuple[date, int]] = set()
    if last is None or totals is None:
        return told
    for name, months in MONTHS.items():
        month = month_end_before(last, months).replace(day=1)
        diagonal = [(cohort, _age(cohort, month, 1)) for cohort in sorted(sizes) if cohort <= month]
        if totals[name] is None or len(diagonal) < 2:
            continue
        bought = np.array([active.get(cell, 0) for cell in diagonal])
        rest = np.array([sizes[cell[0]] for cell in diagonal]) - bought
        # in their first month all of a cohort are active
        returning = [place for place, (_, age) in enumerate(diagonal) if age]
        hidden = np.array([cell not in shown for cell in diagonal])
        if not hidden.any():
            continue
        everyone = [np.arange(len(diagonal))]
        hidden = hidden_together([bought], everyone, tables.least, hidden)
        if rest[returning].sum() >= tables.least:
            hidden[returning] = hidden_together(
                [bought[returning], rest[returning]],
                [np.arange(len(returning))],
                tables.least,
                hidden[returning],
            )
        told |= {cell for cell, is_hidden in zip(diagonal, hidden, strict=True) if is_hidden}
    return told


def _age(cohort: date, day: date, months: int) -> int:
    return (day.year * 12 + day.month - cohort.year * 12 - cohort.month) // months


def _later(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
