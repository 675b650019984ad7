"""How fresh each source is, and whether every row and euro reconciles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.names import table_name, yes_or_no
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per delivered source table."""
    found = tables.rows(
        """
        select
            source_table,
            rows_read,
            cast(latest_event_at at time zone 'UTC' at time zone $timezone as date) as latest,
            rows_read = rows_accepted + rows_rejected + rows_erased as reconciles
        from source_reconciliation
        where rows_read > 0
        order by source_table
        """,
        {"timezone": tables.timezone},
    )
    return [
        {
            "source": table_name(row["source_table"]),
            "latest": row["latest"],
            "rows_read": row["rows_read"],
            "reconciles": yes_or_no(row["reconciles"]),
            "is_right": row["reconciles"],
        }
        for row in found
    ]


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Say whether all rows, and all amounts, are accounted for."""
    (money,) = tables.rows("""
        select
            (select coalesce(sum(lifetime_net_revenue), 0) from customer_360)
            = (select coalesce(sum(net_amount), 0) from orders where is_purchase or is_credit_note)
            as is_right
    """)
    if all(row["is_right"] for row in found) and money["is_right"]:
        return Text("Elke regel en elk bedrag is verantwoord", "Every row and every amount is accounted for")
    return Text("Niet alles telt op", "Not everything adds up")


PANEL = Panel(
    page="overview",
    form="table",
    needs=(),
    columns=(
        Column("source", Text("Bron", "Source")),
        Column("latest", Text("Laatste gebeurtenis", "Latest event"), "day"),
        Column("rows_read", Text("Gelezen regels", "Rows read"), "count"),
        Column("reconciles", Text("Telling klopt", "Adds up")),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Een bron waarvan de laatste gebeurtenis ver terug ligt, is waarschijnlijk niet ververst.",
        "A source whose latest event is long ago has probably not been refreshed.",
    ),
    definition=Text(
        "Gelezen regels zijn geaccepteerd, afgewezen of op verzoek gewist; de telling klopt als die drie"
        " samen het geheel zijn. Alle omzet van bestellingen staat bij een klant. De laatste gebeurtenis is"
        " het jongste moment in de geaccepteerde regels.",
        "Rows read are accepted, rejected, or erased on request; they add up if these three make the whole."
        " All revenue of orders is with a customer. The latest event is the latest moment in the accepted"
        " rows.",
    ),
)
