"""The statuses of orders, and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, same

MOST_STATUSES = 25
LONGEST_STATUS = 40
WITHOUT = Text("(geen)", "(none)")
COUNTS = {
    (True, True): Text("telt", "counts"),
    (False, True): Text("telt niet", "does not count"),
    (True, False): Text("telt, onbekend", "counts, unknown"),
    (False, False): Text("telt niet, onbekend", "does not count, unknown"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per status, those with most orders first."""
    found = tables.rows("from order_statuses order by orders desc, status")
    return [
        {
            "status": same(row["status"][:LONGEST_STATUS]) if row["status"] else WITHOUT,
            "counts": COUNTS[row["counts"], row["is_known"] or row["status"] is None],
            "orders": row["orders"],
            "excluded": row["excluded_orders"],
            "amount": row["amount"],
            "is_known": row["is_known"],
        }
        for row in found[:MOST_STATUSES]
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say whether there are unknown statuses."""
    unknown = sum(row["is_known"] is False and row["status"] != WITHOUT for row in found)
    if not unknown:
        return Text("Alle statussen van bestellingen zijn bekend", "All statuses of orders are known")
    if unknown == 1:
        return Text("1 status is onbekend en telt mee", "1 status is unknown and counts")
    return Text("{} statussen zijn onbekend en tellen mee", "{} statuses are unknown and count").fill(
        count(unknown)
    )


PANEL = Panel(
    page="data",
    form="table",
    is_half=True,
    columns=(
        Column("status", Text("Status", "Status")),
        Column("counts", Text("Telt mee", "Counts")),
        Column("orders", Text("Bestellingen", "Orders"), "count"),
        Column("excluded", Text("Uitgesloten", "Excluded"), "count"),
        Column("amount", Text("Bedrag", "Amount"), "money"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Een status die niet zou moeten tellen, kan het team dat de data beheert aan de lijst toevoegen.",
        "The team that looks after the data can add a status that should not count to the list.",
    ),
    definition=Text(
        "Geaccepteerde bestellingen naar de status die de webshop gaf. Uitgesloten zijn ook geannuleerde"
        " bestellingen en verrekende creditnota's.",
        "Accepted orders by the status that the webshop gave. Cancelled orders and settled credit notes are"
        " excluded too.",
    ),
)
