"""Checks that a change left the marts as they were: builds two commits on the same files and compares tables.

Both commits are built from scratch in separate working copies, with the same secret, so their customer ids
are equal. A table is equal if neither build has a row that the other lacks (`except all`, both ways).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from klant360.errors import UserError
from klant360.project import ID_SALT, PROJECT, SOURCES, WAREHOUSE
from klant360.quoting import identifier, quoted

SCHEMAS = ("marts", "restricted")
# dbt with the Python code of the working copy before the installed code
BUILD = ("-m", "dbt.cli.main", "build", "--exclude-resource-type", "test", "unit_test", "--log-level", "warn")


@dataclass(frozen=True)
class Difference:
    """A table in the two builds: how many rows each has, and how many of them the other lacks.

    The number of rows is None if a build does not have the table, or has it with other columns.
    """

    table: str
    rows_before: int | None
    rows_after: int | None
    only_before: int = 0
    only_after: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether both builds have the table with the same rows."""
        return None not in (self.rows_before, self.rows_after) and not (self.only_before or self.only_after)


@contextmanager
def working_copy(commit: str) -> Iterator[Path]:
    """Check out a commit into a folder that is removed afterwards."""
    with TemporaryDirectory(prefix="klant360-") as folder:
        copy = Path(folder) / "project"
        git = ["git", "-C", str(PROJECT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(copy), commit], check=True)
        try:
            yield copy
        finally:
            subprocess.run([*git, "remove", "--force", str(copy)], check=True)


def build(project: Path, sources: Path, warehouse: Path, cli_vars: str) -> None:
    """Build a working copy of the project without tests; raises UserError if that fails."""
    done = subprocess.run(
        [sys.executable, *BUILD, "--vars", cli_vars],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": str(project / "python"),
            SOURCES: str(sources),
            WAREHOUSE: str(warehouse),
            ID_SALT: "compare",
            "DBT_TARGET_PATH": str(warehouse.parent / f"{warehouse.stem}_target"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{project} cannot be built on {sources}:\n{(done.stdout + done.stderr)[-3000:]}")


def differences(before: Path, after: Path) -> list[Difference]:
    """Compare every table of the marts of two warehouses, whose files have different names."""
    old, new = before.stem, after.stem
    with duckdb.connect() as connection:
        # under the names they were built with: views say in which database their tables are
        for warehouse in (before, after):
            attachment = f"{quoted(warehouse)} as {identifier(warehouse.stem)}"
            connection.execute(f"attach {attachment} (read_only)")
        tables = connection.execute(
            f"""
            select
                schema_name || '.' || table_name as mart,
                list(column_name || ' ' || data_type order by column_name) filter (database_name = $old),
                list(column_name || ' ' || data_type order by column_name) filter (database_name = $new)
            from duckdb_columns()
            where schema_name in {SCHEMAS}
            group by mart
            order by mart
            """,
            {"old": old, "new": new},
        ).fetchall()
        return [_compared(connection, (identifier(old), identifier(new)), *table) for table in tables]


def _compared(
    connection: duckdb.DuckDBPyConnection,
    databases: tuple[str, str],
    table: str,
    old_columns: list[str],
    new_columns: list[str],
) -> Difference:
    def count(sql: str) -> int:
        return connection.execute(f"select count(*) from ({sql})").fetchall()[0][0]

    before, after = (f"{database}.{table}" for database in databases)
    old_rows = count(f"from {before}") if old_columns else None
    new_rows = count(f"from {after}") if new_columns else None
    if old_columns != new_columns:
        return Difference(table, old_rows, None if old_columns else new_rows)
    names = ", ".join(f'"{column.split(" ")[0]}"' for column in old_columns)
    old, new = (f"select {names} from {place}" for place in (before, after))
    return Difference(
        table, old_rows, new_rows, count(f"{old} except all {new}"), count(f"{new} except all {old}")
    )


def report(found: Sequence[Difference]) -> str:
    """Return a line per table, and a last one that says whether all are equal."""
    lines = [f"{'table':<40}{'before':>12}{'after':>12}{'only before':>13}{'only after':>12}"]
    for one in found:
        counts = (one.rows_before, one.rows_after)
        before, after = ("-" if rows is None else f"{rows:,}" for rows in counts)
        lines.append(f"{one.table:<40}{before:>12}{after:>12}{one.only_before:>13,}{one.only_after:>12,}")
    different = [one.table for one in found if not one.is_equal]
    verdict = f"{len(found) - len(different)} of {len(found)} tables are equal."
    return "\n".join([*lines, verdict + (f" Different: {', '.join(different)}." if different else "")])


def compare(before: str, after: str, sources: Sequence[Path], cli_vars: str) -> bool:
    """Build two commits on each folder of sources and print what differs; returns whether nothing does."""
    all_equal = True
    with working_copy(before) as old, working_copy(after) as new, TemporaryDirectory() as folder:
        for number, delivered in enumerate(sources):
            warehouses = [Path(folder) / f"{name}_{number}.duckdb" for name in ("before", "after")]
            for project, warehouse in zip((old, new), warehouses, strict=True):
                build(project, delivered.resolve(), warehouse, cli_vars)
            found = differences(*warehouses)
            print(f"\n{delivered}: {before} and {after}\n{report(found)}", flush=True)
            all_equal = all_equal and all(one.is_equal for one in found)
    return all_equal
