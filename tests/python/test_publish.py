"""Write, audit, publish: what others read is whole, of one run, and holds nobody's name."""

import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
import yaml

from conftest import PROJECT, WAREHOUSE_NAME, Warehouse
from klant360.build_lock import build_lock
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

ORDERS = "order_id,ordered_at,total_amount,email\n" + "".join(
    f"{number},2024-0{1 + number % 9}-05,{number % 50 + 1},p{number % 30}@example.nl\n"
    for number in range(1, 200)
)


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
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root")
    try:
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
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_far_fewer_rows_than_the_last_time_are_told(small_warehouse):
    before = {"webshop.orders": 1000, "crm.customers": 10, "crm.campaign_spend": 0}
    assert shrunken_sources(before, {"webshop.orders": 500, "crm.customers": 10}, 0.5) == []
    told = shrunken_sources(before, {"webshop.orders": 499, "crm.customers": 10}, 0.5)
    assert len(told) == 1
    assert "webshop.orders holds 499 rows, the last publication 1,000" in told[0]
    assert "accept_fewer_rows" in told[0]
    assert "crm.customers holds 0 rows" in shrunken_sources(before, {"webshop.orders": 999}, 0.5)[0]


# ---- through the command line -----------------------------------------------------------------------------


class Place:
    """A warehouse and a served folder of their own, and the command that builds and publishes there."""

    def __init__(self, folder: Path, sources: Path) -> None:
        self.folder, self.serve = folder, folder / "serve"
        self.warehouse = folder / "built" / WAREHOUSE_NAME
        self.environment = {
            **os.environ,
            "KLANT360_ID_SALT": "sesam",
            "KLANT360_SOURCES": str(sources),
            "KLANT360_WAREHOUSE": str(self.warehouse),
            "KLANT360_SERVE": str(self.serve),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "klant360.publish", *arguments]

    def publish(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False
        )

    def tables(self) -> dict:
        """Rows and content hash of each mart that is served."""
        return json.loads((self.serve / "manifest.json").read_text(encoding="utf-8"))["tables"]


@pytest.fixture(scope="module")
def place(tmp_path_factory, make_sources) -> Place:
    """A small delivery that was published once."""
    made = Place(tmp_path_factory.mktemp("place"), make_sources({"webshop.orders": ORDERS}))
    done = made.publish()
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def test_a_published_build_lists_and_names_what_it_is(place):
    told = json.loads((place.serve / "manifest.json").read_text(encoding="utf-8"))
    assert told["sources"]["webshop.orders"] == 199
    assert told["as_of_date"] == "2024-09-05"
    assert told["versions"]["duckdb"] == duckdb.__version__
    listed = place.publish("--list")
    assert listed.returncode == 0
    assert told["run"] in listed.stdout
    assert "<- served" in listed.stdout
    with duckdb.connect(str(place.serve / "klant360.duckdb"), read_only=True) as connection:
        schemas = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
        uncommented = connection.execute(
            "select table_name, column_name from duckdb_columns() where comment is null and not internal"
        ).fetchall()
        with duckdb.connect(str(place.warehouse), read_only=True) as built:
            wanted = built.execute(
                "select table_name, column_name from duckdb_columns()"
                " where schema_name = 'marts' and comment is null"
            ).fetchall()
    assert schemas == [("marts",)]
    assert uncommented == wanted


def test_a_partial_build_is_not_published(place):
    refused = place.publish("--select", "customer_360")
    assert refused.returncode == 2
    assert "only a whole build can be published" in refused.stderr


def test_a_second_build_stops_at_once_with_a_sentence_or_waits(place):
    with build_lock(place.warehouse):
        refused = place.publish()
        waiting = subprocess.Popen(
            place.command("--wait", "--rollback", "none"),
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert refused.returncode == 1
        assert "Another build of" in refused.stderr
        assert "Traceback" not in refused.stderr
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=5)
    told, _ = waiting.communicate()
    assert "There is no publication none" in told


def test_a_failed_audit_publishes_nothing_and_says_which_test_and_how_many_rows(place, make_project):
    before, served = place.tables(), current(place.serve)
    mapping = (PROJECT / "seeds" / "segment_mapping.csv").read_text(encoding="utf-8")
    holed = "".join(line for line in mapping.splitlines(keepends=True) if ",hibernating," not in line)
    project = make_project({"segment_mapping": holed})
    shutil.copytree(PROJECT / "python", project / "python", ignore=shutil.ignore_patterns("*.egg-info"))
    refused = subprocess.run(
        place.command(),
        env={**place.environment, "PYTHONPATH": str(project / "python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "nothing is published" in refused.stderr
    assert re.search(r"^- \w+: [0-9]+ rows$", refused.stderr, re.MULTILINE)
    assert "Traceback" not in refused.stdout + refused.stderr
    assert (current(place.serve), place.tables()) == (served, before)


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


# ---- faults -----------------------------------------------------------------------------------------------


def kill_at_random(place: Place, moments: list[float]) -> None:
    """Kill a build and publish at each share of its time; what is served is whole after each of them."""
    whole = place.tables()
    for moment in moments:
        process = subprocess.Popen(
            place.command("--vars", "accept_fewer_rows: true"),
            env={**place.environment, "KLANT360_RELOAD": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moment)
        os.killpg(process.pid, 9)
        process.wait()
        served = current(place.serve)
        assert read_manifest(place.serve, served)["tables"] == whole
        with duckdb.connect(str(place.serve / "klant360.duckdb"), read_only=True) as connection:
            rows = {
                name: connection.execute(f"select count(*) from marts.{name}").fetchall()[0][0]
                for name in whole
            }
        assert rows == {name: told["rows"] for name, told in whole.items()}
    done = place.publish()
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.tables() == whole


def test_a_build_that_is_killed_leaves_what_was_served_and_needs_no_cleaning_up(place):
    kill_at_random(place, [4.0, 8.0, 11.0, 14.0, 17.0])


@pytest.mark.deep
def test_forty_kills(place):
    kill_at_random(place, [1 + 0.7 * number for number in range(40)])
