"""Customers, active customers, new customers and revenue, against the month and the year before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.figures.months import key_figures, last_month
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, month

MEASURES = {
    "customers": (Text("Klanten", "Customers"), "count"),
    "active": (Text("Actief in de maand", "Active in the month"), "count"),
    "new": (Text("Nieuw in de maand", "New in the month"), "count"),
    "revenue": (Text("Omzet van de maand", "Revenue of the month"), "money"),
    "revenue_12_months": (Text("Omzet van twaalf maanden", "Revenue of twelve months"), "money"),
}


TODAY = Text("Klanten, vandaag", "Customers, today")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per scope and measure."""
    return [
        {
            **row,
            "measure": TODAY if row["is_today"] else MEASURES[row["measure"]][0],
            "key": row["measure"],
            "unit": MEASURES[row["measure"]][1],
        }
        for row in key_figures(tables)
    ]


def title(tables: Tables, _: Sequence[Row]) -> Text:
    """Name the month."""
    last = last_month(tables)
    if last is None:
        return Text("De maand in vijf cijfers", "The month in five figures")
    return month(last).change(str.capitalize) + Text(" in vijf cijfers", " in five figures")


PANEL = Panel(
    page="overview",
    form="cards",
    by_country=True,
    columns=(
        Column("measure", Text("Cijfer", "Figure")),
        Column("now", Text("Laatste maand", "Last month"), "count"),
        Column("month_before", Text("Maand ervoor", "Month before"), "count"),
        Column("year_before", Text("Jaar ervoor", "Year before"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elk cijfer staat naast dat van de maand ervoor en van dezelfde maand een jaar eerder.",
        "Each figure stands beside that of the month before and of the same month a year earlier.",
    ),
    definition=Text(
        "Klanten kochten ooit iets, tot en met de maand. Actief is wie in de maand iets kocht, nieuw wie er"
        " voor het eerst kocht. Omzet is netto, min creditnota's. Een streepje betekent: geen gegevens, of"
        " te weinig mensen om te tonen. Per land tellen de klanten van vandaag.",
        "Customers have ever bought something, up to the end of the month. Active customers bought"
        " something in the month, new ones for the first time. Revenue is net, less credit notes. A dash"
        " means that there are no data, or too few people to show. For one country, customers are those of"
        " today.",
    ),
    empty=Text("Er is nog geen hele maand voorbij.", "No month is complete yet."),
)
