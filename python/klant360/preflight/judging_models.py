"""The models that judge the rows of a delivery, built by dbt for a delivery without rows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner
from dbt_common.events.base_types import EventMsg

from klant360.errors import InputError, UserError
from klant360.preflight.filling import needs
from klant360.project import PROJECT, RESOLVING, SOURCES, WAREHOUSE
from klant360.publishing.build import is_for_people, unusable_input

# What says which rows and cells cannot be read, and which references lead nowhere.
MODELS = ("+rejected_rows", "+ignored_values", "+reference_quality")
# The least that a build accepts.
_NO_ORDERS = "order_id,ordered_at,total_amount,email\n"


def build_judging_models(warehouse: Path, cli_vars: Mapping[str, Any]) -> None:
    """Build a new warehouse with the models that judge rows, all of them empty, and their seeds.

    `preflight.models` has a row per table in the order in which they can be filled: `relation`, `sql` and,
    for a base model, its `source_table`. `preflight.needs` has a row per mart or column (`name`) with the
    delivered `tables` of which one fills it. Raises InputError if the settings cannot be used, or UserError.
    """
    os.chdir(PROJECT)
    places = ["--vars", json.dumps(dict(cli_vars)), "--log-level", "none", "--log-level-file", "none"]
    failed: list[str] = []

    def on_event(event: EventMsg) -> None:
        if event.info.level == "error" and is_for_people(event):
            failed.append(event.info.msg)

    # parsed for the usual warehouse, so that dbt can use what it parsed before
    manifest = _run(dbtRunner(callbacks=[on_event]), ["parse", *places], failed)
    with TemporaryDirectory() as folder:
        orders = Path(folder) / "sources" / "webshop" / "orders.csv"
        orders.parent.mkdir(parents=True)
        orders.write_text(_NO_ORDERS, encoding="utf-8")
        models = ["--resource-type", "seed", "--resource-type", "model", "--select", *MODELS]
        scratch = ["--target-path", str(Path(folder) / "target"), "--no-write-json"]
        variables = {SOURCES: str(orders.parents[1]), WAREHOUSE: str(warehouse), RESOLVING: "1"}
        with _environment(variables):
            runner = dbtRunner(manifest=manifest, callbacks=[on_event])
            built = _run(runner, ["build", *models, *places, *scratch], failed)
            DuckDBConnectionManager.close_all_connections()
    with duckdb.connect(str(warehouse)) as connection:
        # what comes next is the first delivery of this warehouse
        connection.execute("delete from staging.delivered_tables; delete from staging.delivered_files")
        connection.execute("create schema preflight")
        connection.execute(
            "create table preflight.models (relation varchar, source_table varchar, sql varchar)"
        )
        connection.executemany("insert into preflight.models values (?, ?, ?)", list(_tables(built)))
        connection.execute("create table preflight.needs (name varchar, tables varchar[])")
        connection.executemany(
            "insert into preflight.needs values (?, ?)",
            [(name, list(tables)) for name, tables in needs(manifest).items()],
        )


def _tables(built: RunExecutionResult) -> Iterator[tuple[str, str | None, str]]:
    """Yield the tables among the models, in the order in which they were built."""
    for result in built.results:
        node = result.node
        if node.resource_type == "model" and node.get_materialization() == "table":
            base = node.name.removeprefix("base_")
            source_table = base.replace("__", ".") if base != node.name else None
            yield f"{node.schema}.{node.alias}", source_table, node.compiled_code


def _run(runner: dbtRunner, arguments: Sequence[str], failed: Sequence[str]) -> Any:
    done = runner.invoke(list(arguments))
    if not done.success:
        DuckDBConnectionManager.close_all_connections()
        kind = InputError if unusable_input(done.exception) else UserError
        raise kind("\n".join(["", *(failed or [str(done.exception)])]))
    return done.result


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
