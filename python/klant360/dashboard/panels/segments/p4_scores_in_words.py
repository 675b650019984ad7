"""What each score means: F = 4 is 5 to 7 orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.figures.score_grid import score_limits
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, money, same

METRICS = {
    "recency_days": ("R", Text("Recentheid", "Recency")),
    "frequency": ("F", Text("Frequentie", "Frequency")),
    "monetary": ("M", Text("Bedrag", "Monetary value")),
}
UNITS = {"recency_days": Text("dagen geleden", "days ago"), "frequency": Text("bestellingen", "orders")}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per metric and score."""
    limits = {(row["metric"], row["score"]): row for row in score_limits(tables)}
    return [
        {
            "metric": name,
            "score": f"{letter} = {score}",
            "meaning": _meaning(limits[metric, score], tables.currency),
        }
        for metric, (letter, name) in METRICS.items()
        for score in range(5, 0, -1)
        if (metric, score) in limits
    ]


def _meaning(limit: Row, currency: str) -> Text:
    metric, low, high = limit["metric"], limit["low"], limit["high"]

    def value(number: Any) -> Text:
        return money(number, currency) if metric == "monetary" else count(number)

    unit = same(" ") + UNITS[metric] if metric in UNITS else same("")
    if low is None and high is None:
        return Text("iedereen", "everyone")
    if low is None and metric == "frequency" and high == 1:
        return Text("1 bestelling", "1 order")
    if low is None:
        return Text("tot en met {}", "up to {}").fill(value(high)) + unit
    if high is None:
        return Text("{} of meer", "{} or more").fill(value(low)) + unit
    if value(low) == value(high):
        return value(low) + unit
    return Text("{} tot en met {}", "{} to {}").fill(value(low), value(high)) + unit


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Give the meaning of the best score of frequency."""
    best = next((row for row in found if row["score"].startswith("F")), None)
    if best is None:
        return Text("Wat de scores betekenen", "What the scores mean")
    return same(f"{best['score']}: ") + best["meaning"]


PANEL = Panel(
    page="segments",
    form="table",
    is_half=True,
    columns=(
        Column("metric", Text("Score van", "Score of")),
        Column("score", Text("Score", "Score")),
        Column("meaning", Text("Betekent", "Means")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke score is ongeveer een vijfde van de klanten; wie hetzelfde deed, krijgt dezelfde score.",
        "Each score is about a fifth of the customers; those who did the same get the same score.",
    ),
    definition=Text(
        "De grenzen komen uit de laatste meting en schuiven mee. De uiterste waarden staan er niet bij,"
        " want die zijn van één klant. Een score die weinig klanten hebben, ontbreekt.",
        "The limits come from the latest snapshot and move with it. The outermost values are left out,"
        " since they belong to one customer. A score that few customers have is missing.",
    ),
)
