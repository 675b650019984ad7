"""Erasure where the source tables are on a cluster, and only their loader may change them.

`klant360 erase --target spark` copies the source tables to this machine, resolves identities over all rows as
on DuckDB, and lists the rows to delete: in files, for whoever deletes them, and in tables on the cluster. The
next build stops while one of them is left; when they are gone it records the results
(`macros/privacy/check_erasures.sql`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from klant360.contract import Table, plain_macro, read_contract
from klant360.privacy.erasure import erasure_results, preview_of, resolve
from klant360.privacy.ledger import ledger_file, read_ledger, write_ledger
from klant360.project import PROJECT, id_salt, spark_warehouse
from klant360.quoting import quoted
from klant360.spark.connection import connect
from klant360.spark.copying import copy_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REQUESTS = "crm.erasure_requests"
LISTS = """
create schema erasure;
create table erasure.rows_to_erase as
    select distinct source_table, row_hash from listed;
create table erasure.records_to_erase as
    select distinct record_key from privacy.records;
create table erasure.erased_rows__next as
    select source_table, count(distinct row_id) as row_count from listed group by source_table;
create table erasure.erasure_results__next as
    select
        request_hash, requested_by, requested_at, outcome, customers, records, rows_erased
    from privacy.results;
"""


def list_rows_to_erase(cli_vars: Mapping[str, Any], folder: Path) -> str:
    """List the rows of the people in the requests, of now and of the ledger; returns a summary.

    `folder` gets a CSV per table with the keys of its rows to delete, and delete.sql. It contains personal
    data. Raises UserError.
    """
    session = connect()
    contract = read_contract(PROJECT)
    ledger, secret = ledger_file(spark_warehouse()), id_salt()
    requests = read_ledger(ledger, secret)
    with TemporaryDirectory() as scratch:
        sources = Path(scratch) / "sources"
        _copy_sources(session, contract, sources)
        resolved = Path(scratch) / "klant360.duckdb"
        resolve(resolved, requests, sources, PROJECT, cli_vars)
        results = erasure_results(resolved)
        if not results:
            return preview_of(resolved)
        with duckdb.connect(str(resolved)) as connection:
            _list_rows(connection, contract, secret)
            _write_files(connection, contract, folder)
            _write_tables(session, connection)
        write_ledger(ledger, secret, results)
        return (
            f"{preview_of(resolved)}\n\n{folder} has the keys of these rows and of all requests, and the SQL"
            " that deletes them. Delete the rows, then build: the build checks that they are gone."
        )


def _copy_sources(session: SparkSession, contract: Mapping[str, Table], sources: Path) -> None:
    """Copy the source tables into a folder of files; the parts of a table stay apart."""
    for table in contract.values():
        folder = sources / table.path
        folder.mkdir(parents=True)
        columns = ", ".join(column.name for column in table.columns)
        with duckdb.connect() as connection:
            copy_table(session, table.name, connection)
            parts = connection.execute(
                f"select distinct coalesce(part_number, 0) from {table.name}"
            ).fetchall()
            for (part,) in parts or [(0,)]:
                connection.execute(
                    f"copy (select {columns} from {table.name} where coalesce(part_number, 0) = {part})"
                    f" to {quoted(folder / f'{part}.parquet')} (format parquet)"
                )


def _list_rows(connection: duckdb.DuckDBPyConnection, contract: Mapping[str, Table], secret: str) -> None:
    """Fill the schema erasure: the lists as the cluster gets them. All requests are rows to delete too."""
    connection.execute("set variable klant360_id_salt = ?", [secret])
    connection.execute("create temp table listed (source_table varchar, row_id bigint, row_hash varchar)")
    for table in contract.values():
        found = f"select row_id from privacy.rows where source_table = {quoted(table.name)}"
        connection.execute(
            f"insert into listed select {quoted(table.name)}, rowid, {_row_hash(table, 'default')}"
            f" from {table.name} where rowid in ({found}) or {quoted(table.name)} = {quoted(REQUESTS)}"
        )
    connection.execute(LISTS)


def _row_hash(table: Table, engine: str) -> str:
    """Return the SQL of the hash of a row, with the secret as the macros of this engine read it."""
    salt = plain_macro("identity/customer_id", f"{engine}__id_salt")
    columns = [column.name for column in table.columns]
    return plain_macro("privacy/listed_row_hash", "listed_row_hash", columns, salt)


def _write_files(connection: duckdb.DuckDBPyConnection, contract: Mapping[str, Table], folder: Path) -> None:
    """Write a CSV of keys per table with rows to delete, and the SQL that deletes them on the cluster."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.csv"), folder / "delete.sql"]:
        old.unlink(missing_ok=True)
    statements = [
        "-- Deletes the listed rows where the tables are of a format with deletes, such as Delta or Iceberg.",
        "-- Other tables are written again without them, by their loader.",
    ]
    names = connection.execute("select distinct source_table from listed order by 1").fetchall()
    for (name,) in names:
        keys = ", ".join(contract[name].key or contract[name].any_of)
        connection.execute(
            f"copy (select {keys}, row_hash from {name} as t join listed"
            f" on t.rowid = listed.row_id and source_table = {quoted(name)} order by all)"
            f" to {quoted(folder / f'{name}.csv')} (header)"
        )
        statements.append(
            f"delete from {name} where {_row_hash(contract[name], 'spark')}"
            f" in (select row_hash from staging.rows_to_erase where source_table = {quoted(name)});"
        )
    (folder / "delete.sql").write_text("\n".join(statements) + "\n", encoding="utf-8")


def _write_tables(session: SparkSession, connection: duckdb.DuckDBPyConnection) -> None:
    """Write the lists to the cluster; rows of earlier requests stay listed, should they come back."""
    for (name,) in connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'erasure' order by table_name"
    ).fetchall():
        rows = session.createDataFrame(connection.execute(f"from erasure.{name}").to_arrow_table())
        target = f"staging.{name}"
        if name == "rows_to_erase" and session.catalog.tableExists(target):
            rows.join(session.table(target), ["source_table", "row_hash"], "left_anti").write.insertInto(
                target
            )
        else:
            rows.write.format("parquet").mode("overwrite").saveAsTable(target)
