"""The segments, each with its description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.names import segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per segment, best first."""
    names = segment_names(tables)
    found = tables.rows(
        "select segment_code, description_nl, description_en from segments order by tier desc, segment_code"
    )
    return [
        {
            "segment": names[row["segment_code"]],
            "description": Text(row["description_nl"], row["description_en"]),
            "key": row["segment_code"],
        }
        for row in found
    ]


def title(_: Tables, __: Sequence[Row]) -> Text:
    """Say what the list is."""
    return Text("Wie zit waar?", "Who is where?")


PANEL = Panel(
    page="segments",
    form="table",
    needs=(),
    columns=(
        Column("segment", Text("Segment", "Segment")),
        Column("description", Text("Wie dat zijn", "Who they are")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Een lijst van klanten staat hier niet. Die komt uit het warehouse, en alleen voor wie hem mag"
        " zien: vraag het team dat de data beheert om het segment dat je wilt benaderen.",
        "There is no list of customers here. It comes from the warehouse, and only to those who may see it:"
        " ask the team that looks after the data for the segment that you want to approach.",
    ),
    definition=Text(
        "De regels die scores aan segmenten koppelen, staan in een tabel die het bedrijf zelf kan aanpassen.",
        "The rules that turn scores into segments are a table that the company itself can change.",
    ),
)
