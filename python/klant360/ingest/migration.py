"""Renames columns in a warehouse of an earlier version, before anything reads it.

Each build replaces most tables. Only those that a build reads before it replaces them are listed here.
"""

from __future__ import annotations

import duckdb

# Per schema, table and former name of a column: its current name.
RENAMED_COLUMNS = {
    ("intermediate", "int_identity__known_records", "customer_key"): "oldest_record_key",
}


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Rename columns that an earlier version made; a warehouse of this version is not changed."""
    columns = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = current_database()"
    ).fetchall()
    for column in sorted(RENAMED_COLUMNS.keys() & set(columns)):
        schema, table, name = column
        connection.execute(f"alter table {schema}.{table} rename column {name} to {RENAMED_COLUMNS[column]}")
