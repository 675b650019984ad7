"""Latest RFM scores from one Parquet file of transactions: the project's compiled SQL and its peers.

Each runs in a separate process and prints its seconds, without imports and checks: `python latest_rfm.py WAY
FILE [COMPILED]`. The file has one row per purchase: customer_id, order_id, order_date, net_amount. Peers are
pandas, as in tutorials (groupby and qcut on ranks), and RFMSegmentation of the package openretailscience
(ibis on DuckDB). The benchmark's own environment runs this file; klant360 is not installed there, so this
file does not import it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

# The compiled models, in the order in which they are built.
MODELS = ("int_orders__customer_months", "int_rfm__segment_cells", "customer_segment_history")


def klant360(file: str, compiled: str) -> Callable[[], int]:
    """Return a function that runs the project's compiled models on the file."""
    import duckdb

    connection = duckdb.connect(config={"threads": 2})
    connection.execute("set TimeZone = 'UTC'; attach ':memory:' as klant360; use klant360")
    for schema in ("intermediate", "marts", "seeds"):
        connection.execute(f"create schema {schema}")
    sql = {path.stem: path.read_text(encoding="utf-8") for path in Path(compiled).glob("*.sql")}
    connection.execute(
        f"create table seeds.segment_mapping as from read_csv('{compiled}/segment_mapping.csv')"
    )

    def run() -> int:
        connection.execute(f"""
            create view intermediate.int_orders__counted as
            select *, true as is_purchase, false as is_credit_note from read_parquet('{file}')
        """)
        connection.execute(
            "create table intermediate.int_calendar__as_of_date as"
            f" select max(order_date) as as_of_date from read_parquet('{file}')"
        )
        connection.execute("""
            create table intermediate.int_calendar__snapshot_dates as
            select
                as_of_date as snapshot_date,
                cast(as_of_date - interval 24 month as date) + 1 as window_start_date
            from intermediate.int_calendar__as_of_date
        """)
        connection.execute(
            "set variable klant360_snapshot_date = (from intermediate.int_calendar__as_of_date)"
        )
        for name in MODELS:
            schema = "marts" if name == "customer_segment_history" else "intermediate"
            connection.execute(f"create table {schema}.{name} as {sql[name]}")
        return connection.execute("select count(*) from marts.customer_segment_history").fetchall()[0][0]

    return run


def pandas(file: str, _: str) -> Callable[[], int]:
    """Return a function that does what tutorials do with pandas: read, group, rank, cut in five."""
    import pandas as pd

    def run() -> int:
        orders = pd.read_parquet(file, columns=["customer_id", "order_id", "order_date", "net_amount"])
        orders["order_date"] = pd.to_datetime(orders["order_date"])
        orders["net_amount"] = orders["net_amount"].astype(float)
        now = orders["order_date"].max() + pd.Timedelta(days=1)
        rfm = orders.groupby("customer_id").agg(
            recency=("order_date", "max"),
            frequency=("order_id", "count"),
            monetary=("net_amount", "sum"),
        )
        rfm["recency"] = (now - rfm["recency"]).dt.days
        labels = [1, 2, 3, 4, 5]
        rfm["r"] = pd.qcut(rfm["recency"].rank(method="first"), 5, labels=labels[::-1])
        rfm["f"] = pd.qcut(rfm["frequency"].rank(method="first"), 5, labels=labels)
        rfm["m"] = pd.qcut(rfm["monetary"].rank(method="first"), 5, labels=labels)
        return len(rfm)

    return run


def openretailscience(file: str, _: str) -> Callable[[], int]:
    """Return a function that runs the package on DuckDB through ibis."""
    import datetime

    import ibis
    from openretailscience.segmentation.rfm import RFMSegmentation

    ibis.set_backend(ibis.duckdb.connect(threads=2))

    def run() -> int:
        orders = ibis.read_parquet(file).rename(
            transaction_id="order_id", transaction_date="order_date", unit_spend="net_amount"
        )
        orders = orders.mutate(transaction_date=orders.transaction_date.cast("timestamp"))
        day = orders.transaction_date.max().execute().date() + datetime.timedelta(days=1)
        rfm = RFMSegmentation(orders, current_date=day, r_segments=5, f_segments=5, m_segments=5)
        return len(rfm.df)

    return run


WAYS = {"klant360": klant360, "pandas": pandas, "openretailscience": openretailscience}


def main(arguments: list[str]) -> None:
    """Run one method once and print its seconds and its customers."""
    way, file, *compiled = arguments
    run = WAYS[way](file, *(compiled or [""]))
    began = time.perf_counter()
    customers = run()
    print(time.perf_counter() - began, customers)


if __name__ == "__main__":
    main(sys.argv[1:])
