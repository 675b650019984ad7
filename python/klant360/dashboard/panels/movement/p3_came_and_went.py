"""Who came and went: new, up, down, lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.movements import came_and_went
from klant360.dashboard.names import yes_or_no
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, month

KINDS = {
    "new": (Text("Nieuw", "New"), "new", 1),
    "up": (Text("Omhoog", "Up"), "promising", 1),
    "down": (Text("Omlaag", "Down"), "at_risk", -1),
    "lost": (Text("Vertrokken", "Lost"), "cant_lose", -1),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month and kind."""
    return [
        {
            **row,
            "key": KINDS[row["kind"]][1],
            "kind": KINDS[row["kind"]][0],
            "signed": KINDS[row["kind"]][2] * row["customers"],
            "comparable": yes_or_no(row["is_complete"] and row["is_window_full"]),
            "is_marked": not (row["is_complete"] and row["is_window_full"]),
        }
        for row in came_and_went(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Compare who rose and who fell in the last complete month."""
    complete = [row for row in found if row["is_complete"]]
    if not complete:
        return Text("Wie kwam en wie ging", "Who came and went")
    last = complete[-1]["day"]
    sizes = {row["key"]: row["customers"] for row in complete if row["day"] == last}
    if "promising" not in sizes or "at_risk" not in sizes:
        return Text("Wie kwam en wie ging", "Who came and went")
    return Text("{}: ongeveer {} klanten omhoog, {} omlaag", "{}: about {} customers up, {} down").fill(
        month(last).change(str.capitalize),
        count(sizes["promising"]),
        count(sizes["at_risk"]),
    )


PANEL = Panel(
    page="movement",
    columns=(
        Column("day", Text("Maand", "Month"), "month"),
        Column("kind", Text("Beweging", "Movement")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("comparable", Text("Te vergelijken", "Comparable")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Boven de streep wie erbij kwam of steeg, eronder wie daalde of vertrok. Bleke maanden zijn niet"
        " heel, of niet te vergelijken.",
        "Above the line those who came or rose, below it those who fell or left. Pale months are"
        " incomplete, or cannot be compared.",
    ),
    note=lambda tables: Text(
        "Omhoog, omlaag en vertrokken zijn afgerond op veelvouden van {}.",
        "Up, down and lost are rounded to multiples of {}.",
    ).fill(2 * tables.least),
    definition=Text(
        "Omhoog en omlaag volgen de rangorde van de segmenten. Vertrokken kwam in de maand in dat segment"
        " terecht.",
        "Up and down follow the order of the segments. Lost customers entered that segment in the month.",
    ),
    chart=lambda: charts.columns("day", "signed", "key"),
    legend="kind",
)
