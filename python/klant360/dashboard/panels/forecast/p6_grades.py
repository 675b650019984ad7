"""How good each prediction is, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.figures.grades import grades
from klant360.dashboard.names import GRADES, METRICS, MODELS, RULES
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.panels.forecast.p5_calibration import EMPTY
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per model and metric."""
    return [
        {
            "model": MODELS[row["model"]],
            "metric": METRICS[row["metric"]],
            "grade": row["grade"],
            "verdict": GRADES[row["grade"]],
            "rule": RULES[row["baseline"]],
            "value": count(row["value"], 2),
            "rule_value": count(row["baseline_value"], 2),
        }
        for row in grades(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say which predictions are no better than a simple rule."""
    if not found:
        return Text("Hoe goed zijn de voorspellingen?", "How good are the predictions?")
    better = sum(row["grade"] != "C" for row in found)
    return Text(
        "{} van de {} toetsen beter dan een simpele regel", "{} of {} tests better than a simple rule"
    ).fill(better, len(found))


PANEL = Panel(
    page="forecast",
    form="table",
    columns=(
        Column("model", Text("Wat is voorspeld", "What was predicted")),
        Column("verdict", Text("Oordeel", "Verdict")),
        Column("metric", Text("Getoetst op", "Judged by")),
        Column("value", Text("Voorspelling", "Prediction")),
        Column("rule_value", Text("Simpele regel", "Simple rule")),
        Column("rule", Text("Welke regel", "Which rule")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke voorspelling is gedaan zoals ze drie, zes en negen maanden geleden zou zijn gedaan, en naast de"
        " simpelste regel gelegd. Het slechtste oordeel staat hier.",
        "Each prediction was made as it would have been three, six and nine months ago, and compared with the"
        " simplest rule. The worst verdict is shown.",
    ),
    definition=Text(
        "Duidelijk beter is minstens 5% beter. Een fout is beter naarmate ze kleiner is, een trefkans"
        " naarmate ze groter is. Is een voorspelling niet beter, gebruik dan de simpele regel.",
        "Clearly better is at least 5% better. An error is better the smaller it is, a hit rate the greater."
        " Where a prediction is not better, use the simple rule.",
    ),
    empty=EMPTY,
)
