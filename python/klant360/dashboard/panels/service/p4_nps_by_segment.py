"""The net promoter score by segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.segments import PROSPECT, segment_order
from klant360.dashboard.figures.service import nps_by_segment
from klant360.dashboard.names import with_segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.panels.service.p3_nps import EMPTY, MEANING, NEEDS
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per segment, the best segment first."""
    order = {code: place for place, code in enumerate([*segment_order(tables), "(new)"])}
    found = sorted(nps_by_segment(tables), key=lambda row: order[row["segment"]])
    return [
        {**row, "key": "other" if row["key"] == "(new)" else row["key"]}
        for row in with_segment_names(tables, found)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the segment with the lowest score."""
    buyers = [row for row in found if row["key"] != PROSPECT]
    if len(buyers) < 2:
        return Text("NPS per segment", "NPS by segment")
    least = min(buyers, key=lambda row: row["nps"])
    return Text("{} is het minst tevreden: NPS {}", "{} is least satisfied: NPS {}").fill(
        least["segment"], count(least["nps"])
    )


PANEL = Panel(
    page="service",
    columns=(
        Column("segment", Text("Segment", "Segment")),
        Column("answers", Text("Antwoorden", "Answers"), "count"),
        Column("nps", Text("NPS", "NPS"), "count"),
        Column("low", Text("Ondergrens", "Lower limit"), "count"),
        Column("high", Text("Bovengrens", "Upper limit"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "De score van twee jaar, naar het segment waarin iemand zat toen het antwoord kwam. Segmenten met te"
        " weinig antwoorden staan er niet bij.",
        "The score of two years, by the segment that someone was in when the answer came. Segments with too"
        " few answers are left out.",
    ),
    definition=MEANING,
    needs=NEEDS,
    empty=EMPTY,
    chart=lambda: charts.intervals("segment", "low", "nps", "high", number_format="d", colour="key"),
    is_half=True,
)
