"""Who threatens to fall to a lower tier in the coming months, and the money at stake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.segments import segment_order
from klant360.dashboard.figures.warnings import falls
from klant360.dashboard.names import with_segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, money, month


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month and segment."""
    order = {code: place for place, code in enumerate(segment_order(tables))}
    return [{**row, "place": order[row["key"]]} for row in with_segment_names(tables, falls(tables))]


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Name the group with most money at stake."""
    if not found:
        return Text("Wie dreigt weg te zakken", "Who threatens to fall")
    top = max(found, key=lambda row: row["value_at_stake"])
    return Text(
        "{} klanten uit {} dreigen in {} te zakken: {} op het spel",
        "{} customers in {} may fall in {}: {} at stake",
    ).fill(
        count(top["customers"]),
        top["segment"],
        month(top["day"]),
        money(top["value_at_stake"], tables.currency),
    )


PANEL = Panel(
    page="movement",
    columns=(
        Column("day", Text("Zakt in", "Falls in"), "month"),
        Column("segment", Text("Segment nu", "Segment now")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("value_at_stake", Text("Op het spel", "At stake"), "money"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke kolom is een komende maand, elk vlak de omzet van klanten die dan een trede zakken als ze niets"
        " meer kopen. Hier valt nog iets te redden.",
        "Each column is a coming month, each part the revenue of customers who then fall a tier if they buy"
        " nothing more. These can still be won back.",
    ),
    definition=Text(
        "Elke klant staat bij de eerste maand waarin de trede lager is dan nu, met de grenzen van nu. Op het"
        " spel staat de omzet die nu meetelt voor de waardescore. Te kleine groepen staan er niet bij.",
        "Each customer is at the first month in which the tier is lower than now, by today's limits. At"
        " stake is the revenue that counts for the monetary score now. Groups that are too small are left"
        " out.",
    ),
    empty=Text(
        "Niemand dreigt te zakken, of de groepen zijn te klein om te tonen. Ook kent niet elke scoremethode"
        " grenzen om vooruit te rekenen.",
        "Nobody is about to fall, or the groups are too small to show. Nor does every way of scoring have"
        " limits to look ahead with.",
    ),
    chart=lambda: charts.stacked_columns(
        "day", "value_at_stake", "segment", "key", "place", is_labelled=False
    ),
    legend="segment",
)
