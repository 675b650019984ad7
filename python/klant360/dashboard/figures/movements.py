"""How customers moved between segments: sizes over time, who rose and fell, and the flows of a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from klant360.dashboard.figures.dates import has_groups, shown_snapshots, snapshots
from klant360.dashboard.figures.segments import OTHER, PROSPECT, hidden_segments, segment_order, sizes_at
from klant360.dashboard.masking import hidden_cells
from klant360.dashboard.tables import Tables

NEW = "(new)"
SHOWN_MONTHS = 24
KINDS = ("new", "up", "down", "lost")
# Who stayed, or moved within a tier: the rest of the customers, so the reader can work it out.
SAME = "same"


@dataclass(frozen=True)
class Flows:
    """The movements between two consecutive snapshots.

    `sizes` has the people who moved from a segment to a segment; hidden ones are in no line of it. `before`
    and `after` have the shown sizes; `unshown` is the number of people in hidden movements.
    """

    start: date
    end: date
    is_complete: bool
    sizes: Mapping[tuple[str, str], int]
    before: Mapping[str, int]
    after: Mapping[str, int]
    unshown: int


@cache
def segment_sizes(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of snapshot date, segment, customers and is_window_full of the last 25 snapshots.

    Small segments are "other"; a snapshot that must not be shown has no rows.
    """
    if not has_groups(tables):
        return []
    shown = set(shown_snapshots(tables))
    rows = []
    for snapshot in snapshots(tables)[-SHOWN_MONTHS - 1 :]:
        if snapshot.day not in shown:
            continue
        small = hidden_segments(tables)[snapshot.day]
        sizes = _merged(sizes_at(tables)[snapshot.day], small)
        rows += [
            {
                "day": snapshot.day,
                "segment": code,
                "customers": customers,
                "is_window_full": snapshot.is_window_full,
            }
            for code, customers in sizes.items()
        ]
    return rows


@cache
def came_and_went(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of snapshot date, kind (new, up, down, lost), customers, is_complete, is_window_full.

    Kinds of few people are left out, and others with them as long as what is not shown tells of few.
    """
    if not has_groups(tables):
        return []
    kinds = [*KINDS, SAME]
    shown = set(shown_snapshots(tables))
    full = {snapshot.day: snapshot.is_window_full for snapshot in snapshots(tables)}
    rows = []
    for snapshot in snapshots(tables)[-SHOWN_MONTHS:]:
        if snapshot.previous not in shown or snapshot.day not in shown:
            continue
        moved = _moved(tables, snapshot.day)
        sizes = np.array([moved.get(kind, 0) for kind in kinds])
        hidden = hidden_cells(sizes, [np.arange(len(kinds))], tables.least)
        rows += [
            {
                "day": snapshot.day,
                "kind": kind,
                "customers": int(size),
                "is_complete": snapshot.is_month_end,
                "is_window_full": full[snapshot.day] and full[snapshot.previous],
            }
            for kind, size, is_hidden in zip(kinds, sizes, hidden, strict=True)
            if not is_hidden and kind != SAME
        ]
    return rows


@cache
def flows(tables: Tables) -> Flows | None:
    """Return the movements of the last complete month, or of the last period when there is none.

    None where they must not be shown.
    """
    shown = set(shown_snapshots(tables))
    periods = [snapshot for snapshot in snapshots(tables) if snapshot.previous]
    complete = [snapshot for snapshot in periods if snapshot.is_month_end]
    if not periods or not has_groups(tables):
        return None
    last = (complete or periods)[-1]
    if last.day not in shown or last.previous not in shown:
        return None
    moves = _moves(tables, last.day)
    small_before = hidden_segments(tables)[last.previous]
    small_after = hidden_segments(tables)[last.day]
    order = [code for code in segment_order(tables) if code != PROSPECT]
    pairs = [(before, after) for before in [NEW, *order] for after in order]
    sizes = np.array([moves.get(pair, 0) for pair in pairs])
    hidden = np.array([before in small_before or after in small_after for before, after in pairs])
    places = np.arange(len(pairs)).reshape(-1, len(order))
    lines = _lines(places, [before in small_before for before in [NEW, *order]])
    lines += _lines(places.T, [after in small_after for after in order])
    # the same page shows how many rose, fell and left in this month
    told = {row["kind"] for row in came_and_went(tables) if row["day"] == last.day} - {"new"}
    tiers = _tiers(tables)
    kinds = np.array([_kind(before, after, tiers) for before, after in pairs])
    lines += [np.flatnonzero(kinds == kind) for kind in sorted(told)]
    hidden = hidden_cells(sizes, lines, tables.least, hidden)
    return Flows(
        start=last.previous,
        end=last.day,
        is_complete=last.is_month_end,
        sizes={pair: int(sizes[place]) for place, pair in enumerate(pairs) if not hidden[place]},
        before=_merged(
            {code: sum(moves.get((code, after), 0) for after in order) for code in [NEW, *order]},
            small_before,
        ),
        after=_merged(sizes_at(tables)[last.day], small_after),
        unshown=int(sizes[hidden].sum()),
    )


def _lines(places: np.ndarray, is_small: list[bool]) -> list[np.ndarray]:
    """Return a line per shown group, and one for all small groups together."""
    lines = [line for line, small in zip(places, is_small, strict=True) if not small]
    small = [line for line, small in zip(places, is_small, strict=True) if small]
    return [*lines, np.concatenate(small)] if small else lines


def _merged(sizes: Mapping[str, int], small: frozenset[str]) -> dict[str, int]:
    shown = {code: size for code, size in sizes.items() if size and code not in small}
    rest = sum(size for code, size in sizes.items() if code in small)
    return {**shown, OTHER: rest} if rest else shown


@cache
def _moves(tables: Tables, day: date) -> Mapping[tuple[str, str], int]:
    found = tables.rows(
        "select from_segment, to_segment, customers from segment_transitions where snapshot_date = $day",
        {"day": day},
    )
    return {(row["from_segment"], row["to_segment"]): row["customers"] for row in found}


@cache
def _tiers(tables: Tables) -> Mapping[str, int]:
    return {
        row["segment_code"]: row["tier"] for row in tables.rows("select segment_code, tier from segments")
    }


def _kind(before: str, after: str, tiers: Mapping[str, int]) -> str:
    """Return what a movement is: new, lost, up, down, or the same."""
    if before == NEW:
        return "new"
    if after == "lost":
        return "lost" if before != "lost" else SAME
    if tiers[after] == tiers[before]:
        return SAME
    return "up" if tiers[after] > tiers[before] else "down"


def _moved(tables: Tables, day: date) -> dict[str, int]:
    moved: dict[str, int] = {}
    for (before, after), customers in _moves(tables, day).items():
        kind = _kind(before, after, _tiers(tables))
        moved[kind] = moved.get(kind, 0) + customers
    return moved
