"""Cumulative revenue per customer of each cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.cohorts import triangle
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.panels.cohorts.p1_triangle import cohort_name
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, money


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per cohort and age."""
    found = triangle(tables)
    if found is None:
        return []
    shown = [cell for cell in found.cells if cell["is_complete"] and cell["revenue_per_customer"] is not None]
    first = min((cell["cohort"] for cell in shown), default=None)
    rows: list[dict[str, Any]] = [
        {
            "cohort": cohort_name(cell["cohort"], found.grain),
            "series": cell["cohort"].isoformat(),
            "age": cell["age"],
            "revenue_per_customer": cell["revenue_per_customer"],
            "is_average": cell["cohort"] == first,
        }
        for cell in shown
    ]
    for row in [row for row in rows if row["is_average"]][-1:]:
        row["label"] = row["cohort"]
    return rows


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Compare what the oldest cohort brought at once and until now."""
    oldest = [row for row in found if row["is_average"]]
    if len(oldest) < 2:
        return Text("Omzet per klant door de tijd", "Revenue per customer over time")
    first, last = oldest[0], oldest[-1]
    return Text(
        "Een klant van de oudste groep bracht eerst {} op, nu {}",
        "A customer of the oldest cohort brought {} at first, {} by now",
    ).fill(
        money(first["revenue_per_customer"], tables.currency),
        money(last["revenue_per_customer"], tables.currency),
    )


PANEL = Panel(
    page="cohorts",
    is_half=True,
    columns=(
        Column("cohort", Text("Eerste aankoop", "First purchase")),
        Column("age", Text("Perioden later", "Periods later"), "count"),
        Column(
            "revenue_per_customer", Text("Omzet per klant tot dan", "Revenue per customer so far"), "money"
        ),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "De dikke lijn is de oudste groep, elke dunne een latere. Loopt een lijn steiler, dan levert die"
        " groep sneller op.",
        "The strong line is the oldest cohort, each thin one a later one. A steeper line earns faster.",
    ),
    definition=Text(
        "Alle netto-omzet van de groep tot en met de periode, gedeeld door alle klanten van de groep.",
        "All net revenue of the cohort up to the period, divided by all customers of the cohort.",
    ),
    chart=lambda: charts.lines(
        "age", "revenue_per_customer", "series", number_format="$,.0f", x_title="@age"
    ),
)
