"""dbt build with a progress bar."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg
from tqdm import tqdm

from klant360.errors import UserError
from klant360.project import PROJECT, warehouse_file
from klant360.publishing.build_lock import build_lock


def is_for_people(event: EventMsg) -> bool:
    """Return whether a dbt event is a failure, a warning or a line of the loader, but not a stack trace."""
    if event.info.name == "Note":
        return event.info.level != "debug"
    return event.info.level in ("warn", "error") and event.info.name != "MainStackTrace"


class Progress:
    """A progress bar that advances with every dbt node; lines of dbt and the loader appear above it."""

    def __init__(self) -> None:
        """Start without a total: dbt has not counted its nodes yet."""
        self._bar = tqdm(desc="Reading the project", unit=" nodes", leave=False, disable=None)

    def __call__(self, event: EventMsg) -> None:
        """Handle one dbt event."""
        if event.info.name == "ConcurrencyLine":
            self._bar.set_description("Building and testing")
        elif event.info.name == "LogStartLine":
            self._bar.total = event.data.total
        elif event.info.name == "NodeFinished":
            self._bar.update()
        elif is_for_people(event):
            tqdm.write(event.info.msg)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


def run_dbt(arguments: Sequence[str]) -> dbtRunnerResult:
    """Run dbt build in the project folder; it succeeds if every model and test of severity error passed."""
    os.chdir(PROJECT)
    logging.raiseExceptions = False  # no traceback if the log cannot be written
    progress = Progress()
    try:
        return dbtRunner(callbacks=[progress]).invoke(["build", "--log-level", "none", *arguments])
    finally:
        progress.close()
        DuckDBConnectionManager.close_all_connections()  # otherwise the file stays open for writing


def build(dbt_arguments: Sequence[str], *, wait: bool) -> None:
    """Run dbt build with the lock of the warehouse; raises UserError if anything failed."""
    with build_lock(warehouse_file(), wait=wait):
        if not run_dbt(dbt_arguments).success:
            raise UserError("\nThe build failed: see above. The log of dbt is logs/dbt.log.")
