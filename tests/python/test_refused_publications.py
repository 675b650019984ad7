"""A delivery with far fewer rows than the last one, or far more rejected rows, is not published."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from klant360.contract import read_contract
from klant360.ingest.examples import examples
from klant360.publishing.publication import (
    PublicationError,
    current,
    publications,
)
from klant360.publishing.refusals import refusals
from test_erasure import PUBLISHED_FACTS, VARIABLES, publish

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
    # half of the customers are missing: exactly the share that is allowed
    "gutted": delivery(
        ["EUR 12,50"] * 6 + ["jan@example.nl"] * 7 + ["Één"] * 5 + ["10"] * 2, "C7", ["1", "2", "", ""]
    ),
    "header only": delivery([]),
    "nobody's": delivery(["10"] * 20, email="niemand"),
    "credit notes": delivery(["-10"] * 11 + ["10"] * 9),
}


class Built(dict[str, Path]):
    """The warehouse of each delivery by name, built on first use."""

    def __init__(self, build: Callable[[str], Path]) -> None:
        self._build = build

    def __missing__(self, name: str) -> Path:
        self[name] = self._build(name)
        return self[name]


@pytest.fixture(scope="module")
def built(build_warehouse, make_sources) -> Built:
    """A warehouse of each delivery, with the facts of a publication."""
    return Built(lambda name: build_warehouse(make_sources(DELIVERIES[name]), select=PUBLISHED_FACTS).path)


def publish_all(built: dict[str, Path], serve: Path, *names: str, variables: dict = VARIABLES) -> None:
    for name in names:
        publish(built[name], serve, variables, keep=5)


def refused(built: dict[str, Path], serve: Path, name: str, variables: dict = VARIABLES) -> list[str]:
    """Expect a refusal and return its reasons, after checking that the last publication stayed."""
    served = current(serve)
    with pytest.raises(PublicationError) as error:
        publish(built[name], serve, variables, keep=5)
    assert current(serve) == served
    return str(error.value).split("\n- ")[1:]


def test_the_manifest_has_the_facts_that_deliveries_are_compared_by(built, tmp_path):
    publish_all(built, tmp_path, "good", "good")
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["sources"]["webshop.orders"] == manifest["accepted_rows"]["webshop.orders"] == 20
    assert manifest["purchases"] == 20
    assert manifest["rejected_shares"]["crm.customers"] == 0
    publish_all(built, tmp_path, "gutted", variables=ACCEPT_FEWER | {"accept_more_rejected": True})
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["sources"]["webshop.orders"], manifest["accepted_rows"]["webshop.orders"]) == (20, 2)
    assert manifest["rejected_shares"]["webshop.orders"] == 0.9
    assert manifest["purchases"] == 2


def test_unusable_rows_are_refused_with_examples(built, tmp_path):
    publish_all(built, tmp_path, "good")
    reasons = refused(built, tmp_path, "gutted")
    assert len(reasons) == 5
    fewer, tickets, purchases = (
        next(line for line in reasons if line.startswith(start))
        for start in (
            "webshop.orders has 2 accepted rows, the last publication had 20:",
            "service_desk.tickets has 0 accepted rows, the last publication had 4:",
            "There are 2 purchases, the last publication had 20:",
        )
    )
    assert all("accept_fewer_rows: true" in line for line in (fewer, tickets, purchases))
    orders, tickets = (
        next(line for line in reasons if line.startswith(start))
        for start in (
            "Of webshop.orders, 90.0% of the rows",
            "Of service_desk.tickets, 100.0% of the rows",
        )
    )
    assert 'unreadable_value in total_amount, such as "xxx 12,50" and "xxx"' in orders
    assert "unknown_reference in contact_id;" in tickets
    assert all("accept_more_rejected: true" in line for line in (orders, tickets))
    assert "@" not in "".join(reasons)


def test_each_var_accepts_only_its_own_refusals(built, tmp_path):
    publish_all(built, tmp_path, "good")
    assert len(refused(built, tmp_path, "gutted", ACCEPT_FEWER)) == 2
    assert len(refused(built, tmp_path, "gutted", ACCEPT_REJECTED)) == 3
    assert len(refused(built, tmp_path, "gutted", ACCEPT_FEWER | {"greatest_share_rejected": 0.9})) == 1
    publish_all(built, tmp_path, "gutted", variables=ACCEPT_FEWER | {"greatest_share_rejected": 1.0})
    publish_all(built, tmp_path, "gutted")  # it was the same in the last publication
    assert len(publications(tmp_path)) == 3


def test_a_first_publication_is_judged_by_its_rejected_rows(built, tmp_path):
    assert [line.split(",")[0] for line in refused(built, tmp_path, "gutted")] == [
        "Of service_desk.tickets",
        "Of webshop.orders",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("header only", "webshop.orders has no order: it has no rows."),
        ("nobody's", "none of its 20 rows was accepted, most often no_customer in account_id."),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_delivery_without_orders_is_never_published_by_default(built, tmp_path, name, words, is_first):
    if not is_first:
        publish_all(built, tmp_path, "good")
    reasons = refused(built, tmp_path, name, ACCEPT_REJECTED)
    assert words in reasons[0]
    assert len(reasons) == (1 if is_first else 3)
    publish_all(built, tmp_path, name, variables=ACCEPT_FEWER)


@pytest.mark.deep
def test_purchases_that_are_gone_while_their_rows_stay(built, tmp_path):
    publish_all(built, tmp_path, "good")
    (reason,) = refused(built, tmp_path, "credit notes")
    assert reason.startswith("There are 9 purchases, the last publication had 20: that is less than 50%.")
    publish_all(built, tmp_path, "credit notes", variables=VARIABLES | {"least_share_of_rows": 0.45})


def test_rows_erased_since_the_last_publication_are_not_missing(built, tmp_path):
    facts = {"sources": {}, "accepted_rows": {"webshop.orders": 4}, "rejected_shares": {}, "purchases": 4}
    before = {"accepted_rows": {"webshop.orders": 10}, "purchases": 10, "erased_rows": {"webshop.orders": 7}}
    with duckdb.connect(str(built["good"]), read_only=True) as connection:
        reasons = {
            erased: refusals(
                connection, facts | {"erased_rows": {"webshop.orders": erased}}, before, VARIABLES
            )
            for erased in (0, 7, 8)
        }
    assert [len(lines) for lines in reasons.values()] == [2, 2, 0]


def change_manifest(serve: Path, **facts: Any) -> None:
    """Change facts of the current publication; None removes one."""
    path = serve / "publications" / current(serve) / "manifest.json"
    manifest = {**json.loads(path.read_text(encoding="utf-8")), **facts}
    manifest = {name: fact for name, fact in manifest.items() if fact is not None}
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_publication_of_an_earlier_version_is_compared_by_rows_read(built, tmp_path):
    publish_all(built, tmp_path, "good")
    change_manifest(tmp_path, accepted_rows=None, rejected_shares=None, purchases=None)
    assert any(
        "has 0 rows, the last publication had 20" in line for line in refused(built, tmp_path, "header only")
    )
    assert len(refused(built, tmp_path, "gutted")) == 2
    publish_all(built, tmp_path, "gutted", variables=ACCEPT_REJECTED)


def test_a_publication_of_the_demo_is_not_compared_with(built, tmp_path):
    publish_all(built, tmp_path, "good")
    change_manifest(tmp_path, is_demo=True, purchases=10**6, sources={"webshop.orders": 10**6})
    publish_all(built, tmp_path, "good")


def test_erasure_requests_that_left_the_delivery_are_not_missing(built, tmp_path):
    publish_all(built, tmp_path, "good")
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    for requests in (0, 3):
        accepted = manifest["accepted_rows"] | {"crm.erasure_requests": requests}
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
