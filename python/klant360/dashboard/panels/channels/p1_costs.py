"""What a new customer of each channel costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.acquisition import costs
from klant360.dashboard.names import touch_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, money


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per channel, the dearest first; those without spend are only in the table."""
    found = sorted(costs(tables), key=lambda row: -(row["cost"] or 0))
    return [
        {**row, "channel": touch_name(row["channel"]), "is_drawn": row["cost"] is not None} for row in found
    ]


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Name the dearest channel."""
    paid = [row for row in found if row["is_drawn"]]
    if not paid:
        return Text("Wat een nieuwe klant kost", "What a new customer costs")
    return Text("{}: de duurste nieuwe klanten, {} per klant", "{}: the dearest new customers, {} each").fill(
        paid[0]["channel"], money(paid[0]["cost"], tables.currency, 2)
    )


PANEL = Panel(
    page="channels",
    columns=(
        Column("channel", Text("Kanaal", "Channel")),
        Column("spend", Text("Uitgaven", "Spend"), "money"),
        Column("new_customers", Text("Nieuwe klanten", "New customers"), "count"),
        Column("cost", Text("Kosten per klant", "Cost per customer"), "money"),
        Column("payback_months", Text("Terugverdiend in maanden", "Paid back in months"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Wat een nieuwe klant van elk kanaal kost. In de tabel staat ook na hoeveel maanden dat is"
        " terugverdiend; een streepje betekent dat het er nog niet uit is, of dat er niets is uitgegeven.",
        "What a new customer of each channel costs. The table adds after how many months that is paid back; a"
        " dash means that it is not yet, or that nothing was spent.",
    ),
    definition=Text(
        "De laatste twaalf hele maanden. Uitgaven aan campagnes voor bestaande klanten tellen niet mee."
        " Terugverdiend: de middelste maand, met de ingestelde marge. Te kleine kanalen staan er niet bij.",
        "The last twelve complete months. Spend on campaigns for existing customers is left out. Paid back:"
        " the median month, at the margin that is set. Channels that are too small are left out.",
    ),
    chart=lambda: charts.bars("channel", "cost", number_format="$,.2f"),
    is_half=True,
)
