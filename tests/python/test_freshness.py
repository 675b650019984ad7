"""`make freshness`: how long ago the latest event in the accepted rows of a source table was."""

from datetime import datetime, timedelta, timezone

import duckdb

from warehouses import WAREHOUSE_NAME

EVENTS = {
    "crm__customers": "updated_at",
    "service_desk__tickets": "created_at",
    "webshop__orders": "ordered_at",
    "webshop__sessions": "started_at",
}


def test_the_latest_accepted_event_decides_and_a_table_without_one_passes(dbt, tmp_path):
    warehouse, now = tmp_path / WAREHOUSE_NAME, datetime.now(timezone.utc).replace(tzinfo=None)
    ages = {"webshop__orders": [400, 2], "webshop__sessions": [4], "service_desk__tickets": [11, 700]}
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema staging")
        for table, event in EVENTS.items():
            connection.execute(
                f"create table staging.base_{table} ({event} timestamp, reject_reason varchar)"
            )
            rows = [(now - timedelta(days=age), None) for age in ages.get(table, [])]
            rejected = (now, "impossible_value")
            connection.executemany(f"insert into staging.base_{table} values (?, ?)", [*rows, rejected])
    arguments = ["source", "freshness", "--target-path", str(tmp_path / "target"), "--no-write-json"]
    done = dbt.invoke(arguments, environment={"KLANT360_WAREHOUSE": str(warehouse)})
    found = {
        f"{each.node.source_name}__{each.node.name}": each.status
        for each in done.result.results
        if each.node.resource_type == "source"
    }
    assert found == {
        "crm__customers": "pass",
        "service_desk__tickets": "error",
        "webshop__orders": "pass",
        "webshop__sessions": "warn",
    }
    assert not done.success
