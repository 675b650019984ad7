"""Write, audit, publish: what others read is whole, of one run, and holds nobody's name."""

import csv
import json
import multiprocessing
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from conftest import KLANT360, PROJECT, WAREHOUSE_NAME, Warehouse, csv_text, small_disk
from klant360.contract import read_contract
from klant360.ingest.examples import examples
from klant360.privacy.personal_data import GENERALISATIONS, TAG, Model, problems
from klant360.publishing.publication import (
    PublicationError,
    current,
    forget_earlier,
    make_publication,
    publications,
    read_manifest,
    serve_publication,
)
from klant360.publishing.publish import publish
from klant360.publishing.refusals import refusals
from test_erasure import PUBLISHED_FACTS, VARIABLES


@pytest.fixture(scope="module")
def small_warehouse(tmp_path_factory) -> Path:
    """A file like a warehouse: two marts that name the run that made them, and a table for few."""
    path = tmp_path_factory.mktemp("publish") / WAREHOUSE_NAME
    write_run(path, 0)
    return path


def write_run(path: Path, number: int, names: Sequence[str] = ("customer_360", "orders")) -> None:
    """Write the marts anew: each holds the number of the run, in each of 2,000 rows."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema if not exists marts; create schema if not exists restricted")
        for name in names:
            connection.execute(
                f"create or replace table marts.{name} as"
                f" select {number} as run, range as row from range(2000)"
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
    assert publications(tmp_path) == ["r2", "r4"], "what is served is never deleted"


def read_served(serve: str, stop: str, seen: str, names: Sequence[str]) -> None:
    """Read all marts over and over, as a BI tool does; write what went wrong and how often it was right."""
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
        except Exception as error:
            wrong.append(repr(error))
    Path(seen).write_text(json.dumps({"wrong": wrong, "reads": reads}), encoding="utf-8")


def test_readers_of_50_publications_never_see_an_error_or_two_runs(tmp_path):
    warehouse, serve, stop = tmp_path / WAREHOUSE_NAME, tmp_path / "serve", tmp_path / "stop"
    names = published_models()
    assert len(names) > 12
    write_run(warehouse, 0, names)
    make_publication(warehouse, serve, "r000", {})
    processes = multiprocessing.get_context("spawn")
    told = [tmp_path / f"seen{number}" for number in range(2)]
    readers = [
        processes.Process(target=read_served, args=(str(serve), str(stop), str(path), names)) for path in told
    ]
    for reader in readers:
        reader.start()
    for number in range(1, 51):
        write_run(warehouse, number, names)
        make_publication(warehouse, serve, f"r{number:03}", {})
        forget_earlier(serve, keep=5)
    stop.touch()
    for reader in readers:
        reader.join()
    seen = [json.loads(path.read_text(encoding="utf-8")) for path in told]
    assert [facts["wrong"] for facts in seen] == [[], []]
    assert all(facts["reads"] > 10 for facts in seen), seen


def published_models() -> list[str]:
    """Name the models of schema marts."""
    models = [
        model
        for path in sorted((PROJECT / "models" / "marts").rglob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ())
    ]
    return [model["name"] for model in models if model.get("config", {}).get("schema") != "restricted"]


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
            assert connection.execute("select count(*) from marts.orders").fetchall() == [(2000,)]


# ---- what is not published --------------------------------------------------------------------------------

ACCEPT_FEWER, ACCEPT_REJECTED = (
    VARIABLES | {"accept_fewer_rows": True},
    VARIABLES | {"accept_more_rejected": True},
)


def delivery(
    totals: Sequence[str], contact: str = "C1", numbers: Sequence[str] = "1234", **order: str
) -> dict:
    """Orders with these totals, tickets of a contact, and customers with these numbers."""
    emails = [f"p{number % 5}@example.nl" for number in range(len(totals))]
    orders = [
        {"order_id": str(number), "ordered_at": "2024-01-05", "total_amount": total, "email": email} | order
        for number, (total, email) in enumerate(zip(totals, emails, strict=True))
    ]
    tickets = [{"ticket_id": str(n), "contact_id": contact, "created_at": "2024-01-06"} for n in range(4)]
    return {
        "webshop.orders": orders or "order_id,ordered_at,total_amount,email\n",
        "crm.customers": [{"customer_number": number, "city": "Ede"} for number in numbers],
        "service_desk.contacts": [{"contact_id": "C1", "phone": "0612345678"}],
        "service_desk.tickets": tickets,
    }


DELIVERIES = {
    "good": delivery(["10"] * 20),
    # half of the customers go: not more than is let through, nor fewer
    "gutted": delivery(
        ["EUR 12,50"] * 6 + ["jan@example.nl"] * 7 + ["Één"] * 5 + ["10"] * 2, "C7", ["1", "2", "", ""]
    ),
    "header only": delivery([]),
    "nobody's": delivery(["10"] * 20, email="niemand"),
    "credit notes": delivery(["-10"] * 11 + ["10"] * 9),
}


@pytest.fixture(scope="module")
def built(build_warehouse, make_sources) -> dict[str, Path]:
    """A warehouse of each delivery, with what a publication tells of it."""
    return {
        name: build_warehouse(make_sources(tables), select=PUBLISHED_FACTS).path
        for name, tables in DELIVERIES.items()
    }


def publish_all(built: dict[str, Path], serve: Path, *names: str, variables: dict = VARIABLES) -> None:
    for name in names:
        publish(built[name], serve, variables, keep=5)


def refused(built: dict[str, Path], serve: Path, name: str, variables: dict = VARIABLES) -> list[str]:
    """Publish in vain: give the sentences, after a look whether what was served stayed."""
    served = current(serve)
    with pytest.raises(PublicationError) as error:
        publish(built[name], serve, variables, keep=5)
    assert current(serve) == served
    return str(error.value).split("\n- ")[1:]


def test_the_manifest_tells_what_the_delivery_is_measured_by(built, tmp_path):
    publish_all(built, tmp_path, "good", "good")
    told = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert told["sources"]["webshop.orders"] == told["accepted_rows"]["webshop.orders"] == 20
    assert told["purchases"] == 20
    assert told["rejected_shares"]["crm.customers"] == 0
    publish_all(built, tmp_path, "gutted", variables=ACCEPT_FEWER | {"accept_more_rejected": True})
    told = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert (told["sources"]["webshop.orders"], told["accepted_rows"]["webshop.orders"]) == (20, 2)
    assert told["rejected_shares"]["webshop.orders"] == 0.9
    assert told["purchases"] == 2


def test_rows_that_are_there_but_cannot_be_read_are_told_with_their_examples(built, tmp_path):
    publish_all(built, tmp_path, "good")
    told = refused(built, tmp_path, "gutted")
    assert len(told) == 5
    fewer, tickets, purchases = (
        next(line for line in told if line.startswith(start))
        for start in (
            "webshop.orders holds 2 accepted rows, the last publication 20:",
            "service_desk.tickets holds 0 accepted rows, the last publication 4:",
            "There are 2 purchases, the last publication 20:",
        )
    )
    assert all("accept_fewer_rows: true" in line for line in (fewer, tickets, purchases))
    orders, tickets = (
        next(line for line in told if line.startswith(start))
        for start in (
            "Of webshop.orders, 90.0% of the rows",
            "Of service_desk.tickets, 100.0% of the rows",
        )
    )
    assert 'unreadable_value in total_amount, such as "xxx 12,50" and "xxx"' in orders
    assert "unknown_reference in contact_id;" in tickets
    assert all("accept_more_rejected: true" in line for line in (orders, tickets))
    assert "@" not in "".join(told)


def test_each_var_lets_through_what_it_is_about(built, tmp_path):
    publish_all(built, tmp_path, "good")
    assert len(refused(built, tmp_path, "gutted", ACCEPT_FEWER)) == 2
    assert len(refused(built, tmp_path, "gutted", ACCEPT_REJECTED)) == 3
    assert len(refused(built, tmp_path, "gutted", ACCEPT_FEWER | {"greatest_share_rejected": 0.9})) == 1
    publish_all(built, tmp_path, "gutted", variables=ACCEPT_FEWER | {"greatest_share_rejected": 1.0})
    publish_all(built, tmp_path, "gutted")  # it was so in the last publication, too
    assert len(publications(tmp_path)) == 3


def test_a_first_publication_is_measured_by_what_was_rejected(built, tmp_path):
    assert [line.split(",")[0] for line in refused(built, tmp_path, "gutted")] == [
        "Of service_desk.tickets",
        "Of webshop.orders",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("header only", "webshop.orders holds no order: it has no rows."),
        ("nobody's", "not one of its 20 rows was accepted, most often no_customer in account_id."),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_no_order_at_all_is_never_published_by_itself(built, tmp_path, name, words, is_first):
    if not is_first:
        publish_all(built, tmp_path, "good")
    told = refused(built, tmp_path, name, ACCEPT_REJECTED)
    assert words in told[0]
    assert len(told) == (1 if is_first else 3)
    publish_all(built, tmp_path, name, variables=ACCEPT_FEWER)


def test_purchases_that_are_gone_while_their_rows_stay(built, tmp_path):
    publish_all(built, tmp_path, "good")
    (told,) = refused(built, tmp_path, "credit notes")
    assert told.startswith("There are 9 purchases, the last publication 20: less than 50% of it.")
    publish_all(built, tmp_path, "credit notes", variables=VARIABLES | {"least_share_of_rows": 0.45})


def test_what_was_erased_since_the_last_publication_is_not_missing(built, tmp_path):
    facts = {"sources": {}, "accepted_rows": {"webshop.orders": 4}, "rejected_shares": {}, "purchases": 4}
    before = {"accepted_rows": {"webshop.orders": 10}, "purchases": 10, "erased_rows": {"webshop.orders": 7}}
    with duckdb.connect(str(built["good"]), read_only=True) as connection:
        told = {
            erased: refusals(
                connection, facts | {"erased_rows": {"webshop.orders": erased}}, before, VARIABLES
            )
            for erased in (0, 7, 8)
        }
    assert [len(lines) for lines in told.values()] == [2, 2, 0]


def change_manifest(serve: Path, **facts: Any) -> None:
    """Change facts of the publication that is served; None takes one out."""
    path = serve / "publications" / current(serve) / "manifest.json"
    told = {**json.loads(path.read_text(encoding="utf-8")), **facts}
    told = {name: fact for name, fact in told.items() if fact is not None}
    path.write_text(json.dumps(told), encoding="utf-8")


def test_a_publication_of_before_is_measured_by_the_rows_that_were_read(built, tmp_path):
    publish_all(built, tmp_path, "good")
    change_manifest(tmp_path, accepted_rows=None, rejected_shares=None, purchases=None)
    assert any(
        "holds 0 rows, the last publication 20" in line for line in refused(built, tmp_path, "header only")
    )
    assert len(refused(built, tmp_path, "gutted")) == 2
    publish_all(built, tmp_path, "gutted", variables=ACCEPT_REJECTED)


def test_the_demo_is_no_measure(built, tmp_path):
    publish_all(built, tmp_path, "good")
    change_manifest(tmp_path, is_demo=True, purchases=10**6, sources={"webshop.orders": 10**6})
    publish_all(built, tmp_path, "credit notes")


def test_requests_of_erasure_that_left_the_delivery_stop_nothing(built, tmp_path):
    publish_all(built, tmp_path, "good")
    told = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    for requests in (0, 3):
        accepted = told["accepted_rows"] | {"crm.erasure_requests": requests}
        change_manifest(tmp_path, accepted_rows=accepted)
        publish_all(built, tmp_path, "good")


@pytest.mark.parametrize(
    ("table", "name", "cells", "shown"),
    [
        ("webshop.orders", "total_amount", ["€ 12,50", "1.2.3", "12"], ["€ 12,50", "1.2.3"]),
        (
            "webshop.orders",
            "total_amount",
            ["12,5 EUR", "12,5 USD", None, "", "Ünïcode"],
            ["12,5 xxx", "xxxxxxx"],
        ),
        ("webshop.orders", "total_amount", ["a@b.nl", " ", "a@b.nl 12"], []),
        ("webshop.orders", "ordered_at", ["5 mei 2024\x1b[2J", "9" * 99], ["5 xxx 2024\\x1b[2x", "9" * 40]),
        ("webshop.orders", "currency_code", ["E$"], ["x$"]),
        ("crm.customers", "marketing_consent", ["misschien"], ["xxxxxxxxx"]),
        ("crm.customers", "birth_date", ["31-02-1979"], []),
        ("crm.customers", "last_name", ["Jansen"], []),
        ("crm.customers", "country_code", ["Jansen"], []),
        ("webshop.orders", "account_id", ["12"], []),
    ],
)
def test_examples_name_nobody(table, name, cells, shown):
    columns = {column.name: column for column in read_contract()[table].columns}
    assert examples(columns[name], cells) == shown


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
    assert sorted(GENERALISATIONS) == ["age_band", "count", "flag", "postal_area", "reason"]


# What a value of a column becomes, by the number of the value: it stands nowhere else.
PLANTS = {
    "first_name": "Zqxvoornaam{}",
    "last_name": "Zqxachternaam{}",
    "company_name": "Zqxbedrijf{}",
    "email": "zqxmail{}@zqxhuis.example",
    "phone": "06580{:05}",
    "street": "Zqxstraat{}",
    "comment": "Zqxgroet{}",
}


def planted_demo(folder: Path) -> Path:
    """Make a demo set in which every name, email, phone and street is unmistakable; give its sources."""
    command = [KLANT360, "demo", "--people", "900", "--erasure-requests", "0"]
    subprocess.run([*command, "--out", str(folder)], check=True, capture_output=True)
    numbers: dict[tuple[str, str], int] = {}
    for path in (folder / "sources").rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            for name in PLANTS.keys() & row.keys():
                if row[name]:
                    number = numbers.setdefault((name, row[name]), len(numbers))
                    row[name] = PLANTS[name].format(number)
        if path.name == "orders.csv":
            rows[7]["status"] = "vindbaar"
        if rows:
            path.write_text(csv_text(rows), encoding="utf-8")
    return folder / "sources"


def test_nothing_of_500_planted_people_stands_in_any_published_byte(tmp_path, build_warehouse):
    warehouse: Warehouse = build_warehouse(planted_demo(tmp_path / "demo"))
    make_publication(warehouse.path, tmp_path, "r1", {})
    for name in ("first_name", "last_name", "email", "phone", "street"):
        (planted,) = warehouse.rows(
            f"select count(*) from restricted.customer_contact_details"
            f" where regexp_matches(lower({name}), '^zqx|^[+]316580')"
        )[0]
        assert planted >= 500, f"{name} is in the warehouse"
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
    for name, text in texts.items():
        assert re.findall(rb"zqx[a-z]+|(?:0|31)6580[0-9]{5}", text.lower()) == [], name
    assert b"vindbaar" in texts["orders as rows"], "the search finds what is there"
