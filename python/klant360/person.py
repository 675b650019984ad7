"""`python -m klant360.person`: all that is held on one customer, as JSON, for a request of access."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

import duckdb

from klant360.contract import Table, read_contract
from klant360.summary import warehouse_file

# The key of each kind of source record: its table and column.
RECORDS = {
    "customer": ("crm.customers", "customer_number"),
    "account": ("webshop.accounts", "account_id"),
    "guest_order": ("webshop.orders", "order_id"),
    "contact": ("service_desk.contacts", "contact_id"),
}
# Marts with a row, or rows, per customer.
MARTS = (
    "marts.customer_360",
    "marts.customer_segment_history",
    "marts.orders",
    "restricted.customer_contact_details",
    "restricted.customer_consent",
    "restricted.customer_identities",
)
REJECTIONS = ("restricted.rejected_rows", "restricted.ignored_values")


class PersonError(Exception):
    """No customer, or more than one, is meant; the message is a sentence that says so."""


def find_customer(
    warehouse: duckdb.DuckDBPyConnection, *, email: str | None, customer_number: str | None
) -> str:
    """Return the id of the one customer with this email or number; raises PersonError for none or several."""
    if customer_number is not None:
        who, kind, value = f"customer number {customer_number}", "customer_number", customer_number.strip()
    else:
        who, kind, value = f"email {email}", "email", (email or "").strip().lower()
    found = warehouse.execute(
        """
        select distinct customer_id
        from intermediate.int_identity__customer_identifiers
        where identifier_type = $kind and identifier_value = $value
        order by customer_id
        """,
        {"kind": kind, "value": value},
    ).fetchall()
    if not found:
        raise PersonError(f"No customer has the {who}.")
    if len(found) > 1:
        ids = ", ".join(customer_id for (customer_id,) in found)
        raise PersonError(
            f"The {who} belongs to {len(found)} customers ({ids}): name the one by --customer-number."
        )
    return found[0][0]


def all_of(
    warehouse: duckdb.DuckDBPyConnection, customer_id: str, contract: dict[str, Table]
) -> dict[str, list[dict[str, Any]]]:
    """Return what the warehouse holds on a customer: rows by table, source tables as they were handed in."""
    held = {
        name: _rows(warehouse, f"select * from {name} where customer_id = ?", [customer_id]) for name in MARTS
    }
    keys: dict[str, set[str]] = {"customer_number": set(), "account_id": set(), "contact_id": set()}
    for record in held["restricted.customer_identities"]:
        table, column = RECORDS[record["source_entity"]]
        if column in keys:
            keys[column].add(record["source_record_id"])
    keys["order_id"] = {order["order_id"] for order in held["marts.orders"]}
    keys["session_id"] = {
        row["session_id"]
        for row in _rows(
            warehouse,
            "select session_id from intermediate.int_customer__sessions where customer_id = ?",
            [customer_id],
        )
    }
    for table in contract.values():
        column = _owner_column(table)
        if column:
            held[table.name] = _rows(
                warehouse,
                f"select * from {table.name} where trim({column}) in (select unnest(?))",
                [[*keys[column]]],
            )
    own = {value for values in keys.values() for value in values}
    details = held["restricted.customer_contact_details"]
    own |= {row[name] for row in details for name in ("email", "phone") if row[name]}
    for name in REJECTIONS:
        held[name] = [row for row in _rows(warehouse, f"select * from {name}", []) if own & _values_of(row)]
    return {name: rows for name, rows in held.items() if rows}


def _owner_column(table: Table) -> str:
    """The column by which rows of a source table are a customer's; none for those of nobody."""
    if table.name in ("webshop.orders", "webshop.order_lines"):
        return "order_id"
    if table.name == "webshop.sessions":
        return "session_id"
    names = {column.name for column in table.columns}
    own = next((column for name, column in RECORDS.values() if name == table.name), "")
    if own:
        return own
    if table.name == "crm.campaign_contacts":
        return "customer_number"
    return "contact_id" if "contact_id" in names else ""


def _values_of(row: dict[str, Any]) -> set[str]:
    """The key of a rejected or ignored cell's row, and what the whole row holds where it is kept."""
    raw = json.loads(row["raw_row"]) if row.get("raw_row") else {}
    return {str(value) for value in (row["source_row_key"], *raw.values()) if value is not None}


def _rows(warehouse: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    cursor = warehouse.execute(f"{sql} order by all", parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the JSON; 0 when one customer was found, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m klant360.person",
        description="Prints all that the warehouse (KLANT360_WAREHOUSE) holds on one customer, as JSON, by"
        " table: for a request of access. It is personal data: hand it to nobody else.",
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--email", help="any email of the customer")
    who.add_argument("--customer-number", help="the number in the CRM")
    options = parser.parse_args(arguments)
    warehouse = warehouse_file()
    try:
        if not warehouse.exists():
            raise PersonError(f"There is no warehouse {warehouse}: build it first.")
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            customer_id = find_customer(
                connection, email=options.email, customer_number=options.customer_number
            )
            held = all_of(connection, customer_id, read_contract())
    except PersonError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"customer_id": customer_id, **held}, indent=2, default=str, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
