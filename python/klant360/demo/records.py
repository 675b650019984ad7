"""What a system records about people: names, contact details and addresses, with their dirt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from klant360.demo.options import Options
from klant360.demo.people import People

LETTERS = np.array(list("abcdefghijklmnoprstuvwz"), dtype=object)
INTERNATIONAL = 3  # the first styles of phone_text include the country


@dataclass
class Contact:
    """Contact details (k,) as a record has them, or None."""

    email: np.ndarray
    phone: np.ndarray


@dataclass
class Record:
    """Names and address (k,) as a record has them."""

    first_name: np.ndarray
    last_name: np.ndarray
    street: np.ndarray
    house_number: np.ndarray
    postal_code: np.ndarray
    city: np.ndarray
    country: np.ndarray


def typo(word: str, kind: int, place: float, letter: str) -> str:
    """Make one typo: another letter (kind 0), one less (1), one more (2), or two neighbours swapped (3).

    `place` (0 to 1) says where, never at the first letter; the result always differs from the word.
    """
    at = 1 + int(place * max(len(word) - 2, 1))
    if kind == 0:
        wrong = word[:at] + letter + word[at + 1 :]
    elif kind == 1 and len(word) > 3:
        wrong = word[:at] + word[at + 1 :]
    elif kind == 3 and len(word) > 3:
        wrong = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    else:
        wrong = word[:at] + letter + word[at:]
    return wrong if wrong != word else word + letter


def phone_text(number: str, country: str, style: int) -> str:
    """Write a national number as people do: styles 0 to 2 are international, 3 to 5 national."""
    if country == "NL":
        code, spaced = "31", f"{number[0]} {number[1:]}"
        national = (f"06-{number[1:]}", f"0{number}", f"06 {number[1:5]} {number[5:]}")
    else:
        code, spaced = "32", f"{number[:3]} {number[3:5]} {number[5:7]} {number[7:]}"
        national = (f"0{spaced}", f"0{number}", f"0{number[:3]}/{spaced[4:]}")
    return (f"+{code}{number}", f"+{code} {spaced}", f"00{code}{number}", *national)[style]


def _chance(k: int, share: float, rng: np.random.Generator) -> np.ndarray:
    return rng.random(k) < share


def contact(
    people: People, who: np.ndarray, options: Options, rng: np.random.Generator, has_country: bool
) -> Contact:
    """Record email and phone of the people `who` (k,).

    A Belgian number is written in the national way only where the record says which country it is from.
    """
    k = len(who)
    email = np.where(_chance(k, options.other_emails, rng), people.other_email[who], people.email[who])
    is_capital = _chance(k, 0.05, rng)
    email = np.array(
        [e.capitalize() if up else e for e, up in zip(email, is_capital, strict=True)], dtype=object
    )
    email[_chance(k, options.no_emails, rng)] = None
    country = people.address.country[who]
    style = rng.integers(6, size=k)
    style = np.where((country != "NL") & (not has_country), style % INTERNATIONAL, style)
    parts = zip(people.phone[who], country, style, strict=True)
    phone = np.array([phone_text(*part) for part in parts], dtype=object)
    phone[_chance(k, options.no_phones, rng)] = None
    return Contact(email, phone)


def guest_contact(people: People, who: np.ndarray, options: Options, rng: np.random.Generator) -> Contact:
    """Record the contact details of guest orders: at least one of the two."""
    details = contact(people, who, options, rng, has_country=False)
    is_lost = np.equal(details.email, None) & np.equal(details.phone, None)
    details.email[is_lost] = people.email[who[is_lost]]
    return details


def _names(
    people: People, who: np.ndarray, options: Options, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    k = len(who)
    first, last = people.first_name[who], people.last_name[who]
    wrong = np.flatnonzero(_chance(k, options.name_typos, rng))
    kind, place = rng.integers(4, size=len(wrong)), rng.random(len(wrong))
    letter, is_first = rng.choice(LETTERS, len(wrong)), rng.random(len(wrong)) < 0.5
    for row, *how, in_first in zip(wrong, kind, place, letter, is_first, strict=True):
        names = first if in_first else last
        names[row] = typo(names[row], *how)
    short = np.flatnonzero(_chance(k, options.initials, rng))
    first[short] = [f"{name[0]}." for name in first[short]]
    swapped = _chance(k, options.swapped_names, rng)
    return np.where(swapped, last, first), np.where(swapped, first, last)


def record(people: People, who: np.ndarray, options: Options, rng: np.random.Generator) -> Record:
    """Record names and address of the people `who` (k,)."""
    k = len(who)
    first, last = _names(people, who, options, rng)
    now, then = people.address, people.former_address
    is_old = _chance(k, options.other_addresses, rng)

    def either(attribute: str) -> np.ndarray:
        return np.where(is_old, getattr(then, attribute)[who], getattr(now, attribute)[who])

    joints = rng.choice(np.array(["", " ", "-"], dtype=object), k)
    numbers = zip(either("number"), either("addition"), joints, strict=True)
    house_number = [
        f"{number}{joint}{addition}" if addition else str(number) for number, addition, joint in numbers
    ]
    postal_code = either("postal_code")
    is_tight = _chance(k, 0.3, rng)
    postal_code = [
        code.replace(" ", "") if tight else code for code, tight in zip(postal_code, is_tight, strict=True)
    ]
    return Record(
        first_name=first,
        last_name=last,
        street=either("street"),
        house_number=np.array(house_number, dtype=object),
        postal_code=np.array(postal_code, dtype=object),
        city=either("city"),
        country=now.country[who],
    )
