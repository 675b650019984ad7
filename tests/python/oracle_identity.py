"""Independent oracle of identity resolution, written from the definitions alone.

Slow and obvious on purpose: loops over pairs of records, no SQL, nothing shared with the project's models or
macros. Emails and phones are taken as they come (give them normalised); names are folded here, since the
comparison of names is what the rules are about. Meant for a handful of records at a time::

    resolve(records, Settings(short_forms=[("johannes", "jan")]))

gives the customers, each as a set of record keys; `oldest_record` gives the record that names one.

Words: a `tie` joins a record with less than a full name, by one value, to a customer or to its like.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from fnmatch import fnmatchcase
from itertools import combinations, pairwise
from typing import NamedTuple

import networkx as nx

Value = tuple[str, str]  # kind of identifier, normalised value
Customer = frozenset[str]  # record keys
Pair = tuple[str, str]

TUSSENVOEGSELS = {"van", "von", "de", "der", "den", "het", "te", "ten", "ter", "la", "le", "du", "di"}


class Rule(NamedTuple):
    """One row of the seed of rules; no cap is None."""

    is_active: bool = True
    cap: int | None = None


RULES: Mapping[str, Rule] = {
    "customer_number": Rule(),
    "email": Rule(cap=10),
    "phone": Rule(cap=10),
    "address": Rule(cap=50),
    "name_birth": Rule(cap=10),
}
# The order of "its first value": those that a record without a full name can be tied by.
VALUES_OF_TIES = ("email", "phone", "address")


@dataclass(frozen=True)
class Record:
    """A source record; several emails or phones only where an implied account has several orders."""

    system: str
    entity: str
    record_id: str
    created_at: str | None = None  # ISO, all in one form
    first_name: str | None = None
    last_name: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    birth_date: date | None = None
    postal_code: str | None = None
    house_number: str | None = None
    country_code: str | None = None
    customer_number: str | None = None

    @property
    def key(self) -> str:
        """System, entity and id, joined by slashes."""
        return f"{self.system}/{self.entity}/{self.record_id}"


@dataclass(frozen=True)
class Settings:
    """What the seeds say: patterns are SQL LIKE; merges are the pairs that were reviewed as one person."""

    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)
    blocklist: Sequence[tuple[str, str]] = ()
    first_names: frozenset[str] = frozenset()
    short_forms: Sequence[tuple[str, str]] = ()  # first name, short form
    merges: Sequence[Pair] = ()
    emails_of_a_guest_phone: int = 3  # guests with more than these share a phone that is no person's
    is_crm_absent: bool = False  # then numbers cannot be looked up, and equal ones link all the same


# --- Names and dates ----------------------------------------------------------------------------------------


class Level(IntEnum):
    """How much of a name a record has, richest first."""

    FULL = 0
    INITIAL = 1
    ONE_NAME = 2
    NAMELESS = 3


def fold(text: str | None) -> str:
    """Letters a to z only."""
    decomposed = unicodedata.normalize("NFD", text or "").lower()
    return re.sub("[^a-z]", "", decomposed)


def name_forms(last_name: str | None) -> set[str]:
    """The name with and without its tussenvoegsels, folded."""
    return {fold(last_name), without_tussenvoegsels(last_name)} - {""}


def without_tussenvoegsels(last_name: str | None) -> str:
    """The rest of the name, folded."""
    words = (last_name or "").split()
    return fold("".join(word for word in words if fold(word) not in TUSSENVOEGSELS))


def is_typo(name: str, other: str) -> bool:
    """Whether one letter more, less or other, or two swapped neighbours, makes one into the other."""
    if name == other:
        return False
    shorter, longer = sorted((name, other), key=len)
    if len(longer) - len(shorter) == 1:
        return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
    if len(longer) != len(shorter):
        return False
    differing = [at for at, letter in enumerate(name) if letter != other[at]]
    if len(differing) == 1:
        return True
    if len(differing) != 2 or differing[1] != differing[0] + 1:
        return False
    left, right = differing
    return name[left] == other[right] and name[right] == other[left]


def is_same_or_typo(name: str, other: str) -> bool:
    """Equal or one typo apart."""
    return name == other or is_typo(name, other)


class Names:
    """How names compare, given the seeds."""

    def __init__(self, settings: Settings) -> None:
        self._known = {fold(name) for name in settings.first_names}
        self._short_forms = {(fold(name), fold(short)) for name, short in settings.short_forms}

    def level(self, record: Record) -> Level:
        """An initial without a last name is no name."""
        first, last = fold(record.first_name), fold(record.last_name)
        if len(first) > 1 and last:
            return Level.FULL
        if first and last:
            return Level.INITIAL
        return Level.ONE_NAME if len(first) > 1 or last else Level.NAMELESS

    def first_names_fit(self, name: str, other: str) -> bool:
        """Equal, a short form of the other, or one typo apart and not both known."""
        return name == other or self.are_forms(name, other) or self.is_typo_of_first_name(name, other)

    def is_typo_of_first_name(self, name: str, other: str) -> bool:
        """One typo apart, and not two known names of which neither is a short form of the other."""
        return is_typo(name, other) and (not {name, other} <= self._known or self.are_forms(name, other))

    def are_forms(self, name: str, other: str) -> bool:
        """Whether one is a short form of the other."""
        return bool({(name, other), (other, name)} & self._short_forms)

    def last_names_fit(self, last_name: str | None, other: str | None) -> bool:
        """Equal or one typo apart, with or without tussenvoegsels."""
        return any(
            is_same_or_typo(form, other_form)
            for form in name_forms(last_name)
            for other_form in name_forms(other)
        )

    def full_names_fit(self, one: Record, other: Record) -> bool:
        """First with first and last with last, or first and last swapped."""
        first_names = fold(one.first_name), fold(other.first_name)
        if self.first_names_fit(*first_names) and self.last_names_fit(one.last_name, other.last_name):
            return True
        return self.swapped_names_fit(one.first_name, other.last_name) and self.swapped_names_fit(
            other.first_name, one.last_name
        )

    def swapped_names_fit(self, first_name: str | None, last_name: str | None) -> bool:
        """The first name in one record, what stands as last name in the other; short forms do not count."""
        return any(
            form == other_form or self.is_typo_of_first_name(form, other_form)
            for form in name_forms(first_name)
            for other_form in name_forms(last_name)
        )

    def initial_fits(self, initial: str, first_name: str) -> bool:
        """Whether it begins the first name, a short form of it, or what it is a short form of."""
        pairs = {pair for pair in self._short_forms if first_name in pair}
        return any(form.startswith(initial) for form in {first_name}.union(*pairs))

    def can_be_one_person(self, one: Record, other: Record) -> bool:
        """What both records tell, names and birth dates, may be of one person."""
        if dates_contradict(one.birth_date, other.birth_date):
            return False
        rich, poor = sorted((one, other), key=self.level)
        levels = self.level(rich), self.level(poor)
        if levels[1] == Level.NAMELESS:
            return True
        first, poor_first = fold(rich.first_name), fold(poor.first_name)
        if levels[1] == Level.FULL:
            same_day = one.birth_date is not None and one.birth_date == other.birth_date
            return self.full_names_fit(one, other) or (same_day and self.first_names_fit(first, poor_first))
        if levels == (Level.INITIAL, Level.INITIAL):
            return first == poor_first and self.last_names_fit(rich.last_name, poor.last_name)
        if levels[1] == Level.INITIAL:
            if self.initial_fits(poor_first, first) and self.last_names_fit(rich.last_name, poor.last_name):
                return True
            swapped = any(form.startswith(poor_first) for form in name_forms(rich.last_name))
            return swapped and self.last_names_fit(rich.first_name, poor.last_name)
        # One name: in the field of first names it may be what an initial stands for.
        if len(first) == 1 and poor_first.startswith(first):
            return True
        name = poor.first_name or poor.last_name
        return (len(first) > 1 and self.first_names_fit(fold(name), first)) or self.last_names_fit(
            name, rich.last_name
        )


def dates_contradict(one: date | None, other: date | None) -> bool:
    """Both filled, and more than one digit or a swap of day and month apart."""
    if one is None or other is None:
        return False
    digits = sum(digit != other_digit for digit, other_digit in zip(f"{one}", f"{other}", strict=True))
    is_swap = (one.year, one.month, one.day) == (other.year, other.day, other.month)
    return digits > 1 and not is_swap


# --- Values -------------------------------------------------------------------------------------------------


def is_usable(kind: str, value: str, settings: Settings) -> bool:
    """Not on the blocklist, and no phone of one repeated digit."""
    if kind == "phone" and len(set(value.lstrip("+"))) == 1:
        return False
    patterns = [pattern for of_kind, pattern in settings.blocklist if of_kind == kind]
    return not any(fnmatchcase(value, re.sub("%", "*", pattern.replace("_", "?"))) for pattern in patterns)


def values_of(record: Record, names: Names, settings: Settings) -> frozenset[Value]:
    """The usable values; each of the two names with the birth date is one too, whatever way they stand."""
    found = [("email", email.lower()) for email in record.emails]
    found += [("phone", phone) for phone in record.phones]
    if record.postal_code and record.house_number:
        parts = (record.country_code or "NL", record.postal_code, record.house_number)
        found.append(("address", "|".join(part.replace(" ", "").upper() for part in parts)))
    if record.birth_date and names.level(record) == Level.FULL:
        parts = (fold(record.first_name), without_tussenvoegsels(record.last_name))
        found += [("name_birth", f"{part}|{record.birth_date}") for part in parts]
    return frozenset(value for value in found if is_usable(*value, settings))


def shared_values(
    values: Mapping[str, frozenset[Value]], records: Mapping[str, Record], rules: Mapping[str, Rule]
) -> dict[Value, list[str]]:
    """The keys of the records that carry a value, where they are several and not over its cap.

    The guest orders of one email and phone are counted once.
    """
    found: dict[Value, list[str]] = defaultdict(list)
    for key, those in values.items():
        for value in those:
            found[value].append(key)
    shared = {}
    for value, keys in found.items():
        counted = {values[key] if records[key].entity == "guest_order" else key for key in keys}
        rule = rules[value[0]]
        if len(keys) > 1 and rule.is_active and (rule.cap is None or len(counted) <= rule.cap):
            shared[value] = keys
    return shared


# --- Resolution ---------------------------------------------------------------------------------------------


def resolve(records: Sequence[Record], settings: Settings | None = None) -> set[Customer]:
    """Give the partition of the records into customers."""
    return _Resolution(records, settings or Settings()).customers()


class _Tie(NamedTuple):
    """What ties a record of one level to a record of a customer, or to its like, by which value."""

    key: str
    other: str
    value: Value
    is_like: bool


class _Resolution:
    def __init__(self, records: Sequence[Record], settings: Settings) -> None:
        self.settings = settings
        self.names = Names(settings)
        self.records = {record.key: record for record in records}
        self.level = {key: self.names.level(record) for key, record in self.records.items()}
        self.values = {key: values_of(record, self.names, settings) for key, record in self.records.items()}
        self.shared = shared_values(self.values, self.records, settings.rules)
        self.phones_of_many_guests = {
            value
            for value, keys in self.shared.items()
            if value[0] == "phone" and self.is_of_many_guests(keys)
        }

    def is_of_many_guests(self, keys: Iterable[str]) -> bool:
        """Whether the guests among the carriers of a phone have too many usable emails to be one person."""
        guests = (key for key in keys if self.records[key].entity == "guest_order")
        emails = {value for key in guests for value in self.values[key] if value[0] == "email"}
        return len(emails) > self.settings.emails_of_a_guest_phone

    def customers(self) -> set[Customer]:
        links = nx.Graph()
        links.add_nodes_from(self.records)
        links.add_edges_from(self.cross_references())
        links = self.with_full_names(links)
        for level in (Level.INITIAL, Level.ONE_NAME, Level.NAMELESS):
            links = self.with_ties(links, level)
        return {frozenset(component) for component in nx.connected_components(links)}

    def can_be_one_person(self, key: str, other: str) -> bool:
        return self.names.can_be_one_person(self.records[key], self.records[other])

    def is_dated(self, key: str) -> bool:
        return self.records[key].birth_date is not None

    def dates_contradict(self, key: str, other: str) -> bool:
        return dates_contradict(self.records[key].birth_date, self.records[other].birth_date)

    # Before all else

    def cross_references(self) -> Iterator[Pair]:
        """Links by customer_number, and pairs that were reviewed as one person."""
        known = {record.record_id for record in self.records.values() if record.entity == "customer"}
        of_number: dict[str, list[str]] = defaultdict(list)
        for key, record in self.records.items():
            number = record.customer_number
            if number and (number in known or self.settings.is_crm_absent):
                of_number[number].append(key)
        if self.settings.rules["customer_number"].is_active:
            for keys in of_number.values():
                yield from pairwise(keys)
        yield from (pair for pair in self.settings.merges if self.records.keys() >= set(pair))

    # Records with a full name

    def with_full_names(self, cross_references: nx.Graph) -> nx.Graph:
        """Add the links between records with full names, and cut the chains that contradict themselves."""
        full_links = nx.Graph()
        for (kind, _), keys in self.shared.items():
            full = [key for key in keys if self.level[key] == Level.FULL]
            full_links.add_edges_from(
                (key, other)
                for key, other in self.fits(full)
                if kind != "name_birth" or self.names.full_names_fit(self.records[key], self.records[other])
            )
        links = nx.compose(cross_references, full_links)
        for component in list(nx.connected_components(links)):
            if any(self.dates_contradict(*pair) for pair in combinations(component, 2)):
                links.remove_edges_from(list(links.subgraph(component).edges))
                links.add_edges_from(
                    self.cut(cross_references.subgraph(component), full_links.subgraph(component))
                )
        return links

    def fits(self, keys: Iterable[str]) -> Iterator[Pair]:
        """The pairs among the carriers of one value, without undated ones between two that contradict."""
        fits = nx.Graph(pair for pair in combinations(keys, 2) if self.can_be_one_person(*pair))

        def is_between_two(key: str, other: str) -> bool:
            return not self.is_dated(key) and any(self.dates_contradict(third, other) for third in fits[key])

        for key, other in fits.edges:
            if not (is_between_two(key, other) or is_between_two(other, key)):
                yield key, other

    def cut(self, cross_references: nx.Graph, full_links: nx.Graph) -> Iterator[Pair]:
        """What holds within a customer that contradicts itself."""
        held = nx.Graph(cross_references)
        held.add_edges_from(pair for pair in full_links.edges if all(map(self.is_dated, pair)))
        yield from held.edges
        part_of = {key: frozenset(part) for part in nx.connected_components(held) for key in part}
        for part in set(part_of.values()):
            if any(map(self.is_dated, part)):
                continue
            named = [
                (key, other)
                for key in part
                if key in full_links
                for other in full_links[key]
                if any(map(self.is_dated, part_of[other]))
            ]
            if len({part_of[other] for _, other in named}) == 1:
                yield from named

    # Records with less

    def with_ties(self, links: nx.Graph, level: Level) -> nx.Graph:
        """Add what the records of one level join, judged against the customers as they stand in `links`."""
        customer_of = {
            key: frozenset(customer) for customer in nx.connected_components(links) for key in customer
        }
        ties = [tie for value in self.shared for tie in self.ties_by(value, level, customer_of)]
        joined = nx.Graph((customer_of[tie.key], customer_of[tie.other]) for tie in ties)
        contradicting = {
            customer
            for component in nx.connected_components(joined)
            if any(self.customers_contradict(*pair) for pair in combinations(component, 2))
            for customer in component
        }
        values: dict[str, set[Value]] = defaultdict(set)
        for tie in ties:
            if not self.are_one_guest(tie.key, tie.other):
                for key in (tie.key, tie.other) if tie.is_like else (tie.key,):
                    values[key].add(tie.value)

        def keeps(key: str, value: Value) -> bool:
            return customer_of[key] not in contradicting or value in first_value(values[key])

        links = links.copy()
        links.add_edges_from(
            (tie.key, tie.other)
            for tie in ties
            if keeps(tie.key, tie.value) and (not tie.is_like or keeps(tie.other, tie.value))
        )
        return links

    def are_one_guest(self, key: str, other: str) -> bool:
        entities = {self.records[key].entity, self.records[other].entity}
        return entities == {"guest_order"} and self.values[key] == self.values[other]

    def ties_by(self, value: Value, level: Level, customer_of: Mapping[str, Customer]) -> Iterator[_Tie]:
        """The ties of one level by one value."""
        carriers = self.shared[value]
        if value in self.phones_of_many_guests:
            guests = [key for key in carriers if self.records[key].entity == "guest_order"]
            carriers = [key for key in carriers if key not in guests]
            if level == Level.NAMELESS:
                # the same guest is one, as ever
                yield from (
                    _Tie(key, other, value, is_like=True)
                    for key, other in combinations(guests, 2)
                    if self.are_one_guest(key, other)
                )
        unplaced: list[str] = []
        for key in carriers:
            if self.level[key] != level:
                continue
            # Of the level itself only a record that cross-references tie to others stands for a customer.
            fitting: dict[Customer, list[str]] = defaultdict(list)
            for other in carriers:
                stands = self.level[other] < level or (
                    self.level[other] == level and len(customer_of[other]) > 1
                )
                if other != key and stands and self.can_be_one_person(key, other):
                    fitting[customer_of[other]].append(other)
            if not fitting:
                unplaced.append(key)
            elif len(fitting) == 1:
                ((customer, others),) = fitting.items()
                if self.may_join(customer_of[key], customer, others):
                    yield from (_Tie(key, other, value, is_like=False) for other in others)
        for key, other in self.fits(unplaced):
            if self.may_join(customer_of[key], customer_of[other], [other]):
                yield _Tie(key, other, value, is_like=True)

    def may_join(self, customer: Customer, other: Customer, carriers: Sequence[str]) -> bool:
        """Whether all of one customer fits the carriers of the other; of their names one pair must fit."""
        if customer == other:
            return True
        named, others_named = (
            [key for key in keys if self.level[key] != Level.NAMELESS] for keys in (customer, other)
        )
        return all(self.can_be_one_person(key, carrier) for key in customer for carrier in carriers) and (
            not (named and others_named)
            or any(self.can_be_one_person(one, another) for one in named for another in others_named)
        )

    def customers_contradict(self, customer: Customer, other: Customer) -> bool:
        return customer != other and any(
            not self.can_be_one_person(one, another) for one in customer for another in other
        )


def first_value(values: Iterable[Value]) -> list[Value]:
    """Email, phone, address; of several of one kind the least; as a list, since there may be none."""
    return sorted(values, key=lambda value: (VALUES_OF_TIES.index(value[0]), value[1]))[:1]


# --- Which record names a customer --------------------------------------------------------------------------


def age(record: Record) -> tuple[bool, str, str, str, str]:
    """What records sort by, oldest first: created_at, nulls last, then system, entity, id."""
    return (
        record.created_at is None,
        record.created_at or "",
        record.system,
        record.entity,
        record.record_id,
    )


def oldest_record(customer: Customer, records: Iterable[Record]) -> str:
    """The key of the record that names the customer."""
    return min((record for record in records if record.key in customer), key=age).key
