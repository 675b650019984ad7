"""The demo set in each style is the same company: its marts are equal, cell by cell."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from klant360.demo.generate import generate
from klant360.demo.options import Options
from warehouses import Warehouse

# The cell and the row as delivered.
AS_WRITTEN = ("raw_value", "raw_row")
# Enough dirt of each kind for rows of every reason, with few people.
DIRT = {"bad_dates": 0.04, "double_keys": 0.04, "unknown_references": 0.04}
Builder = Callable[[float], dict[str, Path]]

pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def build_styles(
    build_warehouse: Callable[..., Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Builder:
    """Build the warehouse of each style, with a share of people who ask to be erased."""

    def build(erasure_requests: float) -> dict[str, Path]:
        paths = {}
        for style in ("plain", "dutch-excel"):
            folder = tmp_path_factory.mktemp(style)
            generate(Options(people=200, out=folder, style=style, erasure_requests=erasure_requests, **DIRT))
            paths[style] = build_warehouse(folder / "sources").path
        return paths

    return build


@pytest.fixture(scope="module")
def built(build_styles: Builder) -> dict[str, Path]:
    """The warehouse of each style, without erasure requests, which take a second pass."""
    return build_styles(0.0)


def test_a_dutch_excel_gives_the_same_tables(built: dict[str, Path]) -> None:
    assert differences(built) == {}


def test_the_same_people_are_erased_from_a_dutch_excel(build_styles: Builder) -> None:
    built = build_styles(0.01)
    with duckdb.connect(str(built["dutch-excel"]), read_only=True) as connection:
        assert connection.execute("select sum(rows_erased) > 0 from marts.source_reconciliation").fetchone()[
            0
        ]
    assert differences(built) == {}


def differences(built: dict[str, Path]) -> dict[str, tuple]:
    """Return the tables that differ, with the rows that only one of the styles has."""
    with duckdb.connect() as connection:
        for style, path in built.items():
            # a view names the database it was built in
            connection.execute(f"attach '{path}' as klant360 (read_only)")
            connection.execute(f'create schema "{style}"')
            columns: dict[str, list[str]] = {}
            for schema, table, column in connection.execute("""
                select schema_name, table_name, column_name from duckdb_columns()
                where database_name = 'klant360' and schema_name in ('marts', 'restricted')
                order by all
            """).fetchall():
                columns.setdefault(f"{schema}.{table}", []).append(column)
            for table in columns:
                connection.execute(f'create table "{style}"."{table}" as from klant360.{table}')
            connection.execute("detach klant360")
        assert len(columns) > 20
        different = {}
        for table, names in columns.items():
            compared = ", ".join(name for name in names if name not in AS_WRITTEN)
            one, other = (f'select {compared} from "{style}"."{table}"' for style in built)
            missing = connection.execute(f"{one} except all {other}").fetchall()
            extra = connection.execute(f"{other} except all {one}").fetchall()
            if missing or extra:
                different[table] = (len(missing), missing[:2], len(extra), extra[:2])
    return different
