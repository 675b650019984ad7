"""How much service customers need, how fast they get it, what they think of it, and who buys afterwards."""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from klant360.analytics.intervals import Z_95, wilson_interval
from klant360.dashboard.figures.cohorts import GRAINS, GREATEST_HIDDEN_SHARE, period_end
from klant360.dashboard.figures.dates import has_groups, month_ends
from klant360.dashboard.figures.months import month_end_before
from klant360.dashboard.figures.movements import SHOWN_MONTHS
from klant360.dashboard.masking import hidden_together
from klant360.dashboard.tables import Tables

IMPACT_MONTHS = 12
EXPERIENCES = ("none", "ticket", "detractor", "reopened")


@cache
def service_months(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of month-end, tickets, those per 100 purchases, hours of waiting, backlog, repeat contacts.

    Of the last 24 complete months; months in which few people had a ticket are left out. Hours are means of
    the medians of channels and categories, weighted by their tickets. Null are a backlog and repeat contacts
    of fewer than a group, and what depends on the purchases of few people.
    """
    if not has_groups(tables):
        return []
    ends = month_ends(tables)[-SHOWN_MONTHS:]
    found = tables.rows("""
        with people as (
            -- at least so many: someone can have had a ticket before and after a first purchase
            select
                month,
                sum(customers_with_ticket) filter (segment_code not in ('(new)', 'prospect')) as known,
                max(customers_with_ticket) filter (segment_code in ('(new)', 'prospect')) as others
            from service_by_segment
            group by month
        ),

        purchases as (
            select
                date_trunc('month', order_date) as month,
                count(*) as purchases,
                count(distinct customer_id) as buyers
            from orders
            where is_purchase
            group by all
        ),

        service as (
            select
                month,
                sum(tickets) as tickets,
                sum(backlog) as backlog,
                sum(repeat_contacts) as repeat_contacts,
                sum(first_response_minutes_median * (tickets - unanswered))
                    / nullif(sum(tickets - unanswered), 0) / 60 as response_hours,
                sum(resolution_hours_median * (tickets - unresolved))
                    / nullif(sum(tickets - unresolved), 0) as resolution_hours
            from service_performance
            group by month
        )

        select
            last_day(service.month) as day,
            service.*,
            coalesce(known, 0) + coalesce(others, 0) as people,
            purchases,
            buyers
        from service
        left join people on service.month = people.month
        left join purchases on service.month = purchases.month
        order by day
    """)
    least = tables.least
    return [
        {
            "day": row["day"],
            "tickets": int(row["tickets"]),
            "per_100_purchases": (
                100 * float(row["tickets"]) / row["purchases"] if (row["buyers"] or 0) >= least else None
            ),
            "response_hours": row["response_hours"],
            "resolution_hours": row["resolution_hours"],
            "backlog": int(row["backlog"]) if row["backlog"] >= least else None,
            "repeat_contacts": int(row["repeat_contacts"]) if row["repeat_contacts"] >= least else None,
        }
        for row in found
        if row["day"] in ends and row["people"] >= least
    ]


@cache
def nps_over_time(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of period, its last day, answers, NPS with its 95% limits, and response rate.

    At the finest grain of which at most a tenth of the periods has too few answers; those are left out.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select month, answers, promoters, detractors, invitations, invitations_answered, response_rate
        from satisfaction_scores
        where survey_type = 'nps' and answers is not null
        order by month
    """)
    if not found:
        return []
    for grain, months in GRAINS.items():
        periods: dict[date, list[dict[str, Any]]] = {}
        for row in found:
            periods.setdefault(period_end(row["month"], months), []).append(row)
        rows = [_period(end, grain, parts) for end, parts in periods.items()]
        shown = [row for row in rows if row["answers"] >= tables.least]
        if len(rows) - len(shown) <= GREATEST_HIDDEN_SHARE * len(rows) or grain == "year":
            return shown
    return []


def _period(end: date, grain: str, months: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the NPS and the response rate of the months of a period together."""
    invited = sum(row["invitations"] or 0 for row in months)
    is_rate_known = invited > 0 and any(row["response_rate"] is not None for row in months)
    answered = sum(row["invitations_answered"] or 0 for row in months)
    return {
        "end": end,
        "grain": grain,
        **_nps(*(int(sum(row[name] for row in months)) for name in ("answers", "promoters", "detractors"))),
        "response_rate": float(answered) / invited if is_rate_known else None,
    }


def _nps(answers: int, promoters: int, detractors: int) -> dict[str, Any]:
    """Return answers, NPS and its 95% limits, by the formula of the mart satisfaction_scores."""
    n = answers + 3
    up, down = (promoters + 0.75) / n, (detractors + 0.75) / n
    half = 100 * Z_95 * math.sqrt((up + down - (up - down) ** 2) / n)
    return {
        "answers": answers,
        "nps": round(100 * (promoters - detractors) / answers) if answers else None,
        "low": round(max(-100.0, 100 * (up - down) - half)),
        "high": round(min(100.0, 100 * (up - down) + half)),
    }


@cache
def nps_by_segment(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of segment, answers, NPS and its 95% limits, of the last 24 complete months together.

    Segments with few answers are left out.
    """
    ends = month_ends(tables)
    if not has_groups(tables) or not ends:
        return []
    found = tables.rows(
        """
        select
            segment_code as segment,
            sum(answers) as answers,
            sum(promoters) as promoters,
            sum(detractors) as detractors
        from satisfaction_by_segment
        where survey_type = 'nps' and last_day(month) between $first and $last and segment_code <> '(unknown)'
        group by segment_code
        having sum(answers) >= $least
        """,
        {"first": month_end_before(ends[-1], SHOWN_MONTHS - 1), "last": ends[-1], "least": tables.least},
    )
    return [
        {
            "segment": row["segment"],
            **_nps(*(int(row[name]) for name in ("answers", "promoters", "detractors"))),
        }
        for row in found
    ]


@cache
def impact(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of experience, customers, and the share who bought in the 90 days after, with 95% limits.

    Of the last 12 months of which those 90 days have passed, added up: whoever was there in several months
    counts in each. An experience of few people, or after which few bought or few did not, is left out.
    """
    if not has_groups(tables):
        return []
    found = tables.rows(
        """
        select
            experience,
            sum(customers) as customers,
            sum(bought_90_days) as bought,
            max(customers) as most
        from service_impact
        where is_complete and month > (
            select max(month) filter (is_complete) - to_months(cast($months as integer)) from service_impact
        )
        group by experience
        """,
        {"months": IMPACT_MONTHS},
    )
    by_name = {row["experience"]: row for row in found}
    rows = [by_name[name] for name in EXPERIENCES if name in by_name]
    bought = np.array([int(row["bought"]) for row in rows], dtype=np.int64)
    others = np.array([int(row["customers"]) for row in rows], dtype=np.int64) - bought
    if not rows or bought.sum() < tables.least or others.sum() < tables.least:
        return []
    nothing = np.zeros(len(rows), dtype=bool)
    hidden = hidden_together([bought, others], [np.arange(len(rows))], tables.least, nothing)
    low, high = wilson_interval(bought, bought + others)
    return [
        {
            "experience": row["experience"],
            "customers": int(row["customers"]),
            "rate": float(bought[place] / (bought[place] + others[place])),
            "low": float(low[place]),
            "high": float(high[place]),
        }
        for place, row in enumerate(rows)
        if not hidden[place]
    ]
