"""Connections to DuckDB with the settings of a build."""

import os
from pathlib import Path

import duckdb

from klant360.errors import InputError
from klant360.project import MEMORY_LIMIT
from klant360.quoting import quoted
from klant360.settings import profile


def connect(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """Open a warehouse as dbt does: with DuckDB's settings of profiles.yml, and the memory limit.

    Raises InputError if the limit cannot be read.
    """
    connection = duckdb.connect(str(warehouse))
    found = profile()
    for name, value in found["outputs"][found["target"]]["settings"].items():
        connection.execute(f"set {name} = {quoted(str(value))}")
    limit_memory(connection)
    return connection


def limit_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """Set DuckDB's memory limit, beyond which it spills to disk. Raises InputError if it cannot be read."""
    limit = os.environ.get(MEMORY_LIMIT)
    if not limit:
        return
    try:
        connection.execute(f"set memory_limit = {quoted(limit)}")
    except duckdb.Error as error:
        raise InputError(f"{MEMORY_LIMIT} is {limit}: it must be a size such as 4GB.") from error
