"""Values that were left out although their row was used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.names import table_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, same

MOST_BARS = 12


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per table and column, the most frequent first."""
    found = tables.rows("from ignored_summary order by cells desc, source_table, column_name")
    return [
        {
            "what": table_name(row["source_table"]) + same(f" ({row['column_name']})"),
            "cells": row["cells"],
            "is_drawn": place < MOST_BARS,
        }
        for place, row in enumerate(found)
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say how many there are."""
    if not found:
        return Text("Geen waarde is weggelaten", "No value was left out")
    cells = sum(row["cells"] for row in found)
    if cells == 1:
        return Text("1 waarde is weggelaten", "1 value was left out")
    return Text("{} waarden zijn weggelaten", "{} values were left out").fill(count(cells))


PANEL = Panel(
    page="data",
    is_half=True,
    needs=(),
    columns=(
        Column("what", Text("Bron en kolom", "Source and column")),
        Column("cells", Text("Waarden", "Values"), "count"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "De regels zelf tellen mee; alleen deze waarden niet.",
        "The rows themselves count; only these values do not.",
    ),
    definition=Text(
        "Niet-verplichte waarden die onleesbaar of onmogelijk zijn, of naar niets verwijzen.",
        "Optional values that cannot be read, are impossible, or refer to nothing.",
    ),
    empty=Text("Elke waarde kon gebruikt worden.", "Every value could be used."),
    chart=lambda: charts.bars("what", "cells", labels_above=True),
)
