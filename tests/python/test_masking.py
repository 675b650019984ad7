"""What may be shown: an attacker who knows every shown number finds no small group and no hidden one."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from klant360.dashboard.masking import hidden_cells, hidden_groups, shown_dates

LEAST = 3


def is_possible(rest, memberships, known, cell=0):
    """Return whether whole numbers exist for the cells from `cell` on that add up to each line's rest."""
    if cell == len(memberships):
        return all(total == 0 for total in rest)
    most = min(rest[line] for line in memberships[cell])
    for value in [known[cell]] if cell in known else range(most + 1):
        left = [total - value * (line in memberships[cell]) for line, total in enumerate(rest)]
        # a line whose last cell this is must be complete
        closed = all(left[line] == 0 for line in memberships[cell] if max_cell(memberships, line) == cell)
        if value <= most and closed and is_possible(left, memberships, known, cell + 1):
            return True
    return False


def max_cell(memberships, line):
    return max(cell for cell, lines in enumerate(memberships) if line in lines)


def assert_nothing_follows(sizes, lines, hidden):
    """Enumerate, for each hidden cell, the values that agree with all that is shown: there must be two."""
    assert (sizes[~hidden] >= LEAST).all()
    cells = np.flatnonzero(hidden)
    memberships = [[number for number, line in enumerate(lines) if cell in line] for cell in cells]
    rest = [int(sizes[line[hidden[line]]].sum()) for line in lines]
    assert all(total == 0 or total >= LEAST for total in rest)
    for place, cell in enumerate(cells):
        most = min(rest[line] for line in memberships[place])
        others = (value for value in range(most + 1) if value != sizes[cell])
        assert any(is_possible(rest, memberships, {place: value}) for value in others)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=5).filter(lambda sizes: sum(sizes) >= LEAST))
@settings(max_examples=150, deadline=None)
def test_groups_with_their_total(sizes):
    sizes = np.array(sizes)
    lines = [np.arange(len(sizes))]
    assert_nothing_follows(sizes, lines, hidden_cells(sizes, lines, LEAST))


@given(
    st.integers(2, 3).flatmap(
        lambda rows: st.lists(
            st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=rows, max_size=rows
        )
    )
)
@settings(max_examples=150, deadline=None)
def test_a_table_with_its_margins(table):
    table = np.array(table)
    # margins that may be shown, as every caller merges the smaller ones first
    table = table[table.sum(axis=1) >= LEAST]
    table = table[:, table.sum(axis=0) >= LEAST]
    if table.shape[0] < 2 or table.shape[1] < 2:
        return
    cells = np.arange(table.size).reshape(table.shape)
    lines = [*cells, *cells.T]
    # rows and columns lose people when others are left out
    if any(table.ravel()[line].sum() < LEAST for line in lines):
        return
    assert_nothing_follows(table.ravel(), lines, hidden_cells(table.ravel(), lines, LEAST))


@given(st.lists(st.integers(0, 5), min_size=4, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=80, deadline=None)
def test_cells_that_are_hidden_anyway_stay_hidden(sizes, hidden):
    sizes, hidden = np.array(sizes), np.array(hidden)
    lines = [np.arange(4)]
    if sizes.sum() >= LEAST:
        found = hidden_cells(sizes, lines, LEAST, hidden)
        assert found[hidden].all()
        assert_nothing_follows(sizes, lines, found)


def test_a_small_segment_takes_the_smallest_shown_one_with_it():
    assert hidden_groups({"a": 40, "b": 12, "c": 4, "d": 0}, 10) == {"b", "c", "d"}
    assert hidden_groups({"a": 40, "b": 12, "c": 11}, 10) == frozenset()
    assert hidden_groups({"a": 40, "b": 6, "c": 7}, 10) == {"b", "c"}


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_no_difference_between_shown_dates_tells_of_few_people(newcomers):
    dates = [date(2020 + month // 12, month % 12 + 1, 28) for month in range(len(newcomers))]
    shown = shown_dates(dict(zip(dates, newcomers, strict=True)), LEAST)
    so_far = dict(zip(dates, np.cumsum(newcomers), strict=True))
    totals = [0, *(so_far[day] for day in shown)]
    assert all(later - earlier >= LEAST for earlier, later in pairwise(totals))
    assert bool(shown) == (sum(newcomers) >= LEAST)
    assert not shown or shown[-1] == dates[-1]


def test_every_month_is_shown_where_enough_people_came():
    newcomers = {date(2024, month, 28): 3 for month in range(1, 13)}
    assert shown_dates(newcomers, LEAST) == list(newcomers)
