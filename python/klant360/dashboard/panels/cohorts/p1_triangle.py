"""The cohort triangle: who came back, by time of the first purchase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.cohorts import GRAINS, triangle
from klant360.dashboard.names import yes_or_no
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, month, share

PERIODS = {
    "month": Text("maand", "month"),
    "quarter": Text("kwartaal", "quarter"),
    "year": Text("jaar", "year"),
}
# A rate of this or more is as dark as it gets, so that differences among the usual ones show.
DARKEST = 0.5


def cohort_name(cohort: date, grain: str) -> Text:
    """Return what a cohort is called, such as 2024 or Q1 2024."""
    if grain == "year":
        return Text(str(cohort.year), str(cohort.year))
    if grain == "quarter":
        quarter = (cohort.month + 2) // 3
        return Text(f"{quarter}e kwartaal {cohort.year}", f"Q{quarter} {cohort.year}")
    return month(cohort)


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per observed cell."""
    found = triangle(tables)
    if found is None:
        return []
    return [
        {
            **{name: value for name, value in cell.items() if name != "revenue_per_customer"},
            "since": cell["cohort"],
            "cohort": cohort_name(cell["cohort"], found.grain),
            "complete": yes_or_no(cell["is_complete"]),
            "shade": min((cell["rate"] or 0) / DARKEST, 1),
        }
        for cell in found.cells
    ]


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Say what share comes back in the first period after that of the first purchase."""
    first = [row for row in found if row["age"] == 1 and row["is_complete"] and row["active"] is not None]
    cohorts = triangle(tables)
    if not first or cohorts is None:
        return Text("Wie komt terug?", "Who comes back?")
    rate = sum(row["active"] for row in first) / sum(row["size"] for row in first)
    period = PERIODS[cohorts.grain]
    return Text(
        "Van de nieuwe klanten koopt {} een {} later weer", "{} of the new customers buy again a {} later"
    ).fill(share(rate), period)


def note(tables: Tables) -> Text | None:
    """Say which grain was chosen, and why."""
    found = triangle(tables)
    if found is None:
        return None
    hidden = sum(cell["active"] is None for cell in found.cells)
    sentence = Text(f"Per {PERIODS[found.grain].nl}.", f"By {PERIODS[found.grain].en}.")
    if found.grain != next(iter(GRAINS)):
        sentence += Text(
            " Fijner zouden te veel vakken te weinig mensen tellen, of zou niets te lezen zijn.",
            " At a finer grain, too many cells would hold too few people, or none could be read.",
        )
    if hidden:
        sentence += Text(
            f" {hidden} van {len(found.cells)} vakken zijn verborgen.",
            f" {hidden} of {len(found.cells)} cells are hidden.",
        )
    return sentence


PANEL = Panel(
    page="cohorts",
    columns=(
        Column("cohort", Text("Eerste aankoop", "First purchase")),
        Column("age", Text("Perioden later", "Periods later"), "count"),
        Column("size", Text("Klanten in de groep", "Customers in the cohort"), "count"),
        Column("active", Text("Kochten weer", "Bought again"), "count"),
        Column("rate", Text("Deel", "Share"), "share"),
        Column("low", Text("Minstens (95%)", "At least (95%)"), "share"),
        Column("high", Text("Hoogstens (95%)", "At most (95%)"), "share"),
        Column("complete", Text("Periode voorbij", "Period over")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Een rij is een groep klanten met hun eerste aankoop in dezelfde periode; naar rechts gaat de tijd."
        " Het getal is het deel dat dan iets kocht. Leeg is nog niet gebeurd of te klein om te tonen,"
        " gestreept is nog niet voorbij.",
        "A row is a cohort of customers with their first purchase in the same period; time goes to the"
        " right. The number is the share that bought something then. Empty has not happened yet or is too"
        " small to show, hatched is not over.",
    ),
    definition=Text(
        "Het deel van de groep met minstens één aankoop in die periode. De periode van de eerste aankoop"
        " zelf is 100%. In de eerste groep zitten ook klanten die al kochten voordat de gegevens beginnen.",
        "The share of the cohort with at least one purchase in that period. The period of the first"
        " purchase itself is 100%. The first cohort also has customers who bought before the data begin.",
    ),
    note=note,
    chart=lambda: charts.triangle("age", "cohort", "rate", number_format=".0%", x_title="@age"),
    least_width=lambda found: 150 + 38 * (1 + max(row["age"] for row in found)),
)
