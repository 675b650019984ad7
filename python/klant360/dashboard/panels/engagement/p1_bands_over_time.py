"""Bands of engagement over 24 months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.engagement import band_order, bands_over_time
from klant360.dashboard.names import band_colour, band_names
from klant360.dashboard.panel import Column, Panel, Row, rounding_note
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, month


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month and band."""
    names, order = band_names(tables), band_order(tables)
    return [
        {
            **row,
            "band": names[row["band"]],
            "place": order.index(row["band"]),
            "key": band_colour(order.index(row["band"])),
        }
        for row in bands_over_time(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Compare the most engaged now with those of the first shown month."""
    best = [row for row in found if row["place"] == 0]
    if len(best) < 2:
        return Text("Betrokkenheid door de tijd", "Engagement over time")
    first, last = best[0], best[-1]
    return Text("{}: van ongeveer {} in {} naar {} nu", "{}: from about {} in {} to {} now").fill(
        last["band"], count(first["customers"]), month(first["day"]), count(last["customers"])
    )


PANEL = Panel(
    page="engagement",
    columns=(
        Column("day", Text("Maand", "Month"), "month"),
        Column("band", Text("Betrokkenheid", "Engagement")),
        Column("customers", Text("Klanten", "Customers"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke kolom is een maand, elk vlak hoe betrokken klanten toen waren. Groeit wie afhaakt, dan volgt"
        " daar vaak minder omzet op.",
        "Each column is a month, each part how engaged customers were. Where those who fade grow in number,"
        " less revenue often follows.",
    ),
    note=rounding_note,
    definition=Text(
        "Bezoeken, geopende en aangeklikte mail en antwoorden op enquêtes in een half jaar, naar hoe kort"
        " geleden, hoe vaak en hoe zwaar ze wegen. Kopen telt hier niet. Wie nooit iets deed, staat er niet"
        " bij.",
        "Visits, mail opened and clicked, and answers to surveys in half a year, by how recent they are, how"
        " many, and what they weigh. Buying does not count here. Who never did anything is left out.",
    ),
    chart=lambda: charts.stacked_columns("day", "customers", "band", "key", "place", is_labelled=False),
    legend="band",
)
