"""The file changes.md of a publication: which past figures differ from the last publication, and why."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from klant360.publishing.comparison.differences import Comparison
from klant360.publishing.comparison.listing import Listed, listed_figures
from klant360.publishing.comparison.rules import (
    CUSTOMER_RULES,
    ORDER_RULES,
    SEGMENT_RULES,
    changed_rules,
)

# Of each measure, the months that differ most are shown.
MOST_MONTHS = 12
# What both manifests must tell.
FACTS = ("as_of_date", "base_currency", "is_demo", "min_cell_size", "run", "seeds", "vars", "versions")
# In the order of the table; customers in segments come after them.
MEASURES = {
    "net_revenue": ("Net revenue", ORDER_RULES),
    "purchases": ("Orders", ORDER_RULES),
    "active_customers": ("Active customers", CUSTOMER_RULES),
    "new_customers": ("New customers", CUSTOMER_RULES),
}
NOTES = """\
Why figures changed:

- late orders: orders that the last publication did not have, or whose data have changed since. For a
  customer with such an order up to that month, every change in active customers, new customers and segments
  counts here.
- rules: the rest, if a rule that changed decides the figure.
- other: the rest, if none does. Merges, erasures, orders that are no longer delivered, and customers who
  changed segment because others did: these are never listed separately.
- mostly: there is another cause too, of too few customers to be listed."""


def changes(publication: Path, last: Path | None) -> str:
    """Return the text of changes.md, from the folder of a publication and of the one that it replaces.

    Raises duckdb.Error if the publication cannot be read. If the last one cannot be, the text says so.
    """
    if last is None:
        return _page("This is the first publication: there is nothing to compare it with.")
    before, now = (
        json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (last, publication)
    )
    not_compared = f"Not compared with the last publication, {last.name}"
    if any(fact not in manifest for manifest in (before, now) for fact in FACTS):
        return _page(f"{not_compared}: an earlier version of klant360 made it.")
    if before["is_demo"] != now["is_demo"]:
        return _page(f"{not_compared}: one of the two is of the demo data.")
    if not (before["as_of_date"] and now["as_of_date"]):
        return _page(f"{not_compared}: one of the two has no purchases.")
    if not _can_be_read(last / "klant360.duckdb"):
        return _page(f"{not_compared}: its klant360.duckdb cannot be read.")
    until = min(_last_month_end(manifest["as_of_date"]) for manifest in (before, now))
    with Comparison(last / "klant360.duckdb", publication / "klant360.duckdb", until) as comparison:
        if not comparison.is_possible():
            return _page(f"{not_compared}: an earlier version of klant360 made its tables.")
        return _page(*_compared(comparison, before, now, until))


def _page(*paragraphs: str) -> str:
    return "\n\n".join(["# What changed in past months", *paragraphs]) + "\n"


def _can_be_read(file: Path) -> bool:
    try:
        duckdb.connect(str(file), read_only=True).close()
    except duckdb.Error:
        return False
    return True


def _last_month_end(day: str) -> date:
    """Return the last month-end on or before a date."""
    day_after = date.fromisoformat(day) + timedelta(days=1)
    return day_after.replace(day=1) - timedelta(days=1)


def _compared(
    comparison: Comparison, before: Mapping[str, Any], now: Mapping[str, Any], until: date
) -> Iterator[str]:
    """Yield the paragraphs of a comparison."""
    rules = changed_rules(before, now)
    least, currency = now["min_cell_size"], now["base_currency"]
    is_same_currency = before["base_currency"] == currency
    comparison.compare_orders(
        with_amounts=is_same_currency, has_changed_rules=not ORDER_RULES.isdisjoint(rules)
    )
    listed, others = listed_figures(
        comparison.order_figures(), comparison.buyers(), comparison.segment_customers(), least
    )
    yield (
        f"Compared with the last publication, {before['run']} (as of {before['as_of_date']}), up to"
        f" {until:%Y-%m}. Months that were not complete in both are left out."
    )
    if rules:
        yield "\n".join(["Rules that changed:", "", *(f"- `{name}`: {what}" for name, what in rules.items())])
    if not is_same_currency:
        yield "Net revenue is not compared: it is in another currency."
    if not listed and not others:
        yield "Nothing changed."
    if listed:
        shown = _largest(listed)
        yield f"Figures that changed for {least} customers or more:"
        yield _table(shown, comparison.segment_names(), rules.keys(), currency)
        if len(shown) < len(listed):
            yield (
                f"Not shown: {len(listed) - len(shown):,} more, of other months in which the same figures"
                " differ less."
            )
    if others:
        yield (
            f"Small changes: {others:,} {'figure' if others == 1 else 'figures'} changed for fewer than"
            f" {least} customers, or would tell of so few."
        )
    if listed:
        yield NOTES


def _place(measure: str) -> tuple[int, str]:
    """Return the place of a measure in the table; those of segments are last."""
    return list(MEASURES).index(measure) if measure in MEASURES else len(MEASURES), measure


def _largest(listed: Sequence[Listed]) -> list[Listed]:
    """Return the figures that differ most of each measure, by month."""
    figures = sorted(listed, key=lambda each: (-abs(each.figure.difference), each.figure.month_end))
    of_measures: dict[str, list[Listed]] = defaultdict(list)
    for each in figures:
        of_measures[each.figure.measure].append(each)
    shown = [each for own in of_measures.values() for each in own[:MOST_MONTHS]]
    return sorted(shown, key=lambda each: (each.figure.month_end, _place(each.figure.measure)))


def _table(
    shown: Sequence[Listed], segments: Mapping[str, str], rules: Collection[str], currency: str
) -> str:
    """Return figures as a table in Markdown."""
    rows = ["| month | figure | difference | why |", "|---|---|---:|---|"]
    for each in shown:
        measure = each.figure.measure
        name, deciding = MEASURES.get(
            measure, (f"Customers in {segments.get(measure, measure)}", SEGMENT_RULES)
        )
        cells = (
            f"{each.figure.month_end:%Y-%m}",
            (f"{name} ({currency})" if measure == "net_revenue" else name).replace("|", "\\|"),
            _signed(each.figure.difference),
            _why(each, "other" if deciding.isdisjoint(rules) else "rules"),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _why(each: Listed, rest: str) -> str:
    """Return the causes of a difference, with what each changed if that may be shown."""
    parts = {"late orders": each.figure.late, rest: each.figure.rest}
    causes = [cause for cause, part in parts.items() if part.customers]
    if len(causes) == 1:
        return causes[0]
    if each.is_apart:
        return ", ".join(f"{cause} {_signed(parts[cause].difference)}" for cause in causes)
    return f"mostly {max(causes, key=lambda cause: parts[cause].customers)}"


def _signed(difference: Decimal | int) -> str:
    """Return a number with its sign; of money two decimals, or four if it has so many."""
    if difference == 0:
        return "0"
    if isinstance(difference, int):
        return f"{difference:+,}"
    return f"{difference:+,.4f}".removesuffix("00")
