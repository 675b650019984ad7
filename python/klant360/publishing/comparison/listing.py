"""Which differences between two publications may be listed: none of fewer than `least` customers.

The reader knows every number in changes.md, and may subtract them from each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from klant360.publishing.comparison.differences import Figure, Group, Part

# Each counts less of a month than the one before it: no second purchases, no customers of earlier.
NESTED = ("purchases", "active_customers", "new_customers")


@dataclass(frozen=True)
class Listed:
    """A figure that may be listed, and whether what each cause changed may be too."""

    figure: Figure
    is_apart: bool


def listed_figures(
    orders: Iterable[Figure], buyers: Sequence[Group], segments: Sequence[Group], least: int
) -> tuple[list[Listed], int]:
    """Return the figures that may be listed, and how many others differ.

    The arguments are the figures of orders, the changes of buyers and those of segments' customers, as a
    `Comparison` returns them.
    """
    differing = {(each.measure, each.month_end): each for each in orders if each.difference}
    listed = [
        Listed(each, _can_be_apart(each, least))
        for each in differing.values()
        if each.measure == "net_revenue" and each.customers >= least
    ]
    for month_end, groups in _months(buyers):
        figures = _figures(groups)
        differing |= {
            (measure, month_end): figures[measure]
            for measure in NESTED
            if measure in figures and figures[measure].difference
        }
        nested = [differing[measure, month_end] for measure in NESTED if (measure, month_end) in differing]
        listed += _listed_of_nested(nested, groups, least)
    # the sum over segments tells how many became customers
    keeps_some = any("new_customers" in group.changes for group in buyers)
    for month_end, groups in _months(segments):
        figures = {code: each for code, each in _figures(groups).items() if each.difference}
        differing |= {(code, month_end): each for code, each in figures.items()}
        listed += [
            Listed(figures[code], _can_be_apart(figures[code], least))
            for code in _listed_segments(figures, groups, least, keeps_some=keeps_some)
        ]
    return listed, len(differing) - len(listed)


def _months(groups: Iterable[Group]) -> Iterator[tuple[date, list[Group]]]:
    def month_end(group: Group) -> date:
        return group.month_end

    for month, own in groupby(sorted(groups, key=month_end), key=month_end):
        yield month, list(own)


def _figures(groups: Sequence[Group]) -> dict[str, Figure]:
    """Return what the groups of a month changed, by measure."""
    late = [group for group in groups if group.has_late_orders]
    rest = [group for group in groups if not group.has_late_orders]
    found = {}
    for measure in sorted({measure for group in groups for measure in group.changes}):
        parts = _part(late, measure), _part(rest, measure)
        customers = sum(part.customers for part in parts)
        found[measure] = Figure(groups[0].month_end, measure, customers, *parts)
    return found


def _part(groups: Iterable[Group], measure: str) -> Part:
    concerned = [group for group in groups if measure in group.changes]
    return Part(
        sum(group.changes[measure] * group.customers for group in concerned),
        sum(group.customers for group in concerned),
    )


def _can_be_apart(figure: Figure, least: int) -> bool:
    """Return whether each cause concerns nobody or enough customers."""
    return all(part.customers == 0 or part.customers >= least for part in (figure.late, figure.rest))


def _listed_of_nested(figures: Sequence[Figure], groups: Sequence[Group], least: int) -> list[Listed]:
    """Return the figures of a month to list, the first ones first.

    Two are listed if they changed alike for everyone, or differently for enough customers; where both tell
    what each cause changed, also by cause.
    """

    def is_safe(one: Figure, other: Figure, causes: Collection[bool]) -> bool:
        customers = sum(
            group.customers
            for group in groups
            if _change(group, one.measure, causes) != _change(group, other.measure, causes)
        )
        return customers == 0 or customers >= least

    listed: list[Listed] = []
    for figure in figures:
        if figure.customers < least or not all(
            is_safe(figure, each.figure, (True, False)) for each in listed
        ):
            continue
        is_apart = _can_be_apart(figure, least) and all(
            is_safe(figure, each.figure, (is_late,))
            for each in listed
            if each.is_apart
            for is_late in (True, False)
        )
        has_several_causes = figure.late.customers and figure.rest.customers
        if is_apart or has_several_causes:  # of a single cause, the difference tells what it changed
            listed.append(Listed(figure, is_apart))
    return listed


def _change(group: Group, measure: str, causes: Collection[bool]) -> int:
    """Return what causes changed of a NESTED measure for each customer of a group; True is late orders."""
    if measure == "purchases":
        names = ["late_purchases" if is_late else "other_purchases" for is_late in causes]
        return sum(group.changes.get(name, 0) for name in names)
    return group.changes.get(measure, 0) if group.has_late_orders in causes else 0


def _listed_segments(
    figures: Mapping[str, Figure], groups: Sequence[Group], least: int, *, keeps_some: bool
) -> list[str]:
    """Return the segments of a month-end to list: the others changed for nobody, or together for enough.

    With `keeps_some`, they changed for enough in any case.
    """
    listed = {code for code, figure in figures.items() if figure.customers >= least}

    def others() -> int:
        return sum(group.customers for group in groups if not group.changes.keys() <= listed)

    while listed and (keeps_some or others()) and others() < least:
        listed.remove(min(listed, key=lambda code: (figures[code].customers, code)))
    return sorted(listed)
