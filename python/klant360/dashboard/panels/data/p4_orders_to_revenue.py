"""From the orders delivered to revenue, as a waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.names import OUTCOMES
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, money

COUNTED = ("purchase", "credit_note")


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per step: all orders, what was left out, and revenue."""
    found = tables.rows("""
        select outcome, orders, coalesce(amount, 0) as amount
        from revenue_reconciliation
        where amount <> 0 or orders > 0
        order by abs(amount) desc, outcome
    """)
    if not found:
        return []
    total = sum(row["amount"] for row in found)
    revenue = sum(row["amount"] for row in found if row["outcome"] in COUNTED)
    orders = sum(row["orders"] for row in found)
    steps, level = [_step(Text("Alle bestellingen", "All orders"), 0, total, "lost", orders)], total
    for row in found:
        if row["outcome"] not in COUNTED:
            steps.append(
                _step(OUTCOMES[row["outcome"]], level, level - row["amount"], "at_risk", row["orders"])
            )
            level -= row["amount"]
    counted = sum(row["orders"] for row in found if row["outcome"] in COUNTED)
    return [*steps, _step(Text("Omzet", "Revenue"), 0, revenue, "promising", counted)]


def _step(name: Text, start: Any, end: Any, colour: str, orders: int) -> dict[str, Any]:
    return {
        "step": name,
        "orders": orders,
        "amount": end - start,
        "start": start,
        "end": end,
        "high": max(start, end),
        "key": colour,
    }


def title(tables: Tables, found: Sequence[Row]) -> Text:
    """Compare revenue with all orders."""
    if not found:
        return Text("Van bestellingen naar omzet", "From orders to revenue")
    return Text("Van {} aan bestellingen is {} omzet", "Of {} in orders, {} is revenue").fill(
        money(found[0]["amount"], tables.currency),
        money(found[-1]["amount"], tables.currency),
    )


PANEL = Panel(
    page="data",
    columns=(
        Column("step", Text("Stap", "Step")),
        Column("orders", Text("Bestellingen", "Orders"), "count"),
        Column("amount", Text("Bedrag", "Amount"), "money"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Bovenaan alles wat is aangeleverd, daaronder wat ervan afgaat, onderaan wat overblijft.",
        "On top all that was delivered, below it what is taken off, at the bottom what remains.",
    ),
    definition=Text(
        "Netto bedragen, voor zover leesbaar. Omzet is aankopen min creditnota's, en moet aansluiten op de"
        " administratie.",
        "Net amounts, as far as they can be read. Revenue is purchases less credit notes, and should tie to"
        " finance.",
    ),
    chart=lambda: charts.waterfall("step", "start", "end", "amount", "key"),
)
