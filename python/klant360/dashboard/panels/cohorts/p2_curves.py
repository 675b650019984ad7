"""Retention curves per cohort, and of all cohorts together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.cohorts import triangle
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.panels.cohorts.p1_triangle import cohort_name
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, share

TOGETHER = Text("Alle groepen samen", "All cohorts together")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per cohort and age, from the first period after the first purchase."""
    found = triangle(tables)
    if found is None:
        return []
    shown = [
        cell for cell in found.cells if cell["age"] and cell["is_complete"] and cell["active"] is not None
    ]
    single = [
        {
            "cohort": cohort_name(cell["cohort"], found.grain),
            "series": cell["cohort"].isoformat(),
            "age": cell["age"],
            "rate": cell["rate"],
            "is_average": False,
        }
        for cell in shown
    ]
    together = []
    for age in sorted({cell["age"] for cell in shown}):
        cells = [cell for cell in shown if cell["age"] == age]
        rate = sum(cell["active"] for cell in cells) / sum(cell["size"] for cell in cells)
        together.append({"cohort": TOGETHER, "series": "all", "age": age, "rate": rate, "is_average": True})
    if together:
        together[-1]["label"] = TOGETHER
    return together + single


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Compare the first and the last period of all cohorts together."""
    together = [row for row in found if row["is_average"]]
    if len(together) < 2:
        return Text("Terugkeer door de tijd", "Retention over time")
    first, last = together[0], together[-1]
    return Text(
        "Van {} in de eerste periode naar {} in periode {}", "From {} in the first period to {} in period {}"
    ).fill(share(first["rate"]), share(last["rate"]), last["age"])


PANEL = Panel(
    page="cohorts",
    is_half=True,
    columns=(
        Column("cohort", Text("Eerste aankoop", "First purchase")),
        Column("age", Text("Perioden later", "Periods later"), "count"),
        Column("rate", Text("Deel dat weer kocht", "Share that bought again"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "De dikke lijn is van alle groepen samen, elke dunne van één groep. Blijft een lijn hoog, dan komen"
        " klanten terug.",
        "The strong line is of all cohorts together, each thin one of one cohort. Where a line stays high,"
        " customers return.",
    ),
    definition=Text(
        "Alleen perioden die voorbij zijn en getoond mogen worden. Samen telt een grote groep zwaarder.",
        "Only periods that are over and may be shown. Together, a large cohort weighs more.",
    ),
    chart=lambda: charts.lines("age", "rate", "series", number_format=".0%", x_title="@age"),
)
