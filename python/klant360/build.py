"""dbt build with a progress bar; `python -m klant360.publish` also publishes what it built."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg
from tqdm import tqdm

from klant360.build_lock import BusyError, build_lock
from klant360.contract import PROJECT
from klant360.summary import warehouse_file


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Build; 0 when everything passed, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m klant360.build",
        description="Runs dbt build with a progress bar. Options are handed on to dbt, "
        "such as --vars 'base_currency: GBP' or --select customer_360.",
        epilog="KLANT360_SOURCES names the folder that is read (default: demo/sources), "
        "KLANT360_WAREHOUSE the DuckDB file that is built (default: warehouse/klant360.duckdb).",
    )
    parser.add_argument("--wait", action="store_true", help="wait for another build of this warehouse")
    options, dbt_arguments = parser.parse_known_args(arguments)
    try:
        with build_lock(warehouse_file(), wait=options.wait):
            done = run_dbt(dbt_arguments).success
    except BusyError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    if not done:
        print("\nThe build failed: see above. What dbt did stands in logs/dbt.log.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
