"""Resolves identities over all rows for `klant360.privacy.erasure`, in a separate process and warehouse.

It reads its input as JSON from standard input: the project folder, the vars and the requests in the ledger.
KLANT360_WAREHOUSE names the warehouse, and RESOLVING is set so that nothing is erased here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder
from dbt_common.events.base_types import EventMsg

from klant360.privacy.ledger import CREATE_LEDGER
from klant360.project import warehouse_file
from klant360.publishing.build import is_for_people

MODELS = ("+int_identity__customer_identifiers", "+stg_crm__erasure_requests", "+stg_webshop__sessions")


def print_failures(event: EventMsg) -> None:
    """Print failures."""
    if event.info.level == "error" and is_for_people(event):
        print(event.info.msg)


def main() -> int:
    """Load, resolve and find the rows to erase; returns 0 on success."""
    todo = json.load(sys.stdin)
    warehouse = warehouse_file()
    places = ["--project-dir", todo["project"], "--profiles-dir", todo["project"]]
    places += ["--vars", json.dumps(todo["vars"]), "--no-write-json"]
    places += ["--log-level", "none", "--log-level-file", "none", "--no-use-colors"]
    manifest = _parsed_project(Path(todo["manifest"]) if todo["manifest"] else None, places)
    if manifest is None:
        return 1
    models = ["--resource-type", "seed", "--resource-type", "model", "--select", *MODELS]
    if not dbtRunner(manifest, [print_failures]).invoke(["build", *models, *places]).success:
        return 1
    DuckDBConnectionManager.close_all_connections()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(CREATE_LEDGER)
        if todo["requests"]:
            connection.executemany(
                "insert into privacy.ledger"
                " values ($request_hash, $requested_by, $requested_at, $outcome, $record_hashes)",
                todo["requests"],
            )
    found = dbtRunner(manifest, [print_failures]).invoke(["run-operation", "find_erased_rows", *places])
    return 0 if found.success else 1


def _parsed_project(file: Path | None, places: Sequence[str]) -> Manifest | None:
    """Return the manifest in a file, else parse the project; None when that fails."""
    if file:
        return Manifest.from_msgpack(file.read_bytes(), decoder=extended_mashumuro_decoder)
    parsed = dbtRunner(callbacks=[print_failures]).invoke(["parse", *places])
    return parsed.result if parsed.success else None


if __name__ == "__main__":
    sys.exit(main())
