"""The countries of the filter, and the masking of figures by country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from klant360.dashboard.figures.dates import has_groups
from klant360.dashboard.masking import hidden_cells, hidden_together
from klant360.dashboard.tables import Tables
from klant360.quoting import quoted

ALL = "all"
# The filter offers the countries with most customers; the others are in the total only.
MOST_COUNTRIES = 8
# All countries that the filter does not offer, as one.
REST = ""


@cache
def countries(tables: Tables) -> tuple[str, ...]:
    """Return the countries that the filter offers, those with most customers first."""
    if not has_groups(tables):
        return ()
    found = tables.rows("""
        select country_code, count(*) as customers
        from customer_360
        where lifetime_orders > 0
        group by country_code
        order by customers desc, country_code
    """)
    named = [row for row in found if row["country_code"] is not None and row["customers"] >= tables.least]
    offered = [row["country_code"] for row in named[:MOST_COUNTRIES]]
    sizes = {row["country_code"]: row["customers"] for row in found}
    # what is left is the difference to the total: nobody, or enough
    while offered and 0 < sum(sizes.values()) - sum(sizes[name] for name in offered) < tables.least:
        offered.pop()
    return tuple(offered)


@cache
def has_rest(tables: Tables) -> bool:
    """Return whether there are people outside the countries of the filter."""
    (row,) = tables.rows(f"select count(*) as people from customer_360 where {scope(tables)} = '{REST}'")
    return row["people"] > 0


def scope(tables: Tables, column: str = "country_code") -> str:
    """Return SQL of the scope of a row: its country if the filter offers it, else the rest."""
    offered = ", ".join(quoted(country) for country in countries(tables))
    return f"case when {column} in ({offered}) then {column} else '{REST}' end" if offered else f"'{REST}'"


def hidden_countries(tables: Tables, measures: Sequence[Mapping[str, int]]) -> frozenset[str]:
    """Return the countries that must be hidden in measures of which the reader knows the totals.

    `measures` are people by scope, such as active and inactive customers: a country is hidden in all of them
    or in none. The rest of the countries is what remains of the total, so it is masked like a country.
    """
    scopes = [*countries(tables), *([REST] if has_rest(tables) else [])]
    sizes = [np.array([measure.get(name, 0) for name in scopes]) for measure in measures]
    nothing = np.zeros(len(scopes), dtype=bool)
    hidden = hidden_together(sizes, [np.arange(len(scopes))], tables.least, nothing)
    return frozenset(name for name, is_hidden in zip(scopes, hidden, strict=True) if is_hidden)


def hidden_by_country(
    tables: Tables, sizes: Mapping[tuple[str, str], int], hidden_groups: frozenset[str]
) -> frozenset[tuple[str, str]]:
    """Return the (group, scope) pairs to hide in a table of which the reader knows all totals.

    `sizes` are people by group and scope. Of the groups in `hidden_groups` the reader knows the sum only.
    """
    groups = sorted({group for group, _ in sizes})
    scopes = sorted({country for _, country in sizes})
    # a country without anybody tells nothing, since its total is known
    scopes = [country for country in scopes if sum(sizes.get((group, country), 0) for group in groups)]
    counts = np.array([[sizes.get((group, country), 0) for country in scopes] for group in groups])
    hidden = np.array([[group in hidden_groups for country in scopes] for group in groups])
    cells = np.arange(counts.size).reshape(counts.shape)
    other = [cells[row] for row, group in enumerate(groups) if group in hidden_groups]
    rows = [cells[row] for row, group in enumerate(groups) if group not in hidden_groups]
    lines = [*rows, *cells.T, *([np.concatenate(other)] if other else [])]
    found = hidden_cells(counts.ravel(), lines, tables.least, hidden.ravel()).reshape(counts.shape)
    return frozenset(
        (group, country)
        for row, group in enumerate(groups)
        for column, country in enumerate(scopes)
        if found[row, column]
    )
