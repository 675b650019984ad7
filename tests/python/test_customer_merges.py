"""Customer ids over successive deliveries: which stay, which merge, and how an old one is followed."""

import datetime
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conftest import Warehouse, changed_environment

MakeSources = Callable[[Mapping[str, Any]], Path]
Row = dict[str, str]

ORDERS = [{"order_id": "1", "ordered_at": "2024-01-05", "total_amount": "10.00", "account_id": "A1"}]
ANNA = {
    "customer_number": "K1",
    "first_name": "Anna",
    "last_name": "Visser",
    "phone": "0612345678",
    "created_at": "2020-03-01",
}
# the same person, who left another phone and an email in the webshop
VISSER = {
    "account_id": "A1",
    "first_name": "Anna",
    "last_name": "Visser",
    "email": "anna@example.nl",
    "created_at": "2021-06-01",
}
# what ties the two: a call about the webshop, from the phone that the CRM knows
CALL = {
    "contact_id": "C1",
    "first_name": "Anna",
    "last_name": "Visser",
    "email": "anna@example.nl",
    "phone": "+31612345678",
    "created_at": "2023-09-01T10:30:00Z",
}
# a record of before all others
OLDER = {
    "account_id": "A0",
    "first_name": "Anna",
    "last_name": "Visser",
    "email": "anna@example.nl",
    "created_at": "2019-01-01",
}


def tables(accounts: list[Row], contacts: list[Row]) -> dict[str, list[Row]]:
    return {
        "webshop.orders": ORDERS,
        "crm.customers": [ANNA],
        "webshop.accounts": accounts,
        "service_desk.contacts": contacts or [{"contact_id": "C9", "created_at": "2023-01-01"}],
    }


def ids(warehouse: Warehouse) -> dict[str, str]:
    return dict(
        warehouse.rows("select source_record_id, customer_id from restricted.customer_identities order by 1")
    )


def merges(warehouse: Warehouse) -> dict[str, tuple[Any, ...]]:
    rows = warehouse.rows(
        "select customer_id, surviving_customer_id, merged_by, merged_at from marts.customer_merges"
    )
    return {old: rest for old, *rest in rows}


@pytest.fixture(scope="module")
def story(
    new_warehouse: Callable[[], Warehouse], make_sources: MakeSources
) -> dict[str, tuple[dict[str, str], dict[str, tuple[Any, ...]]]]:
    """Deliveries into one warehouse, one after the other: the ids and the merges after each."""
    warehouse = new_warehouse()
    deliveries = {
        "apart": tables([VISSER], []),
        "tied": tables([VISSER], [CALL]),
        "again": tables([VISSER], [CALL]),
        "older": tables([VISSER, OLDER], [CALL]),
        "split": tables([VISSER, OLDER], []),
    }
    told = {}
    for name, delivery in deliveries.items():
        warehouse.build(
            make_sources(delivery), select=["+customer_identities", "+customer_merges"], reload=True
        )
        told[name] = ids(warehouse), merges(warehouse)
    return told


def test_two_who_share_nothing_are_two(story):
    records, merged = story["apart"]
    assert records["K1"] != records["A1"]
    assert merged == {}


def test_a_merge_keeps_the_older_id_and_tells_by_which_link_and_when(story):
    before, _ = story["apart"]
    records, merged = story["tied"]
    assert records["K1"] == records["A1"] == records["C1"] == before["K1"]
    called_at = datetime.datetime(2023, 9, 1, 10, 30)
    assert merged == {before["A1"]: [before["K1"], "email", called_at]}


def test_a_second_run_changes_nothing(story):
    assert story["again"] == story["tied"]


def test_an_older_record_gives_its_own_id_and_all_earlier_ones_lead_to_it(story):
    before, _ = story["apart"]
    records, merged = story["older"]
    assert len({records[key] for key in ("K1", "A1", "C1", "A0")}) == 1
    new = records["A0"]
    assert new not in before.values()
    assert {old: rest[0] for old, rest in merged.items()} == {before["K1"]: new, before["A1"]: new}


def test_after_a_split_the_ids_are_those_of_the_oldest_records_again(story):
    before, _ = story["apart"]
    records, merged = story["split"]
    assert records["K1"] == before["K1"]
    assert records["A0"] == records["A1"] != before["A1"]
    assert {old: rest[0] for old, rest in merged.items()} == {before["A1"]: records["A0"]}


@pytest.fixture
def merged_warehouse(new_warehouse: Callable[[], Warehouse], make_sources: MakeSources) -> Warehouse:
    warehouse = new_warehouse()
    for contacts in ([], [CALL]):
        warehouse.build(make_sources(tables([VISSER], contacts)), select=["+customer_merges"], reload=True)
    assert len(merges(warehouse)) == 1
    return warehouse


def test_merges_outlive_an_empty_run_and_a_full_refresh(merged_warehouse, make_sources, dbt):
    kept = merges(merged_warehouse)
    environment = {
        "KLANT360_WAREHOUSE": str(merged_warehouse.path),
        "KLANT360_SOURCES": str(make_sources(tables([VISSER], [CALL]))),
    }
    target = ["--target-path", str(merged_warehouse.path.parent / "target")]
    models = ["--select", "+customer_merges", "--resource-type", "seed", "--resource-type", "model"]
    for flag in ("--empty", "--full-refresh"):
        assert dbt.invoke(["build", flag, *models, *target], environment=environment).success
    assert merges(merged_warehouse) == kept


def test_a_secret_makes_other_ids_that_stand_in_no_log_or_compiled_sql(new_warehouse, make_sources):
    sources = make_sources(tables([VISSER], [CALL]))
    found = []
    for secret in ("", "sesam-open-u", "sesam-sluit-u"):
        warehouse = new_warehouse()
        with changed_environment({"KLANT360_ID_SALT": secret}):
            warehouse.build(sources, select=["+customer_identities"])
        found.append(set(ids(warehouse).values()))
        files = [path for path in warehouse.path.parent.rglob("*") if path.is_file()]
        assert files
        if secret:
            assert not any(secret.encode() in path.read_bytes() for path in files)
    assert all(not one & other for one, other in pairwise(found))
    assert len({len(customers) for customers in found}) == 1
