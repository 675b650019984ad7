"""How long it takes from the first touch to the first purchase, by the channel of the first touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.engagement import UNKNOWN, buyers_by_touch
from klant360.dashboard.names import touch_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per first touch, the fastest first."""
    found = sorted(buyers_by_touch(tables), key=lambda row: row["days"])
    return [{**row, "touch": touch_name(row["touch"])} for row in found]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the first touch after which a purchase takes longest."""
    named = [row for row in found if row["touch"] != touch_name(UNKNOWN)]
    if len(named) < 2:
        return Text("Van eerste contact naar eerste aankoop", "From first touch to first purchase")
    last = named[-1]
    return Text(
        "{}: het langst onderweg naar een eerste aankoop, {} dagen",
        "{}: the longest way to a first purchase, {} days",
    ).fill(last["touch"], count(last["days"]))


PANEL = Panel(
    page="engagement",
    columns=(
        Column("touch", Text("Eerste contact", "First touch")),
        Column("buyers", Text("Kopers", "Buyers"), "count"),
        Column("days", Text("Dagen tot aankoop", "Days to purchase"), "count"),
        Column("touches", Text("Contacten ervoor", "Touches before"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Hoelang het duurt van het eerste contact tot de eerste aankoop, naar hoe mensen binnenkwamen.",
        "How long it takes from the first touch to the first purchase, by how people came in.",
    ),
    definition=Text(
        "Klanten die al iets deden voordat ze kochten: een bezoek, een geopende mail, een ticket. Van een"
        " bezoek telt het kanaal. Dagen en contacten zijn de middelste waarde. Te kleine groepen staan er"
        " niet bij.",
        "Customers who did something before they bought: a visit, mail opened, a ticket. Of a visit it is the"
        " channel. Days and touches are medians. Groups that are too small are left out.",
    ),
    chart=lambda: charts.bars("touch", "days"),
    is_half=True,
)
