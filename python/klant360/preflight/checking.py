"""Loads a sources folder into a scratch warehouse, and judges its rows with the models of a build."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg

from klant360.errors import InputError, UserError
from klant360.project import PROJECT, RESOLVING, SOURCES, WAREHOUSE
from klant360.publishing.build import is_for_people, unusable_input

# What says which rows and cells cannot be read, and which references lead nowhere.
MODELS = ("+rejected_rows", "+ignored_values", "+reference_quality")


def check(
    sources: Path, warehouse: Path, cli_vars: Mapping[str, Any], echo: Callable[[str], None]
) -> Manifest:
    """Load a folder into a new warehouse and build the models that judge its rows; returns the project.

    `echo` gets a line per loaded table, and per way in which its files are written. Raises UserError.
    """
    os.chdir(PROJECT)
    places = ["--vars", json.dumps(dict(cli_vars)), "--log-level", "none", "--log-level-file", "none"]
    failures: list[str] = []

    def on_event(event: EventMsg) -> None:
        if event.info.level == "error" and is_for_people(event):
            failures.append(event.info.msg)
        elif event.info.name == "Note" and event.info.msg.startswith(("Loaded", "  ")):
            echo(event.info.msg)

    # parsed for the usual warehouse, so that dbt can use what it parsed before
    manifest = _run(dbtRunner(callbacks=[on_event]), ["parse", *places], failures)
    models = ["--resource-type", "seed", "--resource-type", "model", "--select", *MODELS]
    scratch = ["--target-path", str(warehouse.parent / "target"), "--no-write-json"]
    with _environment({SOURCES: str(sources), WAREHOUSE: str(warehouse), RESOLVING: "1"}):
        _run(
            dbtRunner(manifest=manifest, callbacks=[on_event]),
            ["build", *models, *places, *scratch],
            failures,
        )
        DuckDBConnectionManager.close_all_connections()
    return manifest


def _run(runner: dbtRunner, arguments: Sequence[str], failures: list[str]) -> Any:
    done = runner.invoke(list(arguments))
    if not done.success:
        DuckDBConnectionManager.close_all_connections()
        kind = InputError if unusable_input(done.exception) else UserError
        raise kind("\n".join(["", *(failures or [str(done.exception)])]))
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
