from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from klant360.contract import Column, Table, did_you_mean, ownership_problems, read_contract


def test_tables_keep_the_order_of_systems_and_columns():
    contract = read_contract()
    assert [table.system for table in contract.values()] == ["crm"] * 4 + ["webshop"] * 5 + [
        "service_desk"
    ] * 4
    assert [column.name for column in contract["crm.campaign_spend"].columns] == [
        "spend_month",
        "channel",
        "amount",
        "campaign_id",
    ]


def test_required_columns_and_tables():
    contract = read_contract()
    assert contract["webshop.orders"].required_columns == ("order_id", "ordered_at", "total_amount")
    assert contract["crm.erasure_requests"].any_of == ("email", "customer_number")
    assert [table.name for table in contract.values() if table.is_required_table] == ["webshop.orders"]


def test_columns_carry_their_attributes():
    refund = {column.name: column for column in read_contract()["webshop.orders"].columns}["refunded_amount"]
    assert refund.type == "amount"
    assert not refund.is_required
    assert refund.attributes["at_most"] == "total_amount"


def test_each_table_says_who_its_rows_belong_to():
    assert ownership_problems(read_contract()) == []


def loyalty_points(ownership: Mapping[str, Any], *columns: Column) -> list[str]:
    """Return the problems of a table of points that is added to the contract."""
    customer = {"type": "id", "references": "crm.customers"}
    table = Table(
        name="crm.loyalty_points",
        columns=(Column("points_id", {"type": "id"}), Column("customer_number", customer), *columns),
        key=("points_id",),
        any_of=(),
        **ownership,
    )
    return ownership_problems({**read_contract(), table.name: table})


OF_A_CUSTOMER = {"column": "customer_number", "table": "crm.customers"}
EMAIL = Column("email", {"type": "email"})
ORDER = Column("order_id", {"type": "id"})
DEVICE = Column("anonymous_id", {"type": "id"})


@pytest.mark.parametrize(
    ("ownership", "columns"),
    [
        ({"belongs_to": (OF_A_CUSTOMER,)}, ()),
        ({"belongs_to": (OF_A_CUSTOMER, {"column": "email"})}, (EMAIL,)),
        ({"belongs_to": (OF_A_CUSTOMER, {"column": "anonymous_id"})}, (DEVICE,)),
        ({"record": {"entity": "member"}}, (EMAIL,)),
        ({"record": {"entity": "member"}, "belongs_to": (OF_A_CUSTOMER,)}, (EMAIL,)),
    ],
)
def test_a_table_may_be_a_record_belong_to_one_or_both(
    ownership: Mapping[str, Any], columns: tuple[Column, ...]
) -> None:
    assert loyalty_points(ownership, *columns) == []


@pytest.mark.parametrize(
    ("ownership", "columns", "words"),
    [
        ({}, (), "must say who its rows belong to"),
        ({"is_nobodys": True, "belongs_to": (OF_A_CUSTOMER,)}, (), "must say who its rows belong to"),
        ({"is_nobodys": True}, (), "its column customer_number leads to a person"),
        ({"belongs_to": (OF_A_CUSTOMER,)}, (EMAIL,), "the column email, which names a person"),
        ({"belongs_to": (OF_A_CUSTOMER,)}, (DEVICE,), "the column anonymous_id, which names a person"),
        ({"belongs_to": ({"column": "card", "table": "crm.customers"},)}, (), "the column card"),
        ({"belongs_to": ({"column": "points_id"}, OF_A_CUSTOMER)}, (), "name the table that has that key"),
        ({"belongs_to": ({**OF_A_CUSTOMER, "table": "crm.customer"},)}, (), "Did you mean crm.customers?"),
        ({"belongs_to": ({**OF_A_CUSTOMER, "table": "webshop.products"},)}, (), "must belong to people"),
        ({"belongs_to": ({**OF_A_CUSTOMER, "table": "webshop.order_lines"},)}, (), "a key of one column"),
        ({"belongs_to": ({"column": "email"}, OF_A_CUSTOMER)}, (EMAIL,), "columns with a table first"),
        (
            {"belongs_to": ({"column": "order_id", "table": "webshop.orders"}, OF_A_CUSTOMER)},
            (ORDER,),
            "must be its only owner",
        ),
        ({"record": {"entity": "contact"}}, (), "give them another `entity`"),
        ({"record": {"entity": "a member"}}, (), "needs an `entity`"),
        (
            {"record": {"entity": "member", "created_at": "joined_at"}},
            (),
            "joined_at, which it does not have",
        ),
    ],
)
def test_impossible_ownership_is_reported(
    ownership: Mapping[str, Any], columns: tuple[Column, ...], words: str
) -> None:
    problems = loyalty_points(ownership, *columns)
    assert [problem for problem in problems if words in problem and problem.startswith("crm.loyalty_points ")]


def test_a_table_comes_before_tables_that_belong_to_its_rows():
    contract = read_contract()
    lines = contract.pop("webshop.order_lines")
    (problem,) = ownership_problems({"webshop.order_lines": lines, **contract})
    assert "webshop.orders must come before it" in problem


def test_a_record_has_a_key_of_one_column():
    contract = read_contract()
    accounts = replace(contract["webshop.accounts"], key=("account_id", "email"))
    problems = ownership_problems({**contract, "webshop.accounts": accounts})
    assert any("a key of one column" in problem for problem in problems)


def test_did_you_mean_only_suggests_similar_names():
    assert "webshop/orders" in did_you_mean("Webshop/Order", ["webshop/orders", "crm/customers"])
    assert did_you_mean("invoices", ["webshop/orders"]) == ""
