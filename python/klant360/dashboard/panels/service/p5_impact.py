"""Who buys again after an experience with service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.service import impact
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, share

EXPERIENCES = {
    "none": Text("Geen contact", "No contact"),
    "ticket": Text("Een ticket", "A ticket"),
    "detractor": Text("Een lage score", "A low score"),
    "reopened": Text("Een heropend ticket", "A reopened ticket"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per experience."""
    return [
        {**row, "code": row["experience"], "experience": EXPERIENCES[row["experience"]]}
        for row in impact(tables)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Compare the worst experience that is shown with none."""
    rates = {row["code"]: row["rate"] for row in found}
    worst = next((code for code in reversed(EXPERIENCES) if code in rates), None)
    if worst in (None, "none") or "none" not in rates:
        return Text("Wie na contact weer koopt", "Who buys again after contact")
    return Text("Na {} koopt {} weer, zonder contact {}", "After {}, {} buy again; without contact {}").fill(
        EXPERIENCES[worst].change(str.lower), share(rates[worst]), share(rates["none"])
    )


PANEL = Panel(
    page="service",
    columns=(
        Column("experience", Text("Ervaring in de maand", "Experience in the month")),
        Column("customers", Text("Klanten, per maand geteld", "Customers, counted per month"), "count"),
        Column("rate", Text("Kocht in 90 dagen", "Bought in 90 days"), "share"),
        Column("low", Text("Ondergrens", "Lower limit"), "share"),
        Column("high", Text("Bovengrens", "Upper limit"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Welk deel van de klanten kocht in de 90 dagen na een maand, naar wat ze die maand met de service"
        " meemaakten. Dit beschrijft, en bewijst niet dat het contact de oorzaak is.",
        "Which share of customers bought in the 90 days after a month, by what they experienced with service"
        " in it. This describes, and does not prove that the contact was the cause.",
    ),
    definition=Text(
        "Klanten met een aankoop voor de maand, over twaalf maanden opgeteld; wie in meer maanden voorkomt,"
        " telt vaker. Van een maand telt het ergste dat iemand meemaakte. De lijn is het 95%-interval.",
        "Customers with a purchase before the month, added up over twelve months; whoever is there in several"
        " months counts more than once. Of a month the worst experience counts. The line is the 95%"
        " interval.",
    ),
    needs=("service_desk.tickets",),
    chart=lambda: charts.intervals("experience", "low", "rate", "high", number_format=".0%"),
    is_half=True,
)
