"""How long customers wait for a response and for a resolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.service import service_months
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, month

WAITS = {
    "response_hours": Text("Eerste reactie", "First response"),
    "resolution_hours": Text("Oplossing", "Resolution"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month and kind of wait."""
    found = service_months(tables)
    return [
        {
            "day": row["day"],
            "wait": name,
            "hours": row[wait],
            "label": name if row is found[-1] else None,
        }
        for wait, name in WAITS.items()
        for row in found
        if row[wait] is not None
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say how long a resolution took in the last month."""
    resolved = [row for row in found if row["wait"] == WAITS["resolution_hours"]]
    if not resolved:
        return Text("Hoelang klanten wachten", "How long customers wait")
    return Text("{}: opgelost in {} uur", "{}: resolved in {} hours").fill(
        month(resolved[-1]["day"]).change(str.capitalize), count(resolved[-1]["hours"])
    )


PANEL = Panel(
    page="service",
    columns=(
        Column("day", Text("Maand", "Month"), "month"),
        Column("wait", Text("Wachten op", "Waiting for")),
        Column("hours", Text("Uren", "Hours"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Hoeveel uur het duurt voordat een ticket een reactie heeft, en voordat het is opgelost.",
        "How many hours it takes until a ticket has a response, and until it is resolved.",
    ),
    definition=Text(
        "De middelste tijd per kanaal en categorie, gemiddeld naar het aantal tickets. Tickets zonder"
        " reactie of oplossing tellen niet mee.",
        "The median of each channel and category, averaged by their tickets. Tickets without a response or a"
        " resolution are left out.",
    ),
    needs=("service_desk.tickets",),
    chart=lambda: charts.lines_over_months("day", "hours", "wait", number_format=",d"),
    is_half=True,
)
