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
    """Whether an event of dbt tells of a failure or a warning, or is what the loader says; no stack trace."""
    if event.info.name == "Note":
        return event.info.level != "debug"
    return event.info.level in ("warn", "error") and event.info.name != "MainStackTrace"


class Progress:
    """A bar that moves with every node of dbt; above it stands what dbt and the loader have to say."""

    def __init__(self) -> None:
        """Start before dbt has counted its nodes."""
        self._bar = tqdm(desc="Reading the project", unit=" nodes", leave=False, disable=None)

    def __call__(self, event: EventMsg) -> None:
        """Take one event of dbt."""
        if event.info.name == "ConcurrencyLine":
            self._bar.set_description("Building and testing")
        elif event.info.name == "LogStartLine":
            self._bar.total = event.data.total
        elif event.info.name == "NodeFinished":
            self._bar.update()
        elif is_for_people(event):
            tqdm.write(event.info.msg)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


def run_dbt(arguments: Sequence[str]) -> dbtRunnerResult:
    """Run dbt build in the project folder; a success when every model and test of severity error passed."""
    os.chdir(PROJECT)
    logging.raiseExceptions = False  # a log that cannot be written, on a full disk, is no traceback
    progress = Progress()
    try:
        return dbtRunner(callbacks=[progress]).invoke(["build", "--log-level", "none", *arguments])
    finally:
        progress.close()
        DuckDBConnectionManager.close_all_connections()  # or the file stays open for writing


def build(dbt_arguments: Sequence[str], *, wait: bool) -> None:
    """Run dbt build, alone on the warehouse; raises UserError when anything failed."""
    with build_lock(warehouse_file(), wait=wait):
        if not run_dbt(dbt_arguments).success:
            raise UserError("\nThe build failed: see above. The log of dbt is logs/dbt.log.")
