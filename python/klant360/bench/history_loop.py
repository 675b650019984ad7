"""A hand-written history: the least that a month-by-month history costs in DuckDB, from customer-months.

Per month-end: group the customer-months up to it, take the four limits of each metric from a histogram of its
values, score against those constants, look up the segment, append. It reads what the model reads and writes
the columns that the model writes, without dbt, fingerprints or contracts.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb
import numpy as np


def limits(values: np.ndarray, customers: np.ndarray) -> list[object]:
    """Return the best values of scores 1 to 4; values ascend from worst to best, and ties share a score."""
    last_positions = np.cumsum(customers)
    found, place = [], -1
    for shares in (5, 4, 3, 2):
        taken = last_positions[place] if place >= 0 else 0
        wanted = taken - (-(last_positions[-1] - taken) // shares)
        place = min(int(np.searchsorted(last_positions, wanted)), len(values) - 1)
        found.append(values[place])
    return found


def write_history(warehouse: Path, target: Path, memory: str) -> tuple[float, int]:
    """Write the history of the warehouse's customer-months to a new file; returns seconds and rows."""
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target), config={"threads": 2, "memory_limit": memory}) as connection:
        connection.execute(f"attach '{warehouse}' as klant360 (read_only)")
        began = time.perf_counter()
        write_months(connection, "klant360.")
        connection.execute("checkpoint")
        seconds = time.perf_counter() - began
        rows = connection.execute("select count(*) from history").fetchall()[0][0]
        differing = connection.execute("""
            select count(*) from (
                from history except all from klant360.marts.customer_segment_history
            )
        """).fetchall()[0][0]
    if differing:
        raise SystemExit(f"The hand-written history has {differing} rows that the model does not have.")
    return seconds, rows


def write_months(connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Make the table history from the customer-months, snapshot dates and cells in `catalog`.intermediate."""
    connection.execute("""
        create table history (
            customer_id varchar, snapshot_date date, recency_days bigint, frequency bigint,
            monetary decimal(18, 4), lifetime_orders bigint,
            r_score bigint, f_score bigint, m_score bigint,
            rfm_code varchar, segment_code varchar, is_in_window boolean
        )
    """)
    snapshots = connection.execute(
        "select snapshot_date, window_start_date"
        f" from {catalog}intermediate.int_calendar__snapshot_dates order by snapshot_date"
    ).fetchall()
    for snapshot_date, window_start in snapshots:
        _write_month(connection, catalog, snapshot_date.isoformat(), window_start.isoformat())


def _write_month(connection: duckdb.DuckDBPyConnection, catalog: str, snapshot: str, window: str) -> None:
    connection.execute(f"""
        create or replace temp table month as
        select
            customer_id,
            date '{snapshot}' - max(last_purchase_date) as recency_days,
            sum(purchases) filter (where order_month >= date '{window}') as frequency,
            sum(net_amount) filter (where order_month >= date '{window}') as monetary,
            sum(purchases) as lifetime_orders
        from {catalog}intermediate.int_orders__customer_months
        where order_month <= date '{snapshot}'
        group by customer_id
        having sum(purchases) > 0
    """)
    scores = []
    for metric, sign in (("recency_days", "-"), ("frequency", ""), ("monetary", "")):
        counts = connection.execute(
            f"select cast({sign}{metric} * 10000 as bigint) as v, count(*) as n"
            " from month where frequency > 0 group by v order by v"
        ).fetchnumpy()
        steps = " ".join(
            f"when {sign}{metric} <= {int(limit) / 10000:.4f} then {score}"
            for score, limit in enumerate(limits(counts["v"], counts["n"]) if len(counts["v"]) else [], 1)
        )
        scores.append(f"case when coalesce(frequency, 0) = 0 then 1 {steps} else 5 end")
    connection.execute(f"""
        insert into history
        with scored as (
            select *, {scores[0]} as r, {scores[1]} as f, {scores[2]} as m from month
        )
        select
            customer_id, date '{snapshot}', recency_days, coalesce(frequency, 0),
            case when frequency > 0 then monetary else 0 end, lifetime_orders, r, f, m,
            cast(100 * r + 10 * f + m as varchar),
            case when frequency > 0 then segment_code else 'lost' end, coalesce(frequency, 0) > 0
        from scored
        inner join {catalog}intermediate.int_rfm__segment_cells as cells
            on r = cells.r_score and f = cells.f_score and m = cells.m_score
            and (lifetime_orders = 1) = cells.is_one_order_only
    """)


if __name__ == "__main__":
    print(*write_history(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
