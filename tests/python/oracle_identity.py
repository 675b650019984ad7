"""Independent oracle of identity resolution, written from the definitions alone.

Slow and obvious on purpose: loops over pairs of records, no SQL, nothing shared with the project's models or
macros. Emails and phones are taken as they come (give them normalised); names are folded here, since the
comparison of names is what the rules are about. Meant for a handful of records at a time::

    resolve(records, Settings(short_forms=[("johannes", "jan")]))

gives the customers, each as a set of record keys; `oldest_record` gives the record that names one.

Words: a `tie` joins a record with less than a full name, by one value, to a customer or to its like.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations, pairwise
from typing import NamedTuple

import networkx as nx

from oracle_names import (
    VALUES_OF_TIES,
    Customer,
    Level,
    Names,
    Pair,
    Record,
    Rule,
    Settings,
    Value,
    dates_contradict,
    fold,
    without_tussenvoegsels,
)

# --- Values -------------------------------------------------------------------------------------------------


def is_usable(kind: str, value: str, settings: Settings) -> bool:
    """Return whether a value is usable: not blocklisted, and not a phone of one repeated digit."""
    if kind == "phone" and len(set(value.lstrip("+"))) == 1:
        return False
    patterns = [pattern for of_kind, pattern in settings.blocklist if of_kind == kind]
    return not any(fnmatchcase(value, re.sub("%", "*", pattern.replace("_", "?"))) for pattern in patterns)


def values_of(record: Record, names: Names, settings: Settings) -> frozenset[Value]:
    """Return the usable values, including name and birth date with the names in either order."""
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
    """Return the keys of the records with a value, if there are several and not more than its cap.

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
    """Return the partition of the records into customers."""
    return _Resolution(records, settings or Settings()).customers()


class _Tie(NamedTuple):
    """A tie of a record to a record of a customer, or to one of its level, by a value."""

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
        """Return whether the guests with a phone have too many usable emails to be one person."""
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
        """Return links by customer_number, and pairs that were reviewed as one person."""
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
        """Return the pairs of records with one value, without undated ones between two that contradict."""
        fits = nx.Graph(pair for pair in combinations(keys, 2) if self.can_be_one_person(*pair))

        def is_between_two(key: str, other: str) -> bool:
            return not self.is_dated(key) and any(self.dates_contradict(third, other) for third in fits[key])

        for key, other in fits.edges:
            if not (is_between_two(key, other) or is_between_two(other, key)):
                yield key, other

    def cut(self, cross_references: nx.Graph, full_links: nx.Graph) -> Iterator[Pair]:
        """Return the links that remain in a customer whose records contradict each other."""
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
        """Add what the records of one level join, compared with the customers in `links`."""
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
        """Return the ties of one level by one value."""
        carriers = self.shared[value]
        if value in self.phones_of_many_guests:
            guests = [key for key in carriers if self.records[key].entity == "guest_order"]
            carriers = [key for key in carriers if key not in guests]
            if level == Level.NAMELESS:
                # the same guest counts once, as elsewhere
                yield from (
                    _Tie(key, other, value, is_like=True)
                    for key, other in combinations(guests, 2)
                    if self.are_one_guest(key, other)
                )
        unplaced: list[str] = []
        for key in carriers:
            if self.level[key] != level:
                continue
            # Of the level itself only a record with cross-references to others represents a customer.
            fitting: dict[Customer, list[str]] = defaultdict(list)
            for other in carriers:
                is_customer = self.level[other] < level or (
                    self.level[other] == level and len(customer_of[other]) > 1
                )
                if other != key and is_customer and self.can_be_one_person(key, other):
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
        """Return whether a customer fits the other's records with the value; one pair of names must fit."""
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
    """Return email, phone or address, the lowest of several of a kind; a list, since there may be none."""
    return sorted(values, key=lambda value: (VALUES_OF_TIES.index(value[0]), value[1]))[:1]


# --- Which record names a customer --------------------------------------------------------------------------


def age(record: Record) -> tuple[bool, str, str, str, str]:
    """Return the sort key of records, oldest first: created_at, nulls last, then system, entity, id."""
    return (
        record.created_at is None,
        record.created_at or "",
        record.system,
        record.entity,
        record.record_id,
    )


def oldest_record(customer: Customer, records: Iterable[Record]) -> str:
    """Return the key of the record that gives the customer its id."""
    return min((record for record in records if record.key in customer), key=age).key
