"""`python -m klant360.person`: all that is held on one customer, as JSON, for a request of access.

What is told is what a request of erasure would take out today, found by the same SQL (`macros/privacy`), and
the rows of this customer in every mart.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from klant360.contract import PROJECT, Table, read_contract
from klant360.erasure_ledger import CREATE_LEDGER
from klant360.quoting import quoted
from klant360.settings import id_salt
from klant360.summary import warehouse_file

Rows = list[dict[str, Any]]


class PersonError(Exception):
    """No customer, or more than one, is meant; the message is a sentence that says so."""


def compiled(sql: str, cli_vars: str) -> str:
    """Compile SQL with Jinja as a part of the project; opens no warehouse. `cli_vars` is YAML."""
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

    The connection is one in memory; afterwards it uses the warehouse. `erased_rows` is the SQL of the
    macros erased_rows, over the table privacy.asked, and texts_of_erased_rows. Raises
    PersonError when there is no such customer, or several.
    """
    built = '"' + warehouse.stem.replace('"', '""') + '"'
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
        told = "".join(f" A request of {day} to erase it: {outcome}." for day, outcome in asked)
        raise PersonError(f"No customer has the {who}.{told}")
    if customers > 1:
        raise PersonError(f"The {who} belongs to {customers} customers: name the one by --customer-number.")
    return customer_id


def all_of(
    connection: duckdb.DuckDBPyConnection, customer_id: str, contract: Mapping[str, Table]
) -> dict[str, Rows]:
    """Return what the warehouse holds on a customer whose rows were found, by table.

    Rows of source tables stand as they were handed in, whether they were accepted or not.
    """
    # merges are told of whom they led to; what is about two customers, such as a veto, is told of neither
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
    parser.add_argument("--vars", default="{}", help="vars of dbt, as the warehouse was built with")
    options = parser.parse_args(arguments)
    warehouse = warehouse_file()
    try:
        if not warehouse.exists():
            raise PersonError(f"There is no warehouse {warehouse}: build it first.")
        macros = "{{ erased_rows('privacy.asked') }} {{ texts_of_erased_rows() }}"
        erased_rows = compiled(macros, options.vars)
        with duckdb.connect() as connection:
            customer_id = find_person(
                connection,
                warehouse,
                erased_rows,
                email=options.email,
                customer_number=options.customer_number,
            )
            held = all_of(connection, customer_id, read_contract())
    except PersonError as error:
        print(error, file=sys.stderr)
        return 1
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].rstrip(".")
        print(f"The warehouse {warehouse} cannot be read ({reason}): build it anew.", file=sys.stderr)
        return 1
    print(json.dumps({"customer_id": customer_id, **held}, indent=2, default=str, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
