"""What today's customers are expected to buy."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from klant360.analytics.customer_predictions import DAYS_A_MONTH
from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.masking import hidden_groups, rounded, three_digits
from klant360.dashboard.tables import Tables

STATUSES = ("overdue", "due", "not_due", "silent")


@cache
def expected_months(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of the last day of each of the 12 months ahead, and the expected revenue of everyone."""
    if not has_groups(tables) or tables.as_of_date is None:
        return []
    found = tables.rows("""
        select months_ahead, sum(expected_revenue) as revenue
        from cohort_projection
        group by months_ahead
        order by months_ahead
    """)
    return [
        {
            "until": tables.as_of_date + timedelta(days=round(row["months_ahead"] * DAYS_A_MONTH)),
            "revenue": three_digits(row["revenue"]),
        }
        for row in found
    ]


@cache
def expected_by_cohort(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of the year of first purchase, customers, and their expected revenue of 12 months.

    Numbers of customers are rounded; small years are left out.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select
            year(cohort_month) as year,
            sum(customers) filter (where months_ahead = 1) as customers,
            sum(expected_revenue) as revenue
        from cohort_projection
        group by all
        order by year
    """)
    sizes = {str(row["year"]): int(row["customers"]) for row in found}
    hidden = hidden_groups(sizes, tables.least)
    return [
        {
            "year": str(row["year"]),
            "customers": rounded(int(row["customers"]), tables.least),
            "revenue": three_digits(row["revenue"]),
            "revenue_per_customer": three_digits(row["revenue"] / int(row["customers"])),
        }
        for row in found
        if str(row["year"]) not in hidden
    ]


@cache
def next_purchases(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of status, customers, and their expected revenue of 365 days; small groups are left out."""
    if not has_groups(tables):
        return []
    found = {
        row["status"]: row
        for row in tables.rows("""
            select
                next_purchase_status as status,
                count(*) as customers,
                sum(expected_revenue_365_days) as revenue
            from customer_predictions
            where next_purchase_status is not null
            group by all
        """)
    }
    hidden = hidden_groups({status: row["customers"] for status, row in found.items()}, tables.least)
    return [
        {**found[status], "revenue": three_digits(found[status]["revenue"] or 0)}
        for status in STATUSES
        if status in found and status not in hidden
    ]
