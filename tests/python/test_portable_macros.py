"""The dispatched macros, and those built on them, by tables of hand-worked cases.

DuckDB runs each case here, Spark in `make test-spark`.
"""

import duckdb
import pytest

from macro_cases import rendered
from portable_cases import PORTABLE
from reading_cases import READING
from rendering import renderer

TABLES = PORTABLE | READING


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def on_duckdb():
    return rendered(TABLES, "duckdb")


@pytest.mark.parametrize("name", TABLES)
def test_cases_on_duckdb(connection, on_duckdb, name):
    assert TABLES[name].wrong(connection, on_duckdb[name]) == []


def test_spark_has_a_version_of_every_dispatched_macro():
    names = {
        macro.name
        for macro in renderer("spark").manifest.macros.values()
        if macro.package_name == "klant360" and macro.name.startswith(("default__", "spark__"))
    }
    versions = {name.removeprefix("default__") for name in names if name.startswith("default__")}
    assert versions
    # create_csv_table is dbt's own
    of_spark = {name.removeprefix("spark__") for name in names if name.startswith("spark__")}
    assert versions == of_spark - {"create_csv_table"}
