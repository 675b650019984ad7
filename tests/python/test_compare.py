"""Two builds are equal when no table of their marts has a row that the other build lacks."""

from pathlib import Path

import duckdb
import pytest

from klant360.bench.compare import Difference, differences, report

EQUAL = "create table marts.alike as select * from (values (1, 'a'), (1, 'a'), (2, null)) rows (id, name);"


@pytest.fixture
def compared(tmp_path: Path):
    """Compare two warehouses that are made by SQL, beside a table that is equal in both."""

    def compare(before: str, after: str) -> list[Difference]:
        files = [tmp_path / "before.duckdb", tmp_path / "after.duckdb"]
        for file, sql in zip(files, (before, after), strict=True):
            with duckdb.connect(str(file)) as warehouse:
                warehouse.execute("create schema marts; create schema restricted; create schema intermediate")
                warehouse.execute(EQUAL + sql)
        alike, *others = differences(*files)
        assert alike == Difference("marts.alike", 3, 3)
        assert alike.is_equal
        return others

    return compare


def test_equal_builds_are_equal_whatever_the_order_of_rows_and_columns(compared):
    found = compared(
        "create table restricted.t as select 1 as a, 2 as b union all select 3, 4",
        "create table restricted.t as select 4 as b, 3 as a union all select 2, 1",
    )
    assert [one.is_equal for one in found] == [True]
    assert report(found).endswith("1 of 1 tables are equal.")


def test_a_row_that_occurs_more_often_in_one_build_is_a_difference(compared):
    found = compared(
        "create table marts.t as select 1 as a union all select 1 union all select 2",
        "create table marts.t as select 1 as a union all select 3 union all select 3",
    )
    assert found == [Difference("marts.t", 3, 3, only_before=2, only_after=2)]
    assert report(found).endswith("0 of 1 tables are equal. Different: marts.t.")


def test_a_table_that_one_build_lacks_or_has_with_another_type_is_a_difference(compared):
    found = compared(
        "create table marts.gone as select 1 as a; create table marts.typed as select 1 as a",
        "create table marts.new as select 1 as a; create table marts.typed as select '1' as a",
    )
    assert [one.table for one in found] == ["marts.gone", "marts.new", "marts.typed"]
    assert not any(one.is_equal for one in found)


def test_other_schemas_are_not_compared(compared):
    assert compared("create table intermediate.t as select 1 as a", "") == []


def test_a_view_is_compared_too_though_it_names_its_database(compared):
    view = "create view marts.v as select id from {}.marts.alike where id < {}"
    assert compared(view.format("before", 2), view.format("after", 3)) == [
        Difference("marts.v", 2, 3, only_before=0, only_after=1)
    ]
