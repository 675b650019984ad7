"""Which groups may be shown, so that nobody learns anything about fewer people than `least`.

The reader knows every number in the file. A shown group must not be small, and no number may follow from
others: not by subtraction from a total, and not by any combination of totals. Groups without anybody are
hidden like small ones, since "nobody" is also an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

# Solutions of a linear programme are exact to about 1e-7.
TOLERANCE = 1e-6


def hidden_cells(
    sizes: np.ndarray, lines: Sequence[np.ndarray], least: int, hidden: np.ndarray | None = None
) -> np.ndarray:
    """Return which cells of a table must be hidden, as booleans.

    `sizes` are people per cell, flat; `lines` are the sets of cells whose total the reader knows, as indices:
    rows, columns, or all cells. Cells that are `hidden` already stay so. Afterwards each shown cell holds at
    least `least` people, the hidden cells of each line together too, and each hidden cell has at least two
    possible values (secondary suppression with an audit by linear programming: Fischetti and Salazar 2001).
    A line that cannot be protected, because its total is below `least`, must not be passed.
    """
    hidden = (sizes < least) | (False if hidden is None else hidden)
    safe = np.zeros(len(sizes), dtype=bool)
    while True:
        hidden = _complete_lines(sizes, lines, least, hidden)
        # whatever else is hidden afterwards, a cell with two possible values keeps them
        exposed = _exposed(sizes, lines, hidden, np.flatnonzero(hidden & ~safe))
        if not len(exposed):
            return hidden
        safe = hidden.copy()
        safe[exposed] = False
        neighbours = np.unique(np.concatenate([line for line in lines if np.isin(exposed, line).any()]))
        shown = neighbours[~hidden[neighbours]]
        if not len(shown):
            shown = np.flatnonzero(~hidden)
        if not len(shown):
            return hidden
        hidden[shown[np.argmin(sizes[shown])]] = True


def hidden_together(
    measures: Sequence[np.ndarray], lines: Sequence[np.ndarray], least: int, hidden: np.ndarray
) -> np.ndarray:
    """Return which cells must be hidden in several measures, such as those who bought and those who did not.

    A cell is hidden in all measures or in none; otherwise like `hidden_cells`.
    """
    before = None
    while before is None or (hidden != before).any():
        before = hidden
        for sizes in measures:
            hidden = hidden_cells(sizes, lines, least, hidden)
    return hidden


def hidden_groups(sizes: Mapping[str, int], least: int) -> frozenset[str]:
    """Return the groups that must be merged into "other", of which the reader knows the total."""
    names, counts = list(sizes), np.array(list(sizes.values()), dtype=np.int64)
    if not names:
        return frozenset()
    hidden = hidden_cells(counts, [np.arange(len(names))], least)
    return frozenset(name for name, is_hidden in zip(names, hidden, strict=True) if is_hidden)


def shown_dates(newcomers: Mapping[date, int], least: int) -> list[date]:
    """Return the dates at which the number of customers so far may be shown, in order.

    `newcomers` are those who came up to each date since the one before. Between two shown dates, and before
    the first, come at least `least` people, so that no difference tells of fewer. The last date comes first
    in this, then ends of years, of quarters, of months.
    """
    dates = sorted(newcomers)
    so_far = dict(zip(dates, np.cumsum([newcomers[day] for day in dates]).tolist(), strict=True))
    if not dates or so_far[dates[-1]] < least:
        return []
    shown = {dates[-1]}
    for months in (12, 3, 1):
        for day in reversed(dates):
            if day.month % months == 0 and day not in shown:
                totals = [0, *(so_far[each] for each in sorted(shown | {day}))]
                if all(later - earlier >= least for earlier, later in pairwise(totals)):
                    shown.add(day)
    return sorted(shown)


def is_showable(part: int, whole: int, least: int) -> bool:
    """Return whether a part of a group may be shown beside the group: it is not small, nor is the rest."""
    return part >= least and (whole == part or whole - part >= least)


def _complete_lines(
    sizes: np.ndarray, lines: Sequence[np.ndarray], least: int, hidden: np.ndarray
) -> np.ndarray:
    """Hide the smallest shown cells of each line until its hidden ones hold enough people."""
    hidden, changed = hidden.copy(), True
    while changed:
        changed = False
        for line in lines:
            shown = line[~hidden[line]]
            concealed = line[hidden[line]]
            too_little = len(concealed) == 1 or sizes[concealed].sum() < least
            if len(concealed) and len(shown) and too_little:
                hidden[shown[np.argmin(sizes[shown])]] = True
                changed = True
    return hidden


def _exposed(
    sizes: np.ndarray, lines: Sequence[np.ndarray], hidden: np.ndarray, suspects: np.ndarray
) -> np.ndarray:
    """Return those of some hidden cells of which the shown numbers leave only one possible value."""
    cells = np.flatnonzero(hidden)
    if not len(suspects):
        return suspects
    place = {cell: column for column, cell in enumerate(cells)}
    known = [[place[cell] for cell in line if cell in place] for line in lines]
    known = [columns for columns in known if columns]
    rows = np.repeat(np.arange(len(known)), [len(columns) for columns in known])
    columns = np.concatenate(known)
    equations = csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(known), len(cells)))
    totals = equations @ sizes[cells]
    least_seen, most_seen = sizes[cells].astype(float), sizes[cells].astype(float)
    for column in (place[cell] for cell in suspects):
        for sign in (1, -1):
            # a solution found for another cell may have shown already that this one varies
            if most_seen[column] - least_seen[column] > 1 - TOLERANCE:
                break
            objective = np.zeros(len(cells))
            objective[column] = sign
            solved = linprog(objective, A_eq=equations, b_eq=totals, bounds=(0, None), method="highs")
            if solved.x is not None:
                least_seen = np.minimum(least_seen, solved.x)
                most_seen = np.maximum(most_seen, solved.x)
    varies = most_seen - least_seen > 1 - TOLERANCE
    return np.array([cell for cell in suspects if not varies[place[cell]]], dtype=np.int64)
