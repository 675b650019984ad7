"""Runs the dbt Python models without dbt."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pyarrow as pa


def run_model(path: Path, connection: duckdb.DuckDBPyConnection, inputs: Mapping[str, str]) -> pa.Table:
    """Run the dbt model on relations made of SQL; its table is registered as `result`."""
    settings = {}
    dbt = SimpleNamespace(ref=lambda name: connection.sql(inputs[name]), config=settings.update)
    table = runpy.run_path(str(path))["model"](dbt, connection)
    assert settings == {"materialized": "table"}
    connection.register("result", table)
    return table


def result_types(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the columns of `result` in order, with their types as in the yml."""
    described = connection.sql("describe select * from result").fetchall()
    return {name: kind.lower().replace("varchar", "string") for name, kind, *_ in described}
