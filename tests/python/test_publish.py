"""Publications are complete, from one run, and readers never see an error."""

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
import yaml

from conftest import small_disk
from klant360.publishing.publication import (
    PublicationError,
    current,
    forget_earlier,
    make_publication,
    publications,
    read_manifest,
    serve_publication,
)
from warehouses import PROJECT, WAREHOUSE_NAME


@pytest.fixture(scope="module")
def small_warehouse(tmp_path_factory) -> Path:
    """A file like a warehouse: two marts with the run that made them, and a restricted table."""
    path = tmp_path_factory.mktemp("publish") / WAREHOUSE_NAME
    write_run(path, 0)
    return path


def write_run(path: Path, number: int, names: Sequence[str] = ("customer_360", "orders")) -> None:
    """Rewrite the marts: each has the number of the run in each of 2,000 rows."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists marts; create schema if not exists restricted")
        for name in names:
            connection.execute(
                f"create or replace table marts.{name} as"
                f" select {number} as run, range as row from range(2000)"
            )
            connection.execute(
                f"comment on table marts.{name} is 'One row per row of \"{name}\", it''s said.\n'"
            )
            connection.execute(f"comment on column marts.{name}.run is 'The run.'")
        connection.execute("create or replace table restricted.names as select 'Jansen' as name")


def test_a_publication_has_the_marts_and_nothing_else(small_warehouse, tmp_path):
    manifest = make_publication(small_warehouse, tmp_path, "r1", {"as_of_date": "2024-12-31"})
    with duckdb.connect(str(tmp_path / "klant360.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by 2"
        ).fetchall()
        comments = connection.execute(
            "select comment from duckdb_columns() where column_name = 'run'"
        ).fetchall()
        version = connection.execute("select tags['storage_version'] from duckdb_databases()").fetchall()
    assert [row[:2] for row in tables] == [("marts", "customer_360"), ("marts", "orders")]
    assert tables[1][2] == 'One row per row of "orders", it\'s said.'
    assert comments == [("The run.",)] * 2
    assert version[0][0].startswith("v1.0")
    assert sorted(path.name for path in (tmp_path / "parquet").iterdir()) == [
        "customer_360.parquet",
        "orders.parquet",
    ]
    assert manifest == json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tables"]["orders"]["rows"] == 2000
    assert manifest["as_of_date"] == "2024-12-31"


def test_the_same_rows_in_another_order_have_the_same_content_hash(small_warehouse, tmp_path):
    shuffled = tmp_path / WAREHOUSE_NAME
    shutil.copy(small_warehouse, shuffled)
    with duckdb.connect(str(shuffled)) as connection:
        connection.execute("create or replace table marts.orders as from marts.orders order by hash(row)")
        connection.execute("update marts.customer_360 set run = 7 where row = 1999")
    one = make_publication(small_warehouse, tmp_path / "one", "r", {})["tables"]
    other = make_publication(shuffled, tmp_path / "other", "r", {})["tables"]
    assert one["orders"] == other["orders"]
    assert one["customer_360"]["content"] != other["customer_360"]["content"]


def test_the_last_ones_are_kept_and_an_earlier_one_can_be_served(small_warehouse, tmp_path):
    for run in ("r1", "r2", "r3", "r4"):
        make_publication(small_warehouse, tmp_path, run, {})
        forget_earlier(tmp_path, keep=3)
    assert publications(tmp_path) == ["r2", "r3", "r4"]
    serve_publication(tmp_path, "r2")
    assert current(tmp_path) == "r2"
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["run"] == "r2"
    forget_earlier(tmp_path)
    assert publications(tmp_path) == ["r2", "r4"], "the current publication is never deleted"


def read_served(serve: str, stop: str, seen: str, names: Sequence[str]) -> None:
    """Read all marts repeatedly, as a BI tool does; write the errors and the number of correct reads."""
    wrong, reads = [], 0

    def runs(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple]:
        queries = [
            f"select min(run), max(run), count(*) from {table.format(name)}" for name in (*names, names[0])
        ]
        return [connection.execute(query).fetchall()[0] for query in queries]

    while not Path(stop).exists() or not reads:
        try:
            with duckdb.connect(f"{serve}/klant360.duckdb", read_only=True) as connection:
                found = [runs(connection, "marts.{}")]
            folder = os.path.realpath(f"{serve}/parquet")
            with duckdb.connect() as connection:
                found.append(runs(connection, f"'{folder}/{{}}.parquet'"))
            for facts in found:
                if len(set(facts)) != 1 or facts[0][0] != facts[0][1] or facts[0][2] != 2000:
                    wrong.append(str(facts))
            reads += 1
            Path(seen).touch()
        except Exception as error:
            wrong.append(repr(error))
    Path(seen).write_text(json.dumps({"wrong": wrong, "reads": reads}), encoding="utf-8")


@pytest.mark.parametrize("number", [8, pytest.param(50, marks=pytest.mark.deep)])
def test_readers_of_many_publications_never_see_an_error_or_two_runs(tmp_path, number):
    warehouse, serve, stop = tmp_path / WAREHOUSE_NAME, tmp_path / "serve", tmp_path / "stop"
    names = published_models()
    assert len(names) > 12
    write_run(warehouse, 0, names)
    make_publication(warehouse, serve, "r000", {})
    processes = multiprocessing.get_context("spawn")
    logs = [tmp_path / f"seen{reader}" for reader in range(2)]
    readers = [
        processes.Process(target=read_served, args=(str(serve), str(stop), str(path), names)) for path in logs
    ]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() and not path.exists() for reader, path in zip(readers, logs, strict=True)):
        time.sleep(0.1)
    for run in range(1, number + 1):
        write_run(warehouse, run, names)
        make_publication(warehouse, serve, f"r{run:03}", {})
        forget_earlier(serve, keep=5)
    stop.touch()
    for reader in readers:
        reader.join()
    seen = [json.loads(path.read_text(encoding="utf-8")) for path in logs]
    assert [facts["wrong"] for facts in seen] == [[], []]
    assert all(facts["reads"] > number // 5 for facts in seen), seen


def published_models() -> list[str]:
    """Return the names of the models in schema marts."""
    models = [
        model
        for path in sorted((PROJECT / "models" / "marts").rglob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())
    ]
    return [model["name"] for model in models if model.get("config", {}).get("schema") != "restricted"]


def test_a_full_disk_is_reported_and_the_last_publication_stays(small_warehouse, tmp_path):
    with small_disk(tmp_path / "disk", "3m") as disk:
        make_publication(small_warehouse, disk, "r1", {})
        hashes = read_manifest(disk, "r1")["tables"]
        (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - 200_000))
        with pytest.raises(PublicationError, match="cannot be written"):
            make_publication(small_warehouse, disk, "r2", {})
        assert current(disk) == "r1"
        assert publications(disk) == ["r1"]
        assert not list((disk / "publications").glob(".*")), "no unfinished files are left"
        assert read_manifest(disk, "r1")["tables"] == hashes
        with duckdb.connect(str(disk / "klant360.duckdb"), read_only=True) as connection:
            assert connection.execute("select count(*) from marts.orders").fetchall() == [(2000,)]
