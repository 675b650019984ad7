"""Tickets by month, and against purchases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.service import service_months
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, month

NEEDS = ("service_desk.tickets",)


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month."""
    return [{**row, "series": "tickets", "key": "loyal", "place": 0} for row in service_months(tables)]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say how many tickets the last month had per hundred purchases."""
    known = [row for row in found if row["per_100_purchases"] is not None]
    if not known:
        return Text("Tickets per maand", "Tickets by month")
    return Text("{}: {} tickets op elke 100 aankopen", "{}: {} tickets for every 100 purchases").fill(
        month(known[-1]["day"]).change(str.capitalize), count(known[-1]["per_100_purchases"])
    )


PANEL = Panel(
    page="service",
    columns=(
        Column("day", Text("Maand", "Month"), "month"),
        Column("tickets", Text("Tickets", "Tickets"), "count"),
        Column("per_100_purchases", Text("Per 100 aankopen", "Per 100 purchases"), "count"),
        Column("repeat_contacts", Text("Herhaalcontact", "Repeat contacts"), "count"),
        Column("backlog", Text("Nog open", "Backlog"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke kolom is het aantal tickets van een maand. De tabel zet ernaast hoeveel het er per 100 aankopen"
        " zijn, hoeveel er binnen een week op een ander volgden en hoeveel er openstonden.",
        "Each column is the number of tickets of a month. The table adds how many that is per 100 purchases,"
        " how many followed another within a week, and how many were open.",
    ),
    definition=Text(
        "Tickets naar de maand waarin ze gemaakt zijn. Nog open: gemaakt en niet opgelost aan het eind van de"
        " maand.",
        "Tickets by the month in which they were created. Backlog: created and not resolved at the end of the"
        " month.",
    ),
    needs=NEEDS,
    chart=lambda: charts.stacked_columns("day", "tickets", "series", "key", "place", is_labelled=False),
)
