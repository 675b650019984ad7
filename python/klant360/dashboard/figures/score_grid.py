"""Customers by score of recency and of frequency, and what the scores mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from klant360.dashboard.figures.countries import ALL, REST, countries, scope
from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.figures.segments import OTHER, segments_now
from klant360.dashboard.masking import Rounded, withdrawn
from klant360.dashboard.tables import Tables

SCORES = range(1, 6)
# Score of recency, score of frequency, segment.
Atom = tuple[int, int, str]


@cache
def score_grid(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of scope, r_score, f_score, customers (null if few) and the most frequent segment.

    Segments are made of these cells, so the customers are rounded: an exact number less that of a segment
    would tell of few people. The segment is that of all countries together.
    """
    if not has_groups(tables):
        return []
    found = tables.rows(f"""
        select
            {scope(tables)} as scope,
            r_score,
            f_score,
            segment_code as segment,
            count(*) as customers
        from customer_360
        where lifetime_orders > 0
        group by all
    """)
    ever = tables.rows(
        "select distinct r_score, f_score, segment_code from customer_segment_history order by all"
    )
    atoms = _possible([tuple(row.values()) for row in ever])
    people = {
        (row["scope"], row["r_score"], row["f_score"], row["segment"]): row["customers"] for row in found
    }
    total = {atom: sum(people.get((each, *atom), 0) for each in (*countries(tables), REST)) for atom in atoms}
    # the first by name of those with most people, since atoms are in order
    segment_of = {
        cell: max((atom for atom in atoms if atom[:2] == cell), key=lambda atom: total[atom])[2]
        for cell in product(SCORES, SCORES)
    }
    rows = []
    for chosen in (ALL, *countries(tables)):
        scopes = [*countries(tables), REST] if chosen == ALL else [chosen]
        sizes = np.array([sum(people.get((each, *atom), 0) for each in scopes) for atom in atoms])
        shown = _shown_cells(tables, chosen, atoms, sizes)
        for r_score, f_score in product(SCORES, SCORES):
            customers = shown.get((r_score, f_score))
            rows.append(
                {
                    "scope": chosen,
                    "r_score": r_score,
                    "f_score": f_score,
                    "customers": customers,
                    "segment": segment_of[r_score, f_score] if customers else None,
                }
            )
    return rows


def _possible(ever: Sequence[Atom]) -> list[Atom]:
    """Return the segments that each cell may have by the rules: those that it ever had, else all."""
    segments = sorted({segment for *_, segment in ever})
    known = {(r_score, f_score) for r_score, f_score, _ in ever}
    unknown = [cell for cell in product(SCORES, SCORES) if cell not in known]
    return [*ever, *((*cell, segment) for cell in unknown for segment in segments)]


def _shown_cells(
    tables: Tables, chosen: str, atoms: Sequence[Atom], sizes: np.ndarray
) -> dict[tuple[int, int], int]:
    """Return the rounded numbers of the cells that may be shown beside the sizes of the segments."""
    shown = {row["segment"] for row in segments_now(tables) if row["scope"] == chosen}
    groups = np.array([segment if segment in shown else OTHER for *_, segment in atoms])
    lines = [np.flatnonzero(groups == group) for group in sorted(set(groups))]
    places: dict[tuple[int, int], list[int]] = {}
    for place, (r_score, f_score, _) in enumerate(atoms):
        places.setdefault((r_score, f_score), []).append(place)
    numbers = {
        cell: Rounded(np.array(own), int(sizes[own].sum()), tables.least)
        for cell, own in places.items()
        if sizes[own].sum() >= tables.least
    }
    watched = [np.array([place]) for place in range(len(atoms))] + [np.array(own) for own in places.values()]
    gone = withdrawn(sizes, lines, list(numbers.values()), watched, tables.least)
    return {cell: number.value for place, (cell, number) in enumerate(numbers.items()) if place not in gone}


@cache
def score_limits(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of metric, score, and its lowest and highest value at the latest snapshot.

    The outermost values are null: they belong to one person. So are those of a score that few people have.
    """
    if not has_groups(tables):
        return []
    found = tables.rows("""
        select metric, score, value_from, value_to, customers
        from rfm_score_boundaries
        where snapshot_date = (select max(snapshot_date) from snapshots)
        order by metric, score
    """)
    rows = []
    for metric in sorted({row["metric"] for row in found}):
        scores = [row for row in found if row["metric"] == metric]
        lowest = min(row["value_from"] for row in scores)
        highest = max(row["value_to"] for row in scores)
        rows += [
            {
                "metric": metric,
                "score": row["score"],
                "low": None if row["value_from"] == lowest else row["value_from"],
                "high": None if row["value_to"] == highest else row["value_to"],
            }
            for row in scores
            if row["customers"] >= tables.least
        ]
    return rows
