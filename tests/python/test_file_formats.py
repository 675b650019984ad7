"""How a file writes its numbers and dates is decided by unambiguous cells, never by a guess."""

from collections import Counter
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klant360.contract import read_contract
from klant360.ingest.delivery import DeliveryError
from klant360.ingest.file_formats import FileFormat, Rules, find_formats, read_rules
from klant360.ingest.loading import load_sources
from rendering import renderer

CONTRACT = read_contract()
ORDERS = CONTRACT["webshop.orders"]
NAMES = [column.name for column in ORDERS.columns]
RULES = read_rules({})


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


def formats_of(
    connection: duckdb.DuckDBPyConnection,
    *parts: dict[str, list[str | None]],
    rules: Rules = RULES,
) -> tuple[list[FileFormat], list[str]]:
    """Find the formats of parts of webshop.orders; each gives some columns, all of one length."""
    selects = [
        "select "
        + ", ".join(
            f"cast(unnest(?) as varchar) as {name}" if name in part else f"cast(null as varchar) as {name}"
            for name in NAMES
        )
        + f", {number} as part_number"
        for number, part in enumerate(parts, start=1)
    ]
    cells = [part[name] for part in parts for name in NAMES if name in part]
    connection.execute(f"create or replace temp table loaded as {' union all '.join(selects)}", cells)
    files = {number: (f"part {number}", tuple(part)) for number, part in enumerate(parts, start=1)}
    found, problems = find_formats(connection, "loaded", ORDERS, files, rules)
    return [found[number] for number in files], problems


# ---- decimal point or comma -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "mark"),
    [
        (["49,95", "120", "1.250"], "comma"),
        (["1.250,00"], "comma"),
        (["1.250.000", "1.250"], "comma"),
        (["49.95", "1,250"], "point"),
        (["1,250.00", "1,250", "12.345"], "point"),
        (["0.250"], "point"),
        (["12.3456"], "point"),
        (["120", "-5", None], None),
        (["x", "€ 5", "1e5"], None),
        # a few with the other mark are typos: they are unreadable
        (["49,95"] * 20 + ["49.95"] * 2, "comma"),
        (["49.95"] * 31 + ["49,95"] * 3, "point"),
        ([" '49,95 ", "1.250"], "comma"),
    ],
)
def test_unambiguous_amounts_decide_the_mark(connection, amounts, mark):
    (found,), problems = formats_of(connection, {"total_amount": amounts})
    assert problems == []
    assert found.decimal_mark == mark


def test_the_amounts_of_all_columns_decide_together(connection):
    part = {"total_amount": ["1.250", "2.500"], "shipping_amount": ["4,95", None]}
    (found,), problems = formats_of(connection, part)
    assert (found.decimal_mark, problems) == ("comma", [])


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (["1.250", "2.500"], "1.250, 2.500"),
        (["1,250"], "1,250"),
        (["49,95"] * 9 + ["49.95"] * 3, "9 with a decimal comma (49,95)"),
        (["49,95", "49.95", "1.250"], "1.250"),
    ],
)
def test_an_ambiguous_decimal_mark_stops_the_build_with_examples(connection, amounts, said):
    _, problems = formats_of(connection, {"total_amount": amounts})
    assert len(problems) == 1
    assert said in problems[0]
    assert "decimal_mark: comma" in problems[0]


def test_a_var_decides_for_all_tables_or_for_one(connection):
    part = {"total_amount": ["1.250", "2.500"]}
    for value in ("comma", {"webshop.orders": "comma"}):
        (found,), problems = formats_of(connection, part, rules=Rules(decimal_mark=value))
        assert (found.decimal_mark, problems) == ("comma", [])
    _, problems = formats_of(connection, part, rules=Rules(decimal_mark={"crm.campaign_spend": "comma"}))
    assert problems


# ---- day first or month first -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (["2024-01-02 10:00 +0100"], ["year first"]),
        (["31-12-2024"], ["day first"]),
        (["2024/1/2", "31-12-2024"], ["year first or day first"]),
        ([None], []),
    ],
)
def test_the_order_of_dates_is_described_in_words(connection, dates, words):
    (found,), _ = formats_of(connection, {"ordered_at": dates})
    assert found.words() == words


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["31-12-2024", "02-03-2024"], "dmy"),
        (["12/31/2024 14:05", "02/03/2024 14:05"], "mdy"),
        (["31.12.2024", "30.12.2024", "12.31.2024"], "dmy"),
        (["2024-03-02", "31-12-2024"], "dmy"),
    ],
)
def test_parts_above_twelve_decide(connection, dates, order):
    (found,), problems = formats_of(connection, {"ordered_at": dates})
    assert problems == []
    assert found.date_orders == {"ordered_at": order}


def test_a_column_follows_its_own_dates_then_its_file_then_the_other_parts(connection):
    parts = (
        {"ordered_at": ["02-03-2024"], "paid_at": ["31-12-2024"], "due_at": ["12-31-2024"]},
        {"ordered_at": ["04-05-2024"]},
    )
    found, problems = formats_of(connection, *parts)
    assert found[0].date_orders["paid_at"] == "dmy"
    assert found[0].date_orders["due_at"] == "mdy"
    # the file itself is ambiguous, and so are all parts together
    assert [problem.split(":")[1].split()[1] for problem in problems] == ["1", "2"]
    found, problems = formats_of(
        connection, {"ordered_at": ["02-03-2024"], "paid_at": ["31-12-2024"]}, parts[1]
    )
    assert problems == []
    assert [each.date_orders["ordered_at"] for each in found] == ["dmy", "dmy"]


def test_ambiguous_dates_stop_the_build_in_required_columns_and_are_ignored_in_others(connection):
    _, problems = formats_of(connection, {"ordered_at": ["02-03-2024", "04-05-2024"]})
    assert len(problems) == 1
    assert "02-03-2024, 04-05-2024" in problems[0]
    assert "date_order: dmy" in problems[0]
    (found,), problems = formats_of(connection, {"ordered_at": ["2024-01-01"], "paid_at": ["02-03-2024"]})
    assert (found.date_orders, problems) == ({}, [])
    # if most have the year first, the few others are unreadable
    (found,), problems = formats_of(connection, {"ordered_at": ["2024-01-01", "2024-01-02", "02-03-2024"]})
    assert (found.date_orders, problems) == ({}, [])


def test_the_var_overrides_the_format_found(connection):
    (found,), _ = formats_of(connection, {"ordered_at": ["31-12-2024"]}, rules=Rules(date_order="mdy"))
    assert found.date_orders == {"ordered_at": "mdy"}


def test_times_without_an_offset_are_counted(connection):
    times = ["2024-01-02 10:00", "2024-01-02T10:00:05.5", "31-12-2024 9:05", "2024-01-02"]
    times += ["2024-01-02 10:00Z", "2024-01-02 10:00 UTC", "2024-01-02 10:00+02", "2024-01-02 10:00 -0100"]
    (found,), _ = formats_of(connection, {"ordered_at": times})
    assert found.local_times == 3


# ---- cells that need no cleaning --------------------------------------------------------------------------


# one column of each kind of cleaning
CLEANED = ("account_id", "order_id", "status", "ordered_at")


@pytest.fixture(scope="module")
def cleaned() -> dict[str, str]:
    """The SQL that cleans a cell, per column."""
    words = "chr(10) || '" + "' || chr(10) || '".join(sorted(RULES.null_words)) + "' || chr(10)"
    ids = "chr(10) || '" + "' || chr(10) || '".join(sorted(RULES.placeholders)) + "' || chr(10)"
    columns = [column for column in ORDERS.columns if column.name in CLEANED]
    calls = {f"{column.name} bare": f"bare_cell('cell', {column.attributes})" for column in columns}
    calls |= {column.name: f"filled_cell('bare', {column.attributes})" for column in columns}
    sql = renderer("duckdb").macros(calls)
    return {
        name: f"select {sql[name]} from (select {sql[f'{name} bare']} as bare, {words} as null_words,"
        f" {ids} as placeholders from (select unnest(?) as cell))"
        for name in CLEANED
    }


CELLS = st.sampled_from(
    [
        *sorted(RULES.null_words),
        *sorted(RULES.placeholders),
        *("NULL", "Guest", "Nan", " 7", "7 ", "7.0", "'7", "'+7", "", "\u00a07", "a\tb", "70", "é", "- -"),
        *("2024-01-01", "9999-12-31", "0001-01-01", "31-12-2024"),
    ]
) | st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=6)


@settings(max_examples=60, derandomize=True, database=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=4))
def test_cleaning_does_not_change_a_plain_column(connection, cleaned, cells):
    (found,), _ = formats_of(connection, dict.fromkeys(CLEANED, cells))
    for name in set(CLEANED) & set(found.plain_columns):
        assert connection.execute(cleaned[name], [cells]).fetchall() == [(cell,) for cell in cells], name


# ---- what is stored and logged ----------------------------------------------------------------------------


def deliver(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    (folder / "webshop").mkdir(parents=True, exist_ok=True)
    (folder / "webshop" / "orders.csv").write_text(text, encoding=encoding)
    return folder


def test_a_format_is_logged_stored_and_compared_with_the_last_one(tmp_path):
    said: list[str] = []
    header = "order_id;ordered_at;total_amount;email\n"
    dutch = header + "1;31-12-2024 10:00;49,95;zoë@x.example\n"
    with duckdb.connect() as connection:
        load_sources(connection, deliver(tmp_path, dutch, "windows-1252"), CONTRACT, log=said.append)
        assert "  webshop/orders.csv: semicolons, decimal comma, day first, windows-1252" in said
        load_sources(connection, deliver(tmp_path, header + "1;2024-12-31;49.95;a@x.example\n"), CONTRACT)
        assert connection.execute(
            "select format, previous_format from staging.delivered_files"
        ).fetchall() == [
            (
                "semicolons, decimal point, year first, utf-8",
                "semicolons, decimal comma, day first, windows-1252",
            )
        ]


def test_a_number_of_a_parquet_file_needs_no_decision(tmp_path):
    (tmp_path / "webshop").mkdir()
    orders = {"order_id": ["1"], "ordered_at": ["2024-01-05"], "email": ["a@x.example"]}
    path = tmp_path / "webshop" / "orders.parquet"
    with duckdb.connect() as connection:
        pq.write_table(pa.table({**orders, "total_amount": [1.125]}), path)
        load_sources(connection, tmp_path, CONTRACT)
        pq.write_table(pa.table({**orders, "total_amount": ["1.125"]}), path)
        with pytest.raises(DeliveryError, match=r"amounts such as 1\.125"):
            load_sources(connection, tmp_path, CONTRACT)


def test_a_var_that_changes_loads_the_file_again(tmp_path):
    sources = deliver(tmp_path, "order_id,ordered_at,total_amount,email\n1,02-03-2024,10,a@x.example\n")
    with duckdb.connect() as connection:
        with pytest.raises(DeliveryError, match="whether the day or the month comes first"):
            load_sources(connection, sources, CONTRACT)
        loads = Counter()
        for order in ("dmy", "dmy", "mdy"):
            said: list[str] = []
            load_sources(connection, sources, CONTRACT, rules=Rules(date_order=order), log=said.append)
            loads[order] += sum(line.startswith("Loaded webshop.orders") for line in said)
            kept = connection.execute("select date_orders from staging.delivered_files").fetchall()
            assert kept == [(f",ordered_at:{order},",)]
    assert loads == {"dmy": 1, "mdy": 1}
