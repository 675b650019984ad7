"""Names and birth dates as the identity oracle compares them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import NamedTuple

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
# The order of "its first value": the kinds by which a record without a full name can be tied.
VALUES_OF_TIES = ("email", "phone", "address")


@dataclass(frozen=True)
class Record:
    """A source record; several emails or phones only if an implied account has several orders."""

    system: str
    entity: str
    record_id: str
    created_at: str | None = None  # ISO format
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
    """The seeds: patterns are SQL LIKE; merges are the pairs that were reviewed as one person."""

    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)
    blocklist: Sequence[tuple[str, str]] = ()
    first_names: frozenset[str] = frozenset()
    short_forms: Sequence[tuple[str, str]] = ()  # first name, short form
    merges: Sequence[Pair] = ()
    emails_of_a_guest_phone: int = 3  # guests with more emails than this share a phone that identifies nobody
    is_crm_absent: bool = False  # without the CRM, numbers cannot be looked up, but equal ones still link


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
    """Return whether one extra, missing or different letter, or two swapped neighbours, is the difference."""
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
        """Return the level of a name; an initial without a last name is no name."""
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
        """Return whether they are one typo apart, and not two known names that are unrelated forms."""
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
        """Return whether one record's first name is the other's last name; short forms do not count."""
        return any(
            form == other_form or self.is_typo_of_first_name(form, other_form)
            for form in name_forms(first_name)
            for other_form in name_forms(last_name)
        )

    def initial_fits(self, initial: str, first_name: str) -> bool:
        """Return whether an initial begins the first name, a short form of it, or its long form."""
        pairs = {pair for pair in self._short_forms if first_name in pair}
        return any(form.startswith(initial) for form in {first_name}.union(*pairs))

    def can_be_one_person(self, one: Record, other: Record) -> bool:
        """Return whether the names and birth dates of two records can belong to one person."""
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
        # One name: as a first name it may start with the initial.
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
