"""Erasure: removes the rows of people who asked for it from the loaded tables, before any model runs.

Identities are resolved once over all rows, in a temporary warehouse, to find the people and rows that the
requests mean (`macros/privacy/find_erased_rows.sql`). The remaining rows then replace the source tables, so
no model ever sees the others. This second pass only runs if there are requests and something changed since
the last one. `klant360 erase --dry-run` shows what would be erased.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from klant360.contract import Table, read_contract
from klant360.errors import UserError
from klant360.privacy.ledger import LedgerError, Request, ledger_file, read_ledger, write_ledger
from klant360.project import PROJECT, RESOLVING, SOURCES, WAREHOUSE, id_salt, sources_folder, warehouse_file
from klant360.quoting import quoted

BOOKKEEPING = """
create schema if not exists staging;
create table if not exists staging.erased_rows (source_table varchar, row_count bigint);
create table if not exists staging.erasure_results (
    request_hash varchar, requested_by varchar, requested_at timestamp, outcome varchar,
    customers bigint, records bigint, rows_erased bigint
);
create table if not exists staging.erasure_state (fingerprint varchar);
"""


class ErasureError(UserError):
    """Erasure failed, so nothing may be built; the message says why."""


def apply_erasures(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Path,
    sources: Path,
    project: Path,
    cli_vars: Mapping[str, Any],
    manifest: Callable[[], bytes],
    log: Callable[[str], None],
) -> None:
    """Carry out the erasure requests on the loaded source tables, in the warehouse of the connection.

    Fills staging.erased_rows, one row per source table that lost rows, and staging.erasure_results, one row
    per request. `manifest` returns the manifest of the running command. Raises ErasureError or LedgerError;
    the models must not run then.
    """
    secret = id_salt()
    path, contract = ledger_file(warehouse), read_contract(project)
    requests = read_ledger(path, secret)
    with connection.cursor() as cursor:
        cursor.execute(BOOKKEEPING)
        states = {state for (state,) in cursor.execute("from staging.erasure_state").fetchall()}
        done = cursor.execute("select count(*) from staging.erasure_results").fetchall()[0][0]
        if done and not requests:
            raise LedgerError(
                f"The ledger of erasure requests {path}, which had {done} requests, is missing: restore a"
                " copy. Without it, people who asked to be erased come back."
            )
        delivered = cursor.execute("select count(*) from crm.erasure_requests").fetchall()[0][0]
        if not requests and not delivered:
            return
        if _fingerprint(cursor, requests, project, cli_vars, secret) in states:
            return
        log("Resolving identities over all rows to find the people in the erasure requests")
        with TemporaryDirectory(dir=warehouse.parent, prefix=".erasure-") as folder:
            resolved = Path(folder) / warehouse.name
            resolve(resolved, requests, sources, project, cli_vars, manifest())
            results = erasure_results(resolved)
            write_ledger(path, secret, results)
            state = _fingerprint(cursor, results, project, cli_vars, secret)
            _take_out(cursor, resolved, contract, state)
        counts = cursor.execute("select row_count from staging.erased_rows").fetchall()
        erased = sum(count for (count,) in counts)
        carried_out = sum(result.outcome == "erased" for result in results)
        log(
            f"Erased {erased:,} rows for {carried_out} of {len(results)} requests:"
            " see restricted.erasure_results"
        )


def resolve(
    resolved: Path,
    requests: Sequence[Request],
    sources: Path,
    project: Path,
    cli_vars: Mapping[str, Any],
    manifest: bytes | None = None,
) -> None:
    """Resolve identities over all rows in a new warehouse, and find the rows to erase.

    The manifest is that of the running dbt command, in MessagePack; the warehouse then has the name of that
    command's. Without one, the project is parsed.
    """
    folder = resolved.parent
    parsed = folder / "manifest.msgpack"
    if manifest:
        parsed.write_bytes(manifest)
    todo = {
        "manifest": str(parsed) if manifest else None,
        "project": str(project),
        "vars": dict(cli_vars),
        "requests": [asdict(request) for request in requests],
    }
    environment = {
        **os.environ,
        RESOLVING: "1",
        WAREHOUSE: str(resolved),
        SOURCES: str(sources),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    done = subprocess.run(
        [sys.executable, "-m", "klant360.privacy.resolving"],
        input=json.dumps(todo, default=str),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = (done.stdout + done.stderr).strip()
        raise ErasureError(f"Identities could not be resolved for the erasure requests:\n{output}")


def erasure_results(resolved: Path) -> list[Request]:
    """Return the outcome of each request."""
    with duckdb.connect(str(resolved), read_only=True) as connection:
        rows = connection.execute(
            "select request_hash, requested_by, cast(requested_at as varchar), outcome, record_hashes"
            " from privacy.results"
        ).fetchall()
    return [Request(*facts, tuple(records)) for *facts, records in rows]


def _take_out(
    cursor: duckdb.DuckDBPyConnection, resolved: Path, contract: Mapping[str, Table], state: str
) -> None:
    """Replace the source tables by the rows that stay, all of them or none."""
    cursor.execute(f"attach {quoted(resolved)} as all_rows (read_only)")
    try:
        cursor.begin()
        try:
            _forget(cursor)
            for name in contract:
                cursor.execute(
                    f"create or replace table {name} as select * from all_rows.{name} where rowid not in"
                    " (select row_id from all_rows.privacy.rows where source_table = ?)",
                    [name],
                )
            cursor.execute(
                "insert into staging.erased_rows"
                " select source_table, count(distinct row_id) from all_rows.privacy.rows group by all"
            )
            cursor.execute(
                "insert into staging.erasure_results"
                " select * exclude (record_hashes) from all_rows.privacy.results"
            )
            cursor.execute("insert into staging.erasure_state values (?)", [state])
            if _has_table(cursor, "intermediate", "int_identity__known_records"):
                # these records as known from earlier builds: their ids must lead to nobody
                cursor.execute("""
                    delete from intermediate.int_identity__known_records
                    where record_key in (select record_key from all_rows.privacy.records)
                        or oldest_record_key in (select record_key from all_rows.privacy.records)
                """)
            cursor.commit()
        except BaseException:
            cursor.rollback()
            raise
    finally:
        cursor.execute("detach all_rows")


def _forget(cursor: duckdb.DuckDBPyConnection) -> None:
    for table in ("erased_rows", "erasure_results", "erasure_state"):
        cursor.execute(f"delete from staging.{table}")


def _has_table(cursor: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    found = cursor.execute(
        "select 1 from duckdb_tables()"
        " where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema, name],
    )
    return bool(found.fetchall())


def _fingerprint(
    cursor: duckdb.DuckDBPyConnection,
    requests: Sequence[Request],
    project: Path,
    cli_vars: Mapping[str, Any],
    secret: str,
) -> str:
    """Return a hash of what determines the rows to erase: the files, the requests, the rules and the vars."""
    files = cursor.execute(
        "select source_table, fingerprint from staging.delivered_tables order by 1"
    ).fetchall()
    rules = [project / "dbt_project.yml"]
    for folder, pattern in (("macros", "*.sql"), ("models", "*.sql"), ("seeds", "*.csv")):
        rules += sorted((project / folder).rglob(pattern))
    digest = hashlib.sha256()
    for fact in (files, sorted(requests), sorted(cli_vars.items(), key=str), secret):
        digest.update(repr(fact).encode())
    for path in rules:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def preview(cli_vars: Mapping[str, Any]) -> str:
    """Return a table of what the next build would erase; changes nothing. Raises UserError."""
    requests = read_ledger(ledger_file(warehouse_file()), id_salt())
    with TemporaryDirectory() as folder:
        resolved = Path(folder) / "klant360.duckdb"
        resolve(resolved, requests, sources_folder(), PROJECT, cli_vars)
        return preview_of(resolved)


def preview_of(resolved: Path) -> str:
    """Return the outcome of each request, and how many rows of each table would be erased."""
    with duckdb.connect(str(resolved), read_only=True) as connection:
        results = connection.execute("""
            select
                request_hash[:12], requested_by, cast(requested_at as varchar), outcome, records, rows_erased
            from privacy.results order by requested_at, request_hash
        """).fetchall()
        tables = connection.execute(
            "select source_table, count(distinct row_id) from privacy.rows group by 1 order by 1"
        ).fetchall()
    lines = [f"{'request':<14}{'by':<17}{'requested at':<21}{'outcome':<11}{'records':>8}{'rows':>8}"]
    lines += [f"{a:<14}{b:<17}{c:<21}{d:<11}{e:>8}{f:>8}" for a, b, c, d, e, f in results]
    lines += ["", "Rows that would be erased:", *(f"  {name:<32}{rows:>8,}" for name, rows in tables)]
    return "\n".join(lines if results else ["There are no erasure requests."])
