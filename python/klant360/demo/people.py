"""The people of the demo: who they really are, where and with whom they live, and which systems know them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from klant360.demo.names import fold, lexicons
from klant360.demo.options import Options

CHANNELS = ["paid_search", "organic_search", "direct", "paid_social", "affiliate", "email", "referral"]
CHANNEL_SHARES = [0.27, 0.24, 0.16, 0.13, 0.08, 0.06, 0.06]
# The channel of most people who never buy: its visitors look long (sessions) and buy little.
LOOKERS_CHANNEL = "paid_social"
LOOKERS_SHARE = 0.6
# RFC 2606: no real person has an address there.
MAIL_HOSTS = np.array(
    [
        "example.com",
        "example.org",
        "example.net",
        "post.example",
        "mail.example",
        "thuis.example",
        "webmail.example",
    ],
    dtype=object,
)
POSTCODE_LETTERS = np.array(list("ABCDEGHJKLMNPRTVWXZ"), dtype=object)
ADDITIONS = {"NL": ["A", "B", "C", "2", "hs", "III"], "BE": ["A", "B", "bus 1", "bus 2", "bus 12"]}
FIRST_DAY_OF_LIFE, LAST_DAY_OF_LIFE = np.datetime64("1938-01-01", "D"), np.datetime64("2007-12-31", "D")


@dataclass
class Addresses:
    """Addresses (n,): number and addition separately, since systems write them differently."""

    street: np.ndarray
    number: np.ndarray
    addition: np.ndarray
    postal_code: np.ndarray
    city: np.ndarray
    country: np.ndarray

    def copy_to(self, targets: np.ndarray, sources: np.ndarray) -> None:
        """Give the targets the address of the sources."""
        for part in fields(self):
            column = getattr(self, part.name)
            column[targets] = column[sources]


@dataclass
class People:
    """n people, one array (n,) per attribute; `index` numbers them over all chunks.

    Phones are national significant numbers, without the leading zero. `lot`, uniform between 0 and 1, decides
    the variant in experiments.
    """

    index: np.ndarray
    gender: np.ndarray
    first_name: np.ndarray
    last_name: np.ndarray
    birth_date: np.ndarray
    phone: np.ndarray
    email: np.ndarray
    other_email: np.ndarray
    address: Addresses
    former_address: Addresses
    household: np.ndarray
    is_buyer: np.ndarray
    in_crm: np.ndarray
    in_webshop: np.ndarray
    in_service_desk: np.ndarray
    channel: np.ndarray
    lot: np.ndarray

    def __len__(self) -> int:
        """Count the people."""
        return len(self.index)


def _addresses(country: np.ndarray, rng: np.random.Generator) -> Addresses:
    n = len(country)
    street, city, postal_code, addition = (np.full(n, "", dtype=object) for _ in range(4))
    letters = POSTCODE_LETTERS[rng.integers(len(POSTCODE_LETTERS), size=(n, 2))]
    has_addition = rng.random(n) < 0.12
    for code, lexicon in lexicons().items():
        here = np.flatnonzero(country == code)
        street[here] = lexicon.streets.draw(len(here), rng)
        town = rng.integers(len(lexicon.cities), size=len(here))
        city[here] = lexicon.cities[town]
        digits = 1000 + town * 9000 // len(lexicon.cities)
        if code == "NL":
            pairs = zip(digits, letters[here], strict=True)
            postal_code[here] = [f"{number} {first}{second}" for number, (first, second) in pairs]
        else:
            postal_code[here] = [str(number) for number in digits]
        addition[here] = rng.choice(np.array(ADDITIONS[code], dtype=object), len(here))
    return Addresses(
        street=street,
        number=1 + np.minimum(rng.exponential(55, n), 998).astype(np.int64),
        addition=np.where(has_addition, addition, ""),
        postal_code=postal_code,
        city=city,
        country=country,
    )


def _names(
    country: np.ndarray, is_female: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    first, last = np.full(len(country), "", dtype=object), np.full(len(country), "", dtype=object)
    for code, lexicon in lexicons().items():
        for sex, draws in ((True, lexicon.female), (False, lexicon.male)):
            here = np.flatnonzero((country == code) & (is_female == sex))
            first[here] = draws.draw(len(here), rng)
            last[here] = lexicon.last.draw(len(here), rng)
    return first, last


def _emails(
    first: np.ndarray, last: np.ndarray, index: np.ndarray, style: np.ndarray, host: np.ndarray
) -> np.ndarray:
    """Derive email addresses from names; the person's number makes them unique."""

    def local(name: str, family: str, kind: int) -> str:
        name, family = fold(name), fold(family)
        return (f"{name}.{family}", f"{name[0]}.{family}", f"{name}{family}", f"{name}_{family}")[kind]

    parts = zip(first, last, index + 1, style, host, strict=True)
    return np.array([f"{local(f, l, kind)}{i}@{at}" for f, l, i, kind, at in parts], dtype=object)  # noqa: E741


def _phones(country: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Give everybody their own number, in ranges (06-7, 044) that no operator is known to issue."""
    digits = (index * 7_368_787 + 1_234_567) % 10_000_000
    pairs = zip(country, digits, strict=True)
    return np.array([f"{'67' if code == 'NL' else '44'}{number:07d}" for code, number in pairs], dtype=object)


def _pairs(n: int, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Choose who lives with whom: two arrays of people, everybody in at most one pair."""
    count = min(round(n * share / 2), n // 2)
    chosen = rng.permutation(n)[: 2 * count]
    return chosen[:count], chosen[count:]


def _systems(is_buyer: np.ndarray, options: Options, rng: np.random.Generator) -> np.ndarray:
    """Return which systems know a person (n, 3): CRM, webshop, service desk; buyers are in the webshop."""
    n = len(is_buyer)
    shares = [options.one_system, options.two_systems]
    count = 1 + np.searchsorted(np.cumsum(shares), rng.random(n), side="right")
    combinations = {
        (True, 1): ([[0, 1, 0]], [1.0]),
        (True, 2): ([[1, 1, 0], [0, 1, 1]], [0.65, 0.35]),
        (False, 1): ([[1, 0, 0], [0, 0, 1], [0, 1, 0]], [0.5, 0.2, 0.3]),
        (False, 2): ([[1, 1, 0], [1, 0, 1], [0, 1, 1]], [0.5, 0.2, 0.3]),
    }
    known = np.ones((n, 3), dtype=bool)
    for (buys, systems), (patterns, weights) in combinations.items():
        here = np.flatnonzero((is_buyer == buys) & (count == systems))
        known[here] = np.array(patterns, dtype=bool)[rng.choice(len(patterns), len(here), p=weights)]
    return known


def draw_people(first_index: int, n: int, options: Options, rng: np.random.Generator) -> People:
    """Draw n people; households do not extend beyond them."""
    index = np.arange(first_index, first_index + n)
    country = np.where(rng.random(n) < options.belgians, "BE", "NL").astype(object)
    is_female = rng.random(n) < 0.55
    span = (LAST_DAY_OF_LIFE - FIRST_DAY_OF_LIFE).astype(int)
    birth_date = FIRST_DAY_OF_LIFE + rng.triangular(0, 0.65 * span, span, n).astype("timedelta64[D]")

    one, other = _pairs(n, options.living_together, rng)
    country[other] = country[one]
    address, former_address = _addresses(country, rng), _addresses(country.copy(), rng)
    address.copy_to(other, one)
    first_name, last_name = _names(country, is_female, rng)
    has_same_name = rng.random(len(one)) < 0.6
    last_name[other] = np.where(has_same_name, last_name[one], last_name[other])
    while len(
        namesakes := other[(first_name[other] == first_name[one]) & (last_name[other] == last_name[one])]
    ):
        first_name[namesakes] = _names(country[namesakes], is_female[namesakes], rng)[0]
    is_parent = rng.random(len(one)) < 0.3
    years_apart = np.where(is_parent, rng.normal(29, 3, len(one)), rng.normal(0, 3, len(one)))
    near = birth_date[one] - (years_apart * 365.25).astype("timedelta64[D]")
    birth_date[other] = np.clip(near, FIRST_DAY_OF_LIFE, LAST_DAY_OF_LIFE)

    style, host = rng.integers(4, size=(2, n)), rng.integers(len(MAIL_HOSTS), size=n)
    email = _emails(first_name, last_name, index, style[0], MAIL_HOSTS[host])
    next_host = MAIL_HOSTS[(host + 1) % len(MAIL_HOSTS)]
    other_email = _emails(first_name, last_name, index, style[1], next_host)
    phone = _phones(country, index)
    phone[other] = np.where(rng.random(len(one)) < options.shared_phones, phone[one], phone[other])
    email[other] = np.where(rng.random(len(one)) < options.shared_emails, email[one], email[other])
    household = index.copy()
    household[other] = index[one]

    is_buyer = rng.random(n) >= options.prospects
    known = _systems(is_buyer, options, rng)
    only_looks = ~is_buyer & (rng.random(n) < LOOKERS_SHARE)
    came_by = rng.choice(np.array(CHANNELS, dtype=object), n, p=CHANNEL_SHARES)
    return People(
        index=index,
        gender=np.where(is_female, "V", "M").astype(object),
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        phone=phone,
        email=email,
        other_email=other_email,
        address=address,
        former_address=former_address,
        household=household,
        is_buyer=is_buyer,
        in_crm=known[:, 0],
        in_webshop=known[:, 1],
        in_service_desk=known[:, 2],
        channel=np.where(only_looks, LOOKERS_CHANNEL, came_by),
        lot=rng.random(n),
    )
