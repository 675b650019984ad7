"""What is missing where: how many records have each field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from klant360.dashboard import charts
from klant360.dashboard.names import ENTITIES, FIELDS
from klant360.dashboard.panel import Column, Panel, Row
from klant360.dashboard.tables import Tables
from klant360.dashboard.text import Text, same, share


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per kind of record and field."""
    found = tables.rows(
        "from profile_completeness where records > 0 order by source_system, source_entity, field"
    )
    return [
        {
            "entity": ENTITIES.get(row["source_entity"], same(row["source_entity"])),
            "field": FIELDS.get(row["field"], same(row["field"])),
            "records": row["records"],
            "missing": row["missing"],
            "share": row["share_filled"],
            "shade": row["share_filled"],
            "is_complete": True,
        }
        for row in found
    ]


def title(_: Tables, found: Sequence[Row]) -> Text:
    """Name the field that is missing most."""
    if not found:
        return Text("Wat waar ontbreekt", "What is missing where")
    worst = min(found, key=lambda row: row["share"])
    return Text("{} ontbreekt het meest: {} gevuld ({})", "{} is missing most: {} filled ({})").fill(
        worst["field"], share(worst["share"]), worst["entity"].change(str.lower)
    )


PANEL = Panel(
    page="data",
    needs=(),
    columns=(
        Column("entity", Text("Soort record", "Kind of record")),
        Column("field", Text("Gegeven", "Field")),
        Column("records", Text("Records", "Records"), "count"),
        Column("missing", Text("Ontbreekt", "Missing"), "count"),
        Column("share", Text("Gevuld", "Filled"), "share"),
    ),
    rows=rows,
    title=title,
    reading=Text(
        "Elk vak is het deel van de records waarin het gegeven bruikbaar is ingevuld.",
        "Each cell is the share of the records in which the field has a usable value.",
    ),
    definition=Text(
        "Records van de bronnen, niet mensen. Een waarde die onleesbaar is, telt als ontbrekend.",
        "Records of the sources, not people. A value that cannot be read counts as missing.",
    ),
    chart=lambda: charts.triangle("field", "entity", "share", number_format=".0%", x_title=None),
    least_width=lambda found: 170 + 100 * len({row["field"] for row in found}),
)
