"""Warehouses that dbt builds in this process, and the project, parsed once for all of them."""

import csv
import functools
import hashlib
import io
import json
import os
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import duckdb
import pandas as pd
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from faster_dbt import make_faster
from parsing import forget_compiled, locked

PROJECT = Path(__file__).parents[2]
# dbt in the environment that runs the tests
KLANT360 = str(Path(sys.executable).with_name("klant360"))
# The manifest contains the name of the database, which is the stem of the file: all warehouses share one.
WAREHOUSE_NAME = "klant360.duckdb"
PARTS_OF_A_PROJECT = ("dbt_project.yml", "profiles.yml", ".dbtignore", "macros", "models", "tests")
RESOURCES_OF_A_RUN = ("--resource-type", "seed", "--resource-type", "model")

Vars = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
FileState = tuple[int, int]

make_faster()


def seeds_of(project: Path) -> dict[str, FileState]:
    """Return the seeds of a project and the state of their files; links are followed."""
    states = {path.stem: path.stat() for path in (project / "seeds").glob("*.csv")}
    return {name: (state.st_size, state.st_mtime_ns) for name, state in states.items()}


class Dbt:
    """dbt in this process: parses the project and then runs any command on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifests: dict[str, Manifest] = {}

    def invoke(
        self,
        arguments: Sequence[str],
        *,
        variables: Vars | None = None,
        project: Path = PROJECT,
        environment: Mapping[str, str] | None = None,
        with_tests: bool = False,
    ) -> dbtRunnerResult:
        """Run one dbt command; the caller checks whether it succeeded."""
        variables = variables or {}
        manifest = self.manifest(variables if with_tests else {}, project)
        forget_compiled(manifest, project)
        return self._invoke(arguments, variables, project, environment or {}, manifest)

    def manifest(self, variables: Vars | None = None, project: Path = PROJECT) -> Manifest:
        """Return the parsed project; a copy in which only seeds differ uses the parsed project itself."""
        variables = variables or {}
        if all((project / part).resolve() == (PROJECT / part).resolve() for part in PARTS_OF_A_PROJECT):
            project = PROJECT
        key = hashlib.sha256(f"{project}{_yaml(variables)}".encode()).hexdigest()[:12]
        if key not in self._manifests:
            folder = self.folder / f"parse_{key}"
            with locked(folder):
                plain = project == PROJECT and not variables
                environment = _begin_with_what_is_parsed(folder) if plain else {}
                arguments = ["parse", "--target-path", str(folder)]
                parsed = self._invoke(arguments, variables, project, environment, None)
            assert parsed.success, f"dbt parse failed: {parsed.exception}"
            self._manifests[key] = parsed.result
        return self._manifests[key]

    @contextmanager
    def parsed(self, module: ModuleType, project: Path = PROJECT) -> Iterator[None]:
        """Make a module of klant360 that runs dbt use the parsed project."""
        manifest = self.manifest(project=project)
        forget_compiled(manifest, project)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "PROJECT", project)
            patch.setattr(module, "dbtRunner", functools.partial(dbtRunner, manifest=manifest))
            try:
                yield
            finally:
                _close_warehouse()

    def _invoke(
        self,
        arguments: Sequence[str],
        variables: Vars,
        project: Path,
        environment: Mapping[str, str],
        manifest: Manifest | None,
    ) -> dbtRunnerResult:
        folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
        logs = ["--log-path", str(self.folder / "logs"), "--log-level-file", "none", "--log-level", "none"]
        # Parsing uses the same path everywhere: dbt parses again if the environment of a profile changes.
        environment = {"KLANT360_WAREHOUSE": str(self.folder / WAREHOUSE_NAME), **environment}
        with changed_environment(environment):
            try:
                return dbtRunner(manifest=manifest).invoke(
                    [*arguments, *folders, *logs, "--vars", _yaml(variables)]
                )
            finally:
                _close_warehouse()


def _begin_with_what_is_parsed(folder: Path) -> dict[str, str]:
    """Copy the project as it was parsed for the warehouse of `make test`, if there is one.

    Returns the environment in which dbt goes on from there: the path of a warehouse is part of a profile.
    """
    warehouse = os.environ.get("KLANT360_TEST_WAREHOUSE", "")
    parsed = PROJECT / Path(warehouse).parent / "target" / "partial_parse.msgpack"
    if not warehouse or not parsed.exists():
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / parsed.name).exists():
        shutil.copy(parsed, folder)
    return {"KLANT360_WAREHOUSE": warehouse}


class Warehouse:
    """A warehouse on disk that can be rebuilt; seeds that it already has are not loaded again."""

    def __init__(self, path: Path, dbt: Dbt, seeds: Mapping[str, FileState] | None = None) -> None:
        self.path = path
        self._dbt = dbt
        self._seeds = dict(seeds or {})

    def build(
        self,
        sources: Path,
        *,
        variables: Vars | None = None,
        project: Path = PROJECT,
        command: str = "run",
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        threads: int = 1,
        reload: bool = False,
    ) -> Counter[str]:
        """Build the sources into this warehouse; returns the number of nodes per status, such as `pass`.

        `run` is seeds and models, `build` also all tests; `exclude` leaves out types of resources, such as
        `unit_test`. Fails if anything fails; warnings pass.
        """
        arguments = ["build", "--target-path", str(self.path.parent / "target"), "--threads", str(threads)]
        arguments += ["--no-write-json", *(RESOURCES_OF_A_RUN if command == "run" else ())]
        for resource_type in exclude:
            arguments += ["--exclude-resource-type", resource_type]
        arguments += ["--select", *select] if select else []
        seeds = seeds_of(project)
        loaded = [name for name, state in seeds.items() if self._seeds.get(name) == state]
        if len(loaded) == len(seeds):
            arguments += ["--exclude-resource-type", "seed"]
        elif loaded:
            arguments += ["--exclude", *loaded]
        environment = {
            "KLANT360_WAREHOUSE": str(self.path),
            "KLANT360_SOURCES": str(sources),
            "KLANT360_RELOAD": "1" if reload else "",
        }
        done = self._dbt.invoke(
            arguments,
            variables=variables,
            project=project,
            environment=environment,
            with_tests=command != "run",
        )
        results = getattr(done.result, "results", [])
        failed = [
            f"{result.node.name}: {result.status} {result.message}"
            for result in results
            if result.status in ("error", "fail", "runtime error", "partial success")
        ]
        assert done.success and not failed, "\n".join(["dbt failed", str(done.exception or ""), *failed])
        for result in results:
            if result.node.name in seeds and result.node.resource_type == "seed":
                self._seeds[result.node.name] = seeds[result.node.name]
        return Counter(str(result.status) for result in results)

    def query(self, sql: str) -> pd.DataFrame:
        """Read from the warehouse; money comes as Decimal, dates as datetime.date, nulls as None or NaN."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).to_arrow_table().to_pandas(integer_object_nulls=True)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return plain tuples."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def marts(self) -> dict[str, list[str]]:
        """Return the rows of every table of marts and restricted, as sorted text."""
        names = self.rows(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in ('marts', 'restricted')"
        )
        assert len(names) > 10
        return {name: sorted(map(repr, self.rows(f"from {name}"))) for (name,) in names}

    def customers(self) -> dict[str, str]:
        """Return the customer of each source record, if no two records share an id."""
        rows = self.rows("select source_record_id, customer_id from restricted.customer_identities")
        assert len(dict(rows)) == len(rows)
        return dict(rows)

    def partition(self) -> set[frozenset[str]]:
        """Return the source records of each customer."""
        records = defaultdict(set)
        for record, customer in self.customers().items():
            records[customer].add(record)
        return set(map(frozenset, records.values()))


def _close_warehouse() -> None:
    """Close the file of the last command, which dbt keeps open for writing."""
    if DuckDBConnectionManager._ENV:  # otherwise the garbage collector would close the file
        DuckDBConnectionManager._ENV.close()
    DuckDBConnectionManager.close_all_connections()


def _yaml(variables: Vars) -> str:
    # JSON is YAML, except for dates: quotes distinguish those.
    cells = [
        f"{name}: {value.isoformat() if hasattr(value, 'isoformat') else json.dumps(value)}"
        for name, value in sorted(variables.items())
    ]
    return "{" + ", ".join(cells) + "}"


@contextmanager
def changed_environment(environment: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables, and restore the old ones afterwards."""
    before, folder = dict(os.environ), Path.cwd()
    os.environ.update(environment, DBT_SEND_ANONYMOUS_USAGE_STATS="false")
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)


def csv_text(rows: str | Rows) -> str:
    """Return text without its indentation; rows under a header of all their names."""
    if isinstance(rows, str):
        return dedent(rows).lstrip("\n")
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
