"""The pages of docs/connect: their code runs on a publication, and what they say of its types is so."""

import csv
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from warehouses import PROJECT

BLOCK = re.compile(r"^```(sql|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {
    (page.stem, language, number): code
    for page in sorted((PROJECT / "docs" / "connect").glob("*.md"))
    for number, (language, code) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
}
# Not locked, since only these pages use them: they were tried in environments of their own.
OTHERS = ("pantab", "polars", "sqlalchemy")
EVERY_TOOL_READS = {"string", "int64", "double", "bool", "date32[day]", "timestamp[us]", "decimal128(18, 4)"}


@pytest.fixture(scope="module")
def folder(served) -> Path:
    """A folder in which the demo set is published in `serve`."""
    return served.parent


@pytest.fixture
def run(folder, monkeypatch):
    """Return a function that runs a block of a page in the folder; returns rows of SQL, or the variables."""
    monkeypatch.chdir(folder)

    def run_block(block: tuple[str, str, int]):
        if block[1] == "sql":
            with duckdb.connect("serve/klant360.duckdb", read_only=True) as connection:
                return connection.execute(BLOCKS[block]).fetchall()
        variables = {}
        try:
            exec(compile(BLOCKS[block], block[0], "exec"), variables)
        except ModuleNotFoundError as error:
            if error.name not in OTHERS:
                raise
            pytest.skip(f"{error.name} is not in the project's environment")
        return variables

    return run_block


@pytest.fixture(scope="module")
def months(folder) -> dict[date, Decimal]:
    """Revenue by month, added up in Python."""
    revenue = Counter()
    orders = pq.read_table(folder / "serve" / "parquet" / "orders.parquet")
    for order in orders.to_pylist():
        if order["is_purchase"] or order["is_credit_note"]:
            revenue[order["order_date"].replace(day=1)] += order["net_amount"]
    return dict(revenue)


@pytest.fixture(scope="module")
def segments(folder) -> dict[str, tuple[int, Decimal]]:
    """Customers and revenue by English name of the segment, counted in Python."""
    names, sizes, revenue = {}, Counter(), Counter()
    for segment in pq.read_table(folder / "serve" / "parquet" / "segments.parquet").to_pylist():
        names[segment["segment_code"]] = segment["name_en"]
    for customer in pq.read_table(folder / "serve" / "parquet" / "customer_360.parquet").to_pylist():
        sizes[names[customer["segment_code"]]] += 1
        revenue[names[customer["segment_code"]]] += customer["lifetime_net_revenue"]
    return {name: (size, revenue[name]) for name, size in sizes.items()}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "-".join(map(str, block)))
def test_code_runs(run, block):
    assert run(block)


def test_the_two_first_questions_are_answered(run, months, segments):
    assert {name: tuple(sizes) for name, *sizes in run(("README", "sql", 0))} == segments
    assert dict(run(("README", "sql", 1))) == months


def test_a_workbook_and_a_csv_for_excel(run, folder, months, segments):
    run(("excel", "python", 0))
    header, *rows = openpyxl.load_workbook(folder / "segments.xlsx")["Segments"].values
    assert header == ("segment", "customers", "revenue")
    assert {name: (customers, round(Decimal(revenue), 4)) for name, customers, revenue in rows} == segments
    run(("excel", "sql", 1))
    with (folder / "revenue_by_month.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    assert {date.fromisoformat(row["month"]): Decimal(row["revenue"]) for row in rows} == months


def test_pandas_keeps_money_and_dates_as_the_page_says(run, months):
    variables = run(("python", "python", 0))
    assert variables["orders"].dtypes[["net_amount", "order_date", "order_number"]].astype(str).tolist() == [
        "decimal128(18, 4)[pyarrow]",
        "date32[day][pyarrow]",
        "int64[pyarrow]",
    ]
    by_month = variables["counted"].groupby(variables["month"])["net_amount"].sum()
    assert {month.to_timestamp().date(): revenue for month, revenue in by_month.items()} == months
    assert run(("python", "python", 1))["revenue"]["revenue"].dtype == "float64"


def test_every_tool_reads_the_types_of_the_parquet_files(folder):
    types = {
        (file.stem, str(field.type))
        for file in (folder / "serve" / "parquet").iterdir()
        for field in pq.read_schema(file)
    }
    assert {pair for pair in types if pair[1] not in EVERY_TOOL_READS} == set()
    assert {data_type for _, data_type in types} == EVERY_TOOL_READS
