"""The identity oracle itself against cases worked out by hand."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from oracle_identity import oldest_record, resolve
from oracle_names import RULES, Names, Record, Rule, Settings, dates_contradict, is_typo

SYSTEMS = {"customer": "crm", "contact": "service_desk", "account": "webshop", "guest_order": "webshop"}
SETTINGS = Settings(
    first_names=frozenset({"Jan", "Jaap", "Hans", "Johannes", "Anna", "Hanna", "Maria", "Mario"}),
    short_forms=[("johannes", "jan"), ("johannes", "hans")],
    blocklist=[("email", "noreply@%")],
)
E, F = "e@x.nl", "f@x.nl"
P, Q = "+31612345678", "+31687654321"
BORN, LATER = date(1970, 3, 14), date(1999, 12, 31)
HOME = {"postal_code": "1234 AB", "house_number": "5"}


def record(
    record_id: str,
    name: str = "",
    email: str | None = None,
    phone: str | None = None,
    entity: str = "account",
    birth_date: date | None = None,
    **others: str | None,
) -> Record:
    """Return a record, by default an account; the name is first and last, separated by a comma."""
    first, _, last = name.partition(",")
    return Record(
        SYSTEMS[entity],
        entity,
        record_id,
        first_name=first or None,
        last_name=last or None,
        emails=(email,) if email else (),
        phones=(phone,) if phone else (),
        birth_date=birth_date,
        **others,
    )


def guest(record_id: str, email: str | None = None, phone: str | None = None) -> Record:
    return record(record_id, "", email, phone, "guest_order")


def customer(record_id: str, name: str = "", email: str | None = None, **others: object) -> Record:
    return record(record_id, name, email, entity="customer", customer_number=record_id, **others)  # type: ignore[arg-type]


def customers(records: Iterable[Record], settings: Settings = SETTINGS) -> list[str]:
    """Return the customers as words: the sorted ids of their records, one letter each."""
    found = resolve(list(records), settings)
    return sorted("".join(sorted(key.split("/")[-1] for key in keys)) for keys in found)


# --- Names and dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, other, expected",
    [
        ("jansen", "jansen", False),
        ("jansen", "janssen", True),
        ("jansen", "janse", True),
        ("jansen", "hansen", True),
        ("jansen", "jasnen", True),
        ("jansen", "jnaesn", False),
        ("jansen", "nansej", False),
        ("jansen", "janssens", False),
    ],
)
def test_a_typo_is_one_letter_or_two_neighbours(name: str, other: str, expected: bool) -> None:
    assert is_typo(name, other) is expected
    assert is_typo(other, name) is expected


@pytest.mark.parametrize(
    "name, other, expected",
    [
        ("Jan,de Vries", "Jan,Vries", True),
        ("Jan,van der Berg", "Jan,van den Berg", True),
        ("Jan,Müller", "Jan,Muller", True),
        ("Jaan,Muler", "Jan,Muller", True),  # one typo in each
        ("Jan,Muller", "Muller,Jan", True),
        ("Jan,de Vries", "Vries,Jan", True),
        ("Johannes,Muller", "Jan,Muller", True),
        ("Hans,Muller", "Jan,Muller", False),  # both short for Johannes, not for each other
        ("Anna,Muller", "Hanna,Muller", False),  # one letter, but two known names
        ("Maria,Muller", "Mario,Muller", False),
        ("Annna,Muller", "Hanna,Muller", False),
        ("Annna,Muller", "Anna,Muller", True),
        ("Jan,Muller", "Jan,Mulder", True),
        ("Jan,Muller", "Jan,Mulders", False),
    ],
)
def test_full_names(name: str, other: str, expected: bool) -> None:
    one, another = record("a", name), record("b", other)
    assert Names(SETTINGS).full_names_fit(one, another) is expected
    assert Names(SETTINGS).full_names_fit(another, one) is expected


@pytest.mark.parametrize(
    "other, expected",
    [
        (date(1970, 3, 14), False),
        (date(1970, 3, 15), False),
        (date(1971, 3, 14), False),
        (date(1970, 4, 15), True),
        (date(1970, 3, 25), True),
        (LATER, True),
    ],
)
def test_birth_dates(other: date, expected: bool) -> None:
    assert dates_contradict(BORN, other) is expected
    assert not dates_contradict(None, other)
    assert not dates_contradict(date(1970, 3, 4), date(1970, 4, 3))


# --- The merge scenarios ------------------------------------------------------------------------------------


def test_chain() -> None:
    """Each record is one person with the next; the ends share nothing."""
    links = [("a", E, None), ("b", E, P), ("c", F, P), ("d", F, Q), ("e", None, Q)]
    assert customers(record(key, "Jan,Muller", email, phone) for key, email, phone in links) == ["abcde"]


def test_diamond() -> None:
    links = [("a", E, P), ("b", E, None), ("c", None, P), ("d", None, None)]
    records = [record(key, "Jan,Muller", email, phone) for key, email, phone in links]
    records += [customer("k", "Jan,Muller")]
    records[3] = replace(records[3], customer_number="k")
    records[1] = replace(records[1], customer_number="k")
    records[2] = replace(records[2], postal_code="1234AB", house_number="5")
    records[3] = replace(records[3], postal_code="1234 ab", house_number="5")
    assert customers(records) == ["abcdk"]


def test_fan_in() -> None:
    """Several records by several values become one customer through one record."""
    hub = record("h", "Jan,Muller", E, P, **HOME)
    spokes = [
        record("a", "Jan,Muller", E),
        record("b", "Jan,Muller", phone=P),
        record("c", "Jan,Muller", **HOME),
    ]
    assert customers([*spokes]) == ["a", "b", "c"]
    assert customers([*spokes, hub]) == ["abch"]


def test_shared_mailbox_joins_nobody() -> None:
    rules = {**RULES, "email": Rule(cap=3)}
    people = [record(key, "Jan,Muller", E) for key in "abc"]
    assert customers(people, replace(SETTINGS, rules=rules)) == ["abc"]
    assert customers([*people, record("d", "", E)], replace(SETTINGS, rules=rules)) == ["a", "b", "c", "d"]


def test_a_rule_that_is_off_and_a_blocklisted_value_join_nobody() -> None:
    off = replace(SETTINGS, rules={**RULES, "email": Rule(is_active=False)})
    people = [record(key, "Jan,Muller", E) for key in "ab"]
    assert customers(people, off) == ["a", "b"]
    assert customers(record(key, "Jan,Muller", "noreply@x.nl") for key in "ab") == ["a", "b"]
    assert customers(record(key, "Jan,Muller", phone="+31666666666") for key in "ab") == ["ab"]
    assert customers(record(key, "Jan,Muller", phone="+66666666666") for key in "ab") == ["a", "b"]


def test_household_phone() -> None:
    household = [
        record("a", "Jan,Muller", E, P),
        record("b", "Maria,Muller", F, P),
        record("c", "Anna,Muller", None, P),
    ]
    assert customers(household) == ["a", "b", "c"]


def test_household_email_with_a_guest_order() -> None:
    household = [record("a", "Jan,Muller", E, P), record("b", "Maria,Muller", E, Q)]
    assert customers([*household, guest("g", E), guest("h", E)]) == ["a", "b", "g", "h"]
    assert customers([*household, guest("g", E, Q)]) == ["a", "bg"]  # the phone decides


def test_reused_phone_number() -> None:
    """The number now belongs to somebody else, with another name."""
    assert customers([customer("a", "Jan,Muller", phone=P), record("b", "Anna,Visser", phone=P)]) == [
        "a",
        "b",
    ]


def test_guest_who_registers_later() -> None:
    orders = [guest("g", E), guest("h", E)]
    assert customers(orders) == ["gh"]
    assert customers([*orders, record("a", "Jan,Muller", E)]) == ["agh"]


def test_two_crm_numbers_for_one_person() -> None:
    both = [customer("k", "Jan,Muller", E), customer("l", "Johannes,Muller", E)]
    accounts = [record("a", customer_number="k"), record("b", customer_number="l")]
    assert customers([*both, *accounts]) == ["abkl"]
    assert customers([*accounts, both[0]]) == ["ak", "b"]  # a number without a customer links nobody
    absent = replace(SETTINGS, is_crm_absent=True)
    assert customers([record(key, customer_number="k") for key in "ab"], absent) == ["ab"]


def test_conflicting_birth_dates() -> None:
    both = [customer("k", "Jan,Muller", E, birth_date=BORN), customer("l", "Jan,Muller", E, birth_date=LATER)]
    assert customers(both) == ["k", "l"]
    assert customers([*both, record("a", "Jan,Muller", E)]) == ["a", "k", "l"]  # fits both, so neither
    assert customers([*both, record("a", "Jan,Muller", E, customer_number="k")]) == ["ak", "l"]
    one_number = [*both, record("a", customer_number="k"), replace(both[1], customer_number="k")]
    assert customers([one_number[0], one_number[2], one_number[3]]) == ["akl"]  # listed as contradictory


def test_a_chain_does_not_bring_conflicting_birth_dates_together() -> None:
    """k and l contradict; a has links with k only, b with l only, c with a and b only."""
    ends = [
        customer("k", "Jan,Muller", "1@x.nl", birth_date=BORN),
        customer("l", "Jan,Muller", "2@x.nl", birth_date=LATER),
    ]
    a = record("a", "Jan,Muller", "1@x.nl", P)
    b = record("b", "Jan,Muller", "2@x.nl", Q)
    c = replace(record("c", "Jan,Muller", phone=P), phones=(P, Q))
    assert customers([*ends, a, b, c]) == ["ak", "bl", "c"]
    assert customers([*ends, replace(a, emails=("1@x.nl", "2@x.nl"))]) == ["a", "k", "l"]
    nearly = customer("m", "Jan,Muller", "2@x.nl", phone=P, birth_date=date(1970, 3, 15))
    assert customers([*ends, nearly, a]) == ["akm", "l"]


def test_dates_a_digit_apart_may_chain() -> None:
    dates = [date(1970, 3, 14), date(1970, 3, 15), date(1970, 3, 25)]
    assert customers(
        customer(key, "Jan,Muller", E, birth_date=day) for key, day in zip("abc", dates, strict=True)
    ) == ["abc"]


def test_names_swapped() -> None:
    assert customers([record("a", "Jan,de Vries", E), record("b", "Vries,Jan", E)]) == ["ab"]


def test_an_initial_that_fits_one_and_two_customers() -> None:
    initial = record("j", "J.,Muller", E)
    jan, jaap = record("a", "Jan,Muller", E), record("b", "Jaap,Muller", E)
    assert customers([initial, jan]) == ["aj"]
    assert customers([initial, jan, jaap]) == ["a", "b", "j"]
    assert customers([initial, record("i", "J.,Muller", E), jan, jaap]) == ["a", "b", "i", "j"]
    assert customers([initial, record("a", "Anna,Muller", E)]) == ["a", "j"]
    assert customers([initial, record("a", "Jan,Visser", E)]) == ["a", "j"]


def test_one_name_and_no_name() -> None:
    jan, maria = record("a", "Jan,Muller", E), record("b", "Maria,Visser", E)
    assert customers([jan, maria, record("n", "Jan,", E)]) == ["an", "b"]
    assert customers([jan, maria, record("n", ",Visser", E)]) == ["a", "bn"]
    assert customers([jan, record("n", "", E)]) == ["an"]
    assert customers([jan, maria, record("n", "", E)]) == ["a", "b", "n"]
    # "Jan" joins Jan Muller first, so the nameless one sees one customer, not two.
    assert customers([jan, record("n", "Jan,", E), guest("g", E)]) == ["agn"]


def test_ties_that_would_join_two_people_keep_the_first_value() -> None:
    """A guest order with the email of one and the phone of another."""
    jan, maria = record("a", "Jan,Muller", E), record("b", "Maria,Visser", None, P)
    assert customers([jan, maria, guest("g", E, P)]) == ["ag", "b"]
    same_name = record("b", "Jan,Muller", None, P)
    assert customers([jan, same_name, guest("g", E, P)]) == ["abg"]


def test_twins() -> None:
    both = [
        customer(key, f"{name},Muller", E, birth_date=BORN, **HOME)
        for key, name in (("a", "Anna"), ("b", "Hanna"))
    ]
    assert customers(both) == ["a", "b"]


def test_married_and_changed_name() -> None:
    before = customer("a", "Anna,Muller", E, birth_date=BORN)
    assert customers([before, customer("b", "Anna,Visser", E, birth_date=BORN)]) == ["ab"]
    assert customers([before, customer("b", "Anna,Visser", F, birth_date=BORN)]) == ["a", "b"]
    assert customers([before, record("b", "Anna,Visser", F, customer_number="a")]) == ["ab"]
    assert customers([before, record("b", "Anna,Visser", E)]) == ["a", "b"]


def test_full_name_and_birth_date() -> None:
    first = customer("a", "Jan,de Vries", birth_date=BORN)
    assert customers([first, customer("b", "Vries,Jan", birth_date=BORN)]) == ["ab"]
    assert customers([first, customer("b", "Jan,de Vries", birth_date=date(1970, 3, 15))]) == ["a", "b"]
    assert customers([first, customer("b", "J.,de Vries", birth_date=BORN)]) == ["a", "b"]


def test_a_tills_email_on_many_guest_orders() -> None:
    """One guest as long as the phone is the same; over the cap if each order has its own phone."""
    jan = record("a", "Jan,Muller", E)
    one_guest = [guest(f"g{number}", E) for number in range(50)]
    assert len(customers(one_guest)) == 1
    many_guests = [guest(f"g{number}", E, f"+3161{number:07}") for number in range(50)]
    assert len(customers([jan, *many_guests])) == 51


def test_implied_account_carries_all_its_orders_values() -> None:
    implied = replace(record("i"), emails=(E, F), phones=(P,))
    assert customers([implied, record("a", "Jan,Muller", F)]) == ["ai"]


def test_reviewed_pairs() -> None:
    """A merge needs no shared value; which other records a split separates is not tested here."""
    people = [customer("a", "Jan,Muller", E), customer("b", "Maria,Visser", F)]
    merged = replace(SETTINGS, merges=[("crm/customer/a", "crm/customer/b")])
    assert customers(people) == ["a", "b"]
    assert customers(people, merged) == ["ab"]


def test_an_older_record_that_arrives_late_names_the_customer() -> None:
    newer = replace(record("a", "Jan,Muller", E), created_at="2024-02-01")
    undated = record("b", "Jan,Muller", E)
    both = frozenset({newer.key, undated.key})
    assert resolve([newer, undated]) == {both}
    assert oldest_record(both, [newer, undated]) == newer.key
    older = replace(customer("k", "Jan,Muller", E), created_at="2019-02-01")
    assert resolve([newer, undated, older]) == {both | {older.key}}
    assert oldest_record(both | {older.key}, [newer, undated, older]) == older.key
    same_day = replace(record("a", entity="contact"), created_at="2024-02-01")
    assert oldest_record(frozenset({newer.key, same_day.key}), [newer, same_day]) == same_day.key
