"""Share of revenue per segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.segments import PROSPECT, segments_now
from klant360.dashboard.names import with_segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, share


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per scope and segment with purchases."""
    shown = [
        row for row in segments_now(tables) if row["segment"] != PROSPECT and row["revenue_share"] is not None
    ]
    return with_segment_names(tables, shown)


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the segment with most revenue."""
    named = [row for row in found if row["key"] != "other"]
    if not named:
        return Text("Omzet per segment", "Revenue per segment")
    top = max(named, key=lambda row: row["revenue"])
    return Text("{} is goed voor {} van de omzet", "{} accounts for {} of revenue").fill(
        top["segment"], share(top["revenue_share"])
    )


PANEL = Panel(
    page="overview",
    by_country=True,
    columns=(
        Column("segment", Text("Segment", "Segment")),
        Column("revenue_share", Text("Deel van de omzet", "Share of revenue"), "share"),
        Column("revenue", Text("Omzet", "Revenue"), "money"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Hoe langer de balk, hoe meer van alle omzet van dit segment komt. Het beste segment staat bovenaan.",
        "The longer the bar, the more of all revenue comes from this segment. The best segment is on top.",
    ),
    definition=Text(
        "Alle netto-omzet van de klanten die nu in het segment zitten, gedeeld door die van alle klanten.",
        "All net revenue of the customers who are in the segment now, divided by that of all customers.",
    ),
    chart=lambda: charts.bars("segment", "revenue_share", number_format=".1%", colour="key"),
)
