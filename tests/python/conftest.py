"""The harness: real warehouses that dbt builds for the tests, in this process.

dbt is imported once and the project is parsed once for all vars: they only affect SQL, which dbt renders when
it runs. Only data tests may have vars in their arguments, and are parsed for each set of vars. Session-wide
warehouses are in a folder that the workers of pytest-xdist share, behind a lock, so that each is made once.
Other warehouses are made once per file: `--dist loadfile` keeps the tests of a file together.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, settings

from answers import Answer, run
from deliveries import ORDERS, put
from parsing import locked
from rendering import Renderer
from warehouses import (
    KLANT360,
    PARTS_OF_A_PROJECT,
    PROJECT,
    WAREHOUSE_NAME,
    Dbt,
    Rows,
    Warehouse,
    csv_text,
    seeds_of,
)

# No test depends on a clock, since the machine may be busy; every run draws the same examples.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")
# The same examples in every run; `pytest -m deep` looks further.
settings.register_profile(
    "builds",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def once(path: Path, make: Callable[[], Any]) -> Path:
    """Make something at a path, unless a worker already made it."""
    done = path.with_name(path.name + ".done")
    with locked(path):
        if not done.exists():
            make()
            done.touch()
    return path


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of a size such as 2m; skips the test if that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here: that needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory."""
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A sources folder with one good order; add more files with `deliveries.put`."""
    put(tmp_path, "webshop/orders.csv", ORDERS)
    return tmp_path


@pytest.fixture
def folder(tmp_path):
    """A sources folder without anything."""
    return tmp_path / "deliveries"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return a function that writes a connector of one's own."""
    monkeypatch.setenv("KLANT360_CONNECTORS", str(tmp_path / "connectors"))
    (tmp_path / "connectors").mkdir()

    def write(name, text, **queries):
        put(tmp_path, f"connectors/{name}/connector.yml", text.encode())
        for table, query in queries.items():
            put(tmp_path, f"connectors/{name}/{table}.sql", query.encode())

    return write


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of the session share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


@pytest.fixture(scope="session")
def dbt(session_folder: Path) -> Dbt:
    """dbt, with its parsed projects."""
    return Dbt(session_folder / "dbt")


@pytest.fixture(scope="session", autouse=True)
def _rendered_once(session_folder: Path, dbt: Dbt) -> None:
    Renderer.shared_folder = session_folder / "rendered"
    Renderer.parsed = {"duckdb": dbt.manifest}


@pytest.fixture(scope="session")
def seeded(session_folder: Path, dbt: Dbt) -> Path:
    """A warehouse with only the seeds; use copies of it."""
    path = session_folder / "seeded" / WAREHOUSE_NAME

    def make() -> None:
        arguments = ["seed", "--target-path", str(path.parent / "target"), "--no-write-json"]
        done = dbt.invoke(arguments, environment={"KLANT360_WAREHOUSE": str(path)})
        assert done.success, done.exception

    return once(path, make)


@pytest.fixture(scope="session")
def new_warehouse(
    tmp_path_factory: pytest.TempPathFactory, dbt: Dbt, seeded: Path
) -> Callable[[], Warehouse]:
    """Return a warehouse in its own folder, with only the seeds."""

    def new() -> Warehouse:
        path = Path(shutil.copy(seeded, tmp_path_factory.mktemp("warehouse")))
        return Warehouse(path, dbt, seeds_of(PROJECT))

    return new


@pytest.fixture(scope="session")
def build_warehouse(
    new_warehouse: Callable[[], Warehouse], make_project: Callable[[Mapping[str, str | Rows]], Path]
) -> Callable[..., Warehouse]:
    """Build a folder of sources into its own warehouse: `build_warehouse(sources, ...)`.

    Besides the arguments of `Warehouse.build`, `seeds` replaces seeds by name: rows, or the text of the file.
    """

    def build(sources: Path, *, seeds: Mapping[str, str | Rows] | None = None, **options: Any) -> Warehouse:
        if seeds:
            options["project"] = make_project(seeds)
        warehouse = new_warehouse()
        warehouse.build(sources, **options)
        return warehouse

    return build


@pytest.fixture(scope="session")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, str | Rows]], Path]:
    """Make a copy of the project, with links, in which some seeds have other rows."""

    def make(seeds: Mapping[str, str | Rows]) -> Path:
        project = tmp_path_factory.mktemp("project")
        (project / "seeds").mkdir()
        for part in PARTS_OF_A_PROJECT:
            (project / part).symlink_to(PROJECT / part)
        for path in (PROJECT / "seeds").iterdir():
            if path.stem not in seeds or path.suffix != ".csv":
                (project / "seeds" / path.name).symlink_to(path)
        for name, rows in seeds.items():
            assert (PROJECT / "seeds" / f"{name}.csv").exists(), f"there is no seed {name}"
            (project / "seeds" / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
        return project

    return make


@pytest.fixture(scope="session")
def make_sources(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, str | Rows]], Path]:
    """Write a folder of sources: the text or the rows of each table, as `{"webshop.orders": ...}`."""

    def make(tables: Mapping[str, str | Rows]) -> Path:
        folder = tmp_path_factory.mktemp("sources")
        for name, rows in tables.items():
            path = folder / f"{name.replace('.', '/')}.csv"
            path.parent.mkdir(exist_ok=True)
            path.write_text(csv_text(rows), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def demo_sources(session_folder: Path) -> Path:
    """The sources of the demo set, as it comes by default."""
    folder = session_folder / "demo"

    def make() -> None:
        command = [KLANT360, "demo", "--out", str(folder)]
        subprocess.run(command, check=True, capture_output=True)

    return once(folder, make) / "sources"


@pytest.fixture(scope="session")
def demo_warehouse(session_folder: Path, dbt: Dbt, request: pytest.FixtureRequest) -> Path:
    """The warehouse of a full `dbt build` of the demo set, for reading only.

    If KLANT360_TEST_WAREHOUSE names an existing one, that is used.
    """
    if built := os.environ.get("KLANT360_TEST_WAREHOUSE"):
        path = (PROJECT / built).resolve()
        assert path.is_file(), f"KLANT360_TEST_WAREHOUSE names {path}, which does not exist"
        return path
    sources = request.getfixturevalue("demo_sources")
    path = session_folder / "demo_warehouse" / WAREHOUSE_NAME
    return once(path, lambda: Warehouse(path, dbt).build(sources, command="build"))


@pytest.fixture(scope="session")
def served(session_folder: Path, demo_warehouse: Path) -> Path:
    """The folder `serve` of a publication of the demo set, for reading only."""
    from published_worlds import publish_marts

    folder = session_folder / "published" / "serve"
    return once(folder, lambda: publish_marts(demo_warehouse, folder))


@pytest.fixture(scope="session")
def nodes(dbt: Dbt, new_warehouse: Callable[[], Warehouse]) -> dict[str, Any]:
    """The nodes by unique id, with the SQL of all analyses."""
    warehouse = new_warehouse()  # an empty one: dbt would lock one that others read
    arguments = ["compile", "--select", "resource_type:analysis", "--no-write-json"]
    arguments += ["--target-path", str(warehouse.path.parent / "target")]
    done = dbt.invoke(arguments, environment={"KLANT360_WAREHOUSE": str(warehouse.path)})
    assert done.success, done.exception
    return {**dbt.manifest().nodes, **{result.node.unique_id: result.node for result in done.result}}


@pytest.fixture(scope="session")
def answer(nodes: dict[str, Any], demo_warehouse: Path) -> Callable[[str], Answer]:
    answers: dict[str, Answer] = {}

    def answer_of(name: str) -> Answer:
        if name not in answers:
            answers[name] = run(demo_warehouse, nodes[f"analysis.klant360.{name}"].compiled_code)
        return answers[name]

    return answer_of


@pytest.fixture(scope="session")
def ask(demo_warehouse: Path) -> Callable[[str], list[SimpleNamespace]]:
    return lambda sql: run(demo_warehouse, sql).rows


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "deep: takes too long for `make test`; run with `-m deep`")
    config.addinivalue_line("markers", "spark: needs Java and Spark; run by `make test-spark`")


# The longest files first, so that two workers end together; the second of them needs no parsed project.
FIRST_FILES = (
    "test_faults",
    "test_demo",
    "test_erasure",
    "test_against_oracle",
    "test_incremental_history",
    "test_customer_merges",
    "test_build_command",
    "test_spark_sql",
    "test_adding_a_table",
    "test_deliveries",
    "test_refused_publications",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the files, and leave out the deep tests and those on Spark unless `-m` selects them."""
    order = {name: number for number, name in enumerate(FIRST_FILES)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
    if not config.option.markexpr:
        others = [
            item for item in items if item.get_closest_marker("deep") or item.get_closest_marker("spark")
        ]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
