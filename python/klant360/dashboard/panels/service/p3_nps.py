"""The net promoter score over time, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.service import nps_over_time
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.panels.cohorts.p1_triangle import cohort_name
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count

NEEDS = ("service_desk.survey_responses",)
EMPTY = Text(
    "Er zijn te weinig antwoorden om een score te tonen.", "There are too few answers to show a score."
)
MEANING = Text(
    "NPS is het percentage dat een 9 of 10 geeft min het percentage dat een 0 tot 6 geeft. De lijn is het"
    " 95%-interval: met weinig antwoorden is die lang, en zegt de score weinig.",
    "NPS is the percentage that answers 9 or 10 less the percentage that answers 0 to 6. The line is the 95%"
    " interval: with few answers it is long, and the score says little.",
)


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per period."""
    return [
        {**row, "period": cohort_name(row["end"].replace(day=1), row["grain"])}
        for row in nps_over_time(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say the latest score and its limits."""
    if not found:
        return Text("Wat klanten ervan vinden", "What customers think")
    last = found[-1]
    return Text("NPS in {}: {}, tussen {} en {}", "NPS in {}: {}, between {} and {}").fill(
        last["period"], count(last["nps"]), count(last["low"]), count(last["high"])
    )


PANEL = Panel(
    page="service",
    columns=(
        Column("period", Text("Periode", "Period")),
        Column("answers", Text("Antwoorden", "Answers"), "count"),
        Column("nps", Text("NPS", "NPS"), "count"),
        Column("low", Text("Ondergrens", "Lower limit"), "count"),
        Column("high", Text("Bovengrens", "Upper limit"), "count"),
        Column("response_rate", Text("Deel dat antwoordde", "Response rate"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke punt is de score van een periode, de lijn het interval eromheen. Overlappen twee lijnen, dan"
        " is er misschien niets veranderd.",
        "Each point is the score of a period, the line its interval. Where two lines overlap, nothing may"
        " have changed.",
    ),
    definition=MEANING,
    needs=NEEDS,
    empty=EMPTY,
    chart=lambda: charts.intervals("period", "low", "nps", "high", number_format="d"),
    is_half=True,
)
