"""`make publish`: build, look whether all tests passed, and only then serve the marts to others.

Write, audit, publish: dbt writes the warehouse, which nobody else opens; its tests are the audit; the marts
that passed become a publication (see `klant360.publication`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import yaml
from dbt.artifacts.schemas.results import NodeStatus
from dbt.cli.main import dbtRunnerResult

from klant360.build import run_dbt
from klant360.build_lock import BusyError, build_lock
from klant360.contract import PROJECT
from klant360.demo_warehouse import is_of_demo
from klant360.personal_data import TAG, Model, problems
from klant360.publication import (
    DEFAULT_SERVE,
    PublicationError,
    current,
    forget_earlier,
    make_publication,
    publications,
    read_manifest,
    serve_publication,
)
from klant360.refusals import delivery_facts, refusals
from klant360.settings import flat_vars
from klant360.summary import warehouse_file

KEPT = 5
# Options of dbt that leave out models or tests: what they build has not been audited as a whole.
PARTIAL = ("--select", "-s", "--models", "-m", "--exclude", "--resource-type", "--exclude-resource-type",
           "--selector", "--empty", "--sample", "--indirect-selection")  # fmt: skip
# Unit tests look at the code, not at the data: they are for development and CI.
AUDIT = ("--exclude-resource-type", "unit_test")
FAILED = (NodeStatus.Fail, NodeStatus.Error, NodeStatus.RuntimeErr, NodeStatus.PartialSuccess)


def serve_folder() -> Path:
    """The folder that others read: KLANT360_SERVE, else serve in the project."""
    return PROJECT / os.environ.get("KLANT360_SERVE", DEFAULT_SERVE)


def failures(result: dbtRunnerResult) -> list[str]:
    """Say of each test and model of a dbt build that failed what it is, and how many rows a test found."""
    return [
        f"{outcome.node.name}: {outcome.failures:,} rows"
        if outcome.status == NodeStatus.Fail and outcome.failures is not None
        else f"{outcome.node.name}: {outcome.status}"
        for outcome in getattr(result.result, "results", [])
        if outcome.status in FAILED
    ]


def built_models(result: dbtRunnerResult, warehouse: Path) -> list[Model]:
    """Give every relation of the warehouse: what a dbt build made, and the source tables that it read.

    A column of a source table is personal data when its staging model says so.
    """
    nodes = {
        outcome.node.unique_id: outcome.node
        for outcome in result.result.results
        if outcome.node.resource_type in ("model", "seed")
    }
    relations = {key: f"{node.schema}.{node.alias}" for key, node in nodes.items()}
    columns: dict[str, list[str]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute("""
            select schema_name || '.' || table_name, column_name
            from duckdb_columns() where not internal order by column_index
        """).fetchall()
    for relation, column in found:
        columns.setdefault(relation, []).append(column)
    built = [
        Model(
            relation=relations[key],
            columns=tuple(columns.get(relations[key], ())),
            personal=frozenset(name for name, column in node.columns.items() if TAG in column.tags),
            generalised={
                name: column.meta["generalised"]
                for name, column in node.columns.items()
                if "generalised" in column.meta
            },
            sql=node.compiled_code or "" if node.language == "sql" and node.resource_type == "model" else "",
            inputs=tuple(relations[name] for name in node.depends_on_nodes if name in relations),
        )
        for key, node in nodes.items()
    ]
    tags = {model.relation: model.personal for model in built}
    read = [
        Model(
            relation=relation,
            columns=tuple(names),
            personal=tags.get(f"staging.stg_{relation.replace('.', '__')}", frozenset()),
        )
        for relation, names in columns.items()
        if relation not in tags
    ]
    return built + read


def publish(warehouse: Path, serve: Path, variables: Mapping[str, Any], keep: int) -> str:
    """Publish the marts of a warehouse whose audit passed; returns the name of the publication.

    Raises PublicationError when the delivery was gutted (see `klant360.refusals`); the demo set's publication
    is no measure. After an erasure no earlier publication stays.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        facts = delivery_facts(connection)
        erased = connection.execute(
            "select request_hash || ' ' || cast(requested_at as varchar) as request"
            " from restricted.erasure_results where outcome = 'erased' order by request"
        ).fetchall()
        as_of_date = connection.execute("select max(snapshot_date) from marts.snapshots").fetchall()[0][0]
        served = current(serve)
        last = read_manifest(serve, served) if served else {}
        refuse(refusals(connection, facts, {} if last.get("is_demo") else last, variables))
    now = datetime.now(timezone.utc)
    run = f"{now:%Y%m%dT%H%M%S%f}Z"
    erased_now = [request for (request,) in erased]
    facts = {
        "published_at": now.isoformat(timespec="seconds"),
        "as_of_date": as_of_date,
        "is_demo": is_of_demo(warehouse),
        **facts,
        "erased": erased_now,
        "versions": {name: version(name) for name in ("klant360", "dbt-core", "dbt-duckdb", "duckdb")},
    }
    make_publication(warehouse, serve, run, facts)
    # whoever was erased since the last publication stands in the earlier ones
    forget_earlier(serve, keep if set(erased_now) <= set(last.get("erased", ())) else 1)
    return run


def refuse(reasons: Sequence[str]) -> None:
    """Raise PublicationError when there is any reason not to publish."""
    if reasons:
        raise PublicationError("\n- ".join(["Nothing is published, and what was served stays:", *reasons]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and publish, list or roll back; 0 when that was done, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m klant360.publish",
        description="Runs dbt build, and when every test of severity error passed, publishes the marts: "
        "klant360.duckdb, parquet/ and manifest.json in the folder KLANT360_SERVE (default: serve). "
        "Other options are handed on to dbt, such as --vars 'base_currency: GBP' or --full-refresh.",
    )
    parser.add_argument("--list", action="store_true", help="list the publications that are kept")
    parser.add_argument(
        "--rollback",
        nargs="?",
        const="",
        metavar="RUN",
        help="serve an earlier publication: the one named, else the one before the current",
    )
    parser.add_argument(
        "--keep", type=int, default=KEPT, help="how many publications are kept (default: %(default)s)"
    )
    parser.add_argument("--wait", action="store_true", help="wait for another build of this warehouse")
    options, dbt_arguments = parser.parse_known_args(arguments)
    if options.keep < 1:
        parser.error("--keep must be at least 1")
    partial = [word for word in dbt_arguments if word.split("=")[0] in PARTIAL]
    if partial:
        parser.error(f"{partial[0]} leaves something out: only a whole build can be published")
    serve, warehouse = serve_folder(), warehouse_file()
    try:
        if options.list:
            return _list(serve)
        with build_lock(warehouse, wait=options.wait):
            if options.rollback is not None:
                return _roll_back(serve, options.rollback)
            result = run_dbt([*AUDIT, *dbt_arguments])
            if not result.success:
                told = "\n- ".join(["The build failed, so nothing is published:", *failures(result)])
                print(
                    f"\n{told}\nWhat was served stays. What dbt did stands in logs/dbt.log.", file=sys.stderr
                )
                return 1
            refuse(problems(built_models(result, warehouse)))
            run = publish(warehouse, serve, _variables(dbt_arguments), options.keep)
    except (BusyError, PublicationError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    print(f"Published {run}: {serve / 'klant360.duckdb'} and {serve / 'parquet'}")
    return 0


def _list(serve: Path) -> int:
    runs = publications(serve)
    for run in runs:
        told = read_manifest(serve, run)
        rows = sum(table["rows"] for table in told["tables"].values())
        mark = "  <- served" if run == current(serve) else ""
        print(f"{run}  as of {told['as_of_date']}  {len(told['tables'])} tables, {rows:,} rows{mark}")
    if not runs:
        print(f"Nothing has been published in {serve} yet.")
    return 0


def _roll_back(serve: Path, wanted: str) -> int:
    runs, served = publications(serve), current(serve)
    earlier = [run for run in runs if served and run < served]
    run = wanted or (earlier[-1] if earlier else "")
    if run not in runs:
        raise PublicationError(
            f"There is no publication {wanted} in {serve}: --list names them."
            if wanted
            else f"There is no publication before the current one in {serve}."
        )
    serve_publication(serve, run)
    print(f"{run} is served.")
    return 0


def _variables(dbt_arguments: Sequence[str]) -> dict[str, Any]:
    """The vars of the project, and those of --vars."""
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--vars", default="{}")
    given = yaml.safe_load(parser.parse_known_args(dbt_arguments)[0].vars) or {}
    return flat_vars(declared) | flat_vars(given)


if __name__ == "__main__":
    sys.exit(main())
