"""What new customers of a channel cost and bring."""

from __future__ import annotations

import math
import statistics
from datetime import date
from functools import cache
from typing import Any

from klant360.dashboard.figures.dates import has_groups, month_ends
from klant360.dashboard.figures.months import month_end_before
from klant360.dashboard.masking import hidden_groups
from klant360.dashboard.tables import Tables

YEAR = 12
VALUE_MONTHS = (3, 6, 12)


@cache
def costs(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of channel, spend, new customers, cost of one and months until it is paid back.

    Of the last 12 complete months; small channels are left out. The months are the median of those months:
    null when spend is not paid back in half of them, or there is none.
    """
    end = _last_month(tables, 0)
    return [] if end is None else _channels(tables, end)


@cache
def values(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of channel, new customers and their revenue per customer after 3, 6 and 12 months.

    Of customers who came in the 12 months that lie at least 12 months back; small channels are left out.
    """
    end = _last_month(tables, YEAR - 1)
    return (
        [] if end is None else [row for row in _channels(tables, end) if row["value_12_months"] is not None]
    )


def _last_month(tables: Tables, months: int) -> date | None:
    ends = month_ends(tables)
    if not has_groups(tables) or len(ends) <= months:
        return None
    return month_end_before(ends[-1], months)


def _channels(tables: Tables, end: date) -> list[dict[str, Any]]:
    found = tables.rows(
        f"""
        select
            channel,
            sum(spend) as spend,
            sum(new_customers) as new_customers,
            list(payback_months) filter (spend > 0) as paybacks,
            {", ".join(
                f"case when count(revenue_{months}_months) = count(*)"
                f" then sum(revenue_{months}_months) end as revenue_{months}_months"
                for months in VALUE_MONTHS
            )}
        from channel_performance
        where last_day(month) between $first and $end
        group by channel
        order by new_customers desc, channel
        """,
        {"first": month_end_before(end, YEAR - 1), "end": end},
    )  # fmt: skip
    sizes = {row["channel"]: int(row["new_customers"]) for row in found}
    hidden = hidden_groups(sizes, tables.least)
    return [
        {
            "channel": row["channel"],
            "spend": row["spend"],
            "new_customers": (customers := int(row["new_customers"])),
            "cost": row["spend"] / customers if row["spend"] else None,
            "payback_months": median_payback(row["paybacks"] or []),
            **{
                f"value_{months}_months": (
                    revenue / customers if (revenue := row[f"revenue_{months}_months"]) is not None else None
                )
                for months in VALUE_MONTHS
            },
        }
        for row in found
        if row["channel"] not in hidden
    ]


def median_payback(paybacks: list[int | None]) -> int | None:
    """Return the median of the months until spend was paid back; None stands for not paid back yet."""
    if not paybacks:
        return None
    middle = statistics.median(math.inf if months is None else months for months in paybacks)
    return None if math.isinf(middle) else int(middle)
