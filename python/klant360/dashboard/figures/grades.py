"""How good predictions would have been, and where segments are heading."""

from __future__ import annotations

from functools import cache
from typing import Any

from klant360.dashboard.figures.dates import has_groups, snapshots
from klant360.dashboard.figures.segments import hidden_segments
from klant360.dashboard.figures.worst_grades import worst_grades
from klant360.dashboard.masking import rounded
from klant360.dashboard.tables import Tables

SHOWN_MONTHS = (3, 6, 12)


@cache
def grades(tables: Tables) -> list[dict[str, Any]]:
    """Return the rows of `worst_grades`, of what is judged over enough customers."""
    return worst_grades(tables, tables.least) if has_groups(tables) else []


@cache
def calibration(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of decile, and the predicted and actual share that bought in 90 days, of the latest cut.

    Deciles of few customers, or of which few bought or few did not, are left out.
    """
    if not has_groups(tables):
        return []
    return tables.rows(
        """
        select decile, round(predicted, 3) as predicted, round(actual, 3) as actual
        from model_calibration
        where
            metric = 'probability_90_days'
            and trained_until = (
                select max(trained_until) from model_calibration where metric = 'probability_90_days'
            )
            and least(actual, 1 - actual) * customers >= $least
        order by decile
        """,
        {"least": tables.least},
    )


@cache
def segments_ahead(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of segment, months ahead, and the customers to expect with the limits of 95%, rounded.

    Segments that are small now, or may become so, are left out.
    """
    if not has_groups(tables):
        return []
    small = hidden_segments(tables)[snapshots(tables)[-1].day]
    found = tables.rows(
        """
        select
            segments.segment_code as segment, months_ahead, month,
            forecast.customers, customers_low as low, customers_high as high
        from segment_forecast as forecast
        inner join segments on forecast.segment_code = segments.segment_code
        where customers_low >= $least and list_contains($months, months_ahead)
        order by segments.tier desc, segments.segment_code, months_ahead
        """,
        {"least": tables.least, "months": list(SHOWN_MONTHS)},
    )
    return [
        {**row, **{name: rounded(round(row[name]), tables.least) for name in ("customers", "low", "high")}}
        for row in found
        if row["segment"] not in small
    ]
