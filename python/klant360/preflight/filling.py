"""Which marts and columns a delivery fills, which stay empty, and what to deliver next."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# In the yml of a mart, or of a column: the tables of which one is needed to fill it.
FILLED_FROM = "filled_from"
_WIDTH = 100


def needs(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """Return per mart, and per column that needs more, the tables of which one must be delivered.

    A column is written `mart.column`. A mart that declares nothing is filled by orders.
    """
    found: dict[str, tuple[str, ...]] = {}
    for node in manifest.nodes.values():
        if node.resource_type == "model" and node.schema in ("marts", "restricted"):
            found[node.name] = tuple(node.config.meta.get(FILLED_FROM, ()))
            for column in node.columns.values():
                if tables := _meta(column).get(FILLED_FROM):
                    found[f"{node.name}.{column.name}"] = tuple(tables)
    return found


def filling_lines(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Return what a delivery fills, what stays empty, and which further tables would fill that."""
    needed = dict(warehouse.execute("select name, tables from preflight.needs").fetchall())
    delivered = {
        table
        for (table,) in warehouse.execute(
            "select source_table from staging.delivered_tables where is_delivered"
        ).fetchall()
    }
    empty = {name: tables for name, tables in needed.items() if tables and not delivered & set(tables)}
    filled = sorted(name for name in needed if name not in empty and "." not in name)
    lines = ["", *_wrapped("These marts fill", filled)]
    if empty:
        lines += ["", *_wrapped("These stay empty", sorted(empty))]
        lines += ["", "What to deliver next, and what it fills"]
        fills: dict[str, list[str]] = {}
        for name, tables in empty.items():
            for table in tables:
                fills.setdefault(table, []).append(name)
        for table, names in sorted(fills.items(), key=lambda item: (-len(item[1]), item[0])):
            lines += _wrapped(f"  {table}", names)
    return lines


def _meta(column: Any) -> Mapping[str, Any]:
    return {**(column.meta or {}), **(column.config.meta or {})}


def _wrapped(title: str, names: Sequence[str]) -> list[str]:
    text = f"{title}: {', '.join(names)}"
    return textwrap.wrap(text, _WIDTH, subsequent_indent="    ", break_on_hyphens=False)
