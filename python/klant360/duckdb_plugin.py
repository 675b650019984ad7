"""The dbt-duckdb plugin that checks the settings and loads the sources before the first model runs."""

import gc
import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.factory import get_adapter_by_type
from dbt.flags import get_flags
from dbt.parser.manifest import extended_mashumaro_encoder
from dbt_common.events.base_types import EventLevel
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note
from dbt_common.invocation import get_invocation_id
from duckdb import DuckDBPyConnection
from duckdb import Error as DuckDBError

from klant360.connection import limit_memory
from klant360.contract import ownership_problems, read_contract
from klant360.dbt_errors import UnusableError
from klant360.errors import InputError
from klant360.ingest.delivery import DeliveryError
from klant360.ingest.demo_warehouse import make_way
from klant360.ingest.file_formats import read_rules
from klant360.ingest.loading import load_sources
from klant360.ingest.migration import migrate
from klant360.privacy.erasure import ErasureError, apply_erasures
from klant360.privacy.ledger import LedgerError
from klant360.project import (
    ID_SALT,
    PRODUCTION,
    RELOAD,
    RESOLVING,
    id_salt,
    sources_folder,
)
from klant360.quoting import quoted
from klant360.settings import LOADING_COMMANDS, declared_vars, project_vars, setting_problems

# A warehouse file named like a schema, or like a database of DuckDB's own, makes names ambiguous.
TAKEN_NAMES = ("staging", "intermediate", "marts", "restricted", "seeds", "main", "system", "temp")


class Plugin(BasePlugin):
    """Prepares the warehouse: once per dbt command, and only for commands that run models."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Begin with no command prepared."""
        # The manifest lives as long as the process, and dbt makes a thousand objects for each model: visiting
        # them again and again would be a seventh of the CPU of a small build.
        if not gc.get_freeze_count():
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)
        self._prepared_for = ""
        self._problems: Exception | None = None

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Make the folder of the warehouse, which DuckDB does not, and replace a warehouse of the demo set.

        Raises if the warehouse has an unusable name.
        """
        self._warehouse = warehouse = Path(creds.path).resolve()
        schemas = {table.system for table in read_contract(_project()).values()}.union(TAKEN_NAMES)
        if warehouse.stem.lower() in schemas:
            raise UnusableError(
                f"The warehouse {warehouse} has the name of one of its schemas, which makes names ambiguous:"
                " name another file in KLANT360_WAREHOUSE."
            )
        try:
            warehouse.parent.mkdir(parents=True, exist_ok=True)
            sources = sources_folder(_project())
            if _loads() and sources.is_dir() and make_way(warehouse, sources, _project(), id_salt()):
                log(f"The warehouse of the demo set is replaced: {warehouse} starts empty")
        except OSError as error:
            raise UnusableError(
                f"The folder of the warehouse {warehouse} cannot be created or written to ({error.strerror}):"
                " name another file in KLANT360_WAREHOUSE."
            ) from error

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Set DuckDB's memory limit; raises if it cannot be read."""
        try:
            limit_memory(conn)
        except InputError as error:
            raise UnusableError(str(error)) from error

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Check and load before the first statement of a dbt command; raises one error with all problems.

        Not in `configure_connection`: two commands in one process share the connection, but each must load.
        dbt opens its connections one at a time, so no two threads run this at once.
        """
        # SQL reads it as a variable, to keep it out of the logs; a parameter takes DuckDB five times as long
        cursor.execute(f"set variable klant360_id_salt = {quoted(id_salt())}")
        invocation = get_invocation_id()
        if invocation != self._prepared_for:
            self._prepared_for, self._problems = invocation, None
            if get_flags().WHICH in LOADING_COMMANDS:
                try:
                    prepare(cursor, self._warehouse, _project(), get_flags().VARS)
                except Exception as error:
                    self._problems = error
        if self._problems:  # dbt tries again for each schema before it gives up
            cursor.close()  # dbt never closes a cursor that it did not get, and the file would stay open
            raise self._problems


def prepare(connection: DuckDBPyConnection, warehouse: Path, project: Path, cli_vars: dict[str, Any]) -> None:
    """Check the vars of the project, load its sources and carry out erasure requests.

    Raises UnusableError with all problems.
    """
    contract = read_contract(project)
    if undeclared := ownership_problems(contract):
        raise _unusable(undeclared)
    problems = setting_problems(declared_vars(project), cli_vars, project)
    sources = sources_folder(project)
    try:
        if _loads():
            migrate(connection)
            load_sources(
                connection,
                sources,
                contract,
                rules=read_rules(project_vars(cli_vars, project), project),
                reload=os.environ.get(RELOAD) == "1",
                log=log,
            )
            if not problems and not os.environ.get(RESOLVING):
                apply_erasures(connection, warehouse, sources, project, cli_vars, _manifest, log)
    except DeliveryError as error:
        problems += error.problems
    except (ErasureError, LedgerError) as error:
        problems.append(str(error))
    except (OSError, DuckDBError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        problems.append(f"The warehouse {warehouse} cannot be written to ({reason}).")
    if not id_salt():
        warn(
            f"{ID_SALT} is not set: whoever knows a record's key can work out its customer_id."
            " Set it to a secret and keep that: another secret gives other ids."
        )
    if problems:
        raise _unusable(problems)


def _unusable(problems: list[str]) -> UnusableError:
    listed = "".join(f"\n- {problem}" for problem in problems)
    return UnusableError(
        f"The settings and sources cannot be used yet:{listed}\nCorrect this and run the same command again."
    )


def _loads() -> bool:
    """Return whether the command loads files: it makes tables, and does not read those of production."""
    return get_flags().WHICH in LOADING_COMMANDS and not os.environ.get(PRODUCTION)


def log(line: str) -> None:
    """Log a line as a dbt event."""
    fire_event(Note(msg=line))


def warn(sentence: str) -> None:
    """Log a sentence as a dbt warning, which does not fail the command."""
    fire_event(Note(msg=f"Warning: {sentence}"), level=EventLevel.WARN)


def _manifest() -> bytes:
    """Return the manifest of the running command, in MessagePack."""
    manifest = get_adapter_by_type("duckdb").get_macro_resolver()
    return manifest.to_msgpack(extended_mashumaro_encoder)


def _project() -> Path:
    return Path(get_flags().PROJECT_DIR).resolve()
