"""Revenue that today's customers are expected to bring in the next twelve months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.forecast import expected_months
from klant360.dashboard.masking import three_digits
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, day, money

EMPTY = Text(
    "Voorspellingen staan uit, of er zijn te weinig gegevens: er zijn honderd klanten met een tweede aankoop"
    " nodig, en een half jaar aan bestellingen.",
    "Predictions are switched off, or there are too few data: it takes a hundred customers with a second"
    " purchase, and half a year of orders.",
)


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month ahead."""
    return [{**row, "until": Text("t/m ", "until ") + day(row["until"])} for row in expected_months(tables)]


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Say the total."""
    if not found:
        return Text("Verwachte omzet", "Expected revenue")
    total = money(three_digits(sum(row["revenue"] for row in found)), tables.currency)
    return Text(
        "Van de klanten van nu: {} in twaalf maanden", "From today's customers: {} in twelve months"
    ).fill(total)


PANEL = Panel(
    page="forecast",
    columns=(
        Column("until", Text("Maand", "Month")),
        Column("revenue", Text("Verwachte omzet", "Expected revenue"), "money"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke balk is een maand vooruit. Omdat klanten afhaken wordt het elke maand minder; nieuwe klanten en"
        " het seizoen tellen niet mee.",
        "Each bar is a month ahead. Revenue falls each month because customers leave; new customers and"
        " seasons are not included.",
    ),
    definition=Text(
        "Per klant: de kans dat hij nog koopt, maal hoe vaak hij koopt, maal wat hij besteedt. Dat volgt uit"
        " alle aankopen tot nu toe (MBG/NBD en gamma-gamma). Bedragen hebben drie cijfers.",
        "Per customer: the probability that they still buy, times how often they buy, times what they spend."
        " It follows from all purchases so far (MBG/NBD and gamma-gamma). Amounts have three digits.",
    ),
    empty=EMPTY,
    chart=lambda: charts.bars("until", "revenue", number_format="$,d"),
    is_half=True,
)
