"""Named merge scenarios: the customers expected in situations that every company has, in one build.

Each scenario has its records, one per line, and the expected customers, by the letters of their records.
Scenarios are separate: each has its own last name, and `#` in a value is its number.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from warehouses import Warehouse

Row = dict[str, str]

# More than a typo apart, so that no scenario links to another.
LAST_NAMES = [
    "Achterberg",
    "Bakhuizen",
    "Coppelmans",
    "Dijkhuis",
    "Eijkelboom",
    "Feenstra",
    "Groothedde",
    "Hoogland",
    "Ittersum",
    "Jorritsma",
    "Klapwijk",
    "Lindeboom",
    "Muntinga",
    "Nijdam",
    "Oosterveld",
    "Pronk",
    "Quaedvlieg",
    "Rozendaal",
    "Sluimer",
    "Terpstra",
    "Uittenbogaard",
]
KEYS = {"customer": "customer_number", "account": "account_id", "contact": "contact_id", "guest": "order_id"}
TABLES = {
    "customer": "crm.customers",
    "account": "webshop.accounts",
    "contact": "service_desk.contacts",
    "guest": "webshop.orders",
}
KEY_OF = {
    "customer": "crm/customer/",
    "account": "webshop/account/",
    "contact": "service_desk/contact/",
    "guest": "webshop/guest_order/",
}
EMAIL, OTHER_EMAIL = {"email": "one#@example.nl"}, {"email": "two#@example.nl"}
PHONE, OTHER_PHONE = {"phone": "06100001##"}, {"phone": "06200002##"}
HOME = {"postal_code": "10## AB", "house_number": "7"}
BORN, BORN_LATER = {"birth_date": "1970-03-14"}, {"birth_date": "1999-12-31"}


class Scenario(NamedTuple):
    """Records by letter: kind, first name or `-` for no name, and values; the customers; reviewed pairs."""

    records: Mapping[str, tuple[str, str, Mapping[str, str]]]
    customers: str
    decisions: tuple[tuple[str, str, str], ...] = ()


SCENARIOS = {
    "chain": Scenario(
        {
            "a": ("account", "Jan", EMAIL),
            "b": ("contact", "Jan", {**EMAIL, **PHONE}),
            "c": ("account", "Jan", {**OTHER_EMAIL, **PHONE}),
            "d": ("contact", "Jan", OTHER_EMAIL),
        },
        "abcd",
    ),
    "diamond": Scenario(
        {
            "a": ("account", "Jan", {**EMAIL, **PHONE}),
            "b": ("contact", "Jan", EMAIL),
            "c": ("contact", "Jan", PHONE),
            "d": ("customer", "Jan", {**EMAIL, **PHONE}),
        },
        "abcd",
    ),
    "fan-in": Scenario(
        {
            "a": ("account", "Jan", EMAIL),
            "b": ("account", "Jan", PHONE),
            "c": ("account", "Jan", HOME),
            "d": ("customer", "Jan", {**EMAIL, **PHONE, **HOME}),
        },
        "abcd",
    ),
    "household phone": Scenario(
        {
            "a": ("account", "Jan", PHONE),
            "b": ("account", "Marie", PHONE),
            "c": ("contact", "Jan", PHONE),
            "d": ("contact", "Marie", PHONE),
        },
        "ac bd",
    ),
    "parent and child with one email": Scenario(
        {"a": ("customer", "Anna", {**EMAIL, **BORN}), "b": ("customer", "Sophie", {**EMAIL, **BORN_LATER})},
        "a b",
    ),
    "phone of a marketplace": Scenario(
        {
            "a": ("guest", "-", {"email": "a#@example.nl", **PHONE}),
            "b": ("guest", "-", {"email": "b#@example.nl", **PHONE}),
            "c": ("guest", "-", {"email": "c#@example.nl", **PHONE}),
            "d": ("guest", "-", {"email": "d#@example.nl", **PHONE}),
            "e": ("guest", "-", PHONE),
            "f": ("guest", "-", PHONE),
            "g": ("account", "Jan", PHONE),
            "h": ("contact", "Jan", PHONE),
        },
        "a b c d ef gh",
    ),
    "household email with a guest order": Scenario(
        {
            "a": ("account", "Jan", EMAIL),
            "b": ("account", "Marie", EMAIL),
            "c": ("guest", "-", EMAIL),
            "d": ("guest", "-", EMAIL),
        },
        "a b c d",
    ),
    "guest order with another value": Scenario(
        {
            "a": ("account", "Jan", {**EMAIL, **PHONE}),
            "b": ("account", "Marie", EMAIL),
            "c": ("guest", "-", {**EMAIL, **PHONE}),
        },
        "ac b",
    ),
    "reused phone number": Scenario(
        {
            "a": ("customer", "Jan", {**PHONE, **BORN}),
            "b": ("customer", "Jan", {**PHONE, **BORN_LATER}),
            "c": ("account", "Jan", PHONE),
        },
        "a b c",
    ),
    "guest who registers later": Scenario(
        {"a": ("guest", "-", EMAIL), "b": ("guest", "-", EMAIL), "c": ("account", "Jan", EMAIL)},
        "abc",
    ),
    "two CRM numbers for one person": Scenario(
        {
            "a": ("customer", "Jan", {**EMAIL, **BORN}),
            "b": ("customer", "Jan", {**EMAIL, **BORN}),
            "c": ("account", "J.", {"customer_number": "b"}),
        },
        "abc",
    ),
    "conflicting birth dates": Scenario(
        {"a": ("customer", "Jan", {**EMAIL, **BORN}), "b": ("customer", "Jan", {**EMAIL, **BORN_LATER})},
        "a b",
    ),
    "names swapped": Scenario(
        {
            "a": ("account", "Jan", EMAIL),
            "b": ("contact", "?", {**EMAIL, "first_name": "~", "last_name": "Jan"}),
        },
        "ab",
    ),
    "J. with Jan and Jaap": Scenario(
        {
            "a": ("account", "Jan", EMAIL),
            "b": ("account", "Jaap", EMAIL),
            "c": ("contact", "J.", EMAIL),
        },
        "a b c",
    ),
    "J. with Jan alone": Scenario(
        {"a": ("account", "Jan", EMAIL), "b": ("account", "Marie", EMAIL), "c": ("contact", "J.", EMAIL)},
        "ac b",
    ),
    "twins": Scenario(
        {
            "a": ("customer", "Lisa", {**EMAIL, **HOME, **BORN}),
            "b": ("customer", "Lina", {**EMAIL, **HOME, **BORN}),
        },
        "a b",
    ),
    "married and changed name": Scenario(
        {
            "a": ("customer", "Anna", {**EMAIL, **BORN}),
            "b": ("customer", "Anna", {**EMAIL, **BORN, "last_name": "Zwartjes"}),
            "c": ("customer", "Anna", {**OTHER_EMAIL}),
            "d": ("account", "Anna", {"last_name": "Wassenaar", "customer_number": "c"}),
        },
        "ab cd",
    ),
    "a till's email on a thousand guest orders": Scenario(
        {
            "a": ("account", "Jan", EMAIL),
            **{f"t{number:03}": ("guest", "-", {"email": "till#@example.nl"}) for number in range(1000)},
        },
        "a till",
    ),
    "a reviewed split": Scenario(
        {
            "a": ("account", "Jan", {**EMAIL, **PHONE}),
            "b": ("account", "Jan", EMAIL),
            "c": ("contact", "Jan", PHONE),
        },
        "ac b",
        (("a", "b", "keep_apart"),),
    ),
    "a reviewed merge": Scenario(
        {"a": ("account", "Jan", EMAIL), "b": ("account", "Piet", OTHER_EMAIL)},
        "ab",
        (("a", "b", "merge"),),
    ),
    "a shared mailbox": Scenario(
        {chr(97 + number): ("account", "Jan", {"email": "info#@example.nl"}) for number in range(11)},
        "a b c d e f g h i j k",
    ),
}


def tables() -> tuple[dict[str, list[Row]], list[Row]]:
    """All scenarios as one delivery, and the reviewed pairs."""
    delivered: dict[str, list[Row]] = defaultdict(list)
    decisions: list[Row] = []
    for number, scenario in enumerate(SCENARIOS.values(), 10):
        last_name = LAST_NAMES[number - 10]
        for age, (letter, (kind, first_name, values)) in enumerate(scenario.records.items()):
            row = {KEYS[kind]: f"{letter}{number}"}
            if kind == "guest":
                row |= {"ordered_at": f"2023-01-01T{age // 60:02}:{age % 60:02}:00", "total_amount": "5"}
            else:
                row["created_at"] = f"2023-01-{age + 1:02}"
            if first_name != "-":
                row |= {"first_name": first_name, "last_name": last_name}
            for column, value in values.items():
                text = value.replace("##", str(number)).replace("#", str(number)).replace("~", last_name)
                row[column] = f"{text}{number}" if column == "customer_number" else text
            delivered[TABLES[kind]].append(row)
        decisions += [
            {
                "record_key": KEY_OF[scenario.records[one][0]] + f"{one}{number}",
                "other_record_key": KEY_OF[scenario.records[other][0]] + f"{other}{number}",
                "decision": decision,
                "reason": "reviewed",
            }
            for one, other, decision in scenario.decisions
        ]
    return delivered, decisions


@pytest.fixture(scope="module")
def built(make_sources: Callable[..., Any], build_warehouse: Callable[..., Warehouse]) -> Warehouse:
    delivered, decisions = tables()
    return build_warehouse(
        make_sources(delivered),
        seeds={"identity_decisions": decisions},
        select=["+customer_identities", "+skipped_identifiers", "+vetoed_links", "+contradictory_customers"],
    )


@pytest.fixture(scope="module")
def customers(built: Warehouse) -> dict[str, str]:
    """Return the customers per scenario, by the letters of their records."""
    found: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in SCENARIOS}
    names = list(SCENARIOS)
    for record_id, customer_id in built.rows(
        "select source_record_id, customer_id from restricted.customer_identities"
    ):
        found[names[int(record_id[-2:]) - 10]][customer_id].append(record_id[:-2])
    customers = {}
    for name, groups in found.items():
        words = sorted("".join(sorted(letters)) for letters in groups.values())
        customers[name] = " ".join("till" if word.startswith("t000t001") else word for word in words)
    return customers


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, customers: dict[str, str]) -> None:
    assert customers[name] == SCENARIOS[name].customers


def test_a_till_is_one_guest_and_is_suspected(built: Warehouse) -> None:
    tills = built.rows(
        "select identifier_value, records from restricted.skipped_identifiers where reason = 'suspected_till'"
    )
    number = list(SCENARIOS).index("a till's email on a thousand guest orders") + 10
    assert tills == [(f"till{number}@example.nl", 1000)]


def test_the_phone_of_a_marketplace_is_listed(built: Warehouse) -> None:
    number = list(SCENARIOS).index("phone of a marketplace") + 10
    assert built.rows(
        "select identifier_value, records from restricted.skipped_identifiers where reason = 'several_emails'"
    ) == [(f"+316100001{number}", 8)]


def test_a_shared_mailbox_is_listed_with_its_count(built: Warehouse) -> None:
    number = list(SCENARIOS).index("a shared mailbox") + 10
    assert built.rows(
        "select identifier_value, records from restricted.skipped_identifiers where reason = 'over_cap'"
    ) == [(f"info{number}@example.nl", 11)]


def vetoes(built: Warehouse, name: str) -> set[tuple[str, str]]:
    number = list(SCENARIOS).index(name) + 10
    return set(
        built.rows(
            "select identifier_type, reason from restricted.vetoed_links"
            f" where record_key like '%{number}' and other_record_key like '%{number}'"
        )
    )


def test_records_kept_apart_are_listed_with_the_reason(built: Warehouse) -> None:
    assert vetoes(built, "household phone") == {("phone", "names_differ")}
    assert vetoes(built, "conflicting birth dates") == {
        ("email", "birth_dates_differ"),
    }
    assert vetoes(built, "reused phone number") == {
        ("phone", "birth_dates_differ"),
        ("phone", "between_birth_dates"),
    }
    assert vetoes(built, "J. with Jan and Jaap") == {
        ("email", "names_differ"),
        ("email", "several_customers_fit"),
    }
    assert vetoes(built, "twins") == {
        ("email", "names_differ"),
        ("address", "names_differ"),
        ("name_birth", "names_differ"),
    }
    assert ("decision", "kept_apart") in vetoes(built, "a reviewed split")
    assert vetoes(built, "chain") == set()


def test_a_customer_with_contradicting_records_is_listed(built: Warehouse) -> None:
    listed = built.rows("select reason, record_key, other_record_key from restricted.contradictory_customers")
    merged, married = (
        list(SCENARIOS).index(name) + 10 for name in ("a reviewed merge", "married and changed name")
    )
    assert sorted(listed) == sorted(
        [
            ("names_differ", f"webshop/account/b{merged}", f"webshop/account/a{merged}"),
            ("names_differ", f"webshop/account/d{married}", f"crm/customer/c{married}"),
        ]
    )


def test_why_a_record_belongs_to_its_customer(built: Warehouse) -> None:
    matched = dict(built.rows("select source_record_id, matched_by from restricted.customer_identities"))
    number = {name: at for at, name in enumerate(SCENARIOS, 10)}
    assert matched[f"c{number['two CRM numbers for one person']}"] == "customer_number"
    assert matched[f"d{number['chain']}"] == "email"
    assert matched[f"a{number['a reviewed merge']}"] == "decision"
    assert matched[f"a{number['twins']}"] is None
