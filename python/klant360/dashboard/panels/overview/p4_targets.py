"""Targets of the last months, and whether they are met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.figures.targets import targets
from klant360.dashboard.panel import Column, Panel, Row, rounding_note
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text

STATUSES = {
    "on_track": Text("✓ op koers", "✓ on track"),
    "off_track": Text("✗ niet op koers", "✗ off track"),
    "too_early": Text("… te vroeg om te zeggen", "… too early to say"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per target."""
    return [{**row, "status": STATUSES.get(row["status"])} for row in targets(tables)]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Count the targets that are met, of those that can be judged."""
    statuses = [row["status"] for row in found]
    met, judged = statuses.count(STATUSES["on_track"]), len(statuses) - statuses.count(None)
    judged -= statuses.count(STATUSES["too_early"])
    if not judged:
        return Text("Doelen", "Targets")
    if met == judged:
        return Text("Alle doelen liggen op koers", "All targets are on track")
    return Text("{} van de {} doelen op koers", "{} of {} targets on track").fill(met, judged)


PANEL = Panel(
    page="overview",
    form="table",
    columns=(
        Column("metric", Text("Cijfer", "Figure")),
        Column("status", Text("Stand", "Status")),
        Column("actual", Text("Gehaald", "Actual")),
        Column("target", Text("Doel", "Target")),
        Column("month", Text("Maand", "Month"), "month"),
    ),
    rows=rows,
    title=title,
    note=lambda tables: rounding_note(tables) if targets(tables) else None,
    reading=Text(
        "De laatste maand staat bovenaan. Een lopende maand is vergeleken met het deel van het doel voor de"
        " dagen tot nu toe.",
        "The latest month comes first. A running month is compared with the part of its target for the days"
        " so far.",
    ),
    definition=Text(
        "Doelen staan in het bestand targets van het project. Een lopende maand krijgt een oordeel als de"
        " helft voorbij is. Bedragen zijn afgerond op drie cijfers. Een streepje betekent: geen gegevens, of"
        " te weinig mensen om te tonen.",
        "Targets are in the project's file targets. A running month is judged when half of it has passed."
        " Amounts have three digits. A dash means that there are no data, or too few people to show.",
    ),
    empty=Text(
        "Er zijn nog geen doelen voor deze maanden. Vraag wie de gegevens beheert om ze op te geven.",
        "There are no targets for these months yet. Ask whoever looks after the data to add them.",
    ),
)
