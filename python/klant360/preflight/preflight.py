"""What a sources folder would give: what its files are, what cannot be read, and which marts fill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import yaml

from klant360.connection import connect
from klant360.contract import Table, read_contract
from klant360.errors import InputError, UserError
from klant360.ingest.connectors.connector import Export
from klant360.ingest.connectors.proposal import Found, find_all
from klant360.ingest.delivery import SOURCES_FILE, printable
from klant360.preflight.checking import check, ready_warehouse
from klant360.preflight.filling import filling_lines
from klant360.project import PROJECT, sources_folder, warehouse_file
from klant360.publishing.delivery_summary import counted, reading_lines
from klant360.settings import project_vars

_MOST_FILES = 20
_MOST_HEADERS = 4

Echo = Callable[[str], None]


def preflight(sources: Path, *, write: bool, cli_vars: Mapping[str, Any], echo: Echo) -> None:
    """Describe a sources folder line by line; `write` writes what it proposes to sources.yml.

    Raises InputError when it cannot be built yet.
    """
    contract = read_contract(PROJECT)
    found = find_all(sources, contract)
    file = sources / SOURCES_FILE
    proposed = found.proposal.lines(found.instances)
    for line in _file_lines(found):
        echo(line)
    if proposed:
        echo("")
        if write:
            refuse = [problem for problem in found.delivery.problems if SOURCES_FILE in problem]
            if file.exists() and refuse:
                raise InputError("\n- ".join(["Correct this first, nothing was written:", *refuse]))
            _add(file, proposed)
            echo(f"Written to {file}:")
        else:
            echo(f"Proposed for {file}:")
        for line in proposed:
            echo(f"  {line}")
    elif write:
        echo(f"\nThere is nothing to add to {file}.")
    with _with_proposal(sources, proposed if not write else []) as folder:
        problems = find_all(folder, contract).delivery.problems
        if problems:
            listed = "".join(f"\n- {problem}" for problem in problems).replace(str(folder), str(sources))
            raise InputError(f"\nThis cannot be built yet:{listed}")
        echo("\nReading the files")
        lines = _judged_lines(folder, contract, cli_vars, echo)
    for line in lines:
        echo(line)
    echo("")
    if proposed and not write:
        echo(f"Accept the proposal with: .venv/bin/klant360 preflight {sources} --write")
    else:
        echo(f"Build it with: make build SOURCES={sources}")


def _judged_lines(
    sources: Path, contract: Mapping[str, Table], cli_vars: Mapping[str, Any], echo: Echo
) -> list[str]:
    """Return what the rows of a folder are worth, after they were loaded into a warehouse aside."""
    try:
        with TemporaryDirectory() as scratch:
            # models are compiled for the name of the warehouse, which the file gives it
            warehouse = Path(scratch) / warehouse_file().name
            ready_warehouse(warehouse, cli_vars, echo)
            with connect(warehouse) as connection:
                check(connection, sources, contract, cli_vars, lambda line: echo(f"  {line}"))
                return [
                    *_table_lines(connection, contract, project_vars(cli_vars)["business_timezone"]),
                    *reading_lines(connection),
                    *filling_lines(connection),
                ]
    except (duckdb.Error, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise UserError(
            f"The files cannot be looked at: {reason}. They are loaded in {gettempdir()};"
            " name a folder with more room in TMPDIR."
        ) from error


def look_first(echo: Echo) -> None:
    """Raise InputError before a build of a folder with files that a connector reads, and no sources.yml."""
    sources = sources_folder()
    if (sources / SOURCES_FILE).is_file() or not sources.is_dir():
        return
    if find_all(sources, read_contract(PROJECT)).proposal.recognised:
        preflight(sources, write=False, cli_vars={}, echo=echo)
        raise InputError(f"Nothing was built. No {SOURCES_FILE} in {sources} says how to read its files.")


def _file_lines(found: Found) -> Iterator[str]:
    """Yield what each file was taken for, and why."""
    yield "Files"
    for name, parts in found.delivery.parts.items():
        yield from _listed([part.name for part in parts], f"{name}, by its place")
    for instance in found.instances:
        for export in instance.exports:
            files = [part.name for part in instance.files[export.name]]
            yield from _listed(files, f"{_as(export)} ({instance.name} in {SOURCES_FILE})")
    recognised: dict[str, list[str]] = {}
    for file in found.proposal.recognised:
        recognised.setdefault(_as(file.export), []).append(file.part.name)
    for title, files in recognised.items():
        yield from _listed(files, title)
    for new, instance in found.proposal.of_known(found.instances):
        yield (
            f"  {printable(new.part.name)} is not read yet: if it comes from {instance.name}, add it to its"
            f" files in {SOURCES_FILE}; if not, give it an instance of its own there"
        )
    for unknown in found.proposal.unknown:
        yield f"  Not read: {printable(unknown.sentence)}"
    for hint in found.delivery.hints:
        said = any(other.part.name in hint for other in [*found.proposal.unknown, *found.proposal.recognised])
        if not said:
            yield f"  {printable(hint)}"


def _as(export: Export) -> str:
    first = [export.headers[names[0]] for names in export.recognised_by[:_MOST_HEADERS]]
    return f"{export.title}: it has {', '.join(first)}"


def _listed(files: list[str], title: str) -> Iterator[str]:
    for file in files[:_MOST_FILES]:
        yield f"  {printable(file)} is {title}"
    if len(files) > _MOST_FILES:
        yield f"  and {len(files) - _MOST_FILES} more"


def _add(file: Path, lines: list[str]) -> None:
    """Add lines to sources.yml, which keeps what it has. Raises UserError if that would not be valid."""
    before = file.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if file.is_file() else ""
    text = before + "\n".join(lines) + "\n"
    try:
        is_valid = isinstance(yaml.safe_load(text), dict)
    except yaml.YAMLError:
        is_valid = False
    if not is_valid:
        raise UserError(
            f"{file} is written in a way that nothing can be added below it: add these lines yourself."
        )
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}).") from error


@contextmanager
def _with_proposal(sources: Path, proposed: list[str]) -> Iterator[Path]:
    """Return the folder as it would be if the proposal were accepted."""
    if not proposed:
        yield sources
        return
    with TemporaryDirectory() as folder:
        for file in sources.rglob("*"):
            if file.is_file() and file != sources / SOURCES_FILE:
                link = Path(folder) / file.relative_to(sources)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file.resolve())
        if (sources / SOURCES_FILE).is_file():
            (Path(folder) / SOURCES_FILE).write_bytes((sources / SOURCES_FILE).read_bytes())
        _add(Path(folder) / SOURCES_FILE, proposed)
        yield Path(folder)


def _table_lines(
    warehouse: duckdb.DuckDBPyConnection, contract: Mapping[str, Table], zone: str
) -> Iterator[str]:
    """Yield per delivered table its rows, and the first and last local day of those that are accepted."""
    delivered = dict(
        warehouse.execute(
            "select source_table, row_count from staging.delivered_tables where is_delivered"
        ).fetchall()
    )
    yield "\nTables"
    for name, rows in delivered.items():
        moment = _moment(contract[name])
        days = ""
        if moment:
            base = f"staging.base_{name.replace('.', '__')}"
            first, last = warehouse.execute(
                f"select min({moment}), max({moment}) from {base} where reject_reason is null"
            ).fetchall()[0]
            days = f"   {moment} from {_day(first, zone)} to {_day(last, zone)}" if first else ""
        yield f"  {name:<32}{counted(rows, 'row'):>16}{days}"


def _day(moment: date, zone: str) -> date:
    """Return the local day of a moment in UTC; a date is one already."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()
    return moment


def _moment(table: Table) -> str | None:
    """Return the column that says when the rows of a table happened: the first that is required."""
    dated = [column for column in table.columns if column.type in ("timestamp", "date")]
    required = [column.name for column in dated if column.is_required]
    created = [column.name for column in dated if column.name == "created_at"]
    return next(iter(required + created), None)
