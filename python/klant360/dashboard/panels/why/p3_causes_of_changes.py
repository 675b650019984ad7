"""Why customers changed segment, by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.movements import causes_of_changes
from klant360.dashboard.names import yes_or_no
from klant360.dashboard.panel import Column, Panel, Row, rounding_note
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, month, share

CAUSES = {
    "purchase": (Text("Kocht iets", "Bought something"), "promising"),
    "time": (Text("Kocht niets", "Bought nothing"), "at_risk"),
    "both": (Text("Kocht iets, anderen ook", "Bought, and so did others"), "potential_loyal"),
    "boundaries": (Text("Anderen veranderden", "Others changed"), "other"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per month and cause."""
    return [
        {
            **row,
            "cause": CAUSES[row["cause"]][0],
            "key": CAUSES[row["cause"]][1],
            "place": list(CAUSES).index(row["cause"]),
            "comparable": yes_or_no(row["is_complete"] and row["is_window_full"]),
        }
        for row in causes_of_changes(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say what made most customers change segment in the last complete month."""
    complete = [row for row in found if row["is_complete"]]
    if not complete:
        return Text("Waarom klanten van segment wisselden", "Why customers changed segment")
    last = [row for row in complete if row["day"] == complete[-1]["day"]]
    top = max(last, key=lambda row: row["customers"])
    return Text(
        "Vaakste reden om van segment te wisselen in {}: {} (ongeveer {})",
        "Most common reason to change segment in {}: {} (about {})",
    ).fill(
        month(top["day"]),
        top["cause"].change(str.lower),
        share(top["customers"] / sum(row["customers"] for row in last)),
    )


PANEL = Panel(
    page="why",
    columns=(
        Column("day", Text("Maand", "Month"), "month"),
        Column("cause", Text("Oorzaak", "Cause")),
        Column("customers", Text("Klanten", "Customers"), "count"),
        Column("comparable", Text("Te vergelijken", "Comparable")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elke kolom is een maand, elk vlak een reden waarom klanten van segment wisselden. Bleke maanden zijn"
        " niet te vergelijken: de gemeten periode begint vóór de gegevens.",
        "Each column is a month, each part a reason why customers changed segment. Pale months cannot be"
        " compared: the period measured begins before the data.",
    ),
    note=rounding_note,
    definition=Text(
        "De nieuwe cijfers van een klant krijgen de grenzen van een maand eerder. Geeft dat het oude segment,"
        " dan schoven de anderen op; geeft het het nieuwe, dan kocht de klant iets, of juist niet. Nieuwe"
        " klanten tellen niet mee.",
        "A customer's new figures meet the limits of a month before. If that gives the old segment, the"
        " others moved; if it gives the new one, the customer bought something, or did not. New customers"
        " are left out.",
    ),
    empty=Text(
        "Er zijn te weinig klanten om dit te tonen, of de ingestelde scoremethode kent geen grenzen en dus"
        " geen oorzaken.",
        "There are too few customers to show this, or the chosen way of scoring has no limits, and so no"
        " causes.",
    ),
    chart=lambda: charts.stacked_columns("day", "customers", "cause", "key", "place", is_labelled=False),
    legend="cause",
)
