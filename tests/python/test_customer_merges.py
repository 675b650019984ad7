"""Customer ids over successive deliveries: which stay, which merge, and where an old one leads."""

import datetime
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouses import Warehouse, changed_environment

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
# the same person, with another phone and an email in the webshop
VISSER = {
    "account_id": "A1",
    "first_name": "Anna",
    "last_name": "Visser",
    "email": "anna@example.nl",
    "created_at": "2021-06-01",
}
# links the two: a call about the webshop, from the phone in the CRM
CALL = {
    "contact_id": "C1",
    "first_name": "Anna",
    "last_name": "Visser",
    "email": "anna@example.nl",
    "phone": "+31612345678",
    "created_at": "2023-09-01T10:30:00Z",
}
# a record older than all others
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
def warehouse(new_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """The warehouse of the story."""
    return new_warehouse()


@pytest.fixture(scope="module")
def story(
    warehouse: Warehouse, make_sources: MakeSources
) -> dict[str, tuple[dict[str, str], dict[str, tuple[Any, ...]]]]:
    """Deliveries into one warehouse, one after the other: the ids and the merges after each."""
    deliveries = {
        "apart": tables([VISSER], []),
        "tied": tables([VISSER], [CALL]),
        "again": tables([VISSER], [CALL]),
        "older": tables([VISSER, OLDER], [CALL]),
        "split": tables([VISSER, OLDER], []),
    }
    results = {}
    for name, delivery in deliveries.items():
        warehouse.build(
            make_sources(delivery), select=["+customer_identities", "+customer_merges"], reload=True
        )
        results[name] = ids(warehouse), merges(warehouse)
    return results


def test_two_people_who_share_nothing_are_two_customers(story):
    records, merged = story["apart"]
    assert records["K1"] != records["A1"]
    assert merged == {}


def test_a_merge_keeps_the_older_id_and_records_the_link_and_the_time(story):
    before, _ = story["apart"]
    records, merged = story["tied"]
    assert records["K1"] == records["A1"] == records["C1"] == before["K1"]
    called_at = datetime.datetime(2023, 9, 1, 10, 30)
    assert merged == {before["A1"]: [before["K1"], "email", called_at]}


def test_a_second_run_changes_nothing(story):
    assert story["again"] == story["tied"]


def test_an_older_record_gives_its_id_and_all_earlier_ids_lead_to_it(story):
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


# the same person again, with an old phone, until a call links it to the rest
FORMER = {
    "customer_number": "K0",
    "first_name": "Anna",
    "last_name": "Visser",
    "phone": "0687654321",
    "created_at": "2018-01-01",
}
LATER_CALL = CALL | {"contact_id": "C2", "phone": "0687654321", "created_at": "2023-10-01T10:30:00Z"}


@pytest.fixture(scope="module")
def renamings(
    new_warehouse: Callable[[], Warehouse], make_sources: MakeSources
) -> dict[str, tuple[dict[str, str], dict[str, tuple[Any, ...]]]]:
    """One customer whose oldest record changes by a time zone and by corrected dates, around a merge."""
    warehouse = new_warehouse()
    noon = {"created_at": "2020-03-01T12:00:00Z"}

    def delivery(anna: str, contacts: list[Row]) -> Path:
        rows = tables([VISSER | noon], contacts)
        return make_sources(rows | {"crm.customers": [ANNA | {"created_at": anna}, FORMER]})

    deliveries = {
        "at first": ("2020-03-01 10:00", [CALL], "UTC"),
        "other zone": ("2020-03-01 10:00", [CALL], "America/New_York"),
        "of before": ("2020-03-01 10:00", [CALL], "America/New_York"),
        "merged": ("2020-03-01 10:00", [CALL, LATER_CALL], "America/New_York"),
        "corrected": ("2017-03-01 10:00", [CALL, LATER_CALL], "UTC"),
        "back": ("2020-03-01 10:00", [CALL, LATER_CALL], "UTC"),
        "split": ("2020-03-01 10:00", [CALL], "UTC"),
    }
    results = {}
    for name, (anna, contacts, zone) in deliveries.items():
        if name == "of before":  # a version that left merged_by empty for such an id
            with duckdb.connect(str(warehouse.path)) as connection:
                connection.execute("update intermediate.int_identity__known_records set merged_by = null")
        warehouse.build(
            delivery(anna, contacts),
            select=["+customer_identities", "+customer_merges"],
            variables={"source_timezone": zone},
            reload=True,
        )
        results[name] = ids(warehouse), merges(warehouse)
    return results


@pytest.mark.deep
def test_an_id_changes_without_a_merge_when_a_time_zone_changes_the_oldest_record(renamings):
    before, merged = renamings["at first"]
    assert before["K1"] == before["A1"]
    assert merged == {}
    records, merged = renamings["other zone"]
    assert records["K1"] == records["A1"] != before["K1"]
    assert merged == {before["K1"]: [records["A1"], "renamed", None]}


@pytest.mark.deep
def test_an_id_of_a_warehouse_of_before_gets_its_reason(renamings):
    assert renamings["of before"] == renamings["other zone"]


@pytest.mark.deep
def test_a_renamed_customer_that_merges_is_merged_under_each_of_its_ids(renamings):
    before, _ = renamings["at first"]
    earlier, _ = renamings["other zone"]
    records, merged = renamings["merged"]
    assert records["K1"] == records["K0"] == before["K0"]
    called = [before["K0"], "email", datetime.datetime(2023, 10, 1, 10, 30)]
    assert merged == {before["K1"]: called, earlier["A1"]: called}


@pytest.mark.deep
def test_a_date_that_is_corrected_and_restored_leaves_no_id_without_a_reason(renamings):
    before, _ = renamings["at first"]
    earlier, merged_before = renamings["merged"]
    records, merged = renamings["corrected"]
    visser = renamings["other zone"][0]["A1"]
    assert records["K0"] == records["K1"] == before["K1"]
    assert merged[before["K0"]] == [before["K1"], "renamed", None]
    assert merged[visser] == [before["K1"], *merged_before[visser][1:]]
    records, merged = renamings["back"]
    assert records == earlier
    assert merged[before["K1"]] == [before["K0"], "renamed", None]
    assert merged[visser] == merged_before[visser]


@pytest.mark.deep
def test_after_a_split_each_id_leads_to_the_customer_of_its_record(renamings):
    before, _ = renamings["at first"]
    records, merged = renamings["split"]
    assert {key: records[key] for key in ("K0", "K1", "A1")} == {k: before[k] for k in ("K0", "K1", "A1")}
    visser = renamings["other zone"][0]["A1"]
    assert {old: rest[0] for old, rest in merged.items()} == {visser: before["K1"]}


@pytest.mark.deep
def test_every_changed_id_has_a_reason(story, renamings):
    followed = [rest for _, merged in [*story.values(), *renamings.values()] for rest in merged.values()]
    assert len(followed) > 10
    assert [rest for rest in followed if rest[1] is None or rest[0] is None] == []


def test_merges_outlive_an_empty_run_and_a_full_refresh(story, warehouse, make_sources, dbt):
    _, kept = story["split"]
    assert len(kept) == 1
    environment = {
        "KLANT360_WAREHOUSE": str(warehouse.path),
        "KLANT360_SOURCES": str(make_sources(tables([VISSER, OLDER], []))),
    }
    target = ["--target-path", str(warehouse.path.parent / "target")]
    models = ["--select", "+customer_merges", "--resource-type", "seed", "--resource-type", "model"]
    for flag in ("--empty", "--full-refresh"):
        assert dbt.invoke(["build", flag, *models, *target], environment=environment).success
    assert merges(warehouse) == kept


def test_a_secret_changes_the_ids_and_appears_in_no_log_or_compiled_sql(story, new_warehouse, make_sources):
    sources = make_sources(tables([VISSER], [CALL]))
    without_secret, _ = story["tied"]
    found = [set(without_secret.values())]
    for secret in ("sesam-open-u", "sesam-sluit-u"):
        warehouse = new_warehouse()
        with changed_environment({"KLANT360_ID_SALT": secret}):
            warehouse.build(sources, select=["+customer_identities"])
        found.append(set(ids(warehouse).values()))
        files = [path for path in warehouse.path.parent.rglob("*") if path.is_file()]
        assert files
        assert not any(secret.encode() in path.read_bytes() for path in files)
    assert all(not one & other for one, other in pairwise(found))
    assert len({len(customers) for customers in found}) == 1
