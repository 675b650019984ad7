"""A summary of a warehouse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from klant360.dashboard.tables import Tables
from klant360.errors import UserError
from klant360.publishing.delivery_summary import counted, delivery_lines
from klant360.publishing.prediction_summary import prediction_lines

FEW_CUSTOMERS = 50
# From this score on, a customer buys often.
GOOD_SCORE = 4


def segment_table(warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return customers and share of revenue per segment, best first."""
    return warehouse.execute("""
        select
            segments.segment_code,
            segments.name_nl,
            segments.name_en,
            count(customers.customer_id) as customers,
            coalesce(sum(customers.lifetime_net_revenue), 0)
                / nullif((select sum(lifetime_net_revenue) from marts.customer_360), 0) as revenue_share
        from marts.segments
        left join marts.customer_360 as customers using (segment_code)
        group by all
        order by max(segments.tier) desc, segments.segment_code
    """).df()


def summary(file: Path) -> str:
    """Return the summary of a warehouse: customers, segments, rejections and tables that were not delivered.

    Raises UserError when there is no warehouse.
    """
    if not file.exists():
        raise UserError(f"There is no warehouse at {file}: build one with make build.")
    with duckdb.connect(str(file), read_only=True) as warehouse, Tables.of_warehouse(file, {}) as tables:
        lines = [
            "",
            *_headline(warehouse),
            "",
            *_segments(warehouse),
            *prediction_lines(tables),
            *delivery_lines(warehouse),
        ]
    return "\n".join([*lines, "", *_where(file)])


def _headline(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    customers, records = warehouse.execute(
        "select count(*), coalesce(sum(source_records), 0) from marts.customer_360"
    ).fetchall()[0]
    snapshot_date, buyers, in_window = warehouse.execute(
        "select max(snapshot_date), max_by(customers, snapshot_date),"
        " max_by(customers_in_window, snapshot_date) from marts.snapshots"
    ).fetchall()[0]
    lines = [f"{counted(customers, 'customer')}, recognised in {counted(records, 'source record')}."]
    if snapshot_date is None:
        return [*lines, "There are no purchases among the orders, so no scores, segments and cohorts yet."]
    lines.append(f"{buyers:,} of them ever bought; scores and segments are as of {snapshot_date}.")
    if in_window < FEW_CUSTOMERS:
        lines.append(
            f"Only {in_window:,} bought in the window: below {FEW_CUSTOMERS} customers, scores say little."
        )
    return lines + _low_frequency_scores(warehouse)


def _low_frequency_scores(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    """Explain, if nobody reaches F = 4, why that is and what can be done."""
    frequencies = warehouse.execute(
        "select frequency, count(*), max(f_score) from marts.customer_segments where is_in_window"
        " group by frequency order by frequency"
    ).fetchall()
    if not frequencies or max(score for *_, score in frequencies) >= GOOD_SCORE:
        return []
    in_window = sum(customers for _, customers, _ in frequencies)
    common, alike, _ = max(frequencies, key=lambda row: row[1])
    _, best, _ = frequencies[-1]
    if in_window < GOOD_SCORE:
        why = f"{'there is' if in_window == 1 else 'there are'} only {counted(in_window, 'customer')}"
        why += " in the window"
    else:
        why = f"{100 * alike // in_window}% of the customers in the window have {counted(common, 'order')},"
        why += " so they share a low score"
    ways = ["a longer window (rfm_window_months), which counts more of their orders"]
    by_rank = 1 + 5 * (in_window - best) // in_window
    if by_rank >= GOOD_SCORE:
        with_most = "customer with most orders scores" if best == 1 else "customers with most orders score"
        ways.insert(0, f"rfm_tie_method: rank, by which the {best:,} {with_most} F = {by_rank}")
    return [f"Nobody scores F = {GOOD_SCORE} or more: {why}.", f"What can be done: {'; or '.join(ways)}."]


def _segments(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    lines = [f"{'Segment':<26}{'':<22}{'customers':>10}{'revenue':>10}"]
    for row in segment_table(warehouse).itertuples():
        share = "-" if pd.isna(row.revenue_share) else f"{round(row.revenue_share, 3) + 0:.1%}"
        lines.append(f"{row.name_nl:<26}{row.name_en:<22}{row.customers:>10,}{share:>10}")
    return lines


def _where(file: Path) -> list[str]:
    return [
        f"The warehouse is {file}. Open it with a DuckDB client, or run",
        "  .venv/bin/dbt show --inline \"select * from {{ ref('customer_360') }}\" --limit 5",
    ]
