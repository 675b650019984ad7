"""The best pairs of products of each category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.figures.affinities import best_pairs
from klant360.dashboard.panel import Column, Panel, Row, rounding_note
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count

TIMES = Text(" keer", " times")
UNKNOWN = Text("(onbekend)", "(unknown)")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per pair."""
    return [
        {
            **row,
            "category": UNKNOWN if row["category"] == "(unknown)" else row["category"],
            "lift": count(row["lift"], 1) + TIMES,
        }
        for row in best_pairs(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the pair that most customers have."""
    if not found:
        return Text("Wat klanten samen kopen", "What customers buy together")
    top = max(found, key=lambda row: row["customers"])
    return Text("Wie {} koopt, koopt ook vaak {}", "Who buys {} often buys {} too").fill(
        top["product"], top["also_product"]
    )


PANEL = Panel(
    page="also_bought",
    form="table",
    needs=("webshop.order_lines",),
    columns=(
        Column("product", Text("Product", "Product")),
        Column("also_product", Text("Ook gekocht", "Also bought")),
        Column("lift", Text("Vaker dan gemiddeld", "More than average")),
        Column("share", Text("Deel van de kopers", "Share of buyers"), "share"),
        Column("customers", Text("Klanten met beide", "Customers with both"), "count"),
        Column("category", Text("Categorie", "Category")),
    ),
    rows=rows,
    title=title,
    note=rounding_note,
    reading=Text(
        "Per categorie de drie sterkste combinaties. 3 keer betekent: kopers van het product kopen het"
        " andere drie keer zo vaak als alle klanten.",
        "The three strongest pairs of each category. 3 times means that buyers of the product buy the"
        " other three times as often as all customers do.",
    ),
    definition=Text(
        "Aankopen van de laatste twee jaar (of de ingestelde maanden), retouren tellen niet mee. Alleen"
        " combinaties die toeval minder dan eens op de duizend verklaart, en die genoeg klanten kochten.",
        "Purchases of the last two years (or the months that are set); returns do not count. Only pairs that"
        " chance explains less than once in a thousand times, and that enough customers bought.",
    ),
    empty=Text(
        "Aanbevelingen staan uit, of geen combinatie is door genoeg klanten gekocht om te tonen.",
        "Recommendations are switched off, or no pair was bought by enough customers to be shown.",
    ),
)
