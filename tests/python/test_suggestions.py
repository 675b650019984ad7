"""Suggested merges in small towns with known inhabitants."""

import random
import sys
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from klant360.identity.suggestions import SUGGESTED_MERGE_TYPES, suggested_merges
from klant360.settings import setting_problems
from python_models import result_types, run_model

MODEL = Path(__file__).parents[2] / "models" / "marts" / "identity" / "suggested_merges.py"
COLUMNS = [
    "record_key",
    "customer_id",
    "first_name",
    "initials",
    "surname",
    "is_known_first_name",
    "birth_date",
    "email",
    "phone",
    "postal_code",
    "house_number",
    "street",
    "city",
]
NAMES = [
    f"{start}{end}" for start, end in product(["bar", "dom", "fel", "gus", "kor"], ["an", "ek", "ilo", "ut"])
]
ENDS = ["aart", "berg", "dijk", "eling", "gra", "hoek", "ink", "jong", "kamp", "lo"]
SURNAMES = [f"{start}{end}" for start, end in product(["ver", "oud", "wes", "mol", "ruit", "zand"], ENDS)]

Record = dict[str, Any]


def as_table(records: Iterable[Record]) -> pa.Table:
    rows = list(records)
    kinds = {"is_known_first_name": pa.bool_()}
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], kinds.get(name, pa.string())) for name in COLUMNS}
    )


def decided(*pairs: tuple[str, str]) -> pa.Table:
    columns = {"customer_id": [one for one, _ in pairs], "other_customer_id": [other for _, other in pairs]}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def forms(*pairs: tuple[str, str]) -> pa.Table:
    columns = {"given_name": [name for name, _ in pairs], "form": [form for _, form in pairs]}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def inhabitant(number: int, **changes: Any) -> Record:
    """Return somebody who lives alone and shares hardly any value with others."""
    draw = random.Random(number)
    record = {
        "record_key": f"crm/customer/{number:05}",
        "customer_id": f"customer {number:05}",
        "first_name": draw.choice(NAMES),
        "surname": draw.choice(SURNAMES),
        "is_known_first_name": True,
        "birth_date": f"{draw.randint(1940, 2003)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
        "postal_code": f"{draw.randint(1000, 9999)}AB",
        "house_number": str(draw.randint(1, 90)),
        "street": f"{draw.choice(SURNAMES)}straat",
        "city": f"{draw.choice(ENDS)}stad",
    }
    return record | changes


def another(record: Record, **changes: Any) -> Record:
    """Return a record of another customer that is the same except for the changes."""
    number = record["record_key"][-5:]
    keys = {"record_key": f"webshop/account/{number}", "customer_id": f"account {number}"}
    return record | keys | changes


def renamed(record: Record, **changes: Any) -> Record:
    """Return another customer with another first name, otherwise the same except for the changes."""
    name = NAMES[(NAMES.index(record["first_name"]) + 7) % len(NAMES)]
    return another(record, first_name=name, **changes)


def joined(record: Record, number: int) -> Record:
    """Return another record that the rules joined with the first, some with a typo or another address."""
    changes = {"record_key": f"service_desk/contact/{number:05}"}
    if number % 9 == 0:
        changes["surname"] = record["surname"][:-1]
    if number % 7 == 0:
        moved = inhabitant(90000 + number)
        changes |= {field: moved[field] for field in ("postal_code", "house_number", "street", "city")}
    return record | changes


PEOPLE = [inhabitant(number) for number in range(200)]
TOWN = [*PEOPLE, *(joined(person, number) for number, person in enumerate(PEOPLE[:150]))]
# Families: partners with other or unknown birth dates, and two pairs of twins.
FAMILIES = [
    *(
        renamed(person, birth_date=f"19{40 + n}-06-{n % 28 + 1:02}")
        for n, person in enumerate(PEOPLE[100:140])
    ),
    *(renamed(person, birth_date=None) for person in PEOPLE[140:160]),
    *(renamed(person) for person in PEOPLE[160:162]),
]


def suggested(
    *records: Record, reviewed: pa.Table | None = None, names: pa.Table | None = None
) -> pd.DataFrame:
    return suggested_merges(as_table([*TOWN, *records]), reviewed or decided(), names or forms())


def numbers_of(suggestions: pd.DataFrame, least: float = 0.5) -> set[int]:
    """Return the inhabitants who are suggested with their other record; fails on any other pair."""
    likely = suggestions[suggestions["match_probability"] >= least]
    pairs = list(zip(likely["record_key"].str[-5:], likely["other_record_key"].str[-5:], strict=True))
    assert all(one == other for one, other in pairs), "two inhabitants are suggested as one"
    return {int(one) for one, _ in pairs}


@pytest.fixture(scope="module")
def replaced_first_names() -> pd.DataFrame:
    """Return the suggestions in a town without families, where 30 records have another first name."""
    return suggested(*map(renamed, PEOPLE[:30]))


def test_a_replaced_first_name_is_suggested_where_there_are_no_families(
    replaced_first_names: pd.DataFrame,
) -> None:
    assert numbers_of(replaced_first_names, 0.95) == set(range(30))
    row = replaced_first_names.iloc[0]
    assert row["agreeing_fields"] == "last name, birth date, house, place"
    assert row["nearly_agreeing_fields"] == ""
    assert row["differing_fields"] == "first name"


def test_decided_pairs_are_left_out_and_the_order_of_records_does_not_matter(
    replaced_first_names: pd.DataFrame,
) -> None:
    reviewed = decided(("customer 00004", "account 00004"), ("account 00005", "customer 00005"))
    records = [*TOWN, *map(renamed, PEOPLE[:30])]
    random.Random(1).shuffle(records)
    rest = suggested_merges(as_table(records), reviewed, forms())
    is_decided = replaced_first_names["record_key"].isin(["crm/customer/00004", "crm/customer/00005"])
    pd.testing.assert_frame_equal(rest, replaced_first_names[~is_decided].reset_index(drop=True))


@pytest.fixture(scope="module")
def town_with_families() -> pd.DataFrame:
    """Return the suggestions in a town where 62 people have a partner or twin, and a few a second record."""
    typos = [
        another(person, surname=f"{person['surname']}n", birth_date=None, house_number=None)
        for person in PEOPLE[:20]
    ]
    # partners, with only the last name in the webshop
    partners = [renamed(person, birth_date=f"1930-01-{n + 1:02}") for n, person in enumerate(PEOPLE[20:40])]
    accounts = [
        partner | {"record_key": f"{partner['record_key']}+", "first_name": None, "birth_date": None}
        for partner in partners
    ]
    # another form of the first name, a typo, and another name
    named = [
        another(PEOPLE[40], first_name="hans") | {"is_known_first_name": True},
        another(PEOPLE[41], first_name=f"{PEOPLE[41]['first_name']}n") | {"is_known_first_name": False},
        another(PEOPLE[42], first_name=f"{PEOPLE[42]['first_name']}n") | {"is_known_first_name": True},
    ]
    # jan and jette in one home, and a j who may be either
    initials = []
    for number in range(1000, 1010):
        jan = inhabitant(number, first_name="jan")
        jette = another(jan, first_name="jette", birth_date="1930-01-01")
        initials += [jan, jette]
        initials.append(
            jan
            | {"record_key": f"service_desk/contact/0{number}", "customer_id": f"contact {number}"}
            | {"first_name": None, "initials": "j", "birth_date": None, "is_known_first_name": False}
        )
    names = forms((PEOPLE[40]["first_name"], "hans"), ("hans", PEOPLE[40]["first_name"]))
    return suggested(*FAMILIES, *typos, *partners, *accounts, *named, *initials, names=names)


def test_families_are_not_suggested_and_second_records_are(town_with_families: pd.DataFrame) -> None:
    likely = town_with_families[town_with_families["match_probability"] > 0.5]
    # no partners, twins, partners with only a last name in an account, or jan and jette
    assert numbers_of(likely) == {*range(20), 40, 41}


def test_short_forms_and_typos_of_first_names_nearly_agree(town_with_families: pd.DataFrame) -> None:
    near = dict(
        zip(town_with_families["record_key"], town_with_families["nearly_agreeing_fields"], strict=True)
    )
    assert near["crm/customer/00040"] == "first name (short form)"
    assert near["crm/customer/00041"] == "first name (alike)"


def test_a_value_of_too_many_customers_makes_no_candidates() -> None:
    # a hundred customers share their company's phone, and two of them share everything else
    company = [
        another(person, phone="+31201234567", customer_id=person["customer_id"]) for person in PEOPLE[50:150]
    ]
    twice = another(PEOPLE[0], phone="+31201234567")
    assert numbers_of(suggested(*company, twice)) == {0}


@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_few_records_give_no_error(count: int) -> None:
    people = PEOPLE[:count]
    suggestions = suggested_merges(as_table([*people, *map(another, people[1:3])]), decided(), forms())
    assert list(suggestions.columns) == list(SUGGESTED_MERGE_TYPES)
    assert numbers_of(suggestions) == ({1, 2} if count == 20 else {1} if count == 2 else set())


def test_the_model_matches_its_yml_and_needs_no_splink_without_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with duckdb.connect() as connection:
        inputs = {
            "int_identity__suggestion_features": as_table([]),
            "int_identity__decided_customers": decided(),
            "int_identity__name_forms": forms(),
        }
        for name, table in inputs.items():
            connection.register(name, table)
        assert run_model(MODEL, connection, {name: f"from {name}" for name in inputs}).num_rows == 0
        assert result_types(connection) == SUGGESTED_MERGE_TYPES


def test_missing_splink_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(RuntimeError, match=r"^Suggested merges need Splink, which is not installed: [^\n]+$"):
        suggested(another(PEOPLE[0]))


@pytest.mark.parametrize(
    ("is_installed", "value", "problem"),
    [
        (True, True, ""),
        (False, True, "Splink is not installed"),
        (False, False, ""),
        (True, "yes", "true or false"),
    ],
)
def test_the_var_is_checked_before_a_build(
    monkeypatch: pytest.MonkeyPatch, is_installed: bool, value: object, problem: str
) -> None:
    monkeypatch.setattr("klant360.settings.find_spec", lambda name: is_installed or None)
    problems = setting_problems({"suggest_merges": False}, {"suggest_merges": value})
    assert len(problems) == bool(problem)
    assert problem in "".join(problems)
