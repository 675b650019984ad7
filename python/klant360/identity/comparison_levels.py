"""The fields that two records are compared on, and the levels at which each can agree."""

from __future__ import annotations

from typing import NamedTuple


class Level(NamedTuple):
    """One outcome of comparing a field of two records, `l` and `r`: the first whose condition holds.

    `m` is its probability when they are one person (None when one of them lacks the field), `counts_as` how
    a reviewer sees it, `frequency_of` the column whose rare values weigh more.
    """

    name: str
    condition: str
    m: float | None
    counts_as: str
    frequency_of: str | None = None


def _alike(one: str, other: str) -> str:
    # one typo, or a few in a long text (Jaro 1989, Winkler 1990)
    return f"(jaro_winkler_similarity({one}, {other}) >= 0.9 or levenshtein({one}, {other}) <= 1)"


def _one_digit(field: str) -> str:
    return f"levenshtein(l.{field}, r.{field}) <= 1"


def _unknown(*fields: str) -> str:
    return " and ".join(f"(l.{field} is null or r.{field} is null)" for field in fields)


_SWAPPED_DAY_AND_MONTH = (
    "left(l.birth_date, 4) = left(r.birth_date, 4)"
    " and substr(l.birth_date, 6, 2) = substr(r.birth_date, 9, 2)"
    " and substr(l.birth_date, 9, 2) = substr(r.birth_date, 6, 2)"
)
_SAME_INITIAL = "left(coalesce(l.first_name, l.initials), 1) = left(coalesce(r.first_name, r.initials), 1)"
_NO_FIRST_NAME = "coalesce(l.first_name, l.initials) is null or coalesce(r.first_name, r.initials) is null"
_BOTH_KNOWN = "l.is_known_first_name and r.is_known_first_name"
_SAME_CITY = _alike("l.city", "r.city")

FIELDS: dict[str, list[Level]] = {
    "first name": [
        Level("unknown", _NO_FIRST_NAME, None, ""),
        Level("same", "l.first_name = r.first_name", 0.85, "agreeing", "first_name"),
        Level("short form", "list_contains(l.name_forms, r.first_name)", 0.01, "nearly agreeing"),
        # two known first names are different names, however alike
        Level(
            "alike",
            f"not ({_BOTH_KNOWN}) and {_alike('l.first_name', 'r.first_name')}",
            0.08,
            "nearly agreeing",
        ),
        Level(
            "swapped with last name",
            f"{_alike('l.first_name', 'r.surname')} and {_alike('l.surname', 'r.first_name')}",
            0.01,
            "nearly agreeing",
        ),
        Level("initial", f"{_unknown('first_name')} and {_SAME_INITIAL}", 0.01, "nearly agreeing"),
        Level("other", "else", 0.04, "differing"),
    ],
    "last name": [
        Level("unknown", _unknown("surname"), None, ""),
        Level("same", "l.surname = r.surname", 0.85, "agreeing", "surname"),
        Level("alike", _alike("l.surname", "r.surname"), 0.09, "nearly agreeing"),
        Level(
            "swapped with first name",
            f"{_alike('l.surname', 'r.first_name')} or {_alike('l.first_name', 'r.surname')}",
            0.01,
            "nearly agreeing",
        ),
        Level("other", "else", 0.05, "differing"),
    ],
    "birth date": [
        Level("unknown", _unknown("birth_date"), None, ""),
        Level("same", "l.birth_date = r.birth_date", 0.9, "agreeing"),
        Level("alike", f"{_one_digit('birth_date')} or ({_SWAPPED_DAY_AND_MONTH})", 0.05, "nearly agreeing"),
        Level("two digits", "levenshtein(l.birth_date, r.birth_date) <= 2", 0.02, "differing"),
        Level("other", "else", 0.03, "differing"),
    ],
    "email": [
        Level("unknown", _unknown("email"), None, ""),
        Level("same", "l.email = r.email", 0.6, "agreeing", "email"),
        Level("same mailbox", "l.mailbox = r.mailbox", 0.08, "nearly agreeing", "mailbox"),
        Level("alike", "levenshtein(l.email, r.email) <= 2", 0.02, "nearly agreeing"),
        Level("other", "else", 0.3, "differing"),
    ],
    "phone": [
        Level("unknown", _unknown("phone"), None, ""),
        Level("same", "l.phone = r.phone", 0.6, "agreeing", "phone"),
        Level("alike", _one_digit("phone"), 0.05, "nearly agreeing"),
        Level("other", "else", 0.35, "differing"),
    ],
    "house": [
        Level("unknown", _unknown("house_number", "street"), None, ""),
        Level("same", "l.house_number = r.house_number and l.street = r.street", 0.6, "agreeing"),
        Level(
            "street alike",
            f"l.house_number = r.house_number and {_alike('l.street', 'r.street')}",
            0.1,
            "nearly agreeing",
        ),
        Level(
            "street unknown", f"l.house_number = r.house_number and {_unknown('street')}", 0.05, "agreeing"
        ),
        Level("other number", _alike("l.street", "r.street"), 0.05, "nearly agreeing"),
        Level("other street", "l.house_number = r.house_number", 0.05, "nearly agreeing"),
        Level("other", "else", 0.15, "differing"),
    ],
    "place": [
        Level("unknown", _unknown("postal_code", "city"), None, ""),
        Level("same", f"l.postal_code = r.postal_code and {_SAME_CITY}", 0.6, "agreeing"),
        Level("postcode", "l.postal_code = r.postal_code", 0.1, "agreeing"),
        Level(
            "postcode alike",
            f"{_SAME_CITY} and levenshtein(l.postal_code, r.postal_code) <= 2",
            0.07,
            "nearly agreeing",
        ),
        Level("other postcode", _SAME_CITY, 0.05, "nearly agreeing"),
        Level("other city", _one_digit("postal_code"), 0.02, "nearly agreeing"),
        Level("other", "else", 0.16, "differing"),
    ],
}
