"""References that lead nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard.names import table_name
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, count, same

HELP = {
    "case": Text("hoofdletters", "capitals"),
    "last_three_of_18": Text("de laatste drie tekens", "the last three characters"),
    "leading_zeros": Text("voorloopnullen", "leading zeros"),
    "punctuation": Text("leestekens", "punctuation"),
}


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per reference, those that match least first."""
    found = tables.rows("""
        from reference_quality where filled > 0 order by match_rate, source_table, column_name
    """)
    return [
        {
            "reference": table_name(row["source_table"]) + same(f" ({row['column_name']})"),
            "target": table_name(row["target_table"]),
            "filled": row["filled"],
            "missed": row["filled"] - row["matched"],
            "match_rate": row["match_rate"],
            "help": HELP.get(row["would_match_without"], same("")),
        }
        for row in found
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Say how many lead nowhere."""
    missed = sum(row["missed"] for row in found)
    if not missed:
        return Text("Alle verwijzingen kloppen", "All references match")
    if missed == 1:
        return Text("1 verwijzing loopt dood", "1 reference leads nowhere")
    return Text("{} verwijzingen lopen dood", "{} references lead nowhere").fill(count(missed))


PANEL = Panel(
    page="data",
    form="table",
    needs=(),
    columns=(
        Column("reference", Text("Verwijzing", "Reference")),
        Column("target", Text("Naar", "To")),
        Column("filled", Text("Gevuld", "Filled"), "count"),
        Column("missed", Text("Loopt dood", "Lead nowhere"), "count"),
        Column("match_rate", Text("Klopt", "Match"), "share"),
        Column("help", Text("Zou kloppen zonder", "Would match without")),
    ),
    rows=rows,
    title=title,
    reading=Text("De slechtste verwijzing staat bovenaan.", "The worst reference is on top."),
    definition=Text(
        "Gevulde verwijzingen in geaccepteerde regels, en hoeveel ervan bij een regel van de andere tabel"
        " horen.",
        "Filled references in accepted rows, and how many of them belong to a row of the other table.",
    ),
    empty=Text("Er zijn geen tabellen die naar elkaar verwijzen.", "No tables refer to each other."),
)
