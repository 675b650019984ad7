"""`klant360 build`, as a user runs it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from warehouses import KLANT360

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("built")


@pytest.fixture(scope="module")
def run_build(folder: Path) -> Run:
    """Build into one warehouse: dbt parses the project once for all builds of the same file."""

    def run(sources: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [KLANT360, "build", *arguments],
            env={
                **os.environ,
                "KLANT360_ID_SALT": "sesam",
                "KLANT360_SOURCES": str(sources),
                "KLANT360_WAREHOUSE": str(folder / "klant360.duckdb"),
                "DBT_TARGET_PATH": str(folder / "target"),
                "DBT_LOG_PATH": str(folder / "logs"),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def sources(make_sources: Callable[..., Path]) -> Path:
    return make_sources(
        {"webshop.orders": "order_id,ordered_at,total_amount,email\n1,2024-01-05,10,a@b.nl\n"}
    )


def test_options_go_to_dbt_and_the_loader_and_its_warning_are_heard(run_build, folder, sources):
    done = run_build(sources, "--select", "identity_rules", KLANT360_ID_SALT="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Loaded webshop.orders: 1 rows from 1 file" in done.stdout
    assert "KLANT360_ID_SALT is not set" in done.stdout
    with duckdb.connect(str(folder / "klant360.duckdb"), read_only=True) as connection:
        built = connection.execute(
            "select table_name from duckdb_tables() where schema_name in ('seeds', 'marts')"
        ).fetchall()
    assert built == [("identity_rules",)]


def test_a_failed_build_reports_the_problems_and_where_to_look(run_build, folder, make_sources):
    done = run_build(
        make_sources({"webshop.orders": "order_id,email\n1,a@b.nl\n", "crm.customers": "name\n"})
    )
    output = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 3
    assert "lacks the required column ordered_at" in output
    assert "lacks the required column customer_number" in output
    assert "Nothing was built." in done.stderr
    assert "KLANT360_ID_SALT" not in output
    assert "Traceback" not in output
    assert "lacks the required column ordered_at" in (folder / "target" / "summary.md").read_text()


def test_an_invalid_memory_limit_is_reported(run_build, sources):
    done = run_build(sources, "--select", "identity_rules", KLANT360_MEMORY_LIMIT="plenty")
    output = done.stdout + done.stderr
    assert done.returncode == 3
    assert "KLANT360_MEMORY_LIMIT is plenty: it must be a size such as 4GB" in " ".join(output.split())
    assert "Traceback" not in output
