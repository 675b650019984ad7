"""The corpus of broken deliveries in tests/bad_input: each has the expected result, and no row disappears."""

import csv
import gzip
import io
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from klant360.contract import read_contract
from klant360.ingest.delivery import DeliveryError
from klant360.ingest.loading import load_sources
from warehouses import PROJECT, Warehouse

CONTRACT = read_contract()
Case = dict[str, Any]


def corpus(name: str) -> list[Case]:
    return yaml.safe_load((PROJECT / "tests" / "bad_input" / f"{name}.yml").read_text(encoding="utf-8"))


STOPS = corpus("stops")
ROWS = [case for name in ("files", "amounts_and_times", "keys", "tables") for case in corpus(name)]


def content(case: Case) -> bytes:
    """The bytes of a case's file."""
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    text = case["text"]
    if "repeat" in case:
        word, by, times = case["repeat"]
        text = text.replace(word, by * times)
    text = text.replace("\n", case.get("newline", "\n"))
    raw = text.encode(case.get("encoding", "utf-8"))
    raw = b"\xef\xbb\xbf" + raw if case.get("bom") else raw
    return gzip.compress(raw)[:-9] if case.get("gzip") == "truncated" else raw


def write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def test_the_corpus_covers_every_table_and_reason():
    names = [case["case"] for case in ROWS + STOPS]
    assert len(names) == len(set(names))
    assert len(names) >= 60
    # erasure requests have their own tests: any of them takes a second pass
    assert {case["table"] for case in ROWS} == set(CONTRACT) - {"crm.erasure_requests"}


# ---- rows and cells: all in one build ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory, build_warehouse) -> Warehouse:
    folder = tmp_path_factory.mktemp("sources with a space, a 'quote' and ünicode")
    for case in ROWS:
        write(folder / case["table"].replace(".", "/") / f"{case['case']}.csv", content(case))
    variables = {"source_timezone": "Europe/Amsterdam"}
    select = ["staging", "+rejected_rows", "+ignored_values", "+source_reconciliation"]
    return build_warehouse(folder, variables=variables, select=select)


def expected(kind: str) -> Counter:
    """Return what the cases expect to be rejected or ignored: the table, then the items of their lists."""
    return Counter((case["table"], *row) for case in ROWS for row in case.get(kind, ()))


def test_each_row_is_rejected_for_its_reason(built):
    found = built.rows(
        "select source_table, source_row_key, reason, column_name from restricted.rejected_rows"
    )
    assert Counter(found) == expected("rejected")


def test_each_unusable_cell_is_listed(built):
    found = built.rows("select source_table, source_row_key, column_name from restricted.ignored_values")
    assert Counter(found) == expected("ignored")


def cells(case: Case) -> dict[tuple[str, str, str], str]:
    """The cells of a case's file by table, key and column."""
    table, text = CONTRACT[case["table"]], case["text"].removeprefix('"sep=;"\n')
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    return {
        (table.name, "|".join(row[name] or "" for name in table.key), column): cell
        for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)
        if set(table.key) <= row.keys()
        for column, cell in row.items()
    }


def test_an_ignored_cell_is_shown_as_delivered(built):
    delivered = {place: cell for case in ROWS for place, cell in cells(case).items()}
    found = built.rows(
        "select source_table, source_row_key, column_name, raw_value from restricted.ignored_values"
    )
    assert {tuple(place): value for *place, value in found} == {
        tuple(place): delivered[tuple(place)] for *place, _ in found
    }


def test_every_row_read_is_accepted_or_rejected(built):
    accepted: Counter = Counter()
    for case in ROWS:
        accepted[case["table"]] += case["accepted"]
    rejected = Counter(table for table, *_ in expected("rejected").elements())
    found = built.rows(
        "select source_table, rows_read, rows_accepted, rows_rejected, rows_erased"
        " from marts.source_reconciliation"
    )
    assert {row[0]: row[1:] for row in found} == {
        name: (accepted[name] + rejected[name], accepted[name], rejected[name], 0) for name in CONTRACT
    }


@pytest.mark.parametrize("case", [case for case in ROWS if "values" in case], ids=lambda case: case["case"])
def test_good_rows_do_not_change(built, case):
    table = CONTRACT[case["table"]]
    model = f"staging.stg_{table.name.replace('.', '__')}"
    for key, values in case["values"].items():
        columns = ", ".join(f"cast({name} as varchar)" for name in values)
        with duckdb.connect(str(built.path), read_only=True) as connection:
            found = connection.execute(
                f"select {columns} from {model} where {table.key[0]} = ?", [key]
            ).fetchall()
        assert found == [tuple(values.values())]


def test_a_long_field_is_kept_whole(built):
    assert built.rows(
        "select length(company_name) from staging.stg_crm__customers where customer_number = 'MB1'"
    ) == [(100_000,)]


# ---- files that cannot be read ----------------------------------------------------------------------------


def deliver(case: Case, folder: Path) -> Path:
    write(folder / case.get("file", "webshop/orders.csv"), content(case))
    if "also" in case:
        write(folder / case["also"], gzip.compress(content(case)))
    for name, text in case.get("more", {}).items():
        write(folder / name, text.encode())
    return folder


@pytest.mark.parametrize("case", STOPS, ids=lambda case: case["case"])
def test_an_unreadable_delivery_stops_the_build_and_keeps_the_loaded_tables(tmp_path, case):
    good = tmp_path / "good"
    write(
        good / "webshop" / "orders.csv",
        b"order_id,ordered_at,total_amount,email\n7,2024-01-05,10,a@x.example\n",
    )
    with duckdb.connect() as connection:
        load_sources(connection, good, CONTRACT, log=str)
        with pytest.raises(DeliveryError) as raised:
            load_sources(connection, deliver(case, tmp_path / "bad"), CONTRACT, log=str)
        message = "\n".join(raised.value.problems)
        assert [sentence for sentence in case["says"] if sentence not in message] == [], message
        assert [word for word in ("@", *case.get("hides", ())) if word in message] == [], message
        assert all(problem.endswith((".", ").")) for problem in raised.value.problems)
        tables = {problem.split(":")[0] for problem in raised.value.problems}
        assert message.count("columns found") <= len(tables)
        assert connection.execute("select order_id from webshop.orders").fetchall() == [("7",)]


def test_wrong_vars_and_files_are_reported_together_and_nothing_is_built(tmp_path, new_warehouse):
    case = next(case for case in STOPS if case["case"] == "all problems are reported at once")
    warehouse = new_warehouse()
    tables = "select table_name from duckdb_tables() where schema_name <> 'staging' order by 1"
    seeds = warehouse.rows(tables)
    with pytest.raises(AssertionError) as raised:
        variables = {"rfm_tie_method": "random", "as_of_dat": "2024-01-01"}
        warehouse.build(deliver(case, tmp_path / "bad"), variables=variables)
    message = " ".join(str(raised.value).split())
    of_vars = ['var rfm_tie_method in --vars is "random"', "as_of_dat, which is not a var of this project"]
    assert [sentence for sentence in case["says"] + of_vars if sentence not in message] == [], message
    assert warehouse.rows(tables) == seeds
    assert warehouse.rows("select view_name from duckdb_views() where not internal") == []


# ---- files of other kinds ---------------------------------------------------------------------------------


def loaded(folder: Path, query: str) -> list[tuple]:
    with duckdb.connect() as connection:
        load_sources(connection, folder, CONTRACT, log=str)
        return connection.execute(query).fetchall()


def test_a_symlink_is_read_as_what_it_points_to(tmp_path):
    elsewhere = tmp_path / "elsewhere.csv"
    write(elsewhere, b"order_id,ordered_at,total_amount,email\n1,2024-01-05,10,a@x.example\n")
    link = tmp_path / "sources" / "webshop" / "orders.csv"
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    assert loaded(tmp_path / "sources", "select order_id from webshop.orders") == [("1",)]


def test_a_broken_symlink_is_reported(tmp_path):
    link = tmp_path / "webshop" / "orders.csv"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "gone.csv")
    with duckdb.connect() as connection, pytest.raises(DeliveryError) as raised:
        load_sources(connection, tmp_path, CONTRACT, log=str)
    assert "webshop.orders" in "\n".join(raised.value.problems)
