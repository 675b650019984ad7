"""Which share of people buys, by the channel of the first touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.engagement import UNKNOWN, share_that_bought
from klant360.dashboard.figures.segments import OTHER
from klant360.dashboard.names import touch_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, share

REST = Text("Overige", "Others")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per first touch, the one after which most buy first."""
    found = sorted(share_that_bought(tables), key=lambda row: -row["share"])
    return [{**row, "touch": REST if row["touch"] == OTHER else touch_name(row["touch"])} for row in found]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the first touch after which fewest buy."""
    named = [row for row in found if row["touch"] not in (touch_name(UNKNOWN), REST)]
    if len(named) < 2:
        return Text("Welk deel koopt", "Which share buys")
    return Text("{}: daarvan koopt het kleinste deel, {}", "{}: the smallest share buys, {}").fill(
        named[-1]["touch"], share(named[-1]["share"])
    )


PANEL = Panel(
    page="engagement",
    columns=(
        Column("touch", Text("Eerste contact", "First touch")),
        Column("people", Text("Mensen", "People"), "count"),
        Column("share", Text("Deel dat kocht", "Share that bought"), "share"),
        Column("minutes", Text("Minuten op de site", "Minutes on the site"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Van wie zo binnenkwam, welk deel later kocht. De tabel zegt ook hoelang ze keken: lang kijken en"
        " weinig kopen kan aan de advertentie liggen.",
        "Of those who came in this way, the share that bought later. The table says how long they looked,"
        " too: long looks and few purchases may be the advertisement's fault.",
    ),
    definition=Text(
        "Mensen die al iets deden voordat ze kochten, of nooit kochten, en van wie we weten wie het zijn."
        " Minuten: gemiddeld in een half jaar, van wie toen op de site was. Groepen met te weinig kopers of"
        " te weinig anderen staan er niet bij.",
        "People who did something before they bought, or never bought, and whom we know. Minutes: the mean of"
        " half a year, of those who visited in it. Groups with too few buyers or too few others are left"
        " out.",
    ),
    chart=lambda: charts.bars("touch", "share", number_format=".0%"),
    is_half=True,
)
