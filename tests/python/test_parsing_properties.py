"""Reading a cell with any text never fails, and never gives another value."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendering import PROJECT, renderer

OFFSET = r" ?(?:Z|UTC|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
TIME = r"[T ]((?:[01]?\d|2[0-3]):\d\d)(?::(\d\d(?:\.\d{1,9})?))?(" + OFFSET + ")?"
# The types of columns, with the formats of a file: decimal mark, then order of day and month.
COLUMNS = {
    "amount": ("amount", "point", "ymd"),
    "amount with a comma": ("amount", "comma", "ymd"),
    "integer": ("integer", "point", "ymd"),
    "integer with a comma": ("integer", "comma", "ymd"),
    "boolean": ("boolean", "point", "ymd"),
    "date": ("date", "point", "ymd"),
    "date, day first": ("date", "point", "dmy"),
    "date, month first": ("date", "point", "mdy"),
    "timestamp": ("timestamp", "point", "ymd"),
    "timestamp, day first": ("timestamp", "point", "dmy"),
    "timestamp, month first": ("timestamp", "point", "mdy"),
}
# Texts that are nearly values of each type, with the characters that readers are lenient about.
LOOKALIKES = {
    "amount": r"[+\- ]?[0-9_]{0,4}([.,' ]?[0-9]{3}){0,3}[.,]?[0-9]{0,7}0{0,3}(e[0-9]{1,3}|%|nan|inf)?",
    "integer": r"[+\- ]?[0-9_]{0,22}([.,]0{1,4})?",
    "boolean": r"(true|TRUE|false|t|f|T|0|1|yes|no|JA|nee|on|off|y|N|oui|[01][.,]0|(un)?subscribed"
    r"|opt(ed)?[- ](in|OUT)|2|-1| )",
    # the year 0, which Python does not have, is read as a date before the earliest possible one
    "date": r"((0[0-9]{2}[1-9]|[12][0-9]{3})[-/][01]?[0-9][-/][0-3]?[0-9]"
    r"|[0-3]?[0-9][-/.][0-3]?[0-9][-/.][12][09][0-9]{2})( BC|[T ]0?0:00(:00)?)?",
    "timestamp": r"((19|20)[0-9]{2}[-/][01]?[0-9][-/][0-3]?[0-9]"
    r"|[0-3]?[0-9][-/.][0-3]?[0-9][-/.](19|20)[0-9]{2})"
    r"([T ][0-2]?[0-9]:[0-6][0-9]"
    r"(:[0-6][0-9](\.[0-9]{0,10})?)?( ?(Z|z|UTC|[+-][0-2][0-9](:?[0-6][0-9])?))?( PM)?)?",
}  # fmt: skip


def read_amount(text: str, mark: str, order: str) -> Decimal | None:
    decimal, group = (".", ",") if mark == "point" else (",", ".")
    whole, _, places = text.partition(decimal)
    first, *groups = whole.lstrip("+-").split(group)
    in_threes = re.fullmatch("[1-9][0-9]{0,2}", first) and all(
        re.fullmatch("[0-9]{3}", one) for one in groups
    )
    if groups and not in_threes:
        return None
    plain = whole.replace(group, "") + ("." if decimal in text else "") + places
    if not re.fullmatch(r"[+-]?\d+(\.\d{1,4}0*)?", plain, re.ASCII):
        return None
    value = Decimal(plain)
    return value if abs(value) < 10**14 else None


def read_integer(text: str, mark: str, order: str) -> int | None:
    zeros = r"\.0+" if mark == "point" else ",0+"
    found = re.fullmatch(rf"([+-]?\d+)({zeros})?", text, re.ASCII)
    value = int(found[1]) if found else None
    return value if value is not None and -(2**63) <= value < 2**63 else None


def read_boolean(text: str, mark: str, order: str) -> bool | None:
    yes = "true 1 1.0 t y j on yes ja oui waar wahr vrai subscribed opt-in opted_in"
    no = "false 0 0.0 f n off no nee nein non onwaar falsch faux unsubscribed opt-out opted_out"
    words = {word.replace("_", " "): True for word in yes.split()}
    words |= {word.replace("_", " "): False for word in no.split()}
    return words.get(text.lower()) if text.isascii() else None


def day_of(text: str, order: str) -> date | None:
    """Read a date without a time, with its year first or, depending on the order, last."""
    numbers = re.split("[-/]" if text[:4].isdigit() else "[-/.]", text)
    separators = re.findall("[^0-9]", text)
    if len(numbers) != 3 or len(set(separators)) != 1 or not text.isascii():
        return None
    if not all(number.isdigit() for number in numbers):
        return None
    widths = [len(number) for number in numbers]
    if widths[0] == 4 and max(widths[1:]) <= 2:
        year, month, day = map(int, numbers)
    elif widths[2] == 4 and max(widths[:2]) <= 2 and order != "ymd":
        day, month, year = map(int, numbers if order == "dmy" else (numbers[1], numbers[0], numbers[2]))
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_date(text: str, mark: str, order: str) -> date | None:
    return day_of(re.sub(r"[T ]0?0:00(:00(\.0{1,9})?)?\Z", "", text), order)


def read_timestamp(text: str, mark: str, order: str) -> datetime | None:
    """Read a timestamp in UTC, as with source_timezone and business_timezone UTC."""
    if day := day_of(text, order):
        return datetime(day.year, day.month, day.day)
    match = re.fullmatch("([^T ]*)" + TIME, text, re.ASCII)
    if not match or not (day := day_of(match[1], order)):
        return None
    hours, minutes = map(int, match[2].split(":"))
    whole, _, fraction = (match[3] or "0").partition(".")
    if minutes > 59 or int(whole) > 59:
        return None
    moment = datetime(day.year, day.month, day.day, hours, minutes, int(whole), int(f"{fraction:0<6}"[:6]))
    zone = (match[4] or "Z").strip()
    if zone not in ("Z", "UTC"):
        sign = 1 if zone[0] == "+" else -1
        moment -= sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].lstrip(":") or 0))
    return moment


ORACLES = {
    "amount": read_amount,
    "integer": read_integer,
    "boolean": read_boolean,
    "date": read_date,
    "timestamp": read_timestamp,
}


@pytest.fixture(scope="module")
def expressions() -> dict[str, str]:
    """Return the SQL of each type's reader on a column `a`, and of the phone reader."""
    calls = {}
    for name, (kind, mark, order) in COLUMNS.items():
        column = {"type": kind}
        text = f"""usual_date_text('a', "'{order}'", {column})""" if kind in ("date", "timestamp") else "'a'"
        calls[name] = f"""read_value({text}, {column}, "'{mark}'")"""
    calls["phone"] = "normalised_phone('a', 'countries')"
    return renderer("duckdb").macros(calls, source_timezone="UTC", business_timezone="UTC")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "create table countries as from read_csv(?, all_varchar = true) where country_code = 'NL'",
            [str(PROJECT / "seeds" / "countries.csv")],
        )
        connection.execute("alter table countries alter usual_length type integer")
        yield connection


def values(connection: duckdb.DuckDBPyConnection, expression: str, texts: list[str]) -> list:
    rows = connection.execute(
        f"select {expression} from (select unnest($1) as a, generate_subscripts($1, 1) as place)"
        " cross join countries order by place",
        [texts],
    ).fetchall()
    return [value for (value,) in rows]


# DuckDB does not accept a text with a zero character from Python, and a CSV cannot contain one either.
anything = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)


@pytest.mark.parametrize("name", COLUMNS)
@settings(max_examples=40, derandomize=True, database=None)
@given(data=st.data())
def test_a_text_is_read_as_its_value_or_as_null(connection, expressions, name, data):
    kind, mark, order = COLUMNS[name]
    texts = data.draw(
        st.lists(st.from_regex(LOOKALIKES[kind], fullmatch=True) | anything, min_size=20, max_size=60)
    )
    read = values(connection, expressions[name], texts)
    assert list(zip(texts, read, strict=True)) == [(text, ORACLES[kind](text, mark, order)) for text in texts]


@settings(max_examples=40, derandomize=True, database=None)
@given(
    texts=st.lists(
        st.from_regex(r"[+(]?[0-9 ()./-]{0,20}(x[0-9]+|[a-z ]*)?", fullmatch=True) | anything, min_size=20
    )
)
def test_a_phone_is_e164_of_its_own_digits_or_null(connection, expressions, texts):
    for text, phone in zip(texts, values(connection, expressions["phone"], texts), strict=True):
        if phone is not None:
            assert re.fullmatch(r"\+[1-9][0-9]{4,14}", phone, re.ASCII), text
            digits = re.sub("[^0-9]", "", text)
            assert phone[-5:] in digits, (text, phone)
