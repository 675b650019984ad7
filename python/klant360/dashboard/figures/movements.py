"""How customers moved between segments: sizes over time, who rose and fell and why, the flows of a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from klant360.dashboard.figures.dates import Snapshot, has_groups, shown_snapshots, snapshots
from klant360.dashboard.figures.segments import OTHER, PROSPECT, hidden_segments, segment_order, sizes_at
from klant360.dashboard.masking import Rounded, hidden_cells, withdrawn
from klant360.dashboard.tables import Tables

NEW = "(new)"
SHOWN_MONTHS = 24
KINDS = ("new", "up", "down", "lost")
CAUSES = ("purchase", "time", "both", "boundaries")
# Who stayed, or moved within a tier.
SAME = "same"


@dataclass(frozen=True)
class Flows:
    """The movements between two consecutive snapshots.

    `sizes` has the people who moved from a segment to a segment; hidden ones are in no line of it. `before`
    and `after` have the shown sizes; `unshown` is the number of people in hidden movements.
    """

    start: date
    end: date
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

    New customers are what two shown totals differ by; the others are rounded, since exact numbers less the
    sizes of segments would tell of few people. Kinds of few people are left out.
    """
    return [
        {**_period_of(tables, snapshot), "kind": kind, "customers": customers}
        for snapshot in shown_periods(tables)
        for kind, customers in shown_numbers(tables, snapshot).items()
        if kind in KINDS
    ]


@cache
def causes_of_changes(tables: Tables) -> list[dict[str, Any]]:
    """Return rows of snapshot date, cause, customers (rounded), is_complete, is_window_full.

    Causes of few people are left out.
    """
    return [
        {**_period_of(tables, snapshot), "cause": cause, "customers": shown[cause]}
        for snapshot in shown_periods(tables)
        for shown in [shown_numbers(tables, snapshot)]
        for cause in CAUSES
        if cause in shown
    ]


def _period_of(tables: Tables, snapshot: Snapshot) -> dict[str, Any]:
    full = {each.day for each in snapshots(tables) if each.is_window_full}
    return {
        "day": snapshot.day,
        "is_complete": snapshot.is_month_end,
        "is_window_full": {snapshot.day, snapshot.previous} <= full,
    }


@cache
def shown_periods(tables: Tables) -> list[Snapshot]:
    """Return the ends of the last 24 periods, as far as they may be shown."""
    if not has_groups(tables):
        return []
    shown = set(shown_snapshots(tables))
    return [
        snapshot
        for snapshot in snapshots(tables)[-SHOWN_MONTHS:]
        if snapshot.previous in shown and snapshot.day in shown
    ]


@cache
def shown_numbers(tables: Tables, snapshot: Snapshot) -> Mapping[str, int]:
    """Return the customers by kind and by cause that may be shown of a period beside segments and flows."""
    end = snapshot.day
    pairs, moves, lines = _period(tables, snapshot.previous, end)
    month = flows(tables)
    if month and month.end == end:
        lines += [np.array([place]) for place, pair in enumerate(pairs) if pair in month.sizes]
    tiers = _tiers(tables)
    kinds = np.array([_kind(before, after, tiers) for before, after in pairs])
    groups = {kind: np.flatnonzero(kinds == kind) for kind in KINDS}
    sizes, caused = moves, _caused(tables, end)
    if caused:
        # a cell per cause: those who came, those who stayed, and those who changed by cause, are all
        sizes = np.concatenate([moves, [caused.get(cause, 0) for cause in CAUSES]])
        groups |= {cause: np.array([len(pairs) + place]) for place, cause in enumerate(CAUSES)}
        has_no_cause = [place for place, (before, after) in enumerate(pairs) if before in (NEW, after)]
        lines.append(np.concatenate([has_no_cause, *(groups[cause] for cause in CAUSES)]))
    numbers = {
        name: Rounded(places, int(sizes[places].sum()), tables.least)
        for name, places in groups.items()
        if name != "new" and sizes[places].sum() >= tables.least
    }
    # of a segment too, those of a kind and those of another
    watched = [np.array([place]) for place in range(len(sizes))]
    watched += [part for line in lines for name in numbers for part in _split(line, groups[name])]
    gone = withdrawn(sizes, lines, list(numbers.values()), watched, tables.least)
    shown = {name: number.value for place, (name, number) in enumerate(numbers.items()) if place not in gone}
    return {"new": int(sizes[groups["new"]].sum()), **shown}


def _split(line: np.ndarray, part: np.ndarray) -> list[np.ndarray]:
    """Return the cells of a line inside and outside another set, if there are both."""
    inside = np.isin(line, part)
    return [line[inside], line[~inside]] if inside.any() and not inside.all() else []


def _period(
    tables: Tables, start: date, end: date
) -> tuple[list[tuple[str, str]], np.ndarray, list[np.ndarray]]:
    """Return the possible movements of a period, their sizes, and the sets of them whose total is shown."""
    order = [code for code in segment_order(tables) if code != PROSPECT]
    pairs = [(before, after) for before in [NEW, *order] for after in order]
    moves = _moves(tables, end)
    places = np.arange(len(pairs)).reshape(-1, len(order))
    small_before, small_after = (hidden_segments(tables)[day] for day in (start, end))
    lines = _lines(places, [before in small_before for before in [NEW, *order]])
    lines += _lines(places.T, [after in small_after for after in order])
    return pairs, np.array([moves.get(pair, 0) for pair in pairs]), lines


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
    pairs, sizes, lines = _period(tables, last.previous, last.day)
    small_before, small_after = (hidden_segments(tables)[day] for day in (last.previous, last.day))
    hidden = np.array([before in small_before or after in small_after for before, after in pairs])
    hidden = hidden_cells(sizes, lines, tables.least, hidden)
    return Flows(
        start=last.previous,
        end=last.day,
        sizes={pair: int(sizes[place]) for place, pair in enumerate(pairs) if not hidden[place]},
        before=_merged(sizes_at(tables)[last.previous], small_before),
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
def _caused(tables: Tables, day: date) -> Mapping[str, int]:
    """Return the customers who changed at a snapshot by cause; none where scoring has no limits."""
    found = tables.rows(
        "select cause, sum(customers) as customers from segment_change_causes"
        " where snapshot_date = $day and cause in (select unnest($causes)) group by cause",
        {"day": day, "causes": list(CAUSES)},
    )
    return {row["cause"]: int(row["customers"]) for row in found}


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
