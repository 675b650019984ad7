"""Revenue to expect of the customers of each year of first purchase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.forecast import expected_by_cohort
from klant360.dashboard.panel import Column, Panel, Row, rounding_note
from klant360.dashboard.panels.forecast.p1_expected_revenue import EMPTY
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, share


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per year."""
    return expected_by_cohort(tables)


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the year that brings most."""
    if not found:
        return Text(
            "Verwachte omzet per jaar van eerste aankoop", "Expected revenue by year of first purchase"
        )
    top = max(found, key=lambda row: row["revenue"])
    part = top["revenue"] / sum(row["revenue"] for row in found)
    return Text(
        "Klanten van {} zijn goed voor {} van wat komt", "Customers of {} bring {} of what is to come"
    ).fill(top["year"], share(part))


PANEL = Panel(
    page="forecast",
    columns=(
        Column("year", Text("Jaar van eerste aankoop", "Year of first purchase")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("revenue", Text("Verwachte omzet", "Expected revenue"), "money"),
        Column("revenue_per_customer", Text("Per klant", "Per customer"), "money"),
    ),
    rows=rows,
    title=title,
    note=rounding_note,
    reading=Text(
        "Klanten staan in het jaar van hun eerste aankoop; de balk is wat zij samen de komende twaalf maanden"
        " brengen.",
        "Customers are in the year of their first purchase; the bar is what they bring together in the next"
        " twelve months.",
    ),
    definition=Text(
        "De verwachte omzet van twaalf maanden, zonder korting voor later en zonder marge. Te kleine jaren"
        " staan er niet bij.",
        "Expected revenue of twelve months, neither discounted nor as a margin. Years that are too small are"
        " left out.",
    ),
    empty=EMPTY,
    chart=lambda: charts.bars("year", "revenue", number_format="$,d"),
    is_half=True,
)
