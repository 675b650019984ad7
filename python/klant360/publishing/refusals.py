"""Reasons not to publish: much of the delivery is missing or unusable.

Accepted rows are compared with those of the last publication: a file with all its rows, none of them
readable, is as good as no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb

from klant360.contract import read_contract
from klant360.ingest.examples import examples

ORDERS = "webshop.orders"
# Requests may leave the delivery once they are carried out: the ledger keeps them.
REQUESTS = "crm.erasure_requests"
# Reasons that suggest a wrong file; the others also occur in good files.
UNUSABLE = (
    "malformed_row",
    "missing_required",
    "unreadable_value",
    "impossible_value",
    "unknown_reference",
)
# For one reason and column, this many distinct cells are searched for two that can be shown.
CELLS = 100


def delivery_facts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return what a build took from its sources: these facts go into the manifest of its publication."""
    tables = connection.execute(
        "select source_table, rows_read, rows_accepted, rows_erased from marts.source_reconciliation"
        " order by source_table"
    ).fetchall()
    unusable = dict(
        connection.execute(
            "select source_table, count(*) from restricted.rejected_rows"
            " where list_contains($reasons, reason) group by source_table",
            {"reasons": list(UNUSABLE)},
        ).fetchall()
    )
    (purchases,) = connection.execute(
        "select coalesce(sum(orders), 0) from marts.revenue_reconciliation where outcome = 'purchase'"
    ).fetchall()[0]
    return {
        "sources": {table: read for table, read, *_ in tables},
        "accepted_rows": {table: accepted for table, _, accepted, _ in tables},
        "erased_rows": {table: erased for table, *_, erased in tables},
        "rejected_shares": {table: unusable.get(table, 0) / read for table, read, *_ in tables if read},
        "purchases": int(purchases),
    }


def refusals(
    connection: duckdb.DuckDBPyConnection,
    facts: Mapping[str, Any],
    last: Mapping[str, Any],
    variables: Mapping[str, Any],
) -> list[str]:
    """Return the reasons not to publish a delivery; none if it can be published.

    `last` are the facts of the last publication, empty if there is none to compare with.
    """
    reasons: list[str] = []
    if not variables["accept_fewer_rows"]:
        reasons += _no_orders(connection, facts)
        reasons += _shrunken(facts, last, variables["least_share_of_rows"])
    if not variables["accept_more_rejected"]:
        reasons += _mostly_rejected(connection, facts, last, variables["greatest_share_rejected"])
    return reasons


def _no_orders(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any]) -> Iterator[str]:
    read = facts["sources"].get(ORDERS, 0)
    if facts["accepted_rows"].get(ORDERS, 0) == 0:
        reason = f"none of its {read:,} rows was accepted{_most_often(connection, ORDERS)}" if read else ""
        yield (
            f"{ORDERS} has no order: {reason or 'it has no rows'}."
            " If that is right, publish with --vars 'accept_fewer_rows: true'."
        )


def _shrunken(facts: Mapping[str, Any], last: Mapping[str, Any], least_share: float) -> Iterator[str]:
    # publications of earlier versions have the rows that were read, and no purchases
    measure, rows = ("accepted_rows", "accepted rows") if "accepted_rows" in last else ("sources", "rows")
    counts = [
        (
            table,
            f"{table} has {facts[measure].get(table, 0):,} {rows}",
            facts[measure].get(table, 0),
            before,
        )
        for table, before in last.get(measure, {}).items()
        if table != REQUESTS
    ]
    purchases = facts["purchases"]
    counts.append((ORDERS, f"There are {purchases:,} purchases", purchases, last.get("purchases", 0)))
    for table, count, now, before in counts:
        # rows erased since then are not missing
        erased = facts["erased_rows"].get(table, 0) - last.get("erased_rows", facts["erased_rows"]).get(
            table, 0
        )
        if now + max(erased, 0) < before * least_share:
            yield (
                f"{count}, the last publication had {before:,}: that is less than {least_share:.0%}."
                " If that is right, publish with --vars 'accept_fewer_rows: true'."
            )


def _mostly_rejected(
    connection: duckdb.DuckDBPyConnection,
    facts: Mapping[str, Any],
    last: Mapping[str, Any],
    greatest_share: float,
) -> Iterator[str]:
    before = last.get("rejected_shares", {})
    for table, share in facts["rejected_shares"].items():
        if share > greatest_share >= before.get(table, 0):
            yield (
                f"Of {table}, {share:.1%} of the rows are unusable"
                f"{_most_often(connection, table, UNUSABLE)}; more than {greatest_share:.0%} is not"
                " published (see restricted.rejected_rows)."
                " If that is right, publish with --vars 'accept_more_rejected: true'."
            )


def _most_often(connection: duckdb.DuckDBPyConnection, table: str, reasons: Sequence[str] = ()) -> str:
    """Return the most frequent reason of rejection in a table, with two cells if they can be shown."""
    found = connection.execute(
        "select reason, column_name from restricted.rejected_rows"
        " where source_table = $table and (len($reasons) = 0 or list_contains($reasons, reason))"
        " group by all order by count(*) desc, reason, column_name limit 1",
        {"table": table, "reasons": list(reasons)},
    ).fetchall()
    if not found:
        return ""
    ((reason, name),) = found
    if name is None:
        return f", most often {reason}"
    cells = connection.execute(
        "select raw_value from restricted.rejected_rows"
        " where source_table = $table and reason = $reason and column_name = $name"
        " group by raw_value order by count(*) desc, raw_value limit $cells",
        {"table": table, "reason": reason, "name": name, "cells": CELLS},
    ).fetchall()
    columns = {column.name: column for column in read_contract()[table].columns}
    shown = " and ".join(f'"{cell}"' for cell in examples(columns[name], (cell for (cell,) in cells)))
    return f", most often {reason} in {name}{f', such as {shown}' if shown else ''}"
