"""Who would fall to a lower tier in the coming months if nothing more is bought, and what they spent."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from klant360.dashboard.figures.dates import has_groups, snapshots
from klant360.dashboard.figures.segments import PROSPECT, hidden_segments, segment_order, sizes_at
from klant360.dashboard.masking import hidden_cells
from klant360.dashboard.tables import Tables


@cache
def falls(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of the month-end of the fall, segment now, customers and value at stake.

    Groups of few people are left out, and groups that would tell of those.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select
            falls_on as day,
            segment_code as segment,
            count(*) as customers,
            sum(value_at_stake) as value_at_stake
        from early_warnings
        group by all
        order by day
    """)
    by_cell = {(row["segment"], row["day"]): row for row in found}
    days = sorted({row["day"] for row in found})
    today = snapshots(tables)[-1].day
    sizes, small = sizes_at(tables)[today], hidden_segments(tables)[today]
    segments = [code for code in segment_order(tables) if code != PROSPECT]
    falling = np.array(
        [
            [by_cell[code, day]["customers"] if (code, day) in by_cell else 0 for day in days]
            for code in segments
        ],
        dtype=np.int64,
    ).reshape(len(segments), len(days))
    # the last column has those who do not fall: the reader knows the sizes of the shown segments
    staying = np.array([sizes[code] for code in segments]) - falling.sum(axis=1)
    people = np.column_stack([falling, staying])
    places = np.arange(people.size).reshape(people.shape)
    is_small = np.array([code in small for code in segments])
    lines = [*places[~is_small], *([places[is_small].ravel()] if is_small.any() else [])]
    hidden = np.repeat(is_small, people.shape[1])
    shown = ~hidden_cells(people.ravel(), lines, tables.least, hidden).reshape(people.shape)
    return [
        by_cell[code, day]
        for column, day in enumerate(days)
        for row, code in enumerate(segments)
        if shown[row, column]
    ]
