"""What new customers of each channel bring in their first year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.acquisition import values
from klant360.dashboard.names import touch_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, money


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per channel, the most valuable first."""
    found = sorted(values(tables), key=lambda row: -row["value_12_months"])
    return [{**row, "channel": touch_name(row["channel"])} for row in found]


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Name the most valuable channel."""
    if not found:
        return Text("Wat een nieuwe klant opbrengt", "What a new customer brings")
    return Text(
        "{}: nieuwe klanten brengen in een jaar het meest op, {}",
        "{}: new customers bring most in a year, {}",
    ).fill(found[0]["channel"], money(found[0]["value_12_months"], tables.currency))


PANEL = Panel(
    page="channels",
    columns=(
        Column("channel", Text("Kanaal", "Channel")),
        Column("new_customers", Text("Nieuwe klanten", "New customers"), "count"),
        Column("value_3_months", Text("Na 3 maanden", "After 3 months"), "money"),
        Column("value_6_months", Text("Na 6 maanden", "After 6 months"), "money"),
        Column("value_12_months", Text("Na 12 maanden", "After 12 months"), "money"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Omzet per nieuwe klant in het eerste jaar, naar het kanaal waardoor de klant kwam. De tabel toont"
        " ook de stand na 3 en 6 maanden.",
        "Revenue per new customer in the first year, by the channel that brought the customer. The table"
        " shows it after 3 and 6 months, too.",
    ),
    definition=Text(
        "Klanten die kwamen in de twaalf maanden waarvan een heel jaar voorbij is, met hun omzet min"
        " creditnota's. Te kleine kanalen staan er niet bij.",
        "Customers who came in the twelve months of which a whole year has passed, with their revenue less"
        " credit notes. Channels that are too small are left out.",
    ),
    empty=Text(
        "Hiervoor moeten nieuwe klanten een jaar gevolgd zijn, en genoeg klanten per kanaal.",
        "This needs new customers who were followed for a year, and enough customers per channel.",
    ),
    chart=lambda: charts.bars("channel", "value_12_months", number_format="$,.0f"),
    is_half=True,
)
