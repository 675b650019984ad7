"""Whether those who would buy with some probability did so as often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.grades import calibration
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count

EMPTY = Text(
    "Er is nog niet genoeg geschiedenis om voorspellingen te toetsen.",
    "There is not enough history yet to judge predictions.",
)


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per tenth of the customers."""
    return calibration(tables)


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say the largest difference."""
    if not found:
        return Text("Kloppen de kansen?", "Are the probabilities right?")
    gap = max(abs(row["predicted"] - row["actual"]) for row in found)
    return Text(
        "Kansen zaten er hooguit {} procentpunt naast",
        "Probabilities were off by no more than {} percentage points",
    ).fill(count(100 * gap))


PANEL = Panel(
    page="forecast",
    columns=(
        Column("decile", Text("Tiende deel", "Tenth"), "count"),
        Column("predicted", Text("Voorspelde kans", "Predicted probability"), "share"),
        Column("actual", Text("Deel dat kocht", "Share that bought"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke punt is een tiende van de klanten. Op de streeplijn kocht precies het voorspelde deel; erboven"
        " kochten er meer.",
        "Each point is a tenth of the customers. On the dashed line exactly the predicted share bought; above"
        " it more did.",
    ),
    definition=Text(
        "De kans op een aankoop binnen 90 dagen, zoals die een paar maanden geleden was voorspeld, naast wie"
        " er in die 90 dagen kocht. Tienden met te weinig kopers staan er niet bij.",
        "The probability of a purchase within 90 days, as predicted some months ago, beside who bought in"
        " those 90 days. Tenths with too few buyers are left out.",
    ),
    empty=EMPTY,
    chart=lambda: charts.against("predicted", "actual", number_format=".0%"),
)
