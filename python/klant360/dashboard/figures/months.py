"""Customers, activity and revenue of the last complete month, the month before and a year before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from klant360.dashboard.figures.countries import ALL, countries, hidden_countries, scope
from klant360.dashboard.figures.dates import month_ends, shown_snapshots, snapshots
from klant360.dashboard.masking import is_showable
from klant360.dashboard.tables import Tables

MONTHS = {"now": 0, "month_before": 1, "year_before": 12}
MEASURES = ("customers", "active", "new", "revenue", "revenue_12_months")


def month_end_before(day: date, months: int) -> date:
    """Return the month-end that lies a number of months before another one."""
    number = day.year * 12 + day.month - months
    return date(number // 12, number % 12 + 1, 1) - timedelta(days=1)


@cache
def key_figures(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of scope, measure, and its value now, a month before and a year before; null if hidden.

    Of a country the customers are shown as of today, without a comparison. Empty without a complete month.
    """
    complete = month_ends(tables)
    if not complete:
        return []
    ends = {name: month_end_before(complete[-1], months) for name, months in MONTHS.items()}
    seen = {name: _month(tables, end) for name, end in ends.items() if end >= complete[0]}
    rows = []
    shown_ends = shown_snapshots(tables)
    population = {snapshot.day: snapshot.customers for snapshot in snapshots(tables)}
    values: dict[tuple[str, str], dict[str, Any]] = {
        (chosen, measure): dict.fromkeys(MONTHS)
        for chosen in (ALL, *countries(tables))
        for measure in MEASURES
    }
    for name, counts in seen.items():
        end = ends[name]
        values[ALL, "customers"][name] = population[end] if end in shown_ends else None
        _mask_month(tables, name, end, counts, population, values)
    _mask_years(values, {name: end for name, end in ends.items() if name in seen}, complete[0])
    if values[ALL, "customers"]["now"] is None and shown_ends:
        # of the last month the number would tell of few people who came since
        values[ALL, "customers"]["now"] = population[shown_ends[-1]]
    _customers_by_country(tables, values)
    for (chosen, measure), by_month in values.items():
        rows.append({"scope": chosen, "measure": measure, **by_month})
    return rows


def last_month(tables: Tables) -> date | None:
    """Return the end of the last complete month."""
    complete = month_ends(tables)
    return complete[-1] if complete else None


def _month(tables: Tables, end: date) -> Mapping[str, Mapping[str, Any]]:
    """Return people and revenue of a month by scope."""
    found = tables.rows(
        f"""
        select
            {scope(tables, "customers.country_code")} as scope,
            count(distinct orders.customer_id) filter (is_purchase and order_date >= $start) as active,
            count(distinct orders.customer_id) filter (order_number = 1 and order_date >= $start) as new,
            count(distinct orders.customer_id) filter (is_purchase) as active_12_months,
            coalesce(sum(net_amount) filter (order_date >= $start), 0) as revenue,
            coalesce(sum(net_amount), 0) as revenue_12_months
        from orders
        inner join customer_360 as customers on orders.customer_id = customers.customer_id
        where (is_purchase or is_credit_note) and order_date between $year_start and $end
        group by 1
        """,
        {
            "start": end.replace(day=1),
            "end": end,
            "year_start": month_end_before(end, 12) + timedelta(days=1),
        },
    )
    return {row["scope"]: row for row in found}


def _mask_month(
    tables: Tables,
    name: str,
    end: date,
    counts: Mapping[str, Mapping[str, Any]],
    population: Mapping[date, int],
    values: Mapping[tuple[str, str], dict[str, Any]],
) -> None:
    """Fill in what may be shown of one month."""

    def by_scope(measure: str) -> dict[str, int]:
        return {each: row[measure] for each, row in counts.items()}

    def total(measure: str) -> Any:
        return sum(by_scope(measure).values())

    least, shown_ends = tables.least, shown_snapshots(tables)
    is_population_shown = end in shown_ends
    scopes = (ALL, *countries(tables))
    members = {chosen: counts if chosen == ALL else {chosen: counts.get(chosen)} for chosen in scopes}

    def put(measure: str, hidden: frozenset[str]) -> None:
        for chosen in scopes:
            rows = [row for row in members[chosen].values() if row]
            if chosen not in hidden and rows:
                values[chosen, measure][name] = sum(row[measure] for row in rows)

    bought = total("active_12_months")
    if bought >= least and (not is_population_shown or is_showable(bought, population[end], least)):
        hidden_year = _hidden(tables, [by_scope("active_12_months")])
        put("revenue_12_months", hidden_year)
    active = total("active")
    if active < least or (is_population_shown and not is_showable(active, population[end], least)):
        return
    hidden = _hidden(tables, [by_scope("active"), _inactive(tables, by_scope("active"))])
    put("active", hidden)
    put("revenue", hidden)
    # the month's newcomers are the difference of two shown totals, or unknown
    is_new_shown = is_population_shown and (
        month_end_before(end, 1) in shown_ends or total("new") == population[end]
    )
    if is_new_shown and is_showable(total("new"), active, least):
        returning = {each: row["active"] - row["new"] for each, row in counts.items()}
        put("new", _hidden(tables, [by_scope("new"), returning]) | hidden)


def _hidden(tables: Tables, measures: list[dict[str, int]]) -> frozenset[str]:
    """Return the countries to hide; all of them where the totals themselves are small."""
    if any(sum(measure.values()) < tables.least for measure in measures):
        return frozenset(countries(tables))
    return hidden_countries(tables, measures)


@cache
def _customers_now(tables: Tables) -> Mapping[str, int]:
    found = tables.rows(
        f"select {scope(tables)} as scope, count(*) as customers from customer_360"
        " where lifetime_orders > 0 group by 1"
    )
    return {row["scope"]: row["customers"] for row in found}


def _inactive(tables: Tables, active: Mapping[str, int]) -> dict[str, int]:
    return {each: size - active.get(each, 0) for each, size in _customers_now(tables).items()}


def _mask_years(
    values: Mapping[tuple[str, str], dict[str, Any]], ends: Mapping[str, date], first: date
) -> None:
    """Leave out what two years would tell of a hidden month, and years that begin before the data."""
    for (chosen, measure), by_month in values.items():
        if measure != "revenue_12_months":
            continue
        months = values[chosen, "revenue"]
        # year to now = year to the month before + this month - the same month of last year
        if months["now"] is None or months["year_before"] is None:
            by_month["month_before"] = None
        for name, end in ends.items():
            if month_end_before(end, 11) < first:
                by_month[name] = None


def _customers_by_country(tables: Tables, values: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    sizes = dict(_customers_now(tables))
    hidden = hidden_countries(tables, [sizes]) if countries(tables) else frozenset()
    for country in countries(tables):
        if country not in hidden:
            values[country, "customers"]["now"] = sizes[country]
