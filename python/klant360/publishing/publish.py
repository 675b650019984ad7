"""Build, check that all tests passed, and only then publish the marts.

Write, audit, publish: dbt writes the warehouse, which no reader opens; its tests are the audit; marts that
pass become a publication (see `klant360.publishing.publication`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunnerResult
from tqdm import tqdm

from klant360.dashboard.page.render import dashboard
from klant360.ingest.demo_warehouse import is_of_demo
from klant360.preflight.preflight import look_first
from klant360.privacy.personal_data import TAG, Model, problems
from klant360.project import serve_folder, spark_warehouse, warehouse_file
from klant360.publishing.build import run_dbt
from klant360.publishing.build_lock import build_lock
from klant360.publishing.comparison.rules import rule_facts
from klant360.publishing.dbt_options import cli_vars, target_folder
from klant360.publishing.publication import (
    Draw,
    PublicationError,
    RefusedError,
    current,
    forget_earlier,
    make_publication,
    publications,
    read_manifest,
    serve_publication,
)
from klant360.publishing.refusals import delivery_facts, refusals
from klant360.publishing.run_summary import failures, summarised
from klant360.publishing.slim import keep_state
from klant360.settings import engine, project_vars

# dbt options that leave out models or tests: such a build has not been audited as a whole.
PARTIAL = ("--select", "-s", "--models", "-m", "--exclude", "--resource-type", "--exclude-resource-type",
           "--selector", "--empty", "--sample", "--indirect-selection")  # fmt: skip
# Unit tests check the code, not the data: they are for development and CI.
AUDIT = ("--exclude-resource-type", "unit_test")
# What made a publication: their versions are in its manifest.
PACKAGES = ("klant360", "dbt-core", "dbt-duckdb", "duckdb")


def built_models(result: dbtRunnerResult, columns: Mapping[str, Sequence[str]]) -> list[Model]:
    """Return every relation of the warehouse: those that a dbt build made, and the source tables it read.

    `columns` has those of each relation. A column of a source table is personal data if its staging model
    says so.
    """
    nodes = {
        outcome.node.unique_id: outcome.node
        for outcome in result.result.results
        if outcome.node.resource_type in ("model", "seed")
    }
    relations = {key: f"{node.schema}.{node.alias}" for key, node in nodes.items()}
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


def warehouse_columns(warehouse: Path) -> dict[str, list[str]]:
    """Return the columns of every relation of a warehouse."""
    columns: dict[str, list[str]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute("""
            select schema_name || '.' || table_name, column_name
            from duckdb_columns() where not internal order by column_index
        """).fetchall()
    for relation, column in found:
        columns.setdefault(relation, []).append(column)
    return columns


def publish(
    warehouse: Path,
    serve: Path,
    variables: Mapping[str, Any],
    keep: int,
    packages: Sequence[str] = PACKAGES,
    draw: Draw | None = dashboard,
) -> str:
    """Publish the marts of a warehouse that passed the audit; returns the name of the publication.

    Raises RefusedError if much of the delivery is missing (see `klant360.publishing.refusals`); a
    publication of the demo set is not used for comparison. After an erasure all earlier publications are
    deleted.
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
        "base_currency": variables["base_currency"].upper(),
        "min_cell_size": variables["min_cell_size"],
        **facts,
        "erased": erased_now,
        **rule_facts(variables),
        "versions": {name: version(name) for name in packages},
    }
    leave_out = () if variables["publish_touchpoints"] else ("touchpoints",)
    make_publication(warehouse, serve, run, facts, draw, leave_out)
    # earlier publications contain the people erased since the last one
    forget_earlier(serve, keep if set(erased_now) <= set(last.get("erased", ())) else 1)
    return run


def refuse(reasons: Sequence[str]) -> None:
    """Raise RefusedError if there is any reason not to publish."""
    if reasons:
        raise RefusedError("\n- ".join(["Nothing is published; the last publication stays:", *reasons]))


def build_and_publish(
    dbt_arguments: Sequence[str], *, target: str | None, keep: int, wait: bool, state: Path | None = None
) -> str:
    """Build, audit and publish; returns a sentence with what was published.

    What was built is then kept in the folder `state` (see `klant360.publishing.slim`). Raises UserError:
    BusyError if another build is running, InputError if the settings or the delivery cannot be used,
    RefusedError if what was built must not be published, and else if a model or test failed.
    """
    serve, variables = serve_folder(), project_vars(cli_vars(dbt_arguments))
    on_spark = engine(target) == "spark"
    warehouse = spark_warehouse() if on_spark else warehouse_file()
    with (
        build_lock(warehouse, wait=wait),
        summarised("publish", dbt_arguments, None if on_spark else warehouse) as run,
    ):
        if not on_spark:  # there, something else loads the sources
            look_first(tqdm.write)
        result = run.result = run_dbt([*AUDIT, *dbt_arguments, *(("--target", target) if target else ())])
        if not result.success:
            failed = "\n- ".join(["\nThe build failed, so nothing is published:", *failures(result)])
            raise PublicationError(f"{failed}\nThe last publication stays. See logs/dbt.log.")
        if on_spark:
            from klant360.spark.publishing import publish_from_spark

            published = publish_from_spark(result, serve, variables, keep)
        else:
            refuse(problems(built_models(result, warehouse_columns(warehouse))))
            published = publish(warehouse, serve, variables, keep)
        run.outcome = f"Published {published}."
        if state:
            keep_state(state, warehouse, target_folder(dbt_arguments))
    return (
        f"Published {published}: {serve / 'klant360.duckdb'} and {serve / 'parquet'}\n"
        f"The dashboard is {serve / 'dashboard.html'}\n"
        f"What changed in past months is in {serve / 'changes.md'}"
    )


def list_publications() -> list[str]:
    """Return a line per publication, oldest first."""
    serve = serve_folder()
    lines = []
    for run in publications(serve):
        manifest = read_manifest(serve, run)
        rows = sum(table["rows"] for table in manifest["tables"].values())
        mark = "  <- served" if run == current(serve) else ""
        lines.append(
            f"{run}  as of {manifest['as_of_date']}  {len(manifest['tables'])} tables, {rows:,} rows{mark}"
        )
    return lines or [f"Nothing has been published in {serve} yet."]


def roll_back(wanted: str, *, wait: bool) -> str:
    """Make a named publication current, or without a name the previous one; returns a sentence."""
    serve = serve_folder()
    with build_lock(warehouse_file(), wait=wait):
        runs, served = publications(serve), current(serve)
        earlier = [run for run in runs if served and run < served]
        run = wanted or (earlier[-1] if earlier else "")
        if run not in runs:
            raise PublicationError(
                f"There is no publication {wanted} in {serve}: klant360 publish --list shows them."
                if wanted
                else f"There is no publication before the current one in {serve}."
            )
        serve_publication(serve, run)
    return f"{run} is served."
