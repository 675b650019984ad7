"""What was aimed for, and what happened."""

from __future__ import annotations

from functools import cache
from typing import Any

from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.figures.months import last_month, month_end_before
from klant360.dashboard.figures.service import service_months
from klant360.dashboard.masking import rounded, three_digits
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, money, share

# The last complete month, those before it, and the running one.
SHOWN_MONTHS = 3
# Metrics of tickets are shown of the months in which enough people had one.
OF_TICKETS = ("tickets", "reopened_tickets", "reopened_share", "ticket_backlog")


@cache
def targets(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of metric, month, target, actual and status, the latest month first; values are texts.

    Numbers of people, orders and tickets are rounded, and shares are those of rounded numbers. Actual and
    status are null where the month has few buyers, or the figure speaks about few people.
    """
    last = last_month(tables)
    if not has_groups(tables) or last is None:
        return []
    found = tables.rows(
        """
        select
            metrics.name_nl,
            metrics.name_en,
            metrics.unit,
            monthly_metrics.numerator,
            monthly_metrics.denominator,
            buyers.value as buyers,
            last_day(results.month) as day,
            results.*
        from target_results as results
        inner join metrics on results.metric = metrics.metric
        left join monthly_metrics
            on results.metric = monthly_metrics.metric and results.month = monthly_metrics.month
        left join monthly_metrics as buyers
            on buyers.metric = 'active_customers' and results.month = buyers.month
        where results.month > $first and results.month <= $as_of
        order by results.month desc, metrics.name_en
        """,
        {"first": month_end_before(last, SHOWN_MONTHS), "as_of": tables.as_of_date},
    )
    days_with_tickets = {row["day"] for row in service_months(tables)}
    rows = []
    for row in found:
        is_shown = row["metric"] not in OF_TICKETS or row["day"] in days_with_tickets
        actual = _actual(row, tables) if is_shown and (row["buyers"] or 0) >= tables.least else None
        rows.append(
            {
                "name": row["metric"],
                "metric": Text(row["name_nl"], row["name_en"]),
                "month": row["month"],
                "target": _written(row["target"], row["unit"], tables.currency),
                "actual": actual,
                "status": None if actual is None else row["target_status"],
            }
        )
    return rows


def _actual(row: dict[str, Any], tables: Tables) -> Text | None:
    """Return the value of a metric as the page may show it; None if it may not."""
    unit, least = row["unit"], tables.least
    above, below = row["numerator"], row["denominator"]
    if row["actual"] is None or (below is not None and below < least):
        return None
    if unit == "money":
        return money(three_digits(row["actual"]), tables.currency)
    if unit == "score":
        return _written(row["actual"], unit, tables.currency)
    if above < least or (unit == "share" and below - above < least):
        return None
    part = rounded(int(above), least)
    return _written(part if below is None else part / rounded(int(below), least), unit, tables.currency)


def _written(value: float, unit: str, currency: str) -> Text:
    if unit == "money":
        return money(value, currency)
    if unit == "share":
        return share(value)
    return count(value, 1 if unit == "ratio" else 0)
