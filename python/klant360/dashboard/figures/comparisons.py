"""What campaigns and experiments brought, against those who did not get them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.figures.movements import SHOWN_MONTHS
from klant360.dashboard.tables import Tables

RATES = ("rate", "control_rate", "uplift", "low", "high", "p_value")


@cache
def campaigns(tables: Tables) -> list[dict[str, Any]]:
    """Return the complete campaigns of two years that have a control group, the latest first.

    Rows of name, channel, day, rates of buyers, uplift with its 95% limits and p-value; these are null where
    few people bought or did not, in either group. Campaigns with few customers are left out.
    """
    if not has_groups(tables):
        return []
    found = tables.rows(
        """
        select
            coalesce(campaign_name, campaign_id) as name,
            channel,
            last_sent_date as day,
            customers,
            buyers_30_days as buyers,
            control_customers,
            control_buyers_30_days as control_buyers,
            buyer_rate as rate,
            control_buyer_rate as control_rate,
            uplift,
            uplift_low as low,
            uplift_high as high,
            p_value
        from campaign_results
        where
            is_complete
            and control_customers > 0
            and customers >= $least
            and last_sent_date > (
                select max(last_sent_date) - to_months(cast($months as integer)) from campaign_results
            )
        order by last_sent_date desc, campaign_id
        """,
        {"least": tables.least, "months": SHOWN_MONTHS},
    )
    return [_masked(tables, row, "customers", "buyers") for row in found]


@cache
def experiments(tables: Tables) -> list[dict[str, Any]]:
    """Return the complete variants of experiments that are compared with another, the latest experiment last.

    Rows of experiment, variant, whether its split is broken, and rates of converted visitors as in
    `campaigns`; the rates are null with a broken split too.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select
            variants.experiment as name,
            variants.variant,
            variants.has_sample_ratio_mismatch as is_broken,
            variants.visitors,
            variants.converted,
            baselines.visitors as control_visitors,
            baselines.converted as control_converted,
            variants.conversion_rate as rate,
            baselines.conversion_rate as control_rate,
            variants.uplift,
            variants.uplift_low as low,
            variants.uplift_high as high,
            variants.p_value
        from experiment_results as variants
        inner join experiment_results as baselines
            on variants.experiment = baselines.experiment and baselines.is_baseline
        where variants.is_complete and not variants.is_baseline
        order by name, variant
    """)
    return [
        {**row, **dict.fromkeys(RATES)} if row["is_broken"] else row
        for row in (_masked(tables, each, "visitors", "converted") for each in found)
    ]


def _masked(tables: Tables, row: Mapping[str, Any], people: str, successes: str) -> dict[str, Any]:
    """Return the row without its counts, and without its rates where they would tell of few people."""
    groups = [
        size
        for prefix in ("", "control_")
        for size in (
            row[f"{prefix}{successes}"],
            row[f"{prefix}{people}"] - row[f"{prefix}{successes}"],
        )
    ]
    counts = {f"{prefix}{name}" for prefix in ("", "control_") for name in (people, successes)}
    kept = {name: value for name, value in row.items() if name not in counts}
    return kept if min(groups) >= tables.least else {**kept, **dict.fromkeys(RATES)}
