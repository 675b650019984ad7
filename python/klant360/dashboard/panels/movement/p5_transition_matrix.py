"""The transition matrix of the last month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.movements import NEW, flows
from klant360.dashboard.figures.segments import PROSPECT, segment_order
from klant360.dashboard.names import segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, share


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per pair of segments; hidden where few people moved."""
    month = flows(tables)
    if month is None:
        return []
    names = segment_names(tables)
    order = [code for code in segment_order(tables) if code != PROSPECT]
    return [
        {
            "before": names[before],
            "after": names[after],
            "customers": month.sizes.get((before, after)),
            "rate": _rate(month.sizes.get((before, after)), month.before.get(before)),
            "shade": (_rate(month.sizes.get((before, after)), month.before.get(before)) or 0),
            "is_same": before == after,
        }
        for before in [*order, NEW]
        for after in order
    ]


def _rate(customers: int | None, total: int | None) -> float | None:
    return customers / total if customers is not None and total else None


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Say what share of the customers stayed in their segment, of the segments where that is shown."""
    stayed = [row for row in found if row["is_same"] and row["rate"] is not None]
    if not stayed:
        return Text("Van elk segment naar elk segment", "From each segment to each segment")
    top = max(stayed, key=lambda row: row["rate"])
    return Text(
        "{} verandert het minst: {} bleef in dit segment",
        "{} keeps most of its customers: {} stayed",
    ).fill(top["before"], share(top["rate"]))


PANEL = Panel(
    page="movement",
    columns=(
        Column("before", Text("Van", "From")),
        Column("after", Text("Naar", "To")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("rate", Text("Deel van het oude segment", "Share of the old segment"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Lees van links naar boven: zoveel klanten van dit segment zitten een maand later in dat segment."
        " Lege vakken zijn te klein om te tonen.",
        "Read from left to top: this many customers of this segment are in that segment a month later."
        " Empty cells are too small to show.",
    ),
    definition=Text(
        "Dezelfde maand als de stromen hierboven. Hoe donkerder, hoe groter het deel van het oude segment.",
        "The same month as the flows above. The darker the cell, the greater the share of the old segment.",
    ),
    chart=lambda: charts.matrix("after", "before", "customers"),
    least_width=lambda _: 640,
)
