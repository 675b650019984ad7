"""Rows read, accepted, rejected and erased per source table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.names import table_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, share

PARTS = {
    "accepted": (Text("Geaccepteerd", "Accepted"), "promising"),
    "rejected": (Text("Afgewezen", "Rejected"), "cant_lose"),
    "erased": (Text("Gewist op verzoek", "Erased on request"), "lost"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per delivered source table and part."""
    found = tables.rows("from source_reconciliation where rows_read > 0 order by source_table")
    return [
        {
            "source": table_name(row["source_table"]),
            "part": name,
            "rows": row[f"rows_{part}"],
            "read": row["rows_read"],
            "key": colour,
            "place": place,
        }
        for row in found
        for place, (part, (name, colour)) in enumerate(PARTS.items())
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say what share was accepted."""
    accepted = sum(row["rows"] for row in found if row["place"] == 0)
    read = sum(row["rows"] for row in found)
    if not read:
        return Text("Er is nog niets gelezen", "Nothing has been read yet")
    return Text("{} van de {} regels is bruikbaar", "{} of the {} rows can be used").fill(
        share(accepted / read, 1), count(read)
    )


PANEL = Panel(
    page="data",
    needs=(),
    columns=(
        Column("source", Text("Bron", "Source")),
        Column("part", Text("Uitkomst", "Outcome")),
        Column("rows", Text("Regels", "Rows"), "count"),
        Column("read", Text("Gelezen", "Read"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke balk is een bron. Het groene deel is geaccepteerd, het rode afgewezen.",
        "Each bar is a source. The green part is accepted, the red part rejected.",
    ),
    definition=Text(
        "Gelezen = geaccepteerd + afgewezen + gewist. Een afgewezen regel is bewaard met de reden.",
        "Read = accepted + rejected + erased. A rejected row is kept with its reason.",
    ),
    chart=lambda: charts.parts("source", "rows", "part", "key", "place"),
    legend="part",
)
