"""Rejected rows by reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.names import REASONS, table_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, same

MOST_BARS = 12


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per table, reason and column, the most frequent first."""
    found = tables.rows("from rejection_summary order by rows desc, source_table, reason, column_name")
    return [
        {
            "what": what,
            "reason": REASONS[row["reason"]],
            "rows": row["rows"],
            "bar": REASONS[row["reason"]] + same(" · ") + what,
            "is_drawn": place < MOST_BARS,
        }
        for place, row in enumerate(found)
        for what in [_place(row)]
    ]


def _place(row: Row) -> Text:
    column = same(f" ({row['column_name']})" if row["column_name"] else "")
    return table_name(row["source_table"]) + column


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the most frequent reason."""
    reasons: dict[Text, int] = {}
    for row in found:
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["rows"]
    if not reasons:
        return Text("Geen regel is afgewezen", "No row was rejected")
    top = max(reasons, key=lambda reason: reasons[reason])
    return Text(
        "Meest voorkomende reden van afwijzing: {} ({} regels)",
        "Most common reason for rejection: {} ({} rows)",
    ).fill(top.change(str.lower), count(reasons[top]))


PANEL = Panel(
    page="data",
    is_half=True,
    needs=(),
    columns=(
        Column("what", Text("Bron en kolom", "Source and column")),
        Column("reason", Text("Reden", "Reason")),
        Column("rows", Text("Regels", "Rows"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "De langste balk is het meest de moeite waard om bij de bron te herstellen.",
        "The longest bar is most worth mending at the source.",
    ),
    definition=Text(
        "Een regel wordt om één reden afgewezen, de eerste die geldt. De getoonde kolom is waar het misgaat.",
        "A row is rejected for one reason, the first that holds. The column shown is where it goes wrong.",
    ),
    empty=Text("Elke regel kon gebruikt worden.", "Every row could be used."),
    chart=lambda: charts.bars("bar", "rows", labels_above=True),
)
