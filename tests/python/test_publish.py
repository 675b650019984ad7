"""Write, audit, publish: what others read is whole, of one run, and holds nobody's name."""

import json
import multiprocessing
import os
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from conftest import PROJECT, WAREHOUSE_NAME, Warehouse, small_disk
from klant360.personal_data import GENERALISATIONS, TAG, Model, problems
from klant360.publication import (
    PublicationError,
    current,
    forget_earlier,
    make_publication,
    publications,
    read_manifest,
    serve_publication,
)
from klant360.publish import shrunken_sources


@pytest.fixture(scope="module")
def small_warehouse(tmp_path_factory) -> Path:
    """A file like a warehouse: two marts that name the run that made them, and a table for few."""
    path = tmp_path_factory.mktemp("publish") / WAREHOUSE_NAME
    write_run(path, 0)
    return path


def write_run(path: Path, number: int) -> None:
    """Write both marts anew: both hold the number of the run, in each of 5,000 rows."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists marts; create schema if not exists restricted")
        for name in ("customer_360", "orders"):
            connection.execute(
                f"create or replace table marts.{name} as"
                f" select {number} as run, range as row from range(5000)"
            )
            connection.execute(
                f"comment on table marts.{name} is 'One row per row of \"{name}\", it''s said.'"
            )
            connection.execute(f"comment on column marts.{name}.run is 'The run.'")
        connection.execute("create or replace table restricted.names as select 'Jansen' as name")


def test_a_publication_is_the_marts_and_nothing_else(small_warehouse, tmp_path):
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
    assert manifest["tables"]["orders"]["rows"] == 5000
    assert manifest["as_of_date"] == "2024-12-31"


def test_the_same_rows_in_another_order_have_the_same_content_hash(small_warehouse, tmp_path):
    shuffled = tmp_path / WAREHOUSE_NAME
    shutil.copy(small_warehouse, shuffled)
    with duckdb.connect(str(shuffled)) as connection:
        connection.execute("create or replace table marts.orders as from marts.orders order by hash(row)")
        connection.execute("update marts.customer_360 set run = 7 where row = 4999")
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
    assert publications(tmp_path) == ["r2", "r4"], "what is served is never deleted"


def read_served(serve: str, stop: str, seen: str) -> None:
    """Read all marts over and over, as a BI tool does; write what went wrong and how often it was right."""
    wrong, reads = [], 0
    while not Path(stop).exists() or not reads:
        try:
            with duckdb.connect(f"{serve}/klant360.duckdb", read_only=True) as connection:
                runs = [
                    connection.execute(f"select min(run), max(run), count(*) from marts.{name}").fetchall()[0]
                    for name in ("customer_360", "orders", "customer_360")
                ]
            folder = os.path.realpath(f"{serve}/parquet")
            with duckdb.connect() as connection:
                runs_of_files = [
                    connection.execute(
                        f"select min(run), max(run), count(*) from read_parquet('{folder}/{name}.parquet')"
                    ).fetchall()[0]
                    for name in ("customer_360", "orders")
                ]
            for found in (runs, runs_of_files):
                if len(set(found)) != 1 or found[0][0] != found[0][1] or found[0][2] != 5000:
                    wrong.append(str(found))
            reads += 1
        except Exception as error:
            wrong.append(repr(error))
    Path(seen).write_text(json.dumps({"wrong": wrong, "reads": reads}), encoding="utf-8")


def test_readers_of_50_publications_never_see_an_error_or_two_runs(small_warehouse, tmp_path):
    warehouse, serve, stop = tmp_path / WAREHOUSE_NAME, tmp_path / "serve", tmp_path / "stop"
    shutil.copy(small_warehouse, warehouse)
    make_publication(warehouse, serve, "r000", {})
    processes = multiprocessing.get_context("spawn")
    readers = [
        processes.Process(target=read_served, args=(str(serve), str(stop), str(tmp_path / f"seen{number}")))
        for number in range(2)
    ]
    for reader in readers:
        reader.start()
    for number in range(1, 51):
        write_run(warehouse, number)
        make_publication(warehouse, serve, f"r{number:03}", {})
        forget_earlier(serve, keep=5)
    stop.touch()
    for reader in readers:
        reader.join()
    seen = [json.loads((tmp_path / f"seen{number}").read_text(encoding="utf-8")) for number in range(2)]
    assert [told["wrong"] for told in seen] == [[], []]
    assert all(told["reads"] > 10 for told in seen), seen


def test_a_full_disk_is_a_sentence_and_what_was_served_stays(small_warehouse, tmp_path):
    with small_disk(tmp_path / "disk", "3m") as disk:
        make_publication(small_warehouse, disk, "r1", {})
        hashes = read_manifest(disk, "r1")["tables"]
        (disk / "filler").write_bytes(b"x" * (shutil.disk_usage(disk).free - 200_000))
        with pytest.raises(PublicationError, match="cannot be written"):
            make_publication(small_warehouse, disk, "r2", {})
        assert current(disk) == "r1"
        assert publications(disk) == ["r1"]
        assert not list((disk / "publications").glob(".*")), "nothing half-made is left"
        assert read_manifest(disk, "r1")["tables"] == hashes
        with duckdb.connect(str(disk / "klant360.duckdb"), read_only=True) as connection:
            assert connection.execute("select count(*) from marts.orders").fetchall() == [(5000,)]


def test_far_fewer_rows_than_the_last_time_are_told(small_warehouse):
    before = {"webshop.orders": 1000, "crm.customers": 10, "crm.campaign_spend": 0}
    assert shrunken_sources(before, {"webshop.orders": 500, "crm.customers": 10}, 0.5) == []
    told = shrunken_sources(before, {"webshop.orders": 499, "crm.customers": 10}, 0.5)
    assert len(told) == 1
    assert "webshop.orders holds 499 rows, the last publication 1,000" in told[0]
    assert "accept_fewer_rows" in told[0]
    assert "crm.customers holds 0 rows" in shrunken_sources(before, {"webshop.orders": 999}, 0.5)[0]


# ---- personal data ----------------------------------------------------------------------------------------


def test_a_mart_with_personal_data_is_refused_and_so_is_one_that_is_made_of_it():
    names = Model(
        "staging.people", ("id", "name", "postal_code"), personal=frozenset({"name", "postal_code"})
    )
    mart = Model(
        "marts.people",
        ("id", "initial", "area", "rows"),
        generalised={"area": "postal_area"},
        sql="with p as (select * from db.staging.people) select id, upper(substr(p.name, 1, 1)) as initial,"
        " substr(postal_code, 1, 2) as area, count(*) as rows from p group by all",
    )
    assert [told.split(" ")[0] for told in problems([names, mart])] == ["marts.people.initial"]
    tagged = Model(
        "marts.people", ("name",), personal=frozenset({"name"}), sql="select name from db.staging.people"
    )
    assert "never published" in problems([names, tagged])[0]
    python = Model("marts.counts", ("n",), inputs=("staging.people",))
    assert "marts.counts.n comes from personal data" in problems([names, python])[0]
    unknown = Model("marts.people", ("id",), generalised={"id": "somehow"})
    assert "none of" in problems([unknown])[0]


def test_columns_that_name_a_person_are_tagged_in_every_model():
    names = {"first_name", "last_name", "email", "phone", "street", "house_number", "postal_code"}
    names |= {"birth_date", "company_name", "comment", "anonymous_id"}
    columns = [
        (model["name"], column)
        for path in sorted((PROJECT / "models").rglob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())
        for column in model["columns"]
        if column["name"] in names
    ]
    assert len(columns) > 50
    assert [
        (model, column["name"])
        for model, column in columns
        if TAG not in column.get("config", {}).get("tags", ())
    ] == []


def test_the_ways_to_generalise_are_a_closed_list():
    assert sorted(GENERALISATIONS) == ["age_band", "count", "postal_area", "reason"]


def test_nothing_of_500_planted_people_stands_in_any_published_byte(tmp_path, make_sources, build_warehouse):
    people = range(500)
    plant = {
        "crm.customers": [
            {
                "customer_number": f"{10_000 + n}",
                "first_name": f"Zqxvoornaam{n}",
                "last_name": f"Zqxachternaam{n}",
                "email": f"zqxmail{n}@zqxhuis.example",
                "phone": f"06{58_000_000 + n}",
                "street": f"Zqxstraat{n}",
                "house_number": "1",
                "postal_code": f"{1000 + n} ZQ",
                "country_code": "NL",
                "created_at": "2023-01-01 10:00",
            }
            for n in people
        ],
        "webshop.orders": [
            {
                "order_id": n,
                "ordered_at": f"2024-{1 + n % 12:02}-05",
                "total_amount": 10 + n,
                "email": f"zqxmail{n}@zqxhuis.example",
                "phone": f"06{58_000_000 + n}",
                "status": "Zqxachternaam" if n == 7 else "",
            }
            for n in people
        ],
    }
    warehouse: Warehouse = build_warehouse(make_sources(plant))
    make_publication(warehouse.path, tmp_path, "r1", {})
    found = warehouse.rows(
        "select count(*) from restricted.customer_contact_details where first_name like 'Zqx%'"
    )
    assert found == [(500,)], "the plants are in the warehouse"
    published = [path for path in (tmp_path / "publications" / "r1").rglob("*") if path.is_file()]
    texts = {path.name: path.read_bytes() for path in published}
    with duckdb.connect() as connection:
        for path in published:
            if path.suffix == ".parquet":
                rows = connection.execute(f"select to_json(t) from read_parquet('{path}') as t").fetchall()
                texts[f"{path.name} decompressed"] = "\n".join(row for (row,) in rows).encode()
        connection.execute(f"attach '{tmp_path}/klant360.duckdb' as served (read_only)")
        for name in read_manifest(tmp_path, "r1")["tables"]:
            rows = connection.execute(f"select to_json(t) from served.marts.{name} as t").fetchall()
            texts[f"{name} as rows"] = "\n".join(row for (row,) in rows).encode()
    marks = (b"zqxmail", b"zqxhuis", b"zqxvoornaam", b"zqxstraat", b"065800", b"3165800")
    for name, text in texts.items():
        # the status of order 7 is planted to show that the search finds what is there
        where = {mark for mark in (*marks, b"zqxachternaam") if mark in text.lower()}
        assert where <= ({b"zqxachternaam"} if "orders" in name or name == "klant360.duckdb" else set()), name
    assert b"zqxachternaam" in texts["orders as rows"].lower()
