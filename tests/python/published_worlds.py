"""Publications of drawn customers, made by the oracle: no dbt, so that tests can draw many."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import oracle
from klant360.dashboard.page.render import dashboard
from klant360.publishing.publication import make_publication
from oracle_orders import customer_order_facts, latest_purchase_date, order_numbers
from oracle_samples import make_orders
from warehouses import PROJECT

COUNTRIES = ("NL", "BE", "DE", None)
SHARES = (0.6, 0.25, 0.1, 0.05)
START = date(2024, 1, 1)
FACTS = {
    "published_at": "2026-01-02T03:04:05+00:00",
    "as_of_date": "2025-12-31",
    "is_demo": True,
    "base_currency": "EUR",
    "min_cell_size": 10,
}
EMPTY = {
    "rejection_summary": "source_table varchar, reason varchar, column_name varchar, rows bigint",
    "ignored_summary": "source_table varchar, column_name varchar, cells bigint",
    "order_statuses": "status varchar, is_known boolean, counts boolean, orders bigint,"
    " excluded_orders bigint, amount decimal(18, 4)",
    "reference_quality": "source_table varchar, column_name varchar, target_table varchar, filled bigint,"
    " matched bigint, match_rate double, would_match_without varchar",
    "revenue_reconciliation": "outcome varchar, orders bigint, amount decimal(18, 4)",
    "profile_completeness": "source_system varchar, source_entity varchar, field varchar, records bigint,"
    " share_filled double, missing bigint",
}


def draw_orders(rng: np.random.Generator, customers: int, days: int) -> pd.DataFrame:
    """Draw the orders of some customers; most buy once or twice, some often."""
    cells = []
    for customer in range(customers):
        first = int(rng.integers(0, days))
        for _ in range(1 + int(rng.poisson(rng.choice([0.3, 4])))):
            day = START + timedelta(days=int(rng.integers(first, days)))
            amount = -5 if rng.random() < 0.04 else int(rng.integers(5, 200))
            cells.append((f"c{customer:04}", f"{day}T12:00:00Z", f"{amount}.00"))
    return make_orders(*cells)


def publish(folder: Path, orders: pd.DataFrame, seed: int, least: int) -> dict[str, Any]:
    """Write the tables of a publication that the dashboard reads as Parquet; returns its manifest."""
    rng = np.random.default_rng(seed)
    as_of = latest_purchase_date(orders)
    mapping = pd.read_csv(PROJECT / "seeds" / "segment_mapping.csv", dtype=object)
    segments = pd.read_csv(PROJECT / "seeds" / "segments.csv")
    history = oracle.history(orders, as_of, 3, mapping)
    customers = _customers(orders, history, as_of, rng)
    numbers = order_numbers(orders, as_of)
    tables = {
        "segments": segments,
        "customer_360": customers,
        "customer_segments": history[history["snapshot_date"] == as_of],
        "customer_segment_history": history,
        "snapshots": oracle.snapshots(orders, history, as_of, 3),
        "rfm_score_boundaries": oracle.boundaries(history),
        "segment_transitions": oracle.transitions(history, list(segments["segment_code"])),
        "orders": orders.assign(order_number=orders["order_id"].map(numbers)),
        "source_reconciliation": pd.DataFrame(
            {
                "source_table": ["webshop.orders"],
                "rows_read": [len(orders)],
                "rows_accepted": [len(orders)],
                "rows_rejected": [0],
                "rows_erased": [0],
                "latest_event_at": [pd.Timestamp(as_of)],
            }
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f"copy (select {_typed(frame)} from frame) to '{folder / name}.parquet'")
            connection.unregister("frame")
        for name, columns in EMPTY.items():
            connection.execute(f"create table {name} ({columns})")
            connection.execute(f"copy {name} to '{folder / name}.parquet'")
    sources = {"webshop.orders": len(orders)}
    return {**FACTS, "run": "r1", "as_of_date": as_of, "min_cell_size": least, "sources": sources}


def publish_marts(warehouse: Path, serve: Path, **facts: Any) -> Path:
    """Publish the marts of a built warehouse with a dashboard; returns the folder that is served."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        read = connection.execute("select source_table, rows_read from marts.source_reconciliation")
        sources = dict(read.fetchall())
    make_publication(warehouse, serve, "r1", {**FACTS, "sources": sources, **facts}, draw=dashboard)
    return serve


def _customers(
    orders: pd.DataFrame, history: pd.DataFrame, as_of: date | None, rng: np.random.Generator
) -> pd.DataFrame:
    facts = customer_order_facts(orders, as_of)
    now = history[history["snapshot_date"] == as_of].set_index("customer_id")
    place = rng.choice(len(COUNTRIES), size=len(facts), p=SHARES)
    return facts.assign(
        segment_code=facts["customer_id"].map(now["segment_code"]).fillna("prospect"),
        r_score=facts["customer_id"].map(now["r_score"]),
        f_score=facts["customer_id"].map(now["f_score"]),
        country_code=[COUNTRIES[each] for each in place],
        source_records=rng.choice([1, 1, 1, 2, 2, 3, 7], size=len(facts)),
    )


def _typed(frame: pd.DataFrame) -> str:
    """Return a select list that gives money, dates and whole numbers the types of the marts."""
    types = {
        "net_amount": "decimal(18, 4)",
        "lifetime_net_revenue": "decimal(18, 4)",
        "average_order_value": "decimal(18, 4)",
        "total_amount": "decimal(18, 4)",
        "monetary": "decimal(18, 4)",
        "value_from": "decimal(18, 4)",
        "value_to": "decimal(18, 4)",
        "order_number": "bigint",
        "r_score": "bigint",
        "f_score": "bigint",
    }
    return ", ".join(
        f'cast("{name}" as {types[name]}) as "{name}"'
        if name in types
        else f'cast("{name}" as date) as "{name}"'
        if name.endswith("_date")
        else f'"{name}"'
        for name in frame.columns
    )
