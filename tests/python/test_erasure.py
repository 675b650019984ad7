"""Erasure: after a request the warehouse equals that of a world without the person."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from erasure_world import ASKED, MARKS, SALT, TABLES, contents, delivery
from klant360.cli import main
from klant360.privacy.ledger import read_ledger, write_ledger
from klant360.publishing import publish as publishing
from klant360.publishing.publication import publications
from klant360.settings import project_vars
from warehouses import Warehouse, changed_environment

# The models that a publication reads its facts from.
PUBLISHED_FACTS = (
    "+source_reconciliation",
    "+revenue_reconciliation",
    "+rejected_rows",
    "+erasure_results",
    "+snapshots",
)
VARIABLES = project_vars({})
# Without the dashboard, which most of these warehouses have not all tables for.
publish = partial(publishing.publish, draw=None)


def outcomes(warehouse: Warehouse) -> list[tuple[str, str, int]]:
    return warehouse.rows(
        "select requested_by, outcome, records from restricted.erasure_results order by all"
    )


@pytest.fixture(scope="module")
def sesam():
    with changed_environment(SALT):
        yield


@contextmanager
def without_a_second_pass() -> Iterator[None]:
    """Make any build fail that resolves identities over all rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr("klant360.privacy.erasure.resolve")
        yield


@pytest.fixture(scope="module")
def before(sesam, make_sources: Callable, build_warehouse: Callable) -> Warehouse:
    """A warehouse of a delivery without requests."""
    asks_nothing = delivery(crm__erasure_requests="email,customer_number,requested_at")
    with without_a_second_pass():
        return build_warehouse(make_sources(asks_nothing))


@pytest.fixture(scope="module")
def sources(make_sources: Callable) -> Path:
    return make_sources(delivery())


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve")


@pytest.fixture(scope="module")
def erased(before: Warehouse, sources: Path, serve: Path) -> Warehouse:
    """The same warehouse, published twice, and then built from a delivery with the requests."""
    for _ in range(2):
        publish(before.path, serve, VARIABLES, keep=5)
    before.build(sources)
    return before


@pytest.fixture(scope="module")
def without(sesam, make_sources: Callable, build_warehouse: Callable) -> Warehouse:
    """A world in which the rows of Anna never existed."""
    tables = delivery(without_anna=True)
    tables["crm.erasure_requests"] = "email,customer_number,requested_at\n"
    return build_warehouse(make_sources(tables))


def test_the_world_after_a_request_is_the_world_without_the_person(erased, without):
    assert contents(erased) == contents(without)


def test_erased_rows_count_as_erased_and_the_rest_adds_up(erased):
    counted = dict(
        erased.rows("select source_table, rows_erased from marts.source_reconciliation where rows_erased > 0")
    )
    by_hand = {name: text.count("(anna)") for name, text in TABLES.items() if "(anna)" in text}
    assert counted == by_hand
    assert erased.rows(
        "select count(*) from marts.source_reconciliation"
        " where rows_read <> rows_accepted + rows_rejected + rows_erased"
    ) == [(0,)]
    assert outcomes(erased) == [
        ("email", "ambiguous", 0),
        ("email", "erased", 4),
        ("email", "not_found", 0),
    ]


def test_no_table_has_data_of_the_person(erased):
    tables = erased.rows("select schema_name || '.' || table_name from duckdb_tables()")
    found = {
        (name, mark)
        for (name,) in tables
        for (text,) in erased.rows(f"select lower(to_json(t)) from {name} as t")
        for mark in MARKS
        if mark in text.replace('","', " ").replace('"last_name":"', "")
    }
    assert len(tables) > 60
    assert found == set()


def test_whoever_shares_a_phone_an_address_or_an_email_stays(erased):
    people = erased.rows(
        "select first_name from restricted.customer_contact_details where first_name is not null order by 1"
    )
    assert people == [("Bram",), ("Carla",), ("Dirk",)]


def test_a_request_that_cannot_be_read_erases_nobody_and_is_rejected(erased):
    rejected = erased.rows(
        "select reason, column_name from restricted.rejected_rows where source_table = 'crm.erasure_requests'"
    )
    assert sorted(rejected) == [("missing_required", "email"), ("unreadable_value", "requested_at")]


def test_the_next_publication_is_the_only_one_and_does_not_have_the_person(erased, serve):
    ids = {
        run: pd.read_parquet(serve / "publications" / run / "parquet" / "customer_360.parquet")["customer_id"]
        for run in publications(serve)
    }
    assert len(ids) == 2
    now = erased.query("select customer_id from marts.customer_360")["customer_id"]
    (gone,) = set(ids.popitem()[1]) - set(now)
    run = publish(erased.path, serve, VARIABLES, keep=5)
    assert publications(serve) == [run]
    files = [path.read_bytes() for path in serve.rglob("*") if path.is_file()]
    assert any(now[0].encode() in content for content in files)
    assert not any(gone.encode() in content for content in files)
    assert re.search(
        r"Small changes: \d+ figures", changes := (serve / "changes.md").read_text(encoding="utf-8")
    )
    assert "| month |" not in changes, "the difference of one person is not told"
    publish(erased.path, serve, VARIABLES, keep=5)
    assert len(publications(serve)) == 2, "the same requests again"


def test_the_ledger_names_nobody(erased):
    text = erased.path.with_name("klant360.erasures.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 4
    assert not any(word in text.lower() for word in ("anna", "zon", "huis", "maan", "niemand"))


def test_building_again_does_not_resolve_identities_again(erased, sources, without):
    with without_a_second_pass():
        erased.build(sources, select=PUBLISHED_FACTS)
    assert contents(erased) == contents(without)


def test_a_missing_or_damaged_ledger_stops_the_build(erased, sources):
    ledger = erased.path.with_name("klant360.erasures.jsonl")
    whole = ledger.read_text(encoding="utf-8")

    def stops(sentence: str, **environment: str) -> None:
        with changed_environment(environment), pytest.raises(AssertionError) as raised:
            erased.build(sources)
        assert sentence in " ".join(str(raised.value).split())

    stops("made with another KLANT360_ID_SALT", KLANT360_ID_SALT="another")
    ledger.write_text(whole[:-20], encoding="utf-8")
    stops("is damaged")
    ledger.unlink()
    stops("which had 3 requests, is missing")
    ledger.write_text(whole, encoding="utf-8")


def test_a_number_settles_an_ambiguous_email_and_requests_outlive_their_delivery(
    erased, make_sources, build_warehouse
):
    number = f"email,customer_number,requested_at\n,C3,{ASKED}"
    # visits on Anna's device that are delivered later
    late = """
        W20,2024-02-01,,,phone,direct(anna)
        W21,2024-08-01,,,phone,direct
    """
    sessions = TABLES["webshop.sessions"].rstrip() + late
    only = ["+customer_contact_details", "+erasure_results"]
    again = delivery(crm__erasure_requests=number, webshop__sessions=sessions)
    erased.build(make_sources(again), select=only)
    assert outcomes(erased) == [
        ("customer_number", "erased", 2),
        ("email", "erased", 4),
        ("email", "not_found", 0),
        ("email", "settled", 0),
    ]
    people = erased.rows(
        "select first_name from restricted.customer_contact_details where first_name is not null order by 1"
    )
    assert people == [("Bram",), ("Dirk",)], "Anna's request left the delivery, and holds"
    assert erased.rows("select session_id from webshop.sessions where anonymous_id = 'phone' order by 1") == [
        ("W10",),
        ("W21",),
        ("W8",),
    ], "her device is known from the rows that were delivered again"

    # the next delivery has neither the request nor Carla, so the shared email belongs only to Dirk, who
    # stays; and a stranger took over Anna's email, which neither erases him nor brings her back
    rows = [line for line in TABLES["crm.customers"].strip().splitlines() if "Carla" not in line]
    stranger = "C9,Zeno,Vreemd,anna@zon.example,,1999-09-09,Elders,3,9999 ZZ,NL,2023-07-10"
    customers = "\n".join([*rows, stranger])
    asks_nothing = "email,customer_number,requested_at"
    last = make_sources(delivery(crm__customers=customers, crm__erasure_requests=asks_nothing))
    ledger = erased.path.with_name("klant360.erasures.jsonl")
    # as in versions that hashed a key with its apostrophe
    account = hashlib.sha256(b"sesam|record|webshop/account/'70001").hexdigest()
    requests = [
        replace(request, record_hashes=(account,))
        if (request.requested_by, request.outcome) == ("email", "erased")
        else request
        for request in read_ledger(ledger, "sesam")
    ]
    write_ledger(ledger, "sesam", requests)
    with changed_environment({"KLANT360_ERASURE_LEDGER": str(ledger)}):
        rebuilt = build_warehouse(last, select=only)
    people = rebuilt.rows(
        "select first_name from restricted.customer_contact_details where first_name is not null order by 1"
    )
    assert people == [("Bram",), ("Dirk",), ("Zeno",)], "a new warehouse applies the ledger"


def test_a_device_leads_to_the_people_who_alone_were_seen_on_it_unless_it_is_busy(
    sesam, make_sources, build_warehouse
):
    tables = {
        "crm.customers": """
            customer_number,email
            C1,anna@zon.example
            C2,bram@maan.example
            C3,carla@ster.example
        """,
        "webshop.orders": """
            order_id,ordered_at,total_amount
            O1,2024-01-01,10
        """,
        "webshop.sessions": """
            session_id,started_at,email,anonymous_id
            of Anna,2024-01-01,anna@zon.example,sofa
            of Bram,2024-01-02,bram@maan.example,sofa
            of either,2024-01-03,,sofa
            of Anna too,2024-01-01,anna@zon.example,hall
            of Carla,2024-01-02,carla@ster.example,hall
            of whom,2024-01-03,,hall
            of Anna again,2024-01-01,anna@zon.example,kiosk
            visit 1,2024-01-02,,kiosk
            visit 2,2024-01-03,,kiosk
            visit 3,2024-01-04,,kiosk
        """,
        "crm.erasure_requests": f"""
            email,requested_at
            anna@zon.example,{ASKED}
            bram@maan.example,{ASKED}
        """,
    }
    warehouse = build_warehouse(
        make_sources(tables), select=["+stg_webshop__sessions"], variables={"max_sessions_per_device": 3}
    )
    left = warehouse.rows("select session_id from staging.stg_webshop__sessions order by started_at, 1")
    assert left == [("of Carla",), ("visit 1",), ("of whom",), ("visit 2",), ("visit 3",)]


@pytest.mark.deep
def test_a_dry_run_shows_the_rows_to_erase_and_changes_nothing(sesam, sources, tmp_path, capsys):
    warehouse = tmp_path / "klant360.duckdb"
    environment = {"KLANT360_SOURCES": str(sources), "KLANT360_WAREHOUSE": str(warehouse)}
    with changed_environment(environment):
        assert main(["erase", "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert "ambiguous" in output
    assert [line.split() for line in output.splitlines() if line.strip().startswith("webshop.orders")] == [
        ["webshop.orders", "5"]
    ]
    assert list(tmp_path.iterdir()) == []
