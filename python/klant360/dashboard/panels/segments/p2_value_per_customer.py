"""Revenue per customer, by segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.segments import segments_now
from klant360.dashboard.names import with_segment_names
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, money


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per scope and segment with purchases."""
    shown = [row for row in segments_now(tables) if row["revenue_per_customer"] is not None]
    return with_segment_names(tables, shown)


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Compare the most valuable segment with all customers."""
    named = [row for row in found if row["key"] != "other"]
    if not named:
        return Text("Waarde per klant", "Value per customer")
    top = max(named, key=lambda row: row["revenue_per_customer"])
    mean = sum(row["revenue"] for row in found) / sum(row["customers"] for row in found)
    if mean <= 0 or top["revenue_per_customer"] < mean:
        return Text("Waarde per klant", "Value per customer")
    times = float(top["revenue_per_customer"] / mean)
    return Text("{}: {} per klant, {} keer het gemiddelde", "{}: {} per customer, {} times the average").fill(
        top["segment"],
        money(top["revenue_per_customer"], tables.currency),
        count(times, 1),
    )


PANEL = Panel(
    page="segments",
    by_country=True,
    is_half=True,
    columns=(
        Column("segment", Text("Segment", "Segment")),
        Column("revenue_per_customer", Text("Omzet per klant", "Revenue per customer"), "money"),
        Column("customers", Text("Klanten", "Customers"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "De balk is wat een klant van dit segment tot nu toe gemiddeld opbracht.",
        "The bar is what a customer of this segment has brought so far, on average.",
    ),
    definition=Text(
        "Alle netto-omzet van de klanten in het segment, gedeeld door hun aantal.",
        "All net revenue of the customers in the segment, divided by their number.",
    ),
    chart=lambda: charts.bars("segment", "revenue_per_customer", number_format="$,.0f", colour="key"),
)
