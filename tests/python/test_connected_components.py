"""Customers are the connected components of what their records share, through chains of any length."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import oracle
from warehouses import Warehouse

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]


Partition = set[frozenset[str]]


def people_by_hand() -> tuple[dict[str, list[dict[str, str]]], Partition]:
    """Return records without names, and their people: only their values can link them."""
    team = [
        {"account_id": f"n{i}", "email": "team@example.nl", "created_at": f"2021-03-{i:02d}"}
        for i in range(1, 11)
    ]
    mailbox = [{"account_id": f"m{i}", "email": "info@example.nl"} for i in range(1, 12)]
    household = [
        {"order_id": f"h{i:02d}", "email": "home@example.nl", "phone": "06-20000000"} for i in range(1, 15)
    ]
    tables = {
        "crm.customers": [
            {"customer_number": "C1", "email": "Chain1@example.nl ", "created_at": "2021-01-05"},
            {"customer_number": "C5", "created_at": "2021-02-01"},
            {"customer_number": "C6", "email": "older@example.nl", "created_at": "2021-01-01"},
        ],
        "webshop.accounts": [
            {
                "account_id": "a1",
                "email": "chain1@example.nl",
                "phone": "06 1000 0001",
                "created_at": "2021-01-04",
            },
            {"account_id": "a5", "customer_number": "C5"},
            {"account_id": "a6", "customer_number": "C404", "email": "a6@example.nl"},
            {"account_id": "a7", "phone": "+31 6 10000007", "created_at": "2021-06-01"},
            {"account_id": "b1", "email": "noreply@example.nl"},
            {"account_id": "b2", "email": "noreply@example.nl"},
            {"account_id": "d1", "phone": "1111111111"},
            {"account_id": "d2", "phone": "1111111111"},
            {"account_id": "x1", "email": "x1@example.nl"},
            *team,
            *mailbox,
        ],
        "webshop.orders": [
            {"order_id": "g1", "email": "chain2@example.nl", "phone": "0031 610000002"},
            {"order_id": "g2", "phone": "+31(0)610000002"},
            {"order_id": "g3", "phone": "0610000002", "email": "not an email"},
            {"order_id": "z1o", "account_id": "z1", "email": "implied@example.nl"},
            {"order_id": "z1p", "account_id": "z1", "email": "implied2@example.nl"},
            {"order_id": "x1o", "account_id": "x1", "email": "other@example.nl"},
            *household,
        ],
        "service_desk.contacts": [
            {"contact_id": "k1", "email": "chain2@example.nl", "phone": "0610000001"},
            {"contact_id": "k5", "customer_number": "C5"},
            {"contact_id": "k6", "customer_number": "C404", "email": "k6@example.nl"},
            {"contact_id": "kz", "email": "implied2@example.nl"},
            {"contact_id": "kx", "email": "other@example.nl"},
            {"contact_id": "kh", "email": "home@example.nl"},
        ],
    }
    groups = [
        {"C1", "a1", "k1", "g1", "g2", "g3"},
        {"C5", "a5", "k5"},
        {"z1", "kz"},
        {"kh", *(row["order_id"] for row in household)},
        {row["account_id"] for row in team},
        *({row["account_id"]} for row in mailbox),
        *({record} for record in ("C6", "a6", "a7", "b1", "b2", "d1", "d2", "x1", "k6", "kx")),
    ]
    return tables, set(map(frozenset, groups))


def people_at_random(records: int = 500) -> tuple[dict[str, list[dict[str, str]]], Partition]:
    """Return records that share emails and phones at random, after two chains of 150; none over its cap."""
    draw = random.Random(20240615)
    carriers: dict[str, list[str]] = defaultdict(list)
    tables: dict[str, list[dict[str, str]]] = {"webshop.accounts": [], "service_desk.contacts": []}
    for number in range(records):
        chain, link = divmod(number, 150)
        if chain < 2:  # each record has one value of the record before and one of the record after
            email, phone = (
                f"chain{chain}.{link // 2}@example.com",
                f"06{50000000 + 1000 * chain + (link + 1) // 2}",
            )
        else:
            email = f"r{draw.randrange(260)}@example.com" if draw.random() < 0.7 else ""
            phone = f"06{60000000 + draw.randrange(260)}" if draw.random() < 0.6 else ""
        email, phone = (value if len(carriers[value]) < 10 else "" for value in (email, phone))
        record = f"r{number:03d}"
        for value in {email, phone, record} - {""}:
            carriers[value].append(record)
        is_account = draw.random() < 0.6
        table, key = (
            ("webshop.accounts", "account_id") if is_account else ("service_desk.contacts", "contact_id")
        )
        created = f"2022-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
        tables[table].append({key: record, "email": email, "phone": phone, "created_at": created})
    links = [(carried[0], record) for carried in carriers.values() for record in carried]
    return tables, oracle.components(links)


def identity_tables() -> dict[str, list[dict[str, str]]]:
    """Return both sets of people."""
    tables: dict[str, list[dict[str, str]]] = defaultdict(list)
    for part in (people_by_hand()[0], people_at_random()[0]):
        for name, rows in part.items():
            tables[name] += rows
    order = {"ordered_at": "2021-05-01", "total_amount": "10"}
    tables["webshop.orders"] = [{**order, **row} for row in tables["webshop.orders"]]
    return dict(tables)


def test_customers_are_the_connected_components(build_warehouse: Build, make_sources: MakeSources) -> None:
    by_hand, at_random = people_by_hand()[1], people_at_random()[1]
    assert max(map(len, at_random)) >= 150
    assert len(at_random) > 50
    found = build_warehouse(make_sources(identity_tables()), select=["+customer_identities"]).partition()
    assert sorted(map(sorted, found - by_hand - at_random)) == []
    assert sorted(map(sorted, (by_hand | at_random) - found)) == []
