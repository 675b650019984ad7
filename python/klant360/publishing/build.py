"""dbt build with a progress bar."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.exceptions import DbtUsageException
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg
from tqdm import tqdm

from klant360.dbt_errors import UnusableError
from klant360.errors import CommandError, InputError, UserError
from klant360.preflight.preflight import look_first
from klant360.project import PROJECT, warehouse_file
from klant360.publishing.build_lock import build_lock
from klant360.publishing.run_summary import failures, summarised


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
        # an error that stops dbt is raised
        elif is_for_people(event) and event.info.name != "MainEncounteredError":
            tqdm.write(event.info.msg)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


def run_dbt(arguments: Sequence[str]) -> dbtRunnerResult:
    """Run dbt build in the project folder; it succeeds if every model and test of severity error passed.

    Raises UserError if dbt stopped before that: CommandError if it does not know an option, InputError if the
    settings or the delivery cannot be used.
    """
    os.chdir(PROJECT)
    logging.raiseExceptions = False  # no traceback if the log cannot be written
    progress = Progress()
    try:
        done = dbtRunner(callbacks=[progress]).invoke(["build", "--log-level", "none", *arguments])
    finally:
        progress.close()
        DuckDBConnectionManager.close_all_connections()  # otherwise the file stays open for writing
    if isinstance(done.exception, DbtUsageException):
        raise CommandError(f"dbt build: {done.exception}")
    if isinstance(done.exception, KeyboardInterrupt):
        raise done.exception
    if unusable := unusable_input(done.exception):
        raise InputError(f"{unusable.msg}\nNothing was built.")
    if done.exception:
        raise UserError(f"{done.exception}\nThe build stopped: nothing is published. See logs/dbt.log.")
    return done


def unusable_input(error: BaseException | None) -> UnusableError | None:
    """Return what says that the settings or the delivery cannot be used, if that is why dbt stopped."""
    while error and not isinstance(error, UnusableError):
        error = error.__cause__ or error.__context__
    return error


def build(dbt_arguments: Sequence[str], *, wait: bool) -> None:
    """Run dbt build with the lock of the warehouse; raises UserError if anything failed."""
    warehouse = warehouse_file()
    with build_lock(warehouse, wait=wait), summarised("build", dbt_arguments, warehouse) as run:
        look_first(tqdm.write)
        run.result = run_dbt(dbt_arguments)
        if not run.result.success:
            failed = "\n- ".join(["\nThe build failed:", *failures(run.result)])
            raise UserError(f"{failed}\nSee logs/dbt.log.")
        run.outcome = "Built and tested."
