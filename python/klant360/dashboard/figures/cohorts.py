"""Cohorts by month, quarter or year of the first purchase: the finest of which most may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from klant360.analytics.intervals import wilson_interval
from klant360.dashboard.figures.dates import has_groups, shown_snapshots, snapshots
from klant360.dashboard.figures.months import MONTHS, key_figures, last_month, month_end_before
from klant360.dashboard.masking import hidden_in_lines
from klant360.dashboard.tables import Tables

GRAINS = {"month": 1, "quarter": 3, "year": 12}
GREATEST_HIDDEN_SHARE = 0.1
# More rows than this cannot be read, and would make the file large.
MOST_PERIODS = 40


@dataclass(frozen=True)
class Triangle:
    """The cohorts of a grain, and a row per observed cell; what must not be shown is null."""

    grain: str
    cells: list[dict[str, Any]]


@cache
def triangle(tables: Tables) -> Triangle | None:
    """Return the cohorts at the finest grain that can be read and hides at most a tenth; None without any."""
    if not has_groups(tables):
        return None
    for grain in GRAINS:
        cells = _cells(tables, grain)
        hidden = sum(cell["active"] is None for cell in cells)
        is_readable = len({cell["cohort"] for cell in cells}) <= MOST_PERIODS
        is_open = hidden <= GREATEST_HIDDEN_SHARE * len(cells)
        if cells and ((is_readable and is_open) or grain == "year"):
            return Triangle(grain, cells)
    return None


def period_end(day: date, months: int) -> date:
    """Return the last day of the month, quarter or year that a day is in."""
    return month_end_before(day, (day.month - 1) % months + 1 - months)


def _cells(tables: Tables, grain: str) -> list[dict[str, Any]]:
    """Return the observed cells of a grain, masked."""
    as_of = snapshots(tables)[-1].day
    months = GRAINS[grain]
    active, revenue = _counts(tables, grain)
    first = min(cohort for cohort, _ in active)
    periods = [_later(first, months * number) for number in range(_age(first, as_of, months) + 1)]
    observed = [(cohort, age) for cohort in periods for age in range(_age(cohort, as_of, months) + 1)]
    shown = _shown_cells(tables, grain, observed, active)
    cells, spent = [], 0
    for cohort, age in observed:
        size, bought = active.get((cohort, 0), 0), active.get((cohort, age), 0)
        spent = revenue.get((cohort, age), 0) + (spent if age else 0)
        is_shown = (cohort, age) in shown
        low, high = wilson_interval(np.array([bought]), np.array([size]))
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
                "is_complete": period_end(_later(cohort, age * months), months) <= as_of,
            }
        )
    return cells


def _counts(tables: Tables, grain: str) -> tuple[dict[tuple[date, int], int], dict[tuple[date, int], Any]]:
    """Return active customers and revenue per cohort and age; at age 0 all of a cohort are active."""
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
    return active, revenue


def _shown_cells(
    tables: Tables, grain: str, observed: Sequence[tuple[date, int]], active: Mapping[tuple[date, int], int]
) -> set[tuple[date, int]]:
    """Return the cells that may be shown.

    A cell tells of those who bought and of those who did not. The cells of one period add up to figures
    that the reader may know, customers and revenue among them, so hidden ones must be several.
    """
    months, least = GRAINS[grain], tables.least
    ends = set(shown_snapshots(tables))
    as_of = snapshots(tables)[-1].day
    bought = np.array([active.get(cell, 0) for cell in observed])
    idle = np.array([active.get((cohort, 0), 0) for cohort, _ in observed]) - bought
    is_first = np.array([age == 0 for _, age in observed])
    is_known = np.array(
        [
            min(period_end(cohort, months), as_of) in ends
            and (cohort == observed[0][0] or cohort - timedelta(days=1) in ends)
            for cohort, _ in observed
        ]
    )
    period = np.array([_age(observed[0][0], cohort, months) + age for cohort, age in observed])
    told = np.isin(period, _told_periods(tables, grain, observed[0][0]))
    hidden = ~is_known | told | (bought < least) | (~is_first & (idle < least))
    lines = [np.flatnonzero(period == each) for each in np.unique(period)]
    later = [line[~is_first[line]] for line in lines]
    before = None
    while before is None or (hidden != before).any():
        before = hidden
        hidden = hidden_in_lines(bought, lines, least, hidden)
        hidden = hidden_in_lines(idle, [line for line in later if len(line) > 1], least, hidden)
    return {cell for cell, is_hidden in zip(observed, hidden, strict=True) if not is_hidden}


def _told_periods(tables: Tables, grain: str, first: date) -> list[int]:
    """Return the periods whose customers, less those of a month in it on the overview, would be few."""
    last, months = last_month(tables), GRAINS[grain]
    if last is None or months == 1:
        return []
    figures = [row for row in key_figures(tables) if (row["scope"], row["measure"]) == ("all", "active")]
    told = []
    for name, earlier in MONTHS.items():
        end = month_end_before(last, earlier)
        if figures[0][name] is None:
            continue
        (row,) = tables.rows(
            f"""
            select count(distinct customer_id) as customers
            from orders
            where is_purchase and date_trunc('{grain}', order_date) = date_trunc('{grain}', $end)
            """,
            {"end": end},
        )
        if row["customers"] - figures[0][name] < tables.least:
            told.append(_age(first, end, months))
    return told


def _age(cohort: date, day: date, months: int) -> int:
    return (day.year * 12 + day.month - cohort.year * 12 - cohort.month) // months


def _later(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
