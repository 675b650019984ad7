"""Engagement against segments: who buys but fades, and who looks but does not buy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.engagement import NO_ACT, bands_by_segment
from klant360.dashboard.names import band_names, segment_names
from klant360.dashboard.panel import Column, Panel, Row, rounding_note
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count

FADING = "fading"
NOTHING = Text("Deed niets", "Did nothing")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per segment and band; hidden where few people are."""
    segments, bands = segment_names(tables), {**band_names(tables), NO_ACT: NOTHING}
    found = bands_by_segment(tables)
    totals: dict[str, int] = {}
    for row in found:
        totals[row["segment"]] = totals.get(row["segment"], 0) + (row["customers"] or 0)
    return [
        {
            "segment": segments[row["segment"]],
            "band": bands[row["band"]],
            "customers": row["customers"],
            "shade": (row["customers"] or 0) / max(totals[row["segment"]], 1),
            "is_fading": row["band"] == FADING,
        }
        for row in found
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the best segment in which people fade."""
    fading = [row for row in found if row["is_fading"] and row["customers"] is not None]
    if not fading:
        return Text("Betrokkenheid per segment", "Engagement by segment")
    return Text(
        "In {} haken ongeveer {} klanten af, al kopen ze nog",
        "About {1} customers in {0} are fading although they still buy",
    ).fill(fading[0]["segment"], count(fading[0]["customers"]))


PANEL = Panel(
    page="engagement",
    columns=(
        Column("segment", Text("Segment", "Segment")),
        Column("band", Text("Betrokkenheid", "Engagement")),
        Column("customers", Text("Klanten", "Customers"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Links het segment, naar wat iemand koopt; boven de betrokkenheid, naar wat iemand verder doet. Wie"
        " goed koopt en afhaakt, is het eerst een bericht waard. Lege vakken zijn te klein om te tonen.",
        "On the left the segment, by what people buy; on top the engagement, by what else they do. Good"
        " buyers who fade deserve a message first. Empty cells are too small to show.",
    ),
    note=rounding_note,
    definition=Text(
        "Alle klanten van nu. Hoe donkerder, hoe groter het deel van het segment.",
        "All customers of today. The darker the cell, the greater the share of the segment.",
    ),
    chart=lambda: charts.matrix("band", "segment", "customers"),
)
