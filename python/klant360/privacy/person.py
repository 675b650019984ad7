"""All that the warehouse holds on one customer, as JSON: for a request for access.

It shows the rows that an erasure request would erase today, found by the same SQL (`macros/privacy`), and the
rows of this customer in every mart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from klant360.contract import Table, read_contract
from klant360.errors import UserError
from klant360.privacy.ledger import CREATE_LEDGER
from klant360.project import PROJECT, id_salt, warehouse_file
from klant360.quoting import identifier, quoted

Rows = list[dict[str, Any]]


class PersonError(UserError):
    """The email or number belongs to no customer or to several."""


def compiled(sql: str, cli_vars: str) -> str:
    """Compile SQL with Jinja as part of the project, without opening a warehouse. `cli_vars` is YAML."""
    places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--vars", cli_vars]
    offline = ["--no-populate-cache", "--no-introspect", "--no-write-json", "--log-level", "none"]
    done = dbtRunner().invoke(["compile", "--inline", sql, *offline, *places])
    if not done.success:
        raise PersonError(f"The project cannot be compiled: {done.exception}")
    return done.result.results[0].node.compiled_code


def find_person(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Path,
    erased_rows: str,
    *,
    email: str | None,
    customer_number: str | None,
) -> str:
    """Find the one customer with this email or number, and all source rows; returns the customer's id.

    The connection is in memory; afterwards it uses the warehouse. `erased_rows` is the SQL of the macros
    erased_rows, over the table privacy.asked, and texts_of_erased_rows. Raises PersonError if there is no
    such customer, or several.
    """
    built = identifier(warehouse.stem)
    connection.execute(f"attach {quoted(warehouse)} as {built} (read_only)")
    connection.execute("set variable klant360_id_salt = ?", [id_salt()])
    connection.execute(CREATE_LEDGER)
    connection.execute(
        "create table privacy.asked as select nullif(trim(?), '') as email,"
        " nullif(trim(?), '') as customer_number, timestamp '9999-12-31' as requested_at",
        [email, customer_number],
    )
    connection.execute(erased_rows)
    connection.execute(f"use {built}")
    who = f"customer number {customer_number}" if email is None else f"email {email}"
    customers, customer_id, request = connection.execute(
        "select customers, customer_id, request_hash from memory.privacy.requests"
    ).fetchall()[0]
    if customers == 0:
        asked = connection.execute(
            "select cast(cast(requested_at as date) as varchar), outcome from restricted.erasure_results"
            " where request_hash = ? order by requested_at",
            [request],
        ).fetchall()
        earlier_requests = "".join(f" An erasure request of {day}: {outcome}." for day, outcome in asked)
        raise PersonError(f"No customer has the {who}.{earlier_requests}")
    if customers > 1:
        raise PersonError(f"The {who} belongs to {customers} customers: name the one by --customer-number.")
    return customer_id


def all_of(
    connection: duckdb.DuckDBPyConnection, customer_id: str, contract: Mapping[str, Table]
) -> dict[str, Rows]:
    """Return what the warehouse holds on a customer whose rows were found, by table.

    Rows of source tables are shown as delivered, whether accepted or not.
    """
    # merges are shown for the surviving customer; rows about two customers, such as vetoes, for neither
    marts = connection.execute("""
        select schema_name || '.' || table_name as mart, max(column_name) as id_column
        from duckdb_columns()
        where
            schema_name in ('marts', 'restricted')
            and column_name in ('customer_id', 'surviving_customer_id', 'other_customer_id')
        group by mart
        having not bool_or(column_name = 'other_customer_id')
        order by mart
    """).fetchall()
    held = {
        name: _rows(connection, f"select * from {name} where {id_column} = ?", [customer_id])
        for name, id_column in marts
    }
    for name in contract:
        held[name] = _rows(
            connection,
            f"select * exclude (part_number) from {name} where rowid in"
            " (select row_id from memory.privacy.rows where source_table = ?)",
            [name],
        )
    for mart, known_by in (("rejected_rows", "raw_row"), ("ignored_values", "source_row_key")):
        held[f"restricted.{mart}"] = _rows(
            connection,
            f"from restricted.{mart} where (source_table, {known_by}) in"
            f" (select (source_table, {known_by}) from memory.privacy.texts)",
            [],
        )
    return {name: rows for name, rows in held.items() if rows}


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any]) -> Rows:
    cursor = connection.execute(f"{sql} order by all", parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def person(*, email: str | None, customer_number: str | None, cli_vars: str) -> str:
    """Return all that the warehouse holds on one customer, as JSON; raises PersonError."""
    warehouse = warehouse_file()
    if not warehouse.exists():
        raise PersonError(f"There is no warehouse {warehouse}: build it first.")
    erased_rows = compiled("{{ erased_rows('privacy.asked') }} {{ texts_of_erased_rows() }}", cli_vars)
    try:
        with duckdb.connect() as connection:
            customer_id = find_person(
                connection, warehouse, erased_rows, email=email, customer_number=customer_number
            )
            held = all_of(connection, customer_id, read_contract())
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise PersonError(f"The warehouse {warehouse} cannot be read ({reason}): rebuild it.") from error
    return json.dumps({"customer_id": customer_id, **held}, indent=2, default=str, ensure_ascii=False)
