"""Dutch and Belgian names, streets and cities: Faker's lists, sampled with numpy because Faker is slow."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from faker.providers.address.nl_BE import Provider as BelgianAddress
from faker.providers.address.nl_NL import Provider as DutchAddress
from faker.providers.person.nl_BE import Provider as BelgianPerson
from faker.providers.person.nl_NL import Provider as DutchPerson


@dataclass(frozen=True)
class Weighted:
    """Values (m,) and their shares (m,)."""

    values: np.ndarray
    shares: np.ndarray

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n values, with replacement."""
        places = np.searchsorted(np.cumsum(self.shares), rng.random(n))
        return self.values[np.minimum(places, len(self.values) - 1)]


@dataclass(frozen=True)
class Lexicon:
    """The names of one country's people and streets."""

    female: Weighted
    male: Weighted
    last: Weighted
    streets: Weighted
    cities: np.ndarray


def _weighted(values: Iterable[str] | Mapping[str, float]) -> Weighted:
    counts = dict(values) if isinstance(values, Mapping) else {}
    for value in () if counts else values:
        counts[value] = counts.get(value, 0) + 1
    shares = np.array(list(counts.values()), dtype=float)
    return Weighted(np.array(list(counts), dtype=object), shares / shares.sum())


def _is_family_name(name: str) -> bool:
    """Leave out the medieval nobility (`Heribert van Laon`), keep tussenvoegsels (`de Boer`)."""
    return "," not in name and (" " not in name or name[0].islower() or name[0] == "'")


def _lexicon(person: type, address: type) -> Lexicon:
    streets = [
        first + suffix
        for first in person.first_names
        for suffix in address.street_suffixes
        if " " not in first
    ]
    last = person.last_names
    if not isinstance(last, Mapping):
        last = [name for name in last if _is_family_name(name)]
    return Lexicon(
        female=_weighted(person.first_names_female),
        male=_weighted(person.first_names_male),
        last=_weighted(last),
        streets=_weighted(streets),
        cities=np.array(list(dict.fromkeys(address.cities)), dtype=object),
    )


@cache
def lexicons() -> dict[str, Lexicon]:
    """Return the lexicon of each country, by ISO code."""
    return {"NL": _lexicon(DutchPerson, DutchAddress), "BE": _lexicon(BelgianPerson, BelgianAddress)}


@cache
def fold(name: str) -> str:
    """Write a name as in an email address: a to z only."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalpha())
