"""Loads a sources folder into a scratch warehouse, and judges its rows with the models of a build.

dbt takes seconds to start, so what it makes of these models is kept in target/preflight.duckdb, until the
project or its vars change.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from klant360.contract import Table
from klant360.errors import InputError
from klant360.ingest.delivery import DeliveryError
from klant360.ingest.file_formats import read_rules
from klant360.ingest.loading import load_sources
from klant360.project import PROJECT
from klant360.publishing.dbt_options import target_folder
from klant360.settings import project_vars

KEPT = "preflight.duckdb"
# What decides what dbt makes of a model.
_PARTS = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "python/klant360")


def check(
    connection: duckdb.DuckDBPyConnection,
    sources: Path,
    contract: Mapping[str, Table],
    cli_vars: Mapping[str, Any],
    echo: Callable[[str], None],
) -> None:
    """Load a folder into a warehouse of `ready_warehouse`, and fill the models that judge its rows.

    `echo` gets a line per loaded table, and per way in which its files are written. Raises InputError.
    """

    def log(line: str) -> None:
        if line.startswith(("Loaded", "  ")):
            echo(line)

    try:
        rules = read_rules(project_vars(cli_vars))
        load_sources(connection, sources, contract, rules=rules, log=log)
    except DeliveryError as error:
        raise InputError("\n- ".join(["\nThe sources cannot be used yet:", *error.problems])) from error
    models = connection.execute(
        "select relation, sql from preflight.models left join staging.delivered_tables using (source_table)"
        " where coalesce(is_delivered, true) order by models.rowid"
    ).fetchall()
    for relation, sql in models:
        connection.execute(f"insert into {relation} by name ({sql}\n)")


def ready_warehouse(warehouse: Path, cli_vars: Mapping[str, Any], echo: Callable[[str], None]) -> None:
    """Make a warehouse with the models that judge rows, for these vars. Raises InputError or UserError."""
    kept = target_folder(()) / KEPT
    made_of = _made_of(warehouse.stem, cli_vars)
    if kept.is_file():
        shutil.copyfile(kept, warehouse)
        if _is_made_of(warehouse, made_of):
            return
        warehouse.unlink()
    echo("Preparing the checks (once a day, and after a change of the project)")
    from klant360.preflight.judging_models import build_judging_models

    build_judging_models(warehouse, cli_vars)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table preflight.made_of as select ? as hash", [made_of])
    _keep(warehouse, kept)


def _made_of(warehouse: str, cli_vars: Mapping[str, Any]) -> str:
    """Return a hash of what the compiled models depend on: the project, the vars, and the day."""
    day = datetime.now(timezone.utc).date()
    facts = [version("dbt-core"), version("dbt-duckdb"), duckdb.__version__, warehouse, str(day)]
    hashed = hashlib.sha256(json.dumps([facts, cli_vars], default=str, sort_keys=True).encode())
    for part in _PARTS:
        place = PROJECT / part
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.suffix in (".sql", ".yml", ".csv", ".py"):
                hashed.update(str(file.relative_to(PROJECT)).encode() + b"\0")
                hashed.update(hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()


def _is_made_of(warehouse: Path, made_of: str) -> bool:
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            return connection.execute("from preflight.made_of").fetchall() == [(made_of,)]
    except duckdb.Error:  # a file of another version of DuckDB, or no warehouse at all
        return False


def _keep(warehouse: Path, kept: Path) -> None:
    """Keep a warehouse for the next look, if there is a place for it."""
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as folder:
            shutil.copyfile(warehouse, Path(folder) / KEPT).replace(kept)
