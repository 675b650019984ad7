"""What made the revenue of the last month differ from that of the month before, as a waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.figures.months import MONTHS, last_month, month_end_before
from klant360.dashboard.figures.revenue import drivers
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, money, month, same, share

EFFECTS = {
    "customers": Text("Aantal kopers", "Number of buyers"),
    "frequency": Text("Bestellingen per koper", "Orders per buyer"),
    "value": Text("Waarde per bestelling", "Value per order"),
    "other": Text("Creditnota's", "Credit notes"),
}
VALUE_AND_CREDIT_NOTES = Text("Waarde en creditnota's", "Value and credit notes")
WHEN = {
    "month_before": Text("de maand ervoor", "the month before"),
    "year_before": Text("een jaar eerder", "a year before"),
}


def rows(tables: Tables, comparison: str) -> list[dict[str, Any]]:
    """Return a row per step: revenue then, each effect, revenue now."""
    amounts, last = drivers(tables, comparison), last_month(tables)
    if amounts is None or last is None:
        return []
    names = dict(EFFECTS) if "other" in amounts else {**EFFECTS, "value": VALUE_AND_CREDIT_NOTES}
    steps = [_step(month(month_end_before(last, MONTHS[comparison])), 0, amounts["before"], "total")]
    level = amounts["before"]
    for effect in EFFECTS:
        if effect in amounts:
            steps.append(_step(names[effect], level, level + amounts[effect], effect))
            level += amounts[effect]
    return [*steps, _step(month(last), 0, amounts["now"], "total")]


def _step(name: Text, start: int, end: int, effect: str) -> dict[str, Any]:
    is_total = effect == "total"
    return {
        "step": name.change(str.capitalize) if is_total else name,
        "effect": effect,
        "amount": end - start,
        "start": start,
        "end": end,
        "high": max(start, end),
        "key": "loyal" if is_total else "promising" if end >= start else "at_risk",
    }


def title(found: Sequence[Row], comparison: str) -> Text:
    """Say how much revenue changed, and which effect did most of it."""
    if not found:
        return Text("Omzet tegenover {}", "Revenue against {}").fill(WHEN[comparison])
    before, now = found[0]["amount"], found[-1]["amount"]
    change = now - before
    # the effect that did most of the change, not one that worked against it
    main = max(found[1:-1], key=lambda row: row["amount"] if change >= 0 else -row["amount"])
    if not change or before <= 0:
        return Text("De omzet is gelijk aan die van {}", "Revenue equals that of {}").fill(WHEN[comparison])
    return Text("{} {} dan {}, vooral door: {}", "{} {} than {}, mostly due to: {}").fill(
        Text("Omzet", "Revenue") + same(" ") + share(abs(change) / before),
        Text("hoger", "higher") if change > 0 else Text("lager", "lower"),
        WHEN[comparison],
        main["step"].change(str.lower),
    )


def note(tables: Tables, comparison: str) -> Text | None:
    """Return to what the amounts are rounded."""
    amounts = drivers(tables, comparison)
    if amounts is None:
        return None
    return Text("Bedragen zijn afgerond op {}.", "Amounts are rounded to {}.").fill(
        money(amounts["unit"], tables.currency)
    )


def panel_against(comparison: str) -> Panel:
    """Return the panel that compares the last month with the month before, or with a year before."""
    return Panel(
        page="why",
        columns=(
            Column("step", Text("Stap", "Step")),
            Column("amount", Text("Bedrag", "Amount"), "money"),
        ),
        rows=lambda tables: rows(tables, comparison),
        title=lambda _, found: title(found, comparison),
        reading=Text(
            "Van de omzet van {} naar die van de laatste hele maand. Groen droeg bij, oranje ging ervan af.",
            "From the revenue of {} to that of the last complete month. Green added to it, orange took from"
            " it.",
        ).fill(WHEN[comparison]),
        note=lambda tables: note(tables, comparison),
        definition=Text(
            "Omzet uit aankopen is kopers maal bestellingen per koper maal waarde per bestelling; elke factor"
            " krijgt zijn deel van het verschil (LMDI, Ang 2005). Creditnota's staan apart als genoeg mensen"
            " er een hadden.",
            "Revenue of purchases is buyers times orders per buyer times value per order; each factor gets"
            " its part of the difference (LMDI, Ang 2005). Credit notes stand apart if enough people had"
            " one.",
        ),
        empty=Text(
            "Er is geen hele maand om mee te vergelijken, of er kochten te weinig mensen om dit te tonen.",
            "There is no complete month to compare with, or too few people bought to show this.",
        ),
        chart=lambda: charts.waterfall("step", "start", "end", "amount", "key"),
        is_half=True,
    )


PANEL = panel_against("month_before")
