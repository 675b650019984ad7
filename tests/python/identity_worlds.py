"""Small worlds of source records, drawn so that names, dates and shared values combine in all ways."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import combinations
from typing import Any

from oracle_names import Record, Rule

Row = dict[str, str]
TABLES = {
    "customer": "crm.customers",
    "account": "webshop.accounts",
    "contact": "service_desk.contacts",
}
KEYS = {"customer": "customer_number", "account": "account_id", "contact": "contact_id"}
SYSTEMS = {"customer": "crm", "account": "webshop", "guest_order": "webshop", "contact": "service_desk"}
RULES = {
    "customer_number": Rule(),
    "email": Rule(cap=5),
    "phone": Rule(cap=5),
    "address": Rule(cap=6),
    "name_birth": Rule(cap=4),
}
FIRST_NAMES = [
    "Jan",
    "Johannes",
    "Hans",
    "Jaap",
    "Piet",
    "Pieter",
    "Anna",
    "Hanna",
    "Marie",
    "Maria",
    "Mario",
]
SHORT_FORMS = [
    ("johannes", "jan"),
    ("johannes", "hans"),
    ("pieter", "piet"),
    ("anna", "an"),
    ("maria", "marie"),
]
UNKNOWN_FIRST_NAMES = ["Jaan", "Johanness", "Pieetr", "Marja", "Annna", "An", "Rikolt"]
BLOCKLIST = [("email", "noreply@%"), ("phone", "+31600000000")]
MAILBOX, NOBODY = "info@winkel.nl", "noreply@winkel.nl"
# The first four are one name; the next two are one typo away, the last two are other names.
LAST_NAMES = ["~", "~", "van ~", "van der ~", "~s", "Q~", "de~", "Bos~", "de Vries~"]
SYLLABLES = [f"{consonant}{'aeiou'[at % 5]}" for at, consonant in enumerate("bcdfghjklmnprstvwxz")]


@dataclass(frozen=True)
class World:
    """Records of a few people; in the texts, # is the world's number and ~ its name.

    An implied account has its orders instead of a row: their email, phone and moment.
    """

    records: tuple[Record, ...]
    orders: Mapping[str, tuple[tuple[str | None, str | None, str], ...]]
    decisions: tuple[tuple[str, str, str], ...] = ()

    def at(self, number: int) -> "World":
        """Return the same world with its own number."""

        def filled(text: Any) -> Any:
            if isinstance(text, tuple):
                return tuple(map(filled, text))
            if not isinstance(text, str):
                return text
            return text.replace("#", f"{number:05}").replace("~", world_name(number))

        born = birth_dates(number)
        records = [
            replace(record, birth_date=record.birth_date and born[BIRTH_DATES.index(record.birth_date)])
            for record in self.records
        ]
        return World(
            tuple(
                Record(*(filled(getattr(record, field.name)) for field in fields(record)))
                for record in records
            ),
            {filled(key): filled(orders) for key, orders in self.orders.items()},
            filled(self.decisions),
        )

    def kept_apart(self) -> list[frozenset[str]]:
        """The pairs that were reviewed as two people."""
        return [frozenset(pair) for *pair, decision in self.decisions if decision == "keep_apart"]

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Return the rows that deliver it, each with its table."""
        for record in self.records:
            if record.entity in TABLES and record.key not in self.orders:
                yield TABLES[record.entity], row_of(record)
            for at, (email, phone, moment) in enumerate(self.orders.get(record.key, ())):
                yield (
                    "webshop.orders",
                    order(f"{record.record_id}-{at}", moment, email, phone, record.record_id),
                )
            if record.entity == "guest_order":
                email, phone = next(iter(record.emails), None), next(iter(record.phones), None)
                yield "webshop.orders", order(record.record_id, str(record.created_at), email, phone, "")


def world_name(number: int) -> str:
    """Return a name; names of different worlds differ in at least two letters."""
    digits = [number // 361 % 19, number // 19 % 19, number % 19]
    return "".join(SYLLABLES[digit] for digit in [*digits, sum(digits) % 19]).capitalize()


def birth_dates(number: int) -> list[date]:
    """Return a date, the same with day and month swapped, two that are one digit away, and another."""
    year = 1930 + number % 90
    month, day = list(combinations(range(1, 10), 2))[number // 90]
    other = (11 + number // 90 // 18, 1 + number // 90 % 18)
    dates = [(month, day), (day, month), (month, day + 10), (day, month + 10), other]
    return [date(year, *month_and_day) for month_and_day in dates]


BIRTH_DATES = birth_dates(0)


def draw_world(rng: random.Random) -> World:
    """Draw from two to eight records."""
    emails = ["a#@x.nl", "b#@x.nl"]
    phones = ["+316#100", "+316#200"]
    addresses = [("1234AB", "#"), ("1234AB", "#a")]
    firsts = rng.sample(FIRST_NAMES, 2) + rng.sample(UNKNOWN_FIRST_NAMES, 1) + ["J.", "A."]
    lasts = rng.sample(LAST_NAMES, 3)
    born = rng.sample(BIRTH_DATES, 3)
    crm_numbers: list[str] = []
    records: list[Record] = []
    orders: dict[str, tuple[tuple[str | None, str | None, str], ...]] = {}

    def maybe(share: float, choices: Sequence[Any]) -> Any:
        return rng.choice(choices) if rng.random() < share else None

    def email() -> str | None:
        return rng.choices([maybe(0.75, emails), MAILBOX, NOBODY], [18, 1, 1])[0]

    def moment() -> str:
        return f"2023-0{rng.randint(1, 3)}-0{rng.randint(1, 3)}T10:00:00"

    def name() -> tuple[str | None, str | None]:
        if rng.random() < 0.2:
            return None, None
        first, last = maybe(0.9, firsts), maybe(0.9, lasts)
        return (last, first) if rng.random() < 0.1 and first in firsts[:3] else (first, last)

    def named(entity: str) -> None:
        record_id = f"w#-{len(records)}-{rng.randint(0, 9)}"
        first, last = name()
        own_email, own_phone = email(), maybe(0.4, phones)
        postal_code, house_number = (entity != "contact" and maybe(0.35, addresses)) or (None, None)
        known_number = maybe(0.2, [*crm_numbers, "gone#"])
        if entity == "customer":
            known_number = record_id
            crm_numbers.append(record_id)
        records.append(
            Record(
                SYSTEMS[entity],
                entity,
                record_id,
                created_at=moment() if rng.random() < 0.9 else None,
                first_name=first,
                last_name=last,
                emails=(own_email,) if own_email else (),
                phones=(own_phone,) if own_phone else (),
                birth_date=maybe(0.6, born) if entity == "customer" else None,
                postal_code=postal_code,
                house_number=house_number,
                customer_number=known_number,
            )
        )

    def guest() -> None:
        own_email, own_phone = email(), maybe(0.5, phones)
        if own_email not in emails and own_phone is None:
            own_phone = rng.choice(phones)
        for _ in range(rng.choice([1, 1, 2])):
            record_id = f"w#-{len(records)}-{rng.randint(0, 9)}"
            emails_of_it = (own_email,) if own_email else ()
            phones_of_it = (own_phone,) if own_phone else ()
            records.append(
                Record("webshop", "guest_order", record_id, moment(), None, None, emails_of_it, phones_of_it)
            )

    def implied_account() -> None:
        placed = tuple((email(), maybe(0.4, phones), moment()) for _ in range(rng.choice([1, 1, 2])))
        emails_of_it, phones_of_it = (
            tuple(sorted({order[at] for order in placed} - {None})) for at in (0, 1)
        )
        oldest = min(moment for *_, moment in placed)
        record_id = f"w#-{len(records)}-implied"
        records.append(
            Record("webshop", "account", record_id, oldest, None, None, emails_of_it, phones_of_it)
        )
        orders[records[-1].key] = placed

    size = rng.randint(2, 8)
    makers: list[Callable[[], None]] = [
        lambda: named("customer"),
        lambda: named("account"),
        lambda: named("contact"),
        guest,
        implied_account,
    ]
    while len(records) < size:
        rng.choices(makers, [5, 4, 2, 2, 1])[0]()
    pair = [record.key for record in rng.sample(records, 2)]
    decisions = maybe(0.1, [((*pair, "merge"),), ((*pair, "keep_apart"),)]) or ()
    return World(tuple(records), orders, decisions)


def row_of(record: Record) -> Row:
    """The row of a customer, account or contact."""
    row = {
        KEYS[record.entity]: record.record_id,
        "customer_number": record.customer_number,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": next(iter(record.emails), None),
        "phone": next(iter(record.phones), None),
        "birth_date": record.birth_date and record.birth_date.isoformat(),
        "postal_code": record.postal_code,
        "house_number": record.house_number,
        "country_code": record.country_code,
        "created_at": record.created_at,
    }
    return {name: value or "" for name, value in row.items()}


def order(order_id: str, moment: str, email: str | None, phone: str | None, account_id: str) -> Row:
    """An order of ten euros."""
    row = {"order_id": order_id, "ordered_at": moment, "total_amount": "10.00", "account_id": account_id}
    return {**row, "email": email or "", "phone": phone or ""}


def sources_of(worlds: Sequence[World]) -> dict[str, list[Row]]:
    """The rows of all worlds by table; there is always an order."""
    tables: dict[str, list[Row]] = defaultdict(list)
    tables["webshop.orders"].append(order("other", "2023-01-01", "other@x.nl", None, ""))
    for world in worlds:
        for table, row in world.rows():
            tables[table].append(row)
    return tables


def seeds_of(worlds: Sequence[World], rules: Mapping[str, Rule] = RULES) -> dict[str, list[dict[str, Any]]]:
    """Return the seeds for these worlds."""
    return {
        "identity_rules": [
            {
                "identifier_type": kind,
                "priority": priority,
                "is_active": str(rule.is_active).lower(),
                "record_cap": "" if rule.cap is None else rule.cap,
            }
            for priority, (kind, rule) in enumerate(rules.items())
        ],
        "identity_decisions": [
            {"record_key": key, "other_record_key": other, "decision": decision, "reason": "Seen"}
            for world in worlds
            for key, other, decision in world.decisions
        ],
        "first_names": [{"first_name": name.lower()} for name in FIRST_NAMES],
        "first_name_forms": [{"first_name": name, "short_form": short} for name, short in SHORT_FORMS],
        "identifier_blocklist": [
            {"identifier_type": kind, "pattern": pattern, "reason": "Nobody"} for kind, pattern in BLOCKLIST
        ],
    }
