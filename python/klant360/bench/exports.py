"""What it costs to load order lines through a connector, against the same orders in the contract's own form.

The export is Shopify's: a row per line item, the cells of the order on its first row, and four times as many
columns as are read. Both are loaded in turn, each in a process and a warehouse of its own.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from klant360.bench.process import Cost, run
from klant360.contract import read_contract
from klant360.ingest.connectors.connector import read_connectors
from klant360.ingest.loading import load_sources
from klant360.project import PROJECT
from klant360.quoting import quoted

FOLDER = PROJECT / "target" / "bench" / "exports"
RUNS = 5
# The columns of an order that no table is filled from, such as addresses and taxes.
UNREAD = 58

# Two and a half lines per order, as SQL over `line`, `number` (of the order) and `is_first`.
LINES = """
    select
        line,
        line * 2 // 5 as number,
        line * 2 % 5 < 2 as is_first,
        strftime(timestamp '2023-01-01' + to_minutes(line * 2 // 5), '%Y-%m-%d %H:%M:%S +0100') as moment
    from range({lines}) as lines (line)
"""
OF_ORDER = {
    "id": "5000000000000 + number",
    "created at": "moment",
    "total": "number % 300 || '.95'",
    "email": "'klant' || number % 150000 || '@voorbeeld.example'",
    "billing phone": "'+3161234' || lpad(cast(number % 10000 as varchar), 4, '0')",
    "financial status": "'paid'",
    "source": "'web'",
    "currency": "'EUR'",
    "discount amount": "'0.00'",
    "shipping": "'4.95'",
    "refunded amount": "'0.00'",
    "paid at": "moment",
}
OF_LINE = {
    "name": "'#' || 1000 + number",
    "lineitem name": "'Artikel ' || line % 5000",
    "lineitem sku": "'SKU-' || line % 5000",
    "lineitem quantity": "1",
    "lineitem price": "line % 90 || '.95'",
}
ORDERS = {
    "order_id": "id", "ordered_at": "created at", "total_amount": "total", "email": "email",
    "phone": "billing phone", "status": "financial status", "sales_channel": "source",
    "currency_code": "currency", "discount_amount": "discount amount", "shipping_amount": "shipping",
    "refunded_amount": "refunded amount", "paid_at": "paid at",
}  # fmt: skip


def write(lines: int) -> tuple[Path, Path]:
    """Write the same orders as an export and as tables of the contract; returns both folders."""
    export, tables = FOLDER / "export", FOLDER / "tables"
    for folder in (export, tables / "webshop"):
        folder.mkdir(parents=True, exist_ok=True)
    read = read_connectors(read_contract())["shopify"].exports["orders"].headers
    cells = [
        f'{OF_LINE[header]} as "{header}"'
        if header in OF_LINE
        else f'case when is_first then {OF_ORDER.get(header, "null")} end as "{header}"'
        for header in read
    ]
    cells += [
        f"case when is_first then 'Dorpsstraat ' || number end as unread_{at}" for at in range(UNREAD // 3)
    ]
    cells += [f"cast(null as varchar) as unread_{at}" for at in range(UNREAD // 3, UNREAD)]
    orders = [f"{OF_ORDER[header]} as {column}" for column, header in ORDERS.items()]
    order_lines = [
        f"{OF_ORDER['id']} as order_id",
        "row_number() over (partition by number order by line) as line_number",
        *(f'{OF_LINE["lineitem " + word]} as {column}' for word, column in
          (("sku", "product_id"), ("quantity", "quantity"), ("price", "unit_price"))),
    ]  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute(f"create table lines as {LINES.format(lines=lines)}")
        for file, columns, where in (
            (export / "orders_export.csv", cells, "true"),
            (tables / "webshop" / "orders.csv", orders, "is_first"),
            (tables / "webshop" / "order_lines.csv", order_lines, "true"),
        ):
            select = f"select {', '.join(columns)} from lines where {where} order by line"
            connection.execute(f"copy ({select}) to {quoted(file)} (header)")
    (export / "sources.yml").write_text("shop: {connector: shopify, files: orders_export.csv}\n")
    return export, tables


def measure(lines: int) -> None:
    """Write, load in turn, and print one table with the median ratio."""
    print(f"Writing {lines:,} order lines", flush=True)
    folders = write(lines)
    costs: dict[Path, list[Cost]] = {folder: [] for folder in folders}
    for at in range(RUNS + 1):  # the first one warms up
        for folder in folders:
            cost = run(
                [sys.executable, "-m", "klant360.bench.exports", str(folder)], {}, FOLDER / "output.txt"
            )
            costs[folder] += [cost] if at else []
    print(f"{'':<12}{'wall s':>9}{'cpu s':>9}{'MB':>9}   medians of {RUNS} runs in turn")
    for folder in folders:
        wall, cpu, peak = (
            statistics.median(getattr(cost, figure) for cost in costs[folder])
            for figure in ("wall", "cpu", "peak")
        )
        print(f"{folder.name:<12}{wall:>9.1f}{cpu:>9.1f}{peak / 1e6:>9.0f}")
    of_export, of_tables = (costs[folder] for folder in folders)
    for figure in ("wall", "cpu"):
        ratios = [
            getattr(one, figure) / getattr(other, figure)
            for one, other in zip(of_export, of_tables, strict=True)
        ]
        least, greatest = min(ratios), max(ratios)
        print(f"export / tables, {figure}: {statistics.median(ratios):.2f} ({least:.2f} to {greatest:.2f})")


if __name__ == "__main__":
    with TemporaryDirectory() as scratch, duckdb.connect(str(Path(scratch) / "loaded.duckdb")) as warehouse:
        load_sources(warehouse, Path(sys.argv[1]), read_contract())
