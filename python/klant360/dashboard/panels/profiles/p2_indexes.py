"""How much more or less common each value is in each segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.profiles import profiles
from klant360.dashboard.figures.segments import segment_order
from klant360.dashboard.names import ATTRIBUTES, attribute_value, segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, same

# An index of this is as dark as it gets.
DARKEST = 200


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per value and segment."""
    names = segment_names(tables)
    by_cell = {(row["attribute"], row["value"], row["segment"]): row for row in profiles(tables)}
    shown = {segment for _, _, segment in by_cell}
    hidden = {"segment_share": None, "overall_share": None, "index": None}
    return [
        {
            **(found := by_cell.get((attribute, value, segment), hidden)),
            "segment": names[segment],
            "value": ATTRIBUTES[attribute] + same(": ") + attribute_value(tables, attribute, value),
            "shade": min((found["index"] or 0) / DARKEST, 1),
        }
        for attribute, value in sorted({(attribute, value) for attribute, value, _ in by_cell})
        for segment in segment_order(tables)
        if segment in shown
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the value that sets a segment apart most."""
    known = [row for row in found if row["index"] is not None]
    if not known:
        return Text("Kenmerken per segment", "Attributes by segment")
    top = max(known, key=lambda row: row["index"])
    return Text(
        "Het grootste verschil: {} bij {}, index {}", "The largest difference: {} in {}, index {}"
    ).fill(top["value"].change(str.lower), top["segment"], count(top["index"]))


PANEL = Panel(
    page="profiles",
    columns=(
        Column("value", Text("Kenmerk", "Attribute")),
        Column("segment", Text("Segment", "Segment")),
        Column("segment_share", Text("Deel van het segment", "Share of the segment"), "share"),
        Column("overall_share", Text("Deel van alle klanten", "Share of all customers"), "share"),
        Column("index", Text("Index", "Index"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elk vak is een index: boven 100 komt het kenmerk in het segment vaker voor dan bij alle klanten,"
        " eronder minder vaak. Lege vakken zijn te klein om te tonen.",
        "Each cell is an index: above 100 the attribute is more common in the segment than among all"
        " customers, below it less. Empty cells are too small to show.",
    ),
    definition=Text(
        "Klanten met een aankoop, naar het segment van nu. Onbekende waarden tellen mee in de delen, maar"
        " staan er niet bij.",
        "Customers with a purchase, by the segment of today. Unknown values count in the shares, but are not"
        " shown.",
    ),
    chart=lambda: charts.matrix("segment", "value", "index"),
    least_width=lambda _: 640,
)
