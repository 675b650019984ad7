"""Edge cases of deliveries: headers without rows, only credit notes, a file that did not change."""

import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from klant360.contract import read_contract
from warehouses import Warehouse

Build = Callable[..., Warehouse]
MakeSources = Callable[[Mapping[str, Any]], Path]


DATED_MARTS = [
    "customer_segment_history",
    "customer_segments",
    "snapshots",
    "rfm_score_boundaries",
    "segment_transitions",
    "cohort_retention",
]


@pytest.mark.deep
def test_credit_notes_and_headers_without_rows(build_warehouse: Build, make_sources: MakeSources) -> None:
    contract = read_contract()
    tables = {name: ",".join(column.name for column in table.columns) for name, table in contract.items()}
    tables["webshop.orders"] = """
        order_id,ordered_at,total_amount,account_id
        1,2024-01-05,-10.00,a1
        2,2024-03-05,-2.5,a1
    """
    warehouse = build_warehouse(make_sources(tables), command="build", exclude=["unit_test"])
    assert {mart: warehouse.rows(f"select count(*) from marts.{mart}") for mart in DATED_MARTS} == {
        mart: [(0,)] for mart in DATED_MARTS
    }
    customers = warehouse.rows(
        "select segment_code, lifetime_orders, lifetime_net_revenue, average_order_value, first_order_date"
        " from marts.customer_360"
    )
    assert customers == [("prospect", 0, Decimal("-12.5"), None, None)]
    assert warehouse.rows("select count(*) from marts.orders") == [(2,)]

    tables["webshop.orders"] = "order_id,ordered_at,total_amount,account_id\n"
    warehouse.build(make_sources(tables))
    assert warehouse.rows("select count(*) from marts.customer_360") == [(0,)]
    assert warehouse.rows("select count(*) from marts.orders") == [(0,)]


@pytest.mark.deep
def test_an_unchanged_file_is_not_read_again(build_warehouse: Build, make_sources: MakeSources) -> None:
    """The file gets other bytes, but keeps its size and time: reading it would show the change."""
    sources = make_sources(
        {"webshop.orders": "order_id,ordered_at,total_amount,email\n1,2024-01-05,300,anna@example.nl\n"}
    )
    orders = sources / "webshop" / "orders.csv"
    warehouse = build_warehouse(sources)
    before, state = warehouse.marts(), orders.stat()

    orders.write_text(orders.read_text().replace(",300,", ",301,"))
    os.utime(orders, ns=(state.st_atime_ns, state.st_mtime_ns))
    warehouse.build(sources)
    assert warehouse.marts() == before

    warehouse.build(sources, reload=True)
    assert warehouse.rows("select net_amount from marts.orders") == [(Decimal(301),)]
