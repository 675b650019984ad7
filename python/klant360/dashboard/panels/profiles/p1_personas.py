"""Each segment in a few lines: what is more common in it than among all customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.figures.profiles import profiles
from klant360.dashboard.figures.segments import segment_order
from klant360.dashboard.names import ATTRIBUTES, attribute_value, segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, share

# Of an index below this, a value hardly sets a segment apart.
LEAST_INDEX = 120
MOST_LINES = 6


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per segment with its lines, the best segment first."""
    names = segment_names(tables)
    found = []
    for code in segment_order(tables):
        own = [row for row in profiles(tables) if row["segment"] == code and row["index"] >= LEAST_INDEX]
        own.sort(key=lambda row: (-row["index"], row["attribute"], row["value"]))
        if own:
            found.append(
                {
                    "key": code,
                    "heading": names[code],
                    "items": [_line(tables, row) for row in own[:MOST_LINES]],
                }
            )
    return found


def _line(tables: Tables, row: Row) -> Text:
    return Text("{}: {} ({}, index {})", "{}: {} ({}, index {})").fill(
        ATTRIBUTES[row["attribute"]],
        attribute_value(tables, row["attribute"], row["value"]),
        share(row["segment_share"]),
        count(row["index"]),
    )


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say what sets the best shown segment apart."""
    if not found:
        return Text("Wat elk segment typeert", "What is typical of each segment")
    return Text("Typisch voor {}: {}", "Typical of {}: {}").fill(
        found[0]["heading"], found[0]["items"][0].change(lambda text: text.split(" (")[0].lower())
    )


PANEL = Panel(
    page="profiles",
    form="lists",
    columns=(Column("heading", Text("Segment", "Segment")),),
    rows=rows,
    title=title,
    reading=Text(
        "Per segment wat er vaker voorkomt dan bij alle klanten. Dit beschrijft een groep, geen mens: de"
        " meesten in een segment hebben niet alle kenmerken.",
        "For each segment what is more common than among all customers. This describes a group, not a"
        " person: most people in a segment do not have all of it.",
    ),
    definition=Text(
        "Kenmerken met een index van 120 of meer en genoeg mensen. De index is 100 maal het deel van het"
        " segment gedeeld door het deel van alle klanten; het percentage is het deel van het segment.",
        "Attributes with an index of 120 or more and enough people. The index is 100 times the share of the"
        " segment over the share of all customers; the percentage is the share of the segment.",
    ),
)
