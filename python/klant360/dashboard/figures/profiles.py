"""Who the segments are: values that are more common in one than among all customers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from klant360.dashboard.figures.countries import ALL, countries
from klant360.dashboard.figures.dates import has_groups, snapshots
from klant360.dashboard.figures.segments import PROSPECT, hidden_segments, segment_order, segments_now
from klant360.dashboard.masking import hidden_cells
from klant360.dashboard.tables import Tables

COUNTRY = "country_code"
UNKNOWN = "(unknown)"


@cache
def profiles(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of segment, attribute, value, share of the segment, share of all, and index.

    Only what may be shown: of each attribute the reader knows the size of each shown segment, and could know
    how many customers have each value.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select attribute_name as attribute, attribute_value as value, segment_code as segment, customers
        from segment_profiles
        order by attribute, value
    """)
    rows = []
    for attribute in dict.fromkeys(row["attribute"] for row in found):
        people = {
            (row["segment"], row["value"]): row["customers"] for row in found if row["attribute"] == attribute
        }
        shown = _shown_countries(tables) if attribute == COUNTRY else _shown_cells(tables, people)
        totals: dict[str, int] = {}
        sizes: dict[str, int] = {}
        for (segment, value), customers in people.items():
            totals[value] = totals.get(value, 0) + customers
            sizes[segment] = sizes.get(segment, 0) + customers
        everyone = sum(totals.values())
        for segment, value in sorted(shown & people.keys()):
            if value != UNKNOWN:
                segment_share = people[segment, value] / sizes[segment]
                overall_share = totals[value] / everyone
                rows.append(
                    {
                        "segment": segment,
                        "attribute": attribute,
                        "value": value,
                        "segment_share": segment_share,
                        "overall_share": overall_share,
                        "index": round(100 * segment_share / overall_share),
                    }
                )
    return rows


def _shown_cells(tables: Tables, people: dict[tuple[str, str], int]) -> set[tuple[str, str]]:
    """Return the (segment, value) pairs whose number of people may be known."""
    small = hidden_segments(tables)[snapshots(tables)[-1].day]
    segments = [code for code in segment_order(tables) if code != PROSPECT]
    # values that are rare in every segment are taken together, and not shown
    values = sorted({value for (_, value), customers in people.items() if customers >= tables.least})
    sizes = np.zeros((len(segments), len(values) + 1), dtype=np.int64)
    for (segment, value), customers in people.items():
        column = values.index(value) if value in values else len(values)
        sizes[segments.index(segment), column] += customers
    places = np.arange(sizes.size).reshape(sizes.shape)
    is_small = np.array([segment in small for segment in segments])
    if not sizes[:, -1].any():
        sizes, places = sizes[:, :-1], np.arange(sizes[:, :-1].size).reshape(len(segments), -1)
    is_rare = np.arange(sizes.shape[1]) == len(values)
    hidden = is_small[:, np.newaxis] | is_rare
    rows = [*places[~is_small], *([places[is_small].ravel()] if is_small.any() else [])]
    # too few people to protect, so the reader must not know how many
    columns = [column for column in places.T if sizes.ravel()[column].sum() >= tables.least]
    shown = ~hidden_cells(sizes.ravel(), [*rows, *columns], tables.least, hidden.ravel()).reshape(sizes.shape)
    return {
        (segment, value)
        for row, segment in enumerate(segments)
        for column, value in enumerate(values)
        if shown[row, column]
    }


def _shown_countries(tables: Tables) -> set[tuple[str, str]]:
    """Return the pairs of segment and country that the page of segments shows."""
    offered = set(countries(tables))
    return {
        (row["segment"], row["scope"])
        for row in segments_now(tables)
        if row["scope"] != ALL and row["scope"] in offered
    }
