"""How emails, phone numbers, names and addresses are compared, by tables of hand-worked cases.

DuckDB runs each case. The Spark versions are rendered and read as Spark SQL and then, rewritten for DuckDB by
sqlglot, run on the same cases: it shows their logic, not that a Spark runs them.
"""

# ruff: noqa: RUF001 (names in many scripts)

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import phonenumbers
import pytest
import sqlglot
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult
from phonenumbers.phonemetadata import PhoneMetadata

from rendering import PROJECT, renderer
from spark_sql import findings

NBSP, HYPHEN, ZERO_WIDTH = "\u00a0", "\u2011", "\u200b"
OTHER_VARS = {"ignore_email_tags": True, "ignore_gmail_dots": True, "default_country": "be"}
COUNTRIES = "cases left join countries on cases.b = countries.country_code"


@dataclass(frozen=True)
class Table:
    """Cases of one macro call over texts a, b and c: their values, then the expected value."""

    call: str
    cases: list[tuple[str | bool | None, ...]]
    variables: dict = field(default_factory=dict)
    source: str = "cases"


def null(*values):
    """Return the cases of texts that are no such value."""
    return [(value, None) for value in values]


def same(*values):
    """Return the cases of texts that stay as they are."""
    return [(value, value) for value in values]


def all_are(expected, *values):
    """Return the cases of texts that are compared as one."""
    return [(value, expected) for value in values]


def phones(expected, country, *values):
    """Return the cases of numbers of a country that are written in several ways."""
    return [(value, country, expected) for value in values]


def postcodes(expected, *values):
    """Return the cases of ways to write the postcode of a Dutch address."""
    return [("NL", value, "12", expected) for value in values]


def houses(expected, *values):
    """Return the cases of ways to write the house number of a Dutch address."""
    return [("NL", "1234AB", value, expected) for value in values]


def typos(expected, *pairs):
    """Return the cases of pairs, each in both orders."""
    return [(*pair, expected) for one, other in pairs for pair in ((one, other), (other, one))]


TABLES = {
    "email": Table(
        "normalised_email('a')",
        [
            *all_are("jan@voorbeeld.nl", "jan@voorbeeld.nl", "JAN@Voorbeeld.NL", "jan@voorbeeld.nl."),
            *all_are("jan@voorbeeld.nl", " jan@voorbeeld.nl "),
            *all_are("jan@voorbeeld.nl", "mailto:jan@voorbeeld.nl", "MailTo: jan@voorbeeld.nl"),
            *all_are("jan@voorbeeld.nl", "mailto:jan@voorbeeld.nl..."),
            *all_are("jan@voorbeeld.nl", "Jan <jan@voorbeeld.nl>", '"Wit, Jan de" <Jan@voorbeeld.nl>'),
            *all_are("jan@voorbeeld.nl", "<jan@voorbeeld.nl>"),
            *all_are("jan@voorbeeld.nl", "<mailto:jan@voorbeeld.nl>", "jan@voorbeeld.nl;"),
            *all_are("jan@voorbeeld.nl", "jan@voorbeeld.nl, ", "<jan@voorbeeld.nl>;"),
            *same("jan.de.wit@voorbeeld.nl", "j.a.n@gmail.com", "jan@googlemail.com"),
            *same("jan+nieuws@mail.voorbeeld.co.uk"),
            *same(
                "josé@café.nl",
                "иван@почта.рф",
                "用户@例子.公司",
                "o'brien@x.ie",
                "a@b.c",
                "jan_de-wit@x-y.nl",
            ),
            *same("jan.@x.nl"),
            ("JOSÉ@CAFÉ.nl", "josé@café.nl"),
            *null("jan", "jan@voorbeeld", "jan@voorbeeld.", "@voorbeeld.nl", "jan@.nl", "jan@", "@"),
            *null("jan@x..nl", ".jan@x.nl"),
            *null("jan@@voorbeeld.nl", "jan@piet@voorbeeld.nl", "jan@voorbeeld.nl, piet@voorbeeld.nl"),
            *null("jan@x.nl;piet@x.nl"),
            *null("jan @voorbeeld.nl", "jan de wit@voorbeeld.nl", "geen", "-", "n.v.t.", "mailto:", "..."),
            *null("Jan <>", "", None),
            *null("jan@voorbeeld.nl piet@voorbeeld.nl", "<jan@x.nl> <piet@x.nl>", "jan@voorbeeld,nl"),
        ],
    ),
    "email without Gmail dots": Table(
        "normalised_email('a')",
        [
            *all_are("jandewit@gmail.com", "jan.de.wit@gmail.com", "JanDeWit@googlemail.com"),
            *all_are("jandewit@gmail.com", "<jan.dewit@gmail.com>"),
            *same("jan.de.wit@voorbeeld.nl", "jan.de.wit@gmail.com.nl", "jan+a.b@x.nl"),
            ("j.an+a.b@gmail.com", "jan+ab@gmail.com"),
            *null("gmail.com", None),
        ],
        variables={"ignore_gmail_dots": True},
    ),
    "email without tags and Gmail dots": Table(
        "normalised_email('a')",
        [
            *all_are("jan@x.nl", "jan+shop@x.nl", "Jan+a+b@x.nl", "mailto:jan+shop@x.nl", "jan+@x.nl"),
            *all_are("jan@gmail.com", "j.an+a.b@gmail.com", "jan@gmail.com", "jan+a@googlemail.com"),
            *same("jan@x.nl", "j.an@x.nl", "+31612345678@x.nl"),
            *null("jan+shop", "gmail.com", None),
        ],
        variables=OTHER_VARS,
    ),
    "phone": Table(
        "normalised_phone('a', 'countries')",
        [
            *phones("+31612345678", "NL", "06-12345678", "0612345678", "612345678", "31612345678"),
            *phones("+31612345678", "NL", "+31612345678"),
            *phones("+31612345678", "NL", "+31 (0)6 12345678", "+31 6 1234 5678", "+31 06-12345678"),
            *phones("+31612345678", "NL", "+310612345678"),
            *phones("+31612345678", "NL", "0031612345678", "0031 (0)6-12345678", "00310612345678"),
            *phones("+31612345678", "NL", "(0)6-12345678"),
            *phones("+31612345678", "NL", "(+31) 6 12345678", "(06) 12345678", "06/12 34 56 78"),
            *phones("+31612345678", "NL", "06.12.34.56.78", "310612345678"),
            *phones("+31612345678", "NL", "tel: 06-12345678", "Mobiel 06 12345678", "'0612345678"),
            *phones("+31612345678", "NL", "06-12345678."),
            *phones("+31612345678", "NL", f"06{NBSP}1234{HYPHEN}5678", f"{ZERO_WIDTH}0612345678{ZERO_WIDTH}"),
            *phones("+31612345678", "NL", "06–12345678"),
            *phones("+31612345678", "NL", "06 1234 5678 ext. 12", "06 1234 5678 EXT12", "0612345678 x12"),
            *phones("+31612345678", "NL", "0612345678x3"),
            *phones("+31612345678", "NL", "0612345678 tst. 4", "0612345678 toestel 4", "0612345678#4"),
            *phones("+31612345678", "NL", "0612345678;ext=4"),
            *phones("+31612345678", "NL", "06 12345678 (werk)", "0612345678 na 18 uur"),
            *phones("+31612345678", "NL", "+31612345678 privé 2"),
            # of whatever country the record is, a plus or 00 says it
            *phones("+31612345678", "BE", "+31.6.12.34.56.78", "0031612345678", "+31 (0)6 12345678"),
            *phones("+31612345678", None, "+31612345678", "0031612345678"),
            *phones("+31201234567", "NL", "020 - 123 45 67", "020-1234567", "(020) 1234567", "20 1234567"),
            *phones("+31201234567", "NL", "31 20 1234567"),
            *phones("+31317123456", "NL", "0317-123456", "317123456"),
            *phones("+32475123456", "BE", "0475/12.34.56", "0475 12 34 56", "+32 475 12 34 56"),
            *phones("+32475123456", "BE", "0032475123456", "32475123456"),
            *phones("+3221234567", "BE", "02 123 45 67", "02/123.45.67", "+32 (0)2 123 45 67", "3221234567"),
            *phones("+3221234567", "BE", "+3202 1234567"),
            *phones("+4915123456789", "DE", "0151 23456789", "+49 (0) 151 / 23456789", "0049 151 23456789"),
            *phones("+4915123456789", "DE", "4915123456789"),
            *phones("+493012345678", "DE", "030/12345678", "(030) 1234 5678", "+49 30 12345678"),
            *phones("+493012345678", "DE", "+49 030 12345678"),
            *phones("+33612345678", "FR", "06 12 34 56 78", "+33 (0)6 12 34 56 78", "33612345678"),
            *phones("+442079460958", "GB", "020 7946 0958", "+44 (0)20 7946 0958"),
            *phones("+442079460958", "NL", "0044 20 7946 0958", "+44 (0)20 7946 0958"),
            *phones("+352621123456", "LU", "621 123 456", "+352 621 123 456", "352621123456"),
            *phones("+436641234567", "AT", "0664 1234567", "+43 (0)664 1234567", "436641234567"),
            # Italy keeps its zero, Spain and Denmark have none
            *phones("+390612345678", "IT", "06 1234 5678", "+39 06 12345678", "+39 (0)6 12345678"),
            *phones("+390612345678", "IT", "0039 06 12345678"),
            *phones("+34612345678", "ES", "612 345 678", "+34 612 345 678", "34612345678"),
            *phones("+4532123456", "DK", "32 12 34 56", "4532123456"),
            # a prefix that may also be the first digit of the number itself
            *phones("+12125550123", "US", "(212) 555-0123", "1 212 555 0123", "1-212-555-0123 x4"),
            *phones("+12125550123", "US", "+1 (212) 555-0123"),
            *phones("+31612345678", "US", "011 31 6 12345678", "01131612345678"),
            *phones("+78005553535", "RU", "8 (800) 555-35-35", "800 555-35-35", "+7 800 555 35 35"),
            *phones("+78005553535", "RU", "78005553535"),
            *phones("+36301234567", "HU", "06 30 123 4567", "30 123 4567", "+36 30 123 4567"),
            # as long as some number of the country may be: no more is asked
            *phones("+3161234567", "NL", "06-1234567"),
            *phones("+31800123", "NL", "0800-123"),
            *phones(None, "NL", "0000000000", "00000", "1111111111", "+99999999999", "9999999999"),
            *phones(None, "NL", "06-66666666", "+33333333333"),
            *phones(None, "NL", "123", "06", "0", "+316", "+1234567", "+1234567890123456", "+0612345678"),
            *phones(None, "NL", "06+12345678"),
            *phones(None, "NL", "+", "++31612345678", "+316123456789012", "+32 475 12 34", "+1 212 555 012"),
            *phones(None, "NL", "+1 212 555 01234"),
            *phones(None, "NL", "+999 1234567", "+210 123456", "06-12345678 / 020-1234567", "14 020"),
            *phones(None, "NL", "3.16E+10"),
            *phones(None, "NL", "onbekend", "geen", "-", "x12", "#31#", "٠٦١٢٣٤٥٦٧٨", "", None),
            *phones(None, "BE", "0475 12 34 5678", "02 123 45 6"),
            *phones(None, "US", "555-0123", "212 555 012"),
            *phones(None, None, "0612345678", "31612345678"),
        ],
        source=COUNTRIES,
    ),
    "address": Table(
        "normalised_address('a', 'b', 'c')",
        [
            *postcodes(
                "NL|1234AB|12", "1234 AB", "1234ab", "1234-AB", " 1234  ab ", "NL-1234 AB", "NL - 1234AB"
            ),
            *houses("NL|1234AB|12", "12", "012", " 12 ", "nr. 12", "Nr 12", "no:12", "# 12"),
            *houses("NL|1234AB|12A", "12-a", "12A", "12 a", "12 A", "12/a", "012-A", "nr 12a"),
            *houses("NL|1234AB|12BIS", "12 bis", "12-BIS", "12bis"),
            *houses("NL|1234AB|12-1", "12-1", "12 1", "12/1", "12 - 1"),
            ("NL", "1234AB", "121", "NL|1234AB|121"),
            ("NL", "1234AB", "12-2hg", "NL|1234AB|12-2HG"),
            ("NL", "1234AB", "100", "NL|1234AB|100"),
            ("NL", "1234AB", "A12", "NL|1234AB|12A12"),
            ("BG", "1000", "12Б", "BG|1000|12Б"),
            (None, "1234AB", "12", "NL|1234AB|12"),
            ("nl", "1234AB", "12", "NL|1234AB|12"),
            ("BE", "B-9000", "12 bus 3", "BE|9000|12BUS3"),
            ("DE", "D - 01067", "5", "DE|01067|5"),
            ("GB", "SW1A 2AA", "10", "GB|SW1A2AA|10"),
            ("PL", "00-950", "1/2", "PL|00950|1-2"),
            ("PT", "1000-001", "7 2º E", "PT|1000001|7-2E"),
            *postcodes(None, None, "", "-", " "),
            *houses(None, None, "", "0", "-", "A", "bis", "onbekend"),
        ],
    ),
    "default country of an address": Table(
        "normalised_address('a', 'b', 'c')",
        [(None, "9000", "1", "BE|9000|1"), ("NL", "1234AB", "1", "NL|1234AB|1")],
        variables=OTHER_VARS,
    ),
    "without_diacritics": Table(
        "without_diacritics('a')",
        [
            *same("jan", "o'brien", "иван", "李", "أحمد", "สมชาย", "कुमार", "🙂", ""),
            *[("José", "jose"), ("MÜLLER", "muller"), ("Gößmann", "gossmann"), ("STRAẞE", "strasse")],
            *[("Søren", "soren")],
            *[
                ("Łukasz", "lukasz"),
                ("ǾRSTED", "orsted"),
                ("Đorđe", "dorde"),
                ("Yıldız", "yildiz"),
                ("Çağla", "cagla"),
            ],
            *[("Ævar", "aevar")],
            *[("Þór", "thor"), ("Œuvre", "oeuvre"), ("ĳsbrand", "ijsbrand"), ("Ĳsbrand", "ijsbrand")],
            *[("ﬁona", "fiona")],
            *[("Zoe\u0308", "zoe"), ("Zoë", "zoe"), ("ΝΊΚΟΣ", "νικοσ"), ("Ștefan", "stefan")],
            *[("Dvořák", "dvorak")],
            ("Əliyev", "eliyev"),
            (None, None),
        ],
    ),
    "status": Table(
        "normalised_status('a')",
        [
            *all_are("cancelled", "cancelled", "CANCELLED", " wc-cancelled ", "WC-Cancelled", "wc_cancelled"),
            *all_are("pending-payment", "pending_payment", "Pending payment", "wc-pending-payment"),
            *all_are("annulee", "annulée", "Annulée", "ANNULE\u0301E"),
            *all_are("partially-refunded", "partially_refunded", "Partially-Refunded"),
            *same("on-hold", "geannuleerd-door-klant", "nwc-x", "wc", "заказ", "注文", "wc.paid"),
            ("wc-wc-paid", "wc-paid"),
            *null("", " ", NBSP),
        ],
    ),
    "status as everyone may see it": Table(
        "status_without_personal_data('a')",
        [
            *all_are("(contains an email address)", "jan@x.example", "vraag jan@x.example 12345", "@"),
            ("klant 12345", "klant #"),
            ("12345 en 0612345678", "# en #"),
            ("a1234567b", "a#b"),
            *same("paid", "stap 1234", "1234 5678", "annulée", "#"),
            (None, None),
        ],
    ),
    "name_words": Table(
        "name_words('a')",
        [
            *[("Jan", "jan"), ("JAN ", "jan"), ("Anna-Marie", "anna marie"), ("Jean  Pierre", "jean pierre")],
            *[("José", "jose")],
            *all_are("j", "J", "J.", " j. "),
            *all_are("j p", "J.P.", "J. P.", "j p", "J.-P.", "J,P"),
            *all_are("van den berg", "van den Berg", "Van den Berg", "VAN DEN BERG", "van  den-Berg"),
            *all_are("t hart", "'t Hart", "’t Hart", "`t Hart", "‘t Hart"),
            *all_are("o brien", "O'Brien", "O’Brien", "OʼBrien", "o´brien"),
            *all_are("jansen", "dhr. Jansen", "Mevr. Jansen", "drs. Jansen", "prof. dr. Jansen"),
            *all_are("jansen", "Ing. Jansen", "Jansen jr.", "Jansen Sr"),
            *all_are("jansen", "Jansen 2", "(Jansen)", "Jansen 🙂", f"{ZERO_WIDTH}Jansen{NBSP}", "Jansen\t"),
            *all_are("jansen", "jansen/"),
            # a title alone is a name
            *same("mr", "dr", "ing", "jansen de vries", "ng"),
            *[("李", "李"), ("李 伟", "李 伟"), ("Ли́", "ли"), ("أحمد علي", "أحمد علي"), ("Νίκος", "νικοσ")],
            *[("ИВАНОВ", "иванов")],
            *[("सिंह", "सिंह"), ("สมชาย", "สมชาย"), ("Иванов (Ivanov)", "иванов ivanov"), ("김", "김")],
            *[("山田・太郎", "山田 太郎")],
            # a Latin o in a Cyrillic name is a letter less known, not the name
            ("Иванoв", "иванoв"),
            *null("", " ", "-", "...", "123", "🙂", "?", "'", "’", NBSP, None),
        ],
    ),
    "spoken_last_name": Table(
        "name_words(spoken_last_name('a'))",
        [
            *all_are("van den berg", "Berg, van den", "Berg,van den", "van den Berg", "Berg, van den,"),
            *all_are("bos", "Bos e/v Smit", "Bos E/V Smit", "Bos e.v. Smit", "Bos w/v Smit", "Bos geb. Smit"),
            *all_are("bos", "Bos geboren Smit"),
            *all_are("bos", "Bos echtgenote van Smit", "Bos weduwe van de Vries", "Bos e/v de Vries"),
            *all_are("van den berg", "Berg, van den e/v Smit", "van den Berg e/v Smit"),
            *all_are("jansen de vries", "Jansen-de Vries", "Jansen - de Vries", "Jansen de Vries"),
            *[("de Vries-Jansen", "de vries jansen"), ("Bos, ", "bos"), (", Bos", "bos")],
            *[("e/v Smit", "e v smit")],
            *same("jansen", "geb", "ev", "иванов"),
            *null(",", "", None),
        ],
    ),
    "name_core": Table(
        "name_core('a')",
        [
            *all_are("berg", "van den berg", "v d berg", "vd berg", "berg van den", "berg", "van der berg"),
            *all_are("berg", "v den berg"),
            *[("de vries", "vries"), ("t hart", "hart"), ("s gravesande", "gravesande")],
            *[("op den berg", "berg")],
            *[("in t veld", "veld"), ("von der leyen", "leyen"), ("de la cruz", "cruz")],
            *[("d angelo", "angelo")],
            *[("el amrani", "amrani"), ("uit den bogaard", "bogaard"), ("aan de stegge", "stegge")],
            *[("jansen de vries", "jansendevries"), ("o brien", "obrien"), ("vandenberg", "vandenberg")],
            *[("van loon van gelder", "loonvangelder")],
            # nothing else is left
            *[("van der", "der"), ("de", "de"), ("van", "van"), ("op t", "t")],
            *same("jansen", "deen", "иванов", "李", ""),
            (None, None),
        ],
    ),
    "is_initials": Table(
        "is_initials('a')",
        [
            *all_are(True, "j", "j p", "j p m", "jp", "jpm", "jp m", "и", "и п", "γ"),
            *all_are(
                False, "jan", "jo", "al", "ed", "bo", "j an", "jan p", "jhwnd", "李", "김", "иван", "ab"
            ),
            *all_are(False, ""),
            (None, None),
        ],
    ),
    "one_typo": Table(
        "one_typo('a', 'b')",
        [
            *typos(True, ("jan", "jab"), ("jan", "jana"), ("jan", "ajan"), ("jan", "an"), ("jan", "jn")),
            *typos(True, ("jansen", "janssen")),
            *typos(True, ("jan", "ajn"), ("jansen", "jasnen"), ("jansen", "jansne"), ("", "a"), ("a", "b")),
            *typos(True, ("ab", "ba")),
            *typos(True, ("иванов", "иваноф"), ("иванов", "иваонв"), ("иванов", "иванова"), ("李伟", "李明")),
            *typos(True, ("李", "李伟")),
            *typos(True, ("иванов", "иваноx"), ("김민", "김민수"), ("jan🙂", "jan"), ("أحمد", "أحمت")),
            *typos(True, ("李伟", "伟李")),
            *typos(False, ("jan", "piet"), ("jan", "jnaa"), ("jan", "nja"), ("jansen", "jsanne"), ("", "ab")),
            *typos(False, ("abc", "cba")),
            *typos(
                False,
                ("иванов", "петров"),
                ("иванов", "ивановна"),
                ("иванов", "вианво"),
                ("李伟明", "明伟李"),
            ),
            *typos(False, ("李伟", "王明")),
            *typos(False, ("jan", "jan"), ("иванов", "иванов"), ("", ""), ("李", "李")),
            *typos(None, (None, "jan"), (None, "иван"), (None, None)),
        ],
    ),
}

TYPES = {"calling_code": "varchar", "trunk_prefix": "varchar", "usual_length": "integer"}


def rendered(target):
    """Return what each table's call renders to; a run of dbt for every set of vars."""
    groups: dict[tuple, list[str]] = {}
    for name, table in TABLES.items():
        groups.setdefault(tuple(table.variables.items()), []).append(name)
    sql = {}
    for variables, names in groups.items():
        sql |= renderer(target).macros({name: TABLES[name].call for name in names}, **dict(variables))
    return sql


def evaluated(connection, expression, rows, source="cases"):
    """Return the expression's value for each row of texts a, b and c, in one query."""
    columns = [[*column] for column in zip(*[(*row, None, None)[:3] for row in rows], strict=True)]
    names = ", ".join(f"unnest(cast(? as varchar[])) as {letter}" for letter in "abc")
    source = source.replace("cases", "numbered as cases", 1)
    return [
        value
        for (value,) in connection.execute(
            f"with rows as (select {names}), numbered as (select row_number() over () as place, * from rows) "
            f"select {expression} from {source} order by cases.place",
            columns,
        ).fetchall()
    ]


def letters_apart(one: str, other: str) -> int:
    """Return the Levenshtein distance."""
    distances = list(range(len(other) + 1))
    for row, letter in enumerate(one):
        before, distances = distances, [row + 1]
        for column, other_letter in enumerate(other):
            change = before[column] + (letter != other_letter)
            distances.append(min(change, before[column + 1] + 1, distances[-1] + 1))
    return distances[-1]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        connection.execute(
            f"create table countries as select * from read_csv(?, types = {TYPES})",
            [str(PROJECT / "seeds" / "countries.csv")],
        )
        connection.create_function("letters_apart", letters_apart)
        yield connection


@pytest.fixture(scope="module")
def macros():
    return rendered("duckdb")


@pytest.fixture(scope="module")
def macros_of_spark():
    return rendered("spark")


def wrong(table, found):
    """Return the cases that came out otherwise, with what they are."""
    return [(*case, value) for case, value in zip(table.cases, found, strict=True) if case[-1] != value]


@pytest.mark.parametrize("name", TABLES)
def test_cases_on_duckdb(connection, macros, name):
    table = TABLES[name]
    assert wrong(table, evaluated(connection, macros[name], table.cases, table.source)) == []


@pytest.mark.parametrize("name", TABLES)
def test_spark_version_is_spark_sql(macros_of_spark, name):
    found = findings(name, f"select\n    {macros_of_spark[name]} as value\nfrom {TABLES[name].source}")
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("name", TABLES)
def test_cases_of_spark_version(connection, macros_of_spark, name):
    table, sql = TABLES[name], macros_of_spark[name]
    # full_match: DuckDB's engine has no lookahead, and no case has a line end there
    sql = sql.replace("(?d)", "").replace("(?!(?s:.))", "$").replace("'$1'", "'\\\\1'")
    # one_typo: sqlglot takes exists for a subquery
    sql = re.sub(r"(?s)exists\((\s*sequence.*)\n {12}\)", r"array_contains(transform(\1), true)", sql)
    expression = sqlglot.transpile(sql, read="spark", write="duckdb")[0]
    # where DuckDB counts bytes, Spark counts letters
    expression = expression.replace("LEVENSHTEIN(", "letters_apart(")
    assert wrong(table, evaluated(connection, expression, table.cases, table.source)) == []


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
def test_an_email_is_part_of_what_was_written(connection, macros, emails):
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


def metadata(calling_code):
    """Return libphonenumber's metadata of the country that stands for a calling code."""
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[calling_code][0]
    if region == "001":
        return PhoneMetadata.metadata_for_nongeo_region(calling_code, None)
    return PhoneMetadata.metadata_for_region(region, None)


def examples(country):
    """Return the package's examples of a fixed line and a mobile, as national digits."""
    kinds = PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE
    found = [phonenumbers.example_number_for_type(country, kind) for kind in kinds]
    return [phonenumbers.national_significant_number(number) for number in found if number]


def test_lengths_and_trunk_zeros_are_those_of_the_package(connection):
    calls = {name: f"{name}()" for name in ("possible_phone_number", "calling_code_and_trunk_zero")}
    patterns = renderer("duckdb").macros(calls)
    possible = re.compile(patterns["possible_phone_number"])
    trunk_zero = re.compile(patterns["calling_code_and_trunk_zero"])
    for code in range(1, 1000):
        if code not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            continue
        plan = metadata(code)
        kinds = [kind for kind in (plan.fixed_line, plan.mobile) if kind] or [plan.general_desc]
        subscribers = {length for kind in kinds for length in kind.possible_length}
        expected = {
            length
            for length in plan.general_desc.possible_length
            if len(str(code)) + length <= 15 and (length >= 6 or length in subscribers)
        }
        found = {length for length in range(1, 20) if possible.fullmatch(f"+{code}" + "2" * length)}
        assert (code, found) == (code, expected)
        assert (code, bool(trunk_zero.match(f"+{code}02"))) == (code, plan.national_prefix == "0")


def test_countries_are_those_of_the_package(connection):
    rows = connection.execute(
        "select country_code, calling_code, trunk_prefix, usual_length from countries "
        "where calling_code is not null"
    ).fetchall()
    assert len(rows) > 230
    for country, *found in rows:
        plan = PhoneMetadata.metadata_for_region(country, None)
        expected = [str(plan.country_code), plan.national_prefix, min(map(len, examples(country)))]
        assert (country, found) == (country, expected)


def written(country: str, number: str, ordinary: bool) -> Iterator[tuple[str, str]]:
    """Yield the ways in which a national number is written: how, and the text; the last are rare ones."""
    code = str(phonenumbers.country_code_for_region(country))
    trunk = phonenumbers.ndd_prefix_for_region(country, True) or ""
    parsed = phonenumbers.parse(f"+{code}{number}")
    national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    zero = "0" if trunk == "0" else ""
    yield "E.164", f"+{code}{number}"
    yield "international", international
    yield "national", national
    yield "00", f"00{code}{number}"
    yield "00, spaces", "00" + international[1:]
    yield "(0)", f"+{code} {zero and '(0)'}{number[:2]} {number[2:]}"
    yield "zero after the calling code", f"+{code} {zero}{number[:2]}-{number[2:]}"
    yield "(+)", f"(+{code}) {number[:3]}/{number[3:]}"
    yield "digits", trunk + number
    yield "slash and dots", f"{trunk}{number[:2]}/{number[2:4]}.{number[4:6]}.{number[6:]}"
    yield "ext.", f"{national} ext. 12"
    yield "x", f"{international} x123"
    yield "#", f"{international} #4"
    yield "tel:", f"tel: {national}"
    yield "typeset", international.replace(" ", NBSP).replace("-", HYPHEN)
    if not ordinary:
        yield "no trunk prefix", number
        yield "no plus", code + number
        yield "a digit less", trunk + number[:-1]
        yield "a digit more", f"{trunk}{number}7"
        yield "two digits less", f"+{code}{number[:-2]}"
        yield "two digits more", f"+{code} {number}77"


def of_the_package(text, country):
    """Return the number as E.164 when the package finds it possible, else nothing, and why it is doubtful."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None, None
    if not phonenumbers.is_possible_number(number):
        return None, None
    reason = phonenumbers.is_possible_number_with_reason(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), reason


def kind_of_difference(country, text, theirs, reason):
    """Return why the two differ, from the text and the package's answer."""
    code = str(phonenumbers.country_code_for_region(country))
    trunk = phonenumbers.ndd_prefix_for_region(country, True)
    dialled = PhoneMetadata.metadata_for_region(country, None).international_prefix
    if text.startswith("00") and not re.fullmatch(dialled, "00"):
        return "00 is read in every country"
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return "works within a town only, null here"
    if text.startswith(code):
        return "a calling code without a plus is told by the length"
    if trunk and theirs and theirs.startswith(f"+{code}{trunk}"):
        return "the package keeps the trunk prefix of a number that is too short or too long"
    return f"customs of {country}"


# A 15 for mobiles (AR), 80 or 0 in front (BY), carriers (CO), an old zero (GA), numbers in a town (MG, NF).
CUSTOMS = {"AR", "BY", "CO", "GA", "MG", "NF"}


def test_phones_agree_with_the_package(connection, macros):
    draw = random.Random(11)
    cases = []
    for (country,) in connection.execute(
        "select country_code from countries where calling_code is not null order by 1"
    ).fetchall():
        for place in range(300 if country in ("NL", "BE", "DE") else 30):
            number = examples(country)[place % len(examples(country))]
            kept = max(1, len(number) - 6)
            number = number[:kept] + "".join(draw.choice("0123456789") for _ in number[kept:])
            cases += [(country, *way) for way in written(country, number, ordinary=place % 5 != 0)]
    theirs = [of_the_package(text, country) for country, _, text in cases]
    ours = evaluated(connection, macros["phone"], [(text, country) for country, _, text in cases], COUNTRIES)

    compared, equal, kinds, samples = Counter(), Counter(), Counter(), {}
    for (country, _, text), mine, (other, reason) in zip(cases, ours, theirs, strict=True):
        group = country if country in ("NL", "BE", "DE") else "elsewhere"
        compared[group] += 1
        equal[group] += mine == other
        if mine != other:
            kind = kind_of_difference(country, text, other, reason)
            kinds[kind] += 1
            samples.setdefault(kind, f"{text} in {country}: {mine} here, {other} there")
    shares = {group: equal[group] / compared[group] for group in compared}
    print(f"{len(cases):,} numbers:", ", ".join(f"{group} {share:.4f}" for group, share in shares.items()))
    for kind, count in kinds.most_common():
        print(f"{count / len(cases):8.4%}  {kind} ({samples[kind]})")

    assert len(cases) > 100_000
    assert {group for group, share in shares.items() if share < 0.99} <= {"elsewhere"}
    assert shares["elsewhere"] > 0.96
    customs = {kind.removeprefix("customs of ") for kind in kinds if kind.startswith("customs of ")}
    assert customs <= CUSTOMS
    assert sum(count for kind, count in kinds.items() if kind.startswith("customs")) < 0.003 * len(cases)
    assert kinds["a calling code without a plus is told by the length"] < 0.001 * len(cases)
    assert kinds["works within a town only, null here"] < 0.005 * len(cases)
