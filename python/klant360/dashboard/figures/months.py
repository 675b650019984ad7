"""Customers, activity and revenue of the last complete month, the month before and a year before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from klant360.dashboard.figures.countries import ALL, countries, hidden_countries, scope
from klant360.dashboard.figures.dates import month_ends, shown_snapshots, snapshots
from klant360.dashboard.tables import Tables

MONTHS = {"now": 0, "month_before": 1, "year_before": 12}
MEASURES = ("customers", "active", "new", "revenue", "revenue_12_months")
# People by scope: a country of the filter, or the rest.
People = Mapping[str, int]


def month_end_before(day: date, months: int) -> date:
    """Return the month-end that lies a number of months before another one."""
    number = day.year * 12 + day.month - months
    return date(number // 12, number % 12 + 1, 1) - timedelta(days=1)


def last_month(tables: Tables) -> date | None:
    """Return the end of the last complete month."""
    complete = month_ends(tables)
    return complete[-1] if complete else None


@cache
def key_figures(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of scope, measure, and its value now, a month before and a year before; null if hidden.

    Of a country the customers are those of today (`is_today`), without a comparison; of all too, if few came
    since the month. Empty without a complete month.
    """
    complete = month_ends(tables)
    if not complete:
        return []
    counts = _counts(tables, complete[-1])
    hidden = _hidden(tables, complete, counts)
    population = {snapshot.day: snapshot.customers for snapshot in snapshots(tables)}
    shown_ends = shown_snapshots(tables)
    rows = []
    for chosen in (ALL, *countries(tables)):
        members = counts.values() if chosen == ALL else [counts[chosen]]
        for measure in MEASURES:
            row: dict[str, Any] = {"scope": chosen, "measure": measure, "is_today": False}
            for name, months in MONTHS.items():
                end = month_end_before(complete[-1], months)
                if measure == "customers":
                    row[name] = population[end] if chosen == ALL and end in shown_ends else None
                elif chosen in hidden[measure, name]:
                    row[name] = None
                else:
                    row[name] = sum(each[f"{measure}_{name}"] for each in members)
            rows.append(row)
    return _with_customers_today(tables, rows, counts)


def _with_customers_today(
    tables: Tables, rows: list[dict[str, Any]], counts: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Fill in today's customers of each country; of all, if too few came since the last month."""
    sizes = {each: row["customers"] for each, row in counts.items()}
    hidden = _hidden_scopes(tables, [sizes])
    for row in rows:
        if row["measure"] == "customers" and row["now"] is None and row["scope"] not in hidden:
            row["now"] = sum(sizes.values()) if row["scope"] == ALL else sizes[row["scope"]]
            row["is_today"] = True
    return rows


def _counts(tables: Tables, last: date) -> Mapping[str, Mapping[str, Any]]:
    """Return people and revenue by scope: measures of each month, and the people who bought outside it."""
    ends = {name: month_end_before(last, months) for name, months in MONTHS.items()}
    month = {name: f"order_date between '{end.replace(day=1)}' and '{end}'" for name, end in ends.items()}
    year = {
        name: f"order_date between '{month_end_before(end, 12) + timedelta(days=1)}' and '{end}'"
        for name, end in ends.items()
    }
    # what the reader can take off lifetime revenue
    known = {
        "beyond_now": [year["now"]],
        "beyond_month_before": [year["month_before"], month["now"]],
        "beyond_year_before": [year["now"], year["year_before"]],
        "beyond_months": list(month.values()),
    }
    people = {
        **{f"active_{name}": f"is_purchase and {period}" for name, period in month.items()},
        **{f"new_{name}": f"order_number = 1 and {period}" for name, period in month.items()},
        **{f"bought_{name}": f"is_purchase and {period}" for name, period in year.items()},
        **{name: f"not ({' or '.join(periods)})" for name, periods in known.items()},
    }
    revenue = {
        **{f"revenue_{name}": period for name, period in month.items()},
        **{f"revenue_12_months_{name}": period for name, period in year.items()},
    }
    found = tables.rows(f"""
        with customers as (
            select
                {scope(tables, "customers.country_code")} as scope,
                customers.customer_id,
                bool_or(coalesce(is_purchase, false)) as customers,
                {", ".join(f"bool_or({condition}) as {name}" for name, condition in people.items())},
                {", ".join(f"sum(net_amount) filter ({when}) as {name}" for name, when in revenue.items())}
            from customer_360 as customers
            inner join orders on customers.customer_id = orders.customer_id
            where is_purchase or is_credit_note
            group by all
        )

        select
            scope,
            count(*) filter (customers) as customers,
            {", ".join(f"count(*) filter ({name}) as {name}" for name in people)},
            {", ".join(f"coalesce(sum({name}), 0) as {name}" for name in revenue)}
        from customers
        group by scope
    """)
    counts = {row["scope"]: row for row in found}
    nobody = {name: 0 for row in found[:1] for name in row}
    return {each: counts.get(each, nobody) for each in dict.fromkeys([*countries(tables), *counts])}


def _hidden(
    tables: Tables, complete: Sequence[date], counts: Mapping[str, Mapping[str, Any]]
) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return per measure and month the scopes to hide."""
    everyone = frozenset((ALL, *countries(tables)))
    shown_ends = shown_snapshots(tables)
    population = {snapshot.day: snapshot.customers for snapshot in snapshots(tables)}
    customers = _people(counts, "customers")
    others = _less(customers, *(_people(counts, f"new_{name}") for name in MONTHS))
    beyond = _people(counts, "beyond_months")
    hidden: dict[tuple[str, str], frozenset[str]] = {}
    for name, months in MONTHS.items():
        end = month_end_before(complete[-1], months)
        before = month_end_before(end, 1)
        is_new_known = end in shown_ends and (before in shown_ends or end == complete[0])
        # the smallest number of customers that the reader knows to include those of the month
        known = min((population[day] for day in shown_ends if day >= end), default=0)
        new, active = _people(counts, f"new_{name}"), _people(counts, f"active_{name}")
        bought = _people(counts, f"bought_{name}")
        idle, returning = _less(customers, active), _less(active, new)

        def is_small(people: People, whole: int = known) -> bool:
            return whole - sum(people.values()) < tables.least

        hides_active = end < complete[0] or is_small(active)
        if is_new_known and sum(returning.values()) < tables.least:
            hides_active = True
        hidden["active", name] = everyone if hides_active else _hidden_scopes(tables, [active, idle])
        hidden["revenue", name] = hidden["active", name] | _hidden_scopes(tables, [active, beyond])
        by_country = _hidden_scopes(tables, [new, returning, others]) - {ALL}
        hidden["new", name] = by_country if is_new_known and end >= complete[0] else everyone
        hides_year = month_end_before(end, 11) < complete[0] or is_small(bought)
        measures = [bought, _less(customers, bought), _people(counts, f"beyond_{name}")]
        hidden["revenue_12_months", name] = everyone if hides_year else _hidden_scopes(tables, measures)
    # the year to the month before = the year to now - this month + the same month of last year
    hidden["revenue_12_months", "month_before"] |= hidden["revenue", "now"] | hidden["revenue", "year_before"]
    return hidden


def _people(counts: Mapping[str, Mapping[str, Any]], measure: str) -> People:
    return {each: row[measure] for each, row in counts.items()}


def _less(people: People, *others: People) -> People:
    return {each: size - sum(other[each] for other in others) for each, size in people.items()}


def _hidden_scopes(tables: Tables, measures: Sequence[People]) -> frozenset[str]:
    """Return the scopes to hide in several measures; all of them where the total of one is small."""
    if any(sum(measure.values()) < tables.least for measure in measures):
        return frozenset((ALL, *countries(tables)))
    return hidden_countries(tables, measures)
