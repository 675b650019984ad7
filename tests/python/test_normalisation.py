"""Normalisation of emails, phone numbers, names and addresses, by tables of hand-worked cases.

DuckDB runs each case here, Spark in `make test-spark`.
"""

# ruff: noqa: RUF001 (names in many scripts)

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from macro_cases import COUNTRIES, NBSP, ZERO_WIDTH, connect_with_countries, evaluated, rendered
from normalisation_cases import NORMALISATION


@pytest.fixture(scope="module")
def connection():
    with connect_with_countries() as connection:
        yield connection


@pytest.fixture(scope="module")
def macros():
    return rendered(NORMALISATION, "duckdb")


@pytest.mark.parametrize("name", NORMALISATION)
def test_cases_on_duckdb(connection, macros, name):
    assert NORMALISATION[name].wrong(connection, macros[name]) == []


LETTERS = {"Latin": "azoéßøĳJÉ", "Greek": "αωΣςή", "Cyrillic": "ияйЖё", "other": "李伟김أحसสम"}
LETTER = "".join(LETTERS.values())
BETWEEN = " .,-'’/()&019\t" + NBSP + ZERO_WIDTH
PARTS = ["van", "den", "Berg", "e/v", "jr.", "dhr.", "J.", "'t", "Иван", "李", ",", "-"]
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NAMES = st.one_of(
    ANY_TEXT,
    st.text(LETTER + BETWEEN + "\u0308\u0301ि", max_size=12),
    st.lists(st.sampled_from(PARTS), max_size=5).map(" ".join),
)
PHONES = st.one_of(
    ANY_TEXT,
    st.text("0123456789+()-/. x#", max_size=22),
    st.from_regex(r"(\+|00|0)?[1-9][0-9 ]{6,12}", fullmatch=True),
)
EMAILS = st.one_of(
    ANY_TEXT, st.text("aé.@+<>:; ", max_size=12), st.emails(), st.emails().map(lambda email: f"Jan <{email}>")
)
HOUSES = st.one_of(ANY_TEXT, st.from_regex(r"[0-9 ]{1,4}[-/ ]?[a-zA-Z0-9 ]{0,4}", fullmatch=True))


def batches(values):
    return st.lists(values, min_size=1, max_size=30)


def one_typo_away(text, letters):
    """Return every text that is one typo away from this one."""
    splits = [(text[:place], text[place:]) for place in range(len(text) + 1)]
    away = {start + end[1:] for start, end in splits if end}
    away |= {start + end[1] + end[0] + end[2:] for start, end in splits if len(end) > 1}
    away |= {start + letter + end[1:] for start, end in splits if end for letter in letters}
    away |= {start + letter + end for start, end in splits for letter in letters}
    return away - {text}


@settings(deadline=None, max_examples=60)
@given(emails=batches(EMAILS))
def test_an_email_is_part_of_the_original_text(connection, macros, emails):
    lower = evaluated(connection, "lower(a)", [(email,) for email in emails])
    found = evaluated(connection, macros["email"], [(email,) for email in emails])
    for email, text in zip(found, lower, strict=True):
        assert email is None or (email in text and email.count("@") == 1)
    kept = [(email,) for email in found if email]
    assert not kept or evaluated(connection, macros["email"], kept) == [email for (email,) in kept]


@settings(deadline=None, max_examples=60)
@given(phones=batches(PHONES), country=st.sampled_from(["NL", "BE", "DE", "IT", "US", "RU", "HU", "XX"]))
def test_a_phone_ends_as_it_was_written(connection, macros, phones, country):
    found = evaluated(connection, macros["phone"], [(phone, country) for phone in phones], COUNTRIES)
    for phone, text in zip(found, phones, strict=True):
        if phone:
            assert re.fullmatch(r"\+[1-9][0-9]{5,14}", phone)
            assert phone[-4:] in re.sub("[^0-9]", "", text)
    kept = [(phone, None) for phone in found if phone]
    assert not kept or evaluated(connection, macros["phone"], kept, COUNTRIES) == [phone for phone, _ in kept]


@settings(deadline=None, max_examples=60)
@given(names=batches(NAMES))
@example(names=["Mr. Dr. Jr.", "van der", "ŉ", "ﬁ", "İ", "ẞ", "ΐ", "\u0301"])
def test_a_name_keeps_its_letters(connection, macros, names):
    found = evaluated(connection, macros["name_words"], [(name,) for name in names])
    for words, name in zip(found, names, strict=True):
        assert words is None or re.fullmatch("[^ ]+( [^ ]+)*", words)
        assert words is not None or not set(name) & set(LETTER)
    kept = [(words,) for words in found if words]
    assert not kept or evaluated(connection, macros["name_words"], kept) == [words for (words,) in kept]
    cores = evaluated(connection, macros["name_core"], [(words,) for words in found])
    for core, words in zip(cores, found, strict=True):
        assert (core is None) == (words is None)
        assert not core or core in words.replace(" ", "")
    evaluated(connection, macros["spoken_last_name"], [(name,) for name in names])
    evaluated(connection, macros["is_initials"], [(words,) for words in found])


@settings(deadline=None, max_examples=60)
@given(
    names=batches(st.text(LETTERS["Cyrillic"] + LETTERS["other"], min_size=1, max_size=6)),
    letter=st.sampled_from("ЖИ李伟김أสम"),
)
def test_names_in_other_scripts_stay_apart(connection, macros, names, letter):
    ours = evaluated(connection, macros["name_words"], [(name,) for name in names])
    longer = evaluated(connection, macros["name_words"], [(name + letter,) for name in names])
    assert all(len(more) > len(words) for words, more in zip(ours, longer, strict=True))


@settings(deadline=None, max_examples=60)
@given(houses=batches(HOUSES))
def test_a_house_number_keeps_its_digits_and_letters(connection, macros, houses):
    found = evaluated(connection, macros["address"], [("NL", "1234AB", house) for house in houses])
    for address, house in zip(found, houses, strict=True):
        assert (address is not None) == bool(re.search("[1-9]", house))
        if re.match("[^A-Za-z]*[1-9]", house) and house.isascii():
            assert re.sub("[^A-Z1-9]", "", address.split("|")[2]) == re.sub("[^A-Z1-9]", "", house.upper())
    kept = [tuple(address.split("|")) for address in found if address]
    assert not kept or evaluated(connection, macros["address"], kept) == ["|".join(parts) for parts in kept]


@settings(deadline=None, max_examples=60)
@given(pairs=batches(st.tuples(*[st.one_of(st.text("abи李", max_size=5), st.text("ab", max_size=5))] * 2)))
def test_one_typo_is_one_of_all_typos(connection, macros, pairs):
    expected = [other in one_typo_away(one, set(other)) for one, other in pairs]
    assert evaluated(connection, macros["one_typo"], pairs) == expected
