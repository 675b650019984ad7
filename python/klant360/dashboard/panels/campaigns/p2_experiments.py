"""What each variant of an experiment brought against the control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.comparisons import experiments
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.panels.campaigns.p1_campaigns import BETTER, UPLIFT_COLUMNS, WORSE, verdict
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, same

BROKEN = Text("De verdeling klopt niet: geen uitslag", "The split is broken: no result")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per compared variant."""
    found = experiments(tables)
    variants = Counter(row["name"] for row in found)
    return [
        {
            **row,
            "name": same(
                row["name"].replace("_", " ") + (f": {row['variant']}" if variants[row["name"]] > 1 else "")
            ),
            "verdict": BROKEN if row["is_broken"] else verdict(row),
            "is_drawn": row["uplift"] is not None,
        }
        for row in found
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name a variant that is better or worse, or a broken split."""
    for wanted, words in (
        (BETTER, Text("{} is beter dan de controle", "{} is better than the control")),
        (WORSE, Text("{} is slechter dan de controle", "{} is worse than the control")),
        (BROKEN, Text("{}: de verdeling klopt niet", "{}: the split is broken")),
    ):
        for row in found:
            if row["verdict"] == wanted:
                return words.fill(row["name"].change(str.capitalize))
    return Text("Wat experimenten opleverden", "What experiments brought")


def note(tables: Tables) -> Text | None:
    """Name the experiments whose split is broken."""
    broken = list(
        dict.fromkeys(row["name"].replace("_", " ") for row in experiments(tables) if row["is_broken"])
    )
    if not broken:
        return None
    return Text(
        "{}: de bezoekers zijn niet verdeeld zoals bedoeld, dus er is geen uitslag.",
        "{}: visitors were not divided as meant, so there is no result.",
    ).fill(", ".join(broken).capitalize())


PANEL = Panel(
    page="campaigns",
    columns=(
        Column("name", Text("Experiment", "Experiment")),
        Column("rate", Text("Conversie", "Conversion"), "share"),
        Column("control_rate", Text("Controle", "Control"), "share"),
        *UPLIFT_COLUMNS,
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Hoeveel meer bezoekers van de variant iets kochten dan van de controle. Raakt de lijn nul, dan is"
        " er geen verschil aangetoond.",
        "How many more visitors of the variant bought something than of the control. Where the line touches"
        " zero, no difference was shown.",
    ),
    definition=Text(
        "Bezoekers die meer dan een variant zagen, tellen niet mee. Zijn de groepen veel ongelijker dan"
        " bedoeld, dan ging er iets mis met de verdeling en wordt de uitslag niet getoond. De lijn is het"
        " 95%-interval (Newcombe).",
        "Visitors who saw more than one variant are left out. Where the groups are far more unequal than"
        " meant, the split went wrong and the result is not shown. The line is the 95% interval (Newcombe).",
    ),
    note=note,
    needs=("webshop.sessions",),
    empty=Text("Er is geen afgerond experiment.", "There is no finished experiment."),
    chart=lambda: charts.intervals("name", "low", "uplift", "high", number_format="+.0%"),
)
