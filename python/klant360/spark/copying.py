"""Copies tables of a cluster into a DuckDB file, which publishing and erasure read as they read a warehouse.

A table passes through the memory of this machine, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from klant360.quoting import quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def tables_of(session: SparkSession, schemas: Iterable[str]) -> dict[str, list[str]]:
    """Return the columns of every table and view of these schemas."""
    return {
        f"{schema}.{table.name}": session.table(f"{schema}.{table.name}").columns
        for schema in schemas
        if session.catalog.databaseExists(schema)
        for table in session.catalog.listTables(schema)
        if not table.isTemporary
    }


def copy_tables(session: SparkSession, tables: Iterable[str], target: Path) -> None:
    """Copy tables with their comments into a DuckDB file; timestamps become UTC without a zone."""
    with duckdb.connect(str(target)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in tables:
            copy_table(session, name, connection)


def copy_table(session: SparkSession, name: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Copy one table with its comments."""
    rows = session.table(name).toArrow()
    connection.register("rows_of_spark", rows)
    columns = ", ".join(
        f"cast({column} as timestamp) as {column}" if kind.startswith("TIMESTAMP") else column
        for column, kind, *_ in connection.execute("describe rows_of_spark").fetchall()
    )
    connection.execute(f"create schema if not exists {name.split('.')[0]}")
    connection.execute(f"create table {name} as select {columns} from rows_of_spark")
    connection.unregister("rows_of_spark")
    comment = session.catalog.getTable(name).description
    if comment:
        connection.execute(f"comment on table {name} is {quoted(comment)}")
    for column in session.catalog.listColumns(name):
        if column.description:
            connection.execute(f"comment on column {name}.{column.name} is {quoted(column.description)}")
