"""Customers by whether their next purchase is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.forecast import next_purchases
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.panels.forecast.p1_expected_revenue import EMPTY
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count

STATUSES = {
    "overdue": Text("Over tijd", "Overdue"),
    "due": Text("Aan de beurt", "Due"),
    "not_due": Text("Nog niet aan de beurt", "Not due yet"),
    "silent": Text("Waarschijnlijk vertrokken", "Probably gone"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per status."""
    return [{**row, "status": STATUSES[row["status"]]} for row in next_purchases(tables)]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say how many customers are worth a reminder."""
    waiting = [row for row in found if row["status"] in (STATUSES["overdue"], STATUSES["due"])]
    if not waiting:
        return Text("Wie is aan de beurt voor een aankoop?", "Whose next purchase is due?")
    return Text(
        "{} klanten zijn aan de beurt voor een aankoop", "The next purchase of {} customers is due"
    ).fill(count(sum(row["customers"] for row in waiting)))


PANEL = Panel(
    page="forecast",
    columns=(
        Column("status", Text("Volgende aankoop", "Next purchase")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("revenue", Text("Verwachte omzet in een jaar", "Expected revenue in a year"), "money"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Wie aan de beurt of over tijd is, koopt met een herinnering misschien eerder. Wie waarschijnlijk"
        " vertrokken is, win je moeilijk terug.",
        "Those who are due or overdue may buy sooner with a reminder. Those who have probably gone are hard"
        " to win back.",
    ),
    definition=Text(
        "Aan de beurt: de helft van zulke klanten had nu weer gekocht. Over tijd: drie van de vier."
        " Waarschijnlijk vertrokken: de kans dat de klant nog koopt is kleiner dan de helft.",
        "Due: half of such customers had bought again by now. Overdue: three in four had. Probably gone: more"
        " likely gone than not.",
    ),
    empty=EMPTY,
    chart=lambda: charts.bars("status", "customers"),
)
