"""How much customers do besides buying: bands over time, bands by segment, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from klant360.dashboard.figures.dates import has_groups, snapshots
from klant360.dashboard.figures.movements import SHOWN_MONTHS
from klant360.dashboard.figures.segments import (
    OTHER,
    PROSPECT,
    hidden_segments,
    segment_order,
    shows_prospects,
)
from klant360.dashboard.masking import Rounded, hidden_cells, hidden_together, rounded, withdrawn
from klant360.dashboard.tables import Tables

# Customers who never did anything but buy.
NO_ACT = "(none)"
# People whose first touch was the purchase itself, and those without any touch.
NO_TOUCH = "(none)"
UNKNOWN = "(unknown)"


@cache
def band_order(tables: Tables) -> list[str]:
    """Return the bands, the most engaged first."""
    found = tables.rows("select band_code from engagement_bands order by tier desc, band_code")
    return [row["band_code"] for row in found]


@cache
def bands_over_time(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of snapshot date, band and customers of the last 25 snapshots, rounded.

    Bands of few people are left out.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select snapshot_date as day, engagement_band as band, count(*) as customers
        from customer_engagement_history
        group by all
    """)
    days = [snapshot.day for snapshot in snapshots(tables)][-SHOWN_MONTHS - 1 :]
    shown: dict[tuple[date, str], int] = {
        (row["day"], row["band"]): rounded(row["customers"], tables.least)
        for row in found
        if row["day"] in days[:-1] and row["customers"] >= tables.least
    }
    shown |= {
        (days[-1], band): customers
        for (segment, band), customers in _shown_now(tables).items()
        if segment is None
    }
    return [
        {"day": day, "band": band, "customers": shown[day, band]}
        for day in days
        for band in band_order(tables)
        if (day, band) in shown
    ]


@cache
def bands_by_segment(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of segment, band and customers today, rounded; null where few people are.

    Segments that are not shown by themselves have no rows.
    """
    if not has_groups(tables):
        return []
    shown = _shown_now(tables)
    small = hidden_segments(tables)[snapshots(tables)[-1].day]
    return [
        {"segment": segment, "band": band, "customers": shown.get((segment, band))}
        for segment in segment_order(tables)
        if segment not in small and (segment != PROSPECT or shows_prospects(tables))
        for band in [*band_order(tables), NO_ACT]
    ]


@cache
def _shown_now(tables: Tables) -> Mapping[tuple[str | None, str], int]:
    """Return today's rounded customers by segment and band, and by band alone (segment None), if shown.

    The reader knows the exact size of each shown segment, and of all small ones together.
    """
    found = tables.rows(
        f"""
        select segment_code as segment, coalesce(engagement_band, '{NO_ACT}') as band, count(*) as customers
        from customer_360
        group by all
        """
    )
    people = {(row["segment"], row["band"]): row["customers"] for row in found}
    small = hidden_segments(tables)[snapshots(tables)[-1].day]
    bands = [*band_order(tables), NO_ACT]
    cells = [(segment, band) for segment in segment_order(tables) for band in bands]
    sizes = np.array([people.get(cell, 0) for cell in cells])
    groups = np.array([OTHER if segment in small else segment for segment, _ in cells])
    known = [group for group in dict.fromkeys(groups) if group != PROSPECT or shows_prospects(tables)]
    places: dict[tuple[str | None, str], np.ndarray] = {
        **{(None, band): np.array([i for i, cell in enumerate(cells) if cell[1] == band]) for band in bands},
        **{
            cell: np.array([place])
            for place, cell in enumerate(cells)
            if groups[place] in known and groups[place] != OTHER
        },
    }
    numbers = {
        cell: Rounded(own, int(sizes[own].sum()), tables.least)
        for cell, own in places.items()
        if sizes[own].sum() >= tables.least and cell != (None, NO_ACT)
    }
    gone = withdrawn(
        sizes,
        [np.flatnonzero(groups == group) for group in known],
        list(numbers.values()),
        list(places.values()),
        tables.least,
    )
    return {cell: number.value for place, (cell, number) in enumerate(numbers.items()) if place not in gone}


@cache
def buyers_by_touch(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of first touch, buyers, and their median days and touches from it to the first purchase.

    Buyers whose first touch was the purchase have no row, nor has a first touch of few buyers.
    """
    found = _journeys(tables)
    return [
        {**{name: row[name] for name in ("touch", "days", "touches")}, "buyers": row["bought"]}
        for row, is_hidden in zip(found, _hides_buyers(tables), strict=True)
        if not is_hidden and row["touch"] != NO_TOUCH
    ]


@cache
def share_that_bought(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of first touch, people, the share who bought since, and mean minutes on the site.

    Minutes are of those who visited in the window of engagement. First touches of few people who bought, or
    of few who did not, are `other`.
    """
    found = _journeys(tables)
    bought = np.array([row["bought"] for row in found], dtype=np.int64)
    others = np.array([row["people"] for row in found], dtype=np.int64) - bought
    if others.sum() < tables.least:
        return []
    # whoever is hidden among the buyers stays so, or the difference would tell
    lines = [np.arange(len(found))]
    hidden = hidden_together([others, bought], lines, tables.least, _hides_buyers(tables))
    shown = [row for row, is_hidden in zip(found, hidden, strict=True) if not is_hidden]
    rest = [row for row, is_hidden in zip(found, hidden, strict=True) if is_hidden]
    rows = [
        {
            "touch": row["touch"],
            "people": row["people"],
            "share": row["bought"] / row["people"],
            "minutes": row["minutes"] if row["visitors"] >= tables.least else None,
        }
        for row in shown
        if row["touch"] != NO_TOUCH
    ]
    # of the rest some may have had no touch
    if rows and rest and all(row["touch"] != NO_TOUCH for row in rest):
        people = sum(row["people"] for row in rest)
        share = sum(row["bought"] for row in rest) / people
        rows.append({"touch": OTHER, "people": people, "share": share, "minutes": None})
    return rows


def _hides_buyers(tables: Tables) -> np.ndarray:
    """Return of which first touches the buyers must be hidden; the reader knows how many bought."""
    bought = np.array([row["bought"] for row in _journeys(tables)], dtype=np.int64)
    if bought.sum() < tables.least:
        return np.ones(len(bought), dtype=bool)
    return hidden_cells(bought, [np.arange(len(bought))], tables.least)


@cache
def _journeys(tables: Tables) -> list[dict[str, Any]]:
    """Return people and buyers by first touch, which is the channel of a visit, else its kind."""
    if not has_groups(tables):
        return []
    return tables.rows(f"""
        select
            case
                when journeys.customer_id is null or first_touch_kind = 'purchase' then '{NO_TOUCH}'
                when first_touch_kind = 'session' then coalesce(first_touch_channel, '{UNKNOWN}')
                when first_touch_kind in ('ticket', 'survey_answer') then first_touch_kind
                else 'campaign'
            end as touch,
            count(*) as people,
            count(*) filter (lifetime_orders > 0) as bought,
            median(journeys.days_to_first_purchase) as days,
            median(journeys.touches_before_first_purchase) as touches,
            count(*) filter (duration_seconds > 0) as visitors,
            avg(duration_seconds) filter (duration_seconds > 0) / 60 as minutes
        from customer_360 as customers
        left join customer_journeys as journeys on customers.customer_id = journeys.customer_id
        left join customer_engagement as engagement on customers.customer_id = engagement.customer_id
        group by all
        order by people desc, touch
    """)
