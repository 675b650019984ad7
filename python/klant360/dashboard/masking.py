"""Which groups may be shown, so that nobody learns anything about fewer people than `least`.

The reader knows every number in the file. A shown group must not be small, and no number may follow from
others: not by subtraction from a total, and not by any combination of totals. Groups without anybody are
hidden like small ones, since "nobody" is also an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

# Solutions of a linear programme are exact to about 1e-7.
TOLERANCE = 1e-6
# As soon as so few sets are left, each is looked at on its own.
FEW = 3


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
        hidden = hidden_in_lines(sizes, lines, least, hidden)
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


def rounded(size: int, least: int) -> int:
    """Return a number of people to the nearest multiple of twice `least`, and at least that."""
    return max(1, (size + least) // (2 * least)) * 2 * least


def three_digits(amount: Decimal | float) -> float:
    """Return an amount to three digits, so that nothing about single orders follows from it."""
    return float(f"{amount:.3g}")


@dataclass(frozen=True)
class Rounded:
    """A number of at least `least` people that is shown rounded, and the cells that it counts.

    For numbers that overlap with exact ones elsewhere: the difference stays open by `least` people.
    """

    cells: np.ndarray
    size: int
    least: int

    @property
    def value(self) -> int:
        """The number that is shown."""
        return rounded(self.size, self.least)

    @property
    def low(self) -> int:
        """The least number that is rounded so."""
        return self.value - self.least

    @property
    def high(self) -> int:
        """The greatest number that is rounded so."""
        return self.value + self.least - 1


def withdrawn(
    sizes: np.ndarray,
    lines: Sequence[np.ndarray],
    numbers: Sequence[Rounded],
    watched: Sequence[np.ndarray],
    least: int,
) -> frozenset[int]:
    """Return which rounded numbers must not be shown, as indices.

    `lines` are the sets of cells whose exact total the reader knows. Afterwards no set of cells in `watched`
    that holds fewer than `least` people has only one possible value, unless it had before.
    """
    left = dict(enumerate(numbers))
    suspects = [cells for cells in watched if sizes[cells].sum() < least]
    while left and suspects:
        suspects = _known_sets(sizes, lines, list(left.values()), suspects)
        concerned = [
            index
            for index, number in left.items()
            if any(np.isin(number.cells, cells).any() for cells in suspects)
        ]
        if suspects:
            del left[min(concerned or left, key=lambda index: sizes[numbers[index].cells].sum())]
    return frozenset(range(len(numbers))) - frozenset(left)


def hidden_in_lines(
    sizes: np.ndarray, lines: Sequence[np.ndarray], least: int, hidden: np.ndarray
) -> np.ndarray:
    """Return which cells must be hidden so that the hidden ones of each line are several, and enough people.

    The smallest shown cells of a line are hidden first. Where no cell is in two lines, this is all it takes.
    """
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
    place = np.cumsum(hidden) - 1
    rests = [place[line[hidden[line]]] for line in lines]
    known = _known_sets(
        sizes[cells], [rest for rest in rests if len(rest)], [], [place[[each]] for each in suspects]
    )
    return cells[np.concatenate([*known, np.zeros(0, dtype=np.int64)]).astype(np.int64)]


def _known_sets(
    sizes: np.ndarray,
    lines: Sequence[np.ndarray],
    numbers: Sequence[Rounded],
    suspects: Sequence[np.ndarray],
) -> list[np.ndarray]:
    """Return those of some sets of cells of which exact totals and rounded numbers leave only one value."""
    counted = _incidence([number.cells for number in numbers], len(sizes))
    constraints: dict[str, Any] = {
        "A_eq": _incidence(lines, len(sizes)),
        "b_eq": [sizes[line].sum() for line in lines],
        "A_ub": vstack([counted, -counted]),
        "b_ub": [number.high for number in numbers] + [-number.low for number in numbers],
    }
    wanted = _incidence(suspects, len(sizes))
    least_seen = most_seen = wanted @ sizes

    def look(objective: np.ndarray) -> None:
        """See how far the sets can differ from the truth when something else is as small as possible."""
        nonlocal least_seen, most_seen
        solved = linprog(objective, **constraints, bounds=(0, sizes.sum()), method="highs")
        if solved.x is not None:
            found = wanted @ solved.x
            least_seen, most_seen = np.minimum(least_seen, found), np.maximum(most_seen, found)

    def closed() -> np.ndarray:
        return np.flatnonzero(most_seen - least_seen <= 1 - TOLERANCE)

    # corners of what is possible, away from what is still closed, settle most of the sets many at a time
    random, before = np.random.default_rng(0), len(suspects) + 1
    while FEW < len(closed()) < before:
        before = len(closed())
        away = random.standard_normal(before) @ wanted[closed()]
        look(away)
        look(-away)
    for row in closed():
        # the most first: many a set has nobody, and cannot have less
        for sign in (-1, 1):
            if row in closed():
                look(sign * wanted[[row]].toarray()[0])
    return [suspects[row] for row in closed()]


def _incidence(sets: Sequence[np.ndarray], cells: int) -> csr_array:
    """Return a matrix with a row per set and a one where it has the cell."""
    rows = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    columns = np.concatenate([*sets, np.zeros(0, dtype=np.int64)]).astype(np.int64)
    return csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(sets), cells))
