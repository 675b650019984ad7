"""How much of the revenue comes from the best customers, over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.revenue import concentration
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, share

# The customers of the rule of thumb that a fifth of them bring four fifths of the revenue.
PARETO_PERCENT = 20


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month and top percent."""
    found = concentration(tables)
    last = found[-1]["day"] if found else None
    return [
        {
            **row,
            "top": (name := Text("Beste {}%", "Top {}%").fill(row["top_percent"])),
            "label": name if row["day"] == last else None,
        }
        for row in found
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say what the best fifth brings, or else the largest group that is shown."""
    last = [row for row in found if row["label"]]
    if not last:
        return Text("Omzet van de beste klanten", "Revenue of the best customers")
    told = next((row for row in last if row["top_percent"] == PARETO_PERCENT), last[-1])
    return Text(
        "De beste {}% van de klanten brengt {} van de omzet", "The top {}% of customers bring {} of revenue"
    ).fill(told["top_percent"], share(told["share"]))


PANEL = Panel(
    page="why",
    columns=(
        Column("day", Text("Maand", "Month"), "month"),
        Column("top", Text("Klanten", "Customers")),
        Column("share", Text("Deel van de omzet", "Share of revenue"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke lijn is het deel van de omzet dat van de beste klanten komt. Stijgt een lijn, dan hangt de"
        " omzet van minder mensen af.",
        "Each line is the share of revenue that comes from the best customers. Where a line rises, revenue"
        " depends on fewer people.",
    ),
    definition=Text(
        "Omzet van de twaalf maanden tot en met de maand, van klanten die toen kochten; een totaal onder nul"
        " telt als nul. Alleen maanden waarvan die twaalf maanden er zijn.",
        "Revenue of the twelve months up to and including the month, of customers who bought in them; a total"
        " below zero counts as zero. Only months for which those twelve months exist.",
    ),
    empty=Text(
        "Hiervoor zijn twaalf maanden met aankopen nodig, en genoeg klanten.",
        "This needs twelve months of purchases, and enough customers.",
    ),
    chart=lambda: charts.lines_over_months("day", "share", "top", number_format=".0%"),
)
