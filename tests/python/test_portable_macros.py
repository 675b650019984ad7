"""The dispatched macros, and those built on them, by tables of hand-worked cases.

DuckDB runs each case. The Spark versions are rendered and read as Spark SQL; without a Spark they do not run.
"""

from dataclasses import dataclass, field

import duckdb
import pytest

from rendering import renderer
from spark_sql import findings

NBSP = "\u00a0"
AMSTERDAM = {"source_timezone": "Europe/Amsterdam", "business_timezone": "Europe/Amsterdam"}
SAO_PAULO = {"source_timezone": "UTC", "business_timezone": "America/Sao_Paulo"}


@dataclass(frozen=True)
class Table:
    """Cases of one macro call over columns a, b ...: the values of the columns, then the expected value.

    All values are texts, cast to the columns' types; `result` pins the type of what comes out.
    """

    call: str
    cases: list[tuple[str | None, ...]]
    columns: str = "varchar"
    result: str | None = None
    variables: dict = field(default_factory=dict)


def read(column, cases, mark="'point'", order="'ymd'", **more):
    """Return the table of a column of the contract, in a file of this decimal mark and order of dates."""
    dated = column["type"] in ("date", "timestamp")
    text = f'usual_date_text("a", "{order}", {column})' if dated else "'a'"
    return Table(f'read_value({text}, {column}, "{mark}")', cases, **more)


def null(*values):
    """Return the cases of texts that say nothing."""
    return [(value, None) for value in values]


def same(*values):
    """Return the cases of texts that stay as they are."""
    return [(value, value) for value in values]


TABLES = {
    "microseconds": Table(
        "microseconds('a')",
        [
            ("1970-01-01 00:00:00", "0"),
            ("2024-02-29 12:00:00.000001", "1709208000000001"),
            ("1969-12-31 23:59:59.5", "-500000"),
            (None, None),
        ],
        columns="timestamp",
        result="BIGINT",
    ),
    "trimmed": Table(
        "trimmed('a')",
        [
            ("  a  ", "a"),
            ("\t\n\v\f\r" + NBSP + "a b" + NBSP + "\r\n", "a b"),
            (f"a{NBSP}b", f"a{NBSP}b"),
            ("a\tb", "a\tb"),
            *null("", " ", f" {NBSP}\t\n", None),
            *[(value, "é") for value in ("é", " é", "é ", f"é{NBSP}")],
            *[(value, "a") for value in ("a\n", f"{NBSP}a", "\ra", "\ta", "a\t")],
            *same("'", "\\n", "!", "~", "aé", "éa"),
        ],
    ),
    "full_match": Table(
        "full_match('a', 'a|b+[.]')",
        [
            *[(value, "true") for value in ("a", "b.", "bb.")],
            *[(value, "false") for value in ("", "ab.", "aa", "b", "bbx", "a\n", "\na", "a\u2028", "A")],
            (None, None),
        ],
        result="BOOLEAN",
    ),
    "replace_all": Table(
        "replace_all('a', '[^0-9+]', '')",
        [("06-12 34", "061234"), ("++", "++"), ("abc", ""), ("", ""), (None, None)],
    ),
    "json_object": Table(
        "json_object({'first': 'a', 'second': 'b'})",
        [
            ("x", None, '{"first":"x","second":null}'),
            (None, "", '{"first":null,"second":""}'),
            ('"q" \\ /', "é\n\t€", '{"first":"\\"q\\" \\\\ /","second":"é\\n\\t€"}'),
        ],
        columns="varchar, varchar",
        result="VARCHAR",
    ),
    "month_start": Table(
        "month_start('a')",
        [("2024-02-29", "2024-02-01"), ("2024-01-01", "2024-01-01"), (None, None)],
        columns="date",
        result="DATE",
    ),
    "month_number": Table(
        "month_number('a')",
        [("2023-12-31", "24288"), ("2024-01-01", "24289"), ("2024-02-29", "24290"), (None, None)],
        columns="date",
    ),
    "month_end": Table(
        "month_end('a')",
        [
            ("2024-02-10", "2024-02-29"),
            ("2023-02-10", "2023-02-28"),
            ("2100-02-01", "2100-02-28"),
            ("2024-12-31", "2024-12-31"),
            (None, None),
        ],
        columns="date",
        result="DATE",
    ),
    "months_later": Table(
        "months_later('a', 'b')",
        [
            ("2024-01-31", "1", "2024-02-29"),
            ("2023-01-31", "1", "2023-02-28"),
            ("2024-02-29", "1", "2024-03-29"),
            ("2024-02-29", "12", "2025-02-28"),
            ("2024-02-29", "-12", "2023-02-28"),
            ("2024-03-31", "-1", "2024-02-29"),
            ("2024-12-15", "1", "2025-01-15"),
            ("2024-05-31", "-24", "2022-05-31"),
            ("2024-05-31", "0", "2024-05-31"),
            (None, "1", None),
        ],
        columns="date, integer",
        result="DATE",
    ),
    "days_between": Table(
        "days_between('a', 'b')",
        [
            ("2024-02-28", "2024-03-01", "2"),
            ("2023-02-28", "2023-03-01", "1"),
            ("2023-12-31", "2024-12-31", "366"),
            ("2024-03-31", "2024-03-31", "0"),
            ("2024-03-01", "2024-02-28", "-2"),
            (None, "2024-01-01", None),
        ],
        columns="date, date",
        result="BIGINT",
    ),
    "years_between": Table(
        "years_between('a', 'b')",
        [
            ("1990-06-15", "2024-06-14", "33"),
            ("1990-06-15", "2024-06-15", "34"),
            ("1990-06-15", "2024-12-01", "34"),
            ("1990-12-01", "2024-06-15", "33"),
            ("2000-02-29", "2023-02-28", "22"),
            ("2000-02-29", "2023-03-01", "23"),
            ("2000-02-29", "2024-02-28", "23"),
            ("2000-02-29", "2024-02-29", "24"),
            ("2024-06-15", "2024-06-15", "0"),
            (None, "2024-06-15", None),
        ],
        columns="date, date",
    ),
    "rfm_window_start": Table(
        "rfm_window_start('a')",
        [
            ("2024-12-31", "2023-01-01"),
            ("2024-04-30", "2022-05-01"),
            ("2024-02-29", "2022-03-01"),
            ("2023-02-28", "2021-03-01"),
            ("2026-02-28", "2024-03-01"),
            ("2024-02-28", "2022-03-01"),
            ("2026-02-27", "2024-02-28"),
            ("2024-03-30", "2022-03-31"),
            ("2024-05-15", "2022-05-16"),
            ("2024-01-01", "2022-01-02"),
            (None, None),
        ],
        columns="date",
        result="DATE",
        variables={"rfm_window_months": 24},
    ),
    "rfm_window_start of a month": Table(
        "rfm_window_start('a')",
        [
            ("2024-03-31", "2024-03-01"),
            ("2024-03-30", "2024-03-01"),
            ("2024-03-29", "2024-03-01"),
            ("2024-03-28", "2024-02-29"),
            ("2023-03-29", "2023-03-01"),
            ("2023-03-15", "2023-02-16"),
        ],
        columns="date",
        variables={"rfm_window_months": 1},
    ),
    "converted_money": Table(
        "converted_money('a', 'b')",
        [
            ("10.0000", "1.10000000", "11.0000"),
            ("1000000.0000", "1.50000000", "1500000.0000"),
            # 10^9 x 1.23456789 less 0.0001 x 1.23456789
            ("999999999.9999", "1.23456789", "1234567889.9999"),
            ("-999999999.9999", "1.23456789", "-1234567889.9999"),
            ("999999999.9999", "0.50000000", "500000000.0000"),
            ("0.0001", "0.50000000", "0.0001"),
            ("-0.0001", "0.50000000", "-0.0001"),
            ("0.0003", "0.50000000", "0.0002"),
            ("1.0000", "0.00004999", "0.0000"),
            ("1.0000", "0.00005000", "0.0001"),
            ("99999999999999.9999", "9999999999.99999999", None),
            ("1.0000", None, None),
            (None, "1.00000000", None),
        ],
        columns="decimal(18, 4), decimal(18, 8)",
        result="DECIMAL(18,4)",
    ),
    "divided_money": Table(
        "divided_money('a', 'b')",
        [
            ("10.0000", "3", "3.3333"),
            ("20.0000", "3", "6.6667"),
            ("-10.0000", "3", "-3.3333"),
            ("-20.0000", "3", "-6.6667"),
            ("0.0001", "2", "0.0001"),
            ("-0.0001", "2", "-0.0001"),
            ("0.0003", "2", "0.0002"),
            ("-0.0003", "2", "-0.0002"),
            ("0.0001", "3", "0.0000"),
            ("0.0000", "7", "0.0000"),
            ("99999999999999.9999", "1", "99999999999999.9999"),
            ("-99999999999999.9999", "1", "-99999999999999.9999"),
            ("99999999999999.9999", "2", "50000000000000.0000"),
            ("1.0000", "0", None),
            ("1.0000", None, None),
            (None, "2", None),
        ],
        columns="decimal(18, 4), bigint",
        result="DECIMAL(18,4)",
    ),
    "money_units": Table(
        "money_units('a')",
        [
            ("12.3456", "123456"),
            ("-0.0001", "-1"),
            ("0.0000", "0"),
            ("99999999999999.9999", "999999999999999999"),
            (None, None),
        ],
        columns="decimal(18, 4)",
        result="BIGINT",
    ),
    "utc_from_local in Amsterdam": Table(
        "utc_from_local('a', 'Europe/Amsterdam')",
        [
            ("2024-01-01 12:00:00", "2024-01-01 11:00:00"),
            ("2024-07-01 12:00:00", "2024-07-01 10:00:00"),
            ("2024-03-31 01:59:59", "2024-03-31 00:59:59"),
            ("2024-03-31 02:00:00", "2024-03-31 01:00:00"),
            ("2024-03-31 02:30:00", "2024-03-31 01:30:00"),
            ("2024-03-31 03:00:00", "2024-03-31 01:00:00"),
            ("2024-10-27 01:59:59", "2024-10-26 23:59:59"),
            ("2024-10-27 02:00:00", "2024-10-27 00:00:00"),
            ("2024-10-27 02:30:00", "2024-10-27 00:30:00"),
            ("2024-10-27 02:59:59.999999", "2024-10-27 00:59:59.999999"),
            ("2024-10-27 03:00:00", "2024-10-27 02:00:00"),
            ("2024-10-28 02:30:00", "2024-10-28 01:30:00"),
            (None, None),
        ],
        columns="timestamp",
        result="TIMESTAMP",
    ),
    # the clock goes back and forth by half an hour
    "utc_from_local on Lord Howe": Table(
        "utc_from_local('a', 'Australia/Lord_Howe')",
        [
            ("2024-04-07 01:45:00", "2024-04-06 14:45:00"),
            ("2024-04-07 02:00:00", "2024-04-06 15:30:00"),
            ("2024-10-06 02:15:00", "2024-10-05 15:45:00"),
        ],
        columns="timestamp",
    ),
    "utc_from_local in UTC": Table(
        "utc_from_local('a', 'UTC')",
        [("2024-03-31 02:30:00", "2024-03-31 02:30:00")],
        columns="timestamp",
        result="TIMESTAMP",
    ),
    "local_date": Table(
        "local_date('a')",
        [
            ("2024-01-01 22:59:59", "2024-01-01"),
            ("2024-01-01 23:00:00", "2024-01-02"),
            ("2024-06-30 21:59:59", "2024-06-30"),
            ("2024-06-30 22:00:00", "2024-07-01"),
            (None, None),
        ],
        columns="timestamp",
        result="DATE",
        variables=AMSTERDAM,
    ),
    "local_date in UTC": Table(
        "local_date('a')",
        [("2024-01-01 23:59:59", "2024-01-01"), ("2024-01-02 00:00:00", "2024-01-02")],
        columns="timestamp",
        result="DATE",
        variables={"business_timezone": "UTC"},
    ),
    "local_midnight": Table(
        "local_midnight('a')",
        [
            ("2024-01-01", "2023-12-31 23:00:00"),
            ("2024-07-01", "2024-06-30 22:00:00"),
            ("2024-03-31", "2024-03-30 23:00:00"),
            (None, None),
        ],
        columns="date",
        result="TIMESTAMP",
        variables=AMSTERDAM,
    ),
    # 4 November 2018 began at 01:00; 17 February 2018 had its last hour twice
    "local_midnight where there is none": Table(
        "local_midnight('a')",
        [
            ("2018-11-03", "2018-11-03 03:00:00"),
            ("2018-11-04", "2018-11-04 03:00:00"),
            ("2018-11-05", "2018-11-05 02:00:00"),
            ("2018-02-17", "2018-02-17 02:00:00"),
            ("2018-02-18", "2018-02-18 03:00:00"),
        ],
        columns="date",
        variables=SAO_PAULO,
    ),
    "timestamp": read(
        {"type": "timestamp"},
        [
            ("2024-01-02 03:04:05", "2024-01-02 03:04:05"),
            ("2024-01-02T03:04:05", "2024-01-02 03:04:05"),
            ("2024-01-02 03:04", "2024-01-02 03:04:00"),
            ("2024-01-02T03:04Z", "2024-01-02 03:04:00"),
            ("2024-01-02 03:04:05.6", "2024-01-02 03:04:05.6"),
            ("2024-01-02 03:04:05.123456789", "2024-01-02 03:04:05.123456"),
            ("2024-01-02T03:04:05.123456789Z", "2024-01-02 03:04:05.123456"),
            ("2024-01-02 03:04:05Z", "2024-01-02 03:04:05"),
            ("2024-01-02 03:04:05+02", "2024-01-02 01:04:05"),
            ("2024-01-02 03:04:05+02:00", "2024-01-02 01:04:05"),
            ("2024-01-02 03:04+02", "2024-01-02 01:04:00"),
            ("2024-01-02T03:04-05:30", "2024-01-02 08:34:00"),
            ("2024-01-02 03:04:05.5-01:00", "2024-01-02 04:04:05.5"),
            ("2024-01-02 03:04:05-00:00", "2024-01-02 03:04:05"),
            ("2024-01-01 00:30+14:00", "2023-12-31 10:30:00"),
            ("2024-02-29", "2024-02-28 23:00:00"),
            ("2024-07-01", "2024-06-30 22:00:00"),
            ("1900-01-01 00:00:00Z", "1900-01-01 00:00:00"),
            *null("2024-02-31", "2024-02-31 10:00", "2024-02-31T10:00:00Z", "2023-02-29", "2024-13-01"),
            *null("2024-01-01 24:00", "2024-01-01 24:00:00", "2024-01-01 10:60", "2024-01-01 10:60:00Z"),
            *null("2024-01-01 23:59:60", "2024-01-01 23:59:60Z"),
            ("2024-1-2 03:04", "2024-01-02 03:04:00"),
            ("2024/12/2 3:04:05", "2024-12-02 03:04:05"),
            ("2024-01-02 03:04:05 +02:00", "2024-01-02 01:04:05"),
            ("2024-01-02 03:04:05+0200", "2024-01-02 01:04:05"),
            ("2024-1-2T3:04:05 -0230", "2024-01-02 05:34:05"),
            ("2024-01-02 03:04 +02", "2024-01-02 01:04:00"),
            ("2024-01-02 03:04:05 UTC", "2024-01-02 03:04:05"),
            ("2024/01/02T03:04:05.25UTC", "2024-01-02 03:04:05.25"),
            ("2024/01/02 03:04 Z", "2024-01-02 03:04:00"),
            ("2024-1-2", "2024-01-01 23:00:00"),
            *null("2024-01-02 03", "2024-01-02T", "02-01-2024", "2024-01/02", "2024.01.02", "2024-001-02"),
            *null("2024-01-02  03:04", "2024-01-02 03:04:", "2024-01-02 03:04:05.", "20240102"),
            *null("2024-01-02 03:04:05z", "2024-01-02 3:4", "2024-01-02 03:04:05.1234567890"),
            *null("2024-01-02 03:04:05+2", "2024-01-02 03:04:05+24:00", "2024-01-02 03:04:05+02:60"),
            *null("2024-01-02 03:04:05 Europe/Amsterdam", "2024-01-02+02", "2024-1-32", "2024-13-1 10:00"),
            *null("epoch", "infinity", "now", "today", "1704164645", "", None),
        ],
        result="TIMESTAMP",
        variables={"source_timezone": "UTC", "business_timezone": "Europe/Amsterdam"},
    ),
    "timestamp, day first": read(
        {"type": "timestamp"},
        [
            ("31-12-2024 14:05", "2024-12-31 14:05:00"),
            ("2-1-2024 3:04:05.5", "2024-01-02 03:04:05.5"),
            ("02/01/2024 03:04 +0100", "2024-01-02 02:04:00"),
            ("02.01.2024T03:04Z", "2024-01-02 03:04:00"),
            ("02.10.2024", "2024-10-02 00:00:00"),
            ("2024-01-02 03:04", "2024-01-02 03:04:00"),
            *null("12-31-2024 14:05", "31-12-24", "31-02-2024", "31-12/2024", "31 12 2024", "1-1-20245"),
        ],
        order="'dmy'",
        variables={"source_timezone": "UTC", "business_timezone": "UTC"},
    ),
    "timestamp, month first": read(
        {"type": "timestamp"},
        [
            ("12/31/2024 14:05", "2024-12-31 14:05:00"),
            ("1/2/2024", "2024-01-02 00:00:00"),
            ("2024/1/2 9:00", "2024-01-02 09:00:00"),
            *null("31/12/2024", "12/31/2024 2:05 PM"),
        ],
        order="'mdy'",
        variables={"source_timezone": "UTC", "business_timezone": "UTC"},
    ),
    "timestamp of Amsterdam": read(
        {"type": "timestamp"},
        [
            ("2024-07-01 12:00:00.5", "2024-07-01 10:00:00.5"),
            ("2024-03-31 02:30", "2024-03-31 01:30:00"),
            ("2024-10-27 02:30", "2024-10-27 00:30:00"),
            ("2024-10-27 02:30+01:00", "2024-10-27 01:30:00"),
            ("2024-10-27 02:30Z", "2024-10-27 02:30:00"),
            ("2024-10-27", "2024-10-26 22:00:00"),
            *null("2024-02-31 10:00", "2024-07-01 24:00"),
        ],
        result="TIMESTAMP",
        variables=AMSTERDAM,
    ),
    "timestamp without a time, where midnight does not exist": read(
        {"type": "timestamp"},
        [
            ("2018-11-04", "2018-11-04 03:00:00"),
            ("2018-11-04 00:00", "2018-11-04 00:00:00"),
            ("2018-11-04 00:00-03:00", "2018-11-04 03:00:00"),
        ],
        variables=SAO_PAULO,
    ),
    "date": read(
        {"type": "date"},
        [
            *same("2024-02-29", "0001-01-01", "9999-12-31"),
            *[(value, "2024-02-03") for value in ("2024-2-3", "2024/02/03", "2024-02-03 00:00")],
            ("2024-2-3T0:00:00.00", "2024-02-03"),
            *null("2023-02-29", "2024-02-31", "2024-00-10", "2024-04-00", "2024-02-03 00:01"),
            *null("03-02-2024", "20240203", "2024-02-03Z", "epoch", "today", "", None),
        ],
        result="DATE",
    ),
    "date, day first": read(
        {"type": "date"},
        [
            *[(value, "1979-12-31") for value in ("31-12-1979", "31.12.1979 00:00:00", "1979-12-31")],
            ("1-2-1980", "1980-02-01"),
            *null("12-31-1979", "31-12-1979 08:00", "31-12-79", "28856"),
        ],
        order="'dmy'",
        result="DATE",
    ),
    "amount with a comma": read(
        {"type": "amount"},
        [
            ("49,95", "49.9500"),
            ("1.250", "1250.0000"),
            ("1.250,00", "1250.0000"),
            ("-1.250.000,5", "-1250000.5000"),
            ("120", "120.0000"),
            ("1250,0000000", "1250.0000"),
            *null("49.95", "1,250.00", "0.250", "1.25", "12.3456", "1.250.00", "1250.000", "1,23456"),
            *null(",5", "5,", "1,2,3"),
        ],
        mark="'comma'",
        result="DECIMAL(18,4)",
    ),
    "amount": read(
        {"type": "amount"},
        [
            ("12.50", "12.5000"),
            ("12", "12.0000"),
            ("1.2345", "1.2345"),
            ("1.23400000", "1.2340"),
            ("1.2345000", "1.2345"),
            ("+5", "5.0000"),
            ("-5.1", "-5.1000"),
            ("-0", "0.0000"),
            ("-0.0000", "0.0000"),
            ("007.10", "7.1000"),
            ("0" * 40 + "1.5", "1.5000"),
            ("99999999999999.9999", "99999999999999.9999"),
            ("1,234.50", "1234.5000"),
            ("-12,345,678", "-12345678.0000"),
            ("1.250", "1.2500"),
            *null("100000000000000", "9" * 40, "-" + "9" * 400),
            *null("1.23456", "1.00001", "12,50", "1.234,50", "0,250", "1234,567", "1,23,456"),
            *null("1 234", f"1{NBSP}234", "1_000"),
            *null("1e5", "1E5", "1.5e0", ".5", "5.", "+", "-", "--5", "+-5", "5-", "(5)", "0x10", "1.2.3"),
            *null("NaN", "nan", "Infinity", "-inf", "€5", "5 EUR", "12.5\n", "٣", "true", "", None),
        ],
        result="DECIMAL(18,4)",
    ),
    "integer": read(
        {"type": "integer"},
        [
            *same("0", "12", "-3", "9223372036854775807", "-9223372036854775808"),
            ("+5", "5"),
            ("-0", "0"),
            ("007", "7"),
            ("0" * 40 + "1", "1"),
            *null("9223372036854775808", "-9223372036854775809", "9" * 400),
            ("3.0", "3"),
            ("-8.000", "-8"),
            *null("3.7", "3,0", "3.", ".3", "1e5", "1_000", "1 000", "1,000", "0x10", "NaN", "inf", "true"),
            *null("٣", "+", "--1", "", None),
        ],
        result="BIGINT",
    ),
    "integer with a comma": read(
        {"type": "integer"},
        [("8,0", "8"), ("8", "8"), ("8,000", "8"), *null("8.0", "8.000", "8,5")],
        mark="'comma'",
    ),
    # three zeros behind a mark may be thousands
    "integer where nothing tells the mark": read(
        {"type": "integer"},
        [("8,0", "8"), ("8.0", "8"), ("8.00", "8"), ("8,0000", "8"), *null("8.000", "8,000", "8.5")],
        mark="cast(null as string)",
    ),
    "id": read(
        {"type": "id"},
        [
            *same("A-1", "70001", "1E5", "1e+", "E+1", "12E+3", "1.5", "5,12E-12"),
            *null("5,12E+12", "7.41E+12", "3e+10", "5E+1", None),
        ],
    ),
    "bare_cell": Table(
        "bare_cell('a', {'type': 'text'})",
        [
            (" '0612 ", "0612"),
            ("'+31", "+31"),
            *same("'t Hart", "'", "''1", "1'", "90017.0"),
            *null("", " ", None),
        ],
    ),
    "bare_cell of an id": Table(
        "bare_cell('a', {'type': 'id'})",
        [("90017.0", "90017"), (" '90017.0", "90017"), *same("90017.00", "90017.5", "A.0", "1.2.0", ".0")],
    ),
    "filled_cell": Table(
        """filled_cell('a', {'type': 'text'})"""
        """ | replace('null_words', "chr(10) || 'null' || chr(10) || '-' || chr(10)")""",
        [*null("NULL", "null", "-", None), *same("nul", "nullen", "--", "null -")],
    ),
    "filled_cell of a timestamp": Table(
        """filled_cell('a', {'type': 'timestamp'}) | replace('null_words', "chr(10) || 'null' || chr(10)")""",
        [
            *null("0", "false", "no", "Null", "0000-00-00 00:00:00", "0001-01-01"),
            *null("9999-12-31T00:00Z", "31-12-9999"),
            *same("2024-01-01", "1", "00", "nee", "31-12-2024", "19999-01-01"),
        ],
    ),
    "boolean": read(
        {"type": "boolean"},
        [
            *[
                (value, "true")
                for value in ("true", "TRUE", "1", "1.0", "t", "T", "y", "Y", "j", "J", "on", "On")
            ],
            *[
                (value, "true")
                for value in ("yes", "Yes", "ja", "JA", "oui", "OUI", "waar", "WAAR", "wahr", "vrai")
            ],
            *[
                (value, "true")
                for value in ("subscribed", "Subscribed", "opt-in", "Opt-In", "opted in", "OPTED IN")
            ],
            *[(value, "false") for value in ("false", "False", "0", "0.0", "f", "F", "n", "N", "off", "OFF")],
            *[(value, "false") for value in ("no", "NO", "nee", "Nee", "nein", "Nein", "non", "Non")],
            *[(value, "false") for value in ("onwaar", "Onwaar", "falsch", "Falsch", "faux", "Faux")],
            *[
                (value, "false")
                for value in ("unsubscribed", "Unsubscribed", "opt-out", "OPT-OUT", "opted out")
            ],
            *null(
                "2",
                "-1",
                "01",
                "1.00",
                "1,0",
                "10",
                "yy",
                "nej",
                "si",
                "in",
                "out",
                "optin",
                "opt in",
                "opted-in",
            ),
            *null("nonsubscribed", "maybe", "ja, graag", " true", "", None),
        ],
        result="BOOLEAN",
    ),
    "currency": read(
        {"type": "currency"},
        [
            ("EUR", "EUR"),
            ("eur", "EUR"),
            ("Usd", "USD"),
            *null("EU", "EURO", "€", "E1R", "EU ", " EUR", "EUR\n", "ÉUR", "", None),
        ],
    ),
    "country": read({"type": "country"}, [("nl", "NL"), ("NL", "NL"), (None, None)]),
    "listed names": read(
        {"type": "text", "names": ["web", "app"]},
        [("web", "web"), ("APP", "app"), *null("shop", "we", "", None)],
    ),
    "lower text": read({"type": "text", "lower": True}, [("Söcial Ads", "söcial ads"), (None, None)]),
    "text": read({"type": "text"}, [*same("Jan de Wit", "12,50"), (None, None)]),
    "possible integers": Table(
        "is_possible('a', {'type': 'integer'})",
        [
            *[(value, "true") for value in ("0", "999999999", "-999999999")],
            *[(value, "false") for value in ("1000000000", "-1000000000", str(2**63 - 1), str(-(2**63)))],
            (None, None),
        ],
        columns="bigint",
    ),
    "possible amounts": Table(
        "is_possible('a', {'type': 'amount'})",
        [
            *[(value, "true") for value in ("0", "999999999.9999", "-999999999.9999")],
            *[(value, "false") for value in ("1000000000", "-1000000000", "-99999999999999.9999")],
            (None, None),
        ],
        columns="decimal(18, 4)",
    ),
}


def rendered(target):
    """Return what each table's call renders to; a run of dbt for every set of vars."""
    groups: dict[tuple, list[str]] = {}
    for name, table in TABLES.items():
        groups.setdefault(tuple(table.variables.items()), []).append(name)
    sql = {}
    for variables, names in groups.items():
        sql |= renderer(target).macros({name: TABLES[name].call for name in names}, **dict(variables))
    return sql


@pytest.fixture(scope="session")
def on_duckdb():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection, rendered("duckdb")


@pytest.fixture(scope="session")
def on_spark():
    return rendered("spark")


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}: {', '.join(map(ascii, case[:-1]))[:60]}")
        for name, table in TABLES.items()
        for case in table.cases
    ],
)
def test_case_on_duckdb(on_duckdb, name, case):
    connection, macros = on_duckdb
    table, (*values, expected) = TABLES[name], case
    types = table.columns.replace("(18, ", "(18,").split(", ")
    columns = ", ".join(f"cast(? as {kind}) as {letter}" for kind, letter in zip(types, "ab", strict=False))
    value, found_type = connection.execute(
        f"select cast(value as varchar), typeof(value) "
        f"from (select {macros[name]} as value from (select {columns}) as cases)",
        values,
    ).fetchone()
    assert value == expected
    if table.result:
        assert found_type == table.result


@pytest.mark.parametrize("name", TABLES)
def test_spark_version_is_spark_sql(on_spark, name):
    found = findings(name, f"select\n    {on_spark[name]} as value\nfrom cases")
    assert not found, "\n".join(map(str, found))


def test_spark_has_a_version_of_every_dispatched_macro():
    names = {
        macro.name
        for macro in renderer("spark").manifest.macros.values()
        if macro.package_name == "klant360" and macro.name.startswith(("default__", "spark__"))
    }
    versions = {name.removeprefix("default__") for name in names if name.startswith("default__")}
    assert versions
    assert versions == {name.removeprefix("spark__") for name in names if name.startswith("spark__")}
