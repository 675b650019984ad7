"""The sources of the benchmark: the demo company with more orders, over more months, and one more day.

The demo set has four orders and eight sessions per person over 36 months. The benchmark needs ten orders and
thirty touchpoints over 46, so orders and sessions are copied to five and ten months earlier with new ids;
products, campaigns and the rest do not change.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from klant360.bench.process import KLANT360, run

ORDERS_PER_PERSON = 10
# Copies: how many months earlier, and what share of the rows.
COPIES = ((5, 0.75), (10, 0.75))
# What is copied: the id that is made new, and the moments. The first is text, in some rows no moment.
COPIED = {
    "orders": ("order_id", "ordered_at", "paid_at", "due_at", "updated_at"),
    "order_lines": ("order_id",),
    "sessions": ("session_id", "started_at"),
}


def make_sources(orders: int, folder: Path) -> Path:
    """Make sources with about this many orders, unless they exist; returns their folder."""
    sources, marker = folder / "sources", folder / "made.txt"
    wanted = repr((orders, COPIES, COPIED))
    if marker.exists() and marker.read_text(encoding="utf-8") == wanted:
        return sources
    people = max(orders // ORDERS_PER_PERSON, 1)
    command = [KLANT360, "demo", "--people", str(people), "--format", "parquet"]
    # erasure is a second pass over everything, measured separately
    run([*command, "--erasure-requests", "0", "--out", str(folder)], {}, folder.with_suffix(".log"))
    with duckdb.connect() as connection:
        for table, (key, *moments) in COPIED.items():
            _copy_to_earlier_months(connection, sources / "webshop" / f"{table}.parquet", key, moments)
    marker.write_text(wanted, encoding="utf-8")
    return sources


def _copy_to_earlier_months(
    connection: duckdb.DuckDBPyConnection, file: Path, key: str, moments: Sequence[str]
) -> None:
    """Add the copies to the file of a table."""
    parts = ["from delivered"]
    for months, share in COPIES:
        replaced = [f"{key} || '-{months}' as {key}"]
        for name in moments[:1]:
            earlier = f"try_cast({name} as timestamp) - interval {months} month"
            replaced.append(f"coalesce(strftime({earlier}, '%Y-%m-%dT%H:%M:%SZ'), {name}) as {name}")
        replaced += [f"{name} - interval {months} month as {name}" for name in moments[1:]]
        parts.append(
            f"select * replace ({', '.join(replaced)}) from delivered"
            f" where hash({key}, {months}) % 1000 < {share * 1000:.0f}"
        )
    longer = file.with_suffix(".longer")
    connection.execute(
        f"copy (with delivered as (from read_parquet('{file}')) {' union all '.join(parts)})"
        f" to '{longer}' (format parquet)"
    )
    longer.replace(file)


def add_day(sources: Path, target: Path, orders: int, *, merged: int = 0) -> Path:
    """Copy the sources with one more day: orders of old customers, and contacts that merge two old customers.

    Such a contact has the name and email of one CRM customer and the number of another.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(sources, target, copy_function=_link)
    with duckdb.connect() as connection:
        _append(
            connection,
            target / "webshop" / "orders.parquet",
            f"""
            select * replace (
                'D' || order_id as order_id,
                '2026-01-01T12:00:00Z' as ordered_at,
                null as paid_at, null as due_at, null as updated_at
            )
            from delivered
            where account_id is not null and try_cast(ordered_at as timestamp) is not null
            order by hash(order_id)
            limit {orders}
            """,
        )
        _append(
            connection,
            target / "service_desk" / "contacts.parquet",
            f"""
            select
                'D' || b.customer_number as contact_id, b.first_name, b.last_name, b.email, null as phone,
                a.customer_number, '2026-01-01T12:00:00+01:00' as created_at, null as updated_at
            from (
                from read_parquet('{sources}/crm/customers.parquet')
                select *, row_number() over (order by hash(customer_number)) as place
                where first_name is not null and last_name is not null and email is not null
            ) as b
            inner join (
                from read_parquet('{sources}/crm/customers.parquet')
                select customer_number, row_number() over (order by hash(customer_number)) - {merged} as place
                where first_name is not null and last_name is not null and email is not null
            ) as a on a.place = b.place
            where b.place <= {merged}
            """,
        )
    return target


def _append(connection: duckdb.DuckDBPyConnection, file: Path, rows: str) -> None:
    longer = file.with_suffix(".longer")
    connection.execute(
        f"copy (with delivered as (from read_parquet('{file}')) from delivered union all by name ({rows}))"
        f" to '{longer}' (format parquet)"
    )
    longer.replace(file)


def _link(source: str, target: str) -> str:
    Path(target).symlink_to(source)
    return target
