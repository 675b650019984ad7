"""Customers by score of recency and of frequency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.score_grid import score_grid
from klant360.dashboard.names import segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per scope and cell."""
    names = segment_names(tables)
    return [
        {
            **row,
            "key": row["segment"] or "other",
            "segment": names[row["segment"]] if row["segment"] else None,
            "label": count(row["customers"]),
        }
        for row in score_grid(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say how many buy often and have done so recently."""
    best = [row for row in found if row["r_score"] >= 4 and row["f_score"] >= 4]
    if not found or any(row["customers"] is None for row in best):
        return Text(
            "Hoe kort geleden en hoe vaak klanten kochten", "How recently and how often customers bought"
        )
    size = sum(row["customers"] for row in best)
    return Text(
        "Ongeveer {} klanten kopen vaak én kochten kortgeleden",
        "About {} customers buy often and bought recently",
    ).fill(count(size))


PANEL = Panel(
    page="segments",
    by_country=True,
    is_half=True,
    columns=(
        Column("r_score", Text("Score recentheid (R)", "Recency score (R)"), "count"),
        Column("f_score", Text("Score frequentie (F)", "Frequency score (F)"), "count"),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("segment", Text("Meest voorkomend segment", "Most frequent segment")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Rechts kocht kortgeleden, boven koopt vaak. Hoe groter het vlak, hoe meer klanten; de kleur is het"
        " segment dat daar het meest voorkomt.",
        "On the right they bought recently, at the top they buy often. The larger the square, the more"
        " customers; its colour is the segment that is most frequent there.",
    ),
    note=lambda tables: Text("Afgerond op veelvouden van {}.", "Rounded to multiples of {}.").fill(
        2 * tables.least
    ),
    definition=Text(
        "Scores lopen van 1 tot 5 en verdelen de klanten in vijf groepen. Wie in de gemeten periode niets"
        " kocht, telt bij 1 en 1. Een streepje betekent: te weinig klanten om te tonen.",
        "Scores run from 1 to 5 and divide the customers into five groups. Who bought nothing in the period"
        " counts at 1 and 1. A dash means that there are too few customers to show.",
    ),
    chart=lambda: charts.grid(
        "r_score", "f_score", "key", "customers", "label", x_title="@r_score", y_title="@f_score"
    ),
)
