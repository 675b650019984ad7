"""Customers per segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.segments import PROSPECT, segments_now
from klant360.dashboard.names import with_segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, share


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per scope and segment."""
    return with_segment_names(tables, segments_now(tables))


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the largest segment of buyers."""
    buyers = [row for row in found if row["key"] != PROSPECT]
    named = [row for row in buyers if row["key"] != "other"]
    if not named:
        return Text("Klanten per segment", "Customers per segment")
    top = max(named, key=lambda row: row["customers"])
    part = top["customers"] / sum(row["customers"] for row in buyers)
    return Text(
        "Grootste segment: {}, met {} klanten ({} van de kopers)",
        "Largest segment: {}, with {} customers ({} of buyers)",
    ).fill(top["segment"], count(top["customers"]), share(part))


PANEL = Panel(
    page="segments",
    by_country=True,
    is_half=True,
    columns=(
        Column("segment", Text("Segment", "Segment")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("revenue_share", Text("Deel van de omzet", "Share of revenue"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke klant zit in één segment. Het beste segment staat bovenaan.",
        "Each customer is in one segment. The best segment is on top.",
    ),
    definition=Text(
        "Het segment volgt uit drie scores van 1 tot 5: hoe kort geleden iemand kocht, hoe vaak, en voor"
        " hoeveel. Prospects zijn bekend, maar kochten nooit.",
        "The segment follows from three scores from 1 to 5: how recently someone bought, how often, and for"
        " how much. Prospects are known but have never bought.",
    ),
    chart=lambda: charts.bars("segment", "customers", colour="key"),
)
