"""Loads the delivered files, as text, into the tables that the models read as their sources."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from klant360.contract import Table
from klant360.ingest.connectors.filling import File, exports_of, fill
from klant360.ingest.connectors.instances import Instance
from klant360.ingest.connectors.proposal import exports_in_place_of_tables, find_all
from klant360.ingest.delivery import Delivery, DeliveryError, Part, printable, unreachable
from klant360.ingest.file_formats import FileFormat, Rules, find_formats, listed, read_rules
from klant360.ingest.header import ignored_columns
from klant360.ingest.load_files import load_files, reason

LOADER_VERSION = 3  # raise this when the same files would load differently
# Of the files of a table with problems, this many are looked at to see what they are.
_LOOKED_AT = 5
DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs"}

BOOKKEEPING = """
create schema if not exists staging;
create table if not exists staging.delivered_tables (
    source_table varchar, is_delivered boolean, file_count bigint, row_count bigint, fingerprint varchar
);
create table if not exists staging.malformed_rows (
    source_table varchar, file_name varchar, line_number bigint
);
create table if not exists staging.delivered_files (
    source_table varchar, part_number bigint, file_name varchar, encoding varchar, delimiter varchar,
    decimal_mark varchar, date_orders varchar, columns varchar, plain_columns varchar, local_times bigint,
    local_zone varchar, ignored_columns varchar, format varchar, previous_format varchar
);
create temp table loaded as from staging.delivered_tables limit 0;
create temp table files as from staging.delivered_files limit 0;
create temp table malformed as from staging.malformed_rows limit 0;
"""


@dataclass(frozen=True)
class _Change:
    """A table whose files, or what reads them, differ from those loaded before."""

    table: Table
    parts: tuple[Part, ...]
    instances: tuple[Instance, ...]
    fingerprint: str

    @property
    def target(self) -> str:
        """The table that is filled before it replaces the one that models read."""
        return f"{self.table.name}__loading"


@dataclass
class _Loaded:
    """What became of a change: its files by part number, how these are written, and its problems."""

    files: dict[int, File] = field(default_factory=dict)
    formats: dict[int, FileFormat] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    ignored: str = ""
    seconds: float = 0.0


def load_sources(
    connection: duckdb.DuckDBPyConnection,
    sources: Path,
    contract: Mapping[str, Table],
    *,
    rules: Rules | None = None,
    reload: bool = False,
    log: Callable[[str], None] = print,
) -> None:
    """Load every table of the contract whose files changed since the last load; `reload` loads all.

    Files that `sources.yml` names are read by their connector, which may fill several tables from one file.
    Each table becomes one of its name with the contract's columns in order, all varchar with the cells as
    they are in the files, and the number of the part that a row came in; without files it is empty. Also, one
    row per
    - `staging.delivered_tables`: table of the contract; `row_count` does not count its malformed lines;
    - `staging.delivered_files`: file of a table, and how it writes its numbers and dates
      (see `klant360.ingest.file_formats`);
    - `staging.malformed_rows`: malformed line of a table; blank lines are skipped.

    Raises DeliveryError with all problems in the files of all tables; nothing has changed then.
    """
    rules = rules or read_rules({})
    found = find_all(sources, contract)
    delivery, instances = found.delivery, found.instances
    for hint in delivery.hints:
        log(printable(hint))
    problems = list(delivery.problems)
    with connection.cursor() as cursor:
        cursor.execute(BOOKKEEPING)
        changes = _changes(cursor, contract, delivery, instances, problems, rules, reload)
        loaded = {change.table.name: _Loaded() for change in changes}
        try:
            for change in changes:
                _load_parts(cursor, change, loaded[change.table.name], log)
            number = max((len(parts) for parts in delivery.parts.values()), default=0)
            for instance in instances:
                numbers = {part: number + at for at, part in enumerate(instance.parts, start=1)}
                number += len(numbers)
                _load_exports(cursor, instance, changes, loaded, numbers, rules)
            _find_formats(cursor, changes, loaded, rules)
            for change in changes:
                _keep(cursor, change, loaded[change.table.name], rules, log)
                problems += loaded[change.table.name].problems
            problems = list(dict.fromkeys(problems))  # an export that fills two tables has its problem once
            if problems:
                wrong = [change.parts for change in changes if loaded[change.table.name].problems]
                parts = [part for parts in wrong for part in parts[:_LOOKED_AT]]
                raise DeliveryError(*exports_in_place_of_tables(parts, contract), *problems)
            _publish(cursor, changes, contract)
            filled = {*delivery.parts, *(table for instance in instances for table in instance.tables)}
            if absent := [name for name in contract if name not in filled]:
                log(f"Not delivered, so their models are empty: {', '.join(absent)}")
        finally:
            for change in changes:
                cursor.execute(f"drop table if exists {change.target}")


def _changes(
    cursor: duckdb.DuckDBPyConnection,
    contract: Mapping[str, Table],
    delivery: Delivery,
    instances: Sequence[Instance],
    problems: list[str],
    rules: Rules,
    reload: bool,
) -> list[_Change]:
    """Return what must be loaded; adds files that cannot be read to the problems."""
    loaded = cursor.execute(
        "select source_table, fingerprint from staging.delivered_tables"
        " join duckdb_tables() on source_table = schema_name || '.' || table_name"
        " where database_name = current_database()"
    ).fetchall()
    changes = []
    for table in contract.values():
        parts = delivery.parts.get(table.name, ())
        filling = tuple(instance for instance in instances if table.name in instance.tables)
        try:
            fingerprint = _fingerprint(table, parts, filling, rules)
        except OSError as error:
            problems.append(unreachable(table, error))
        else:
            if reload or (table.name, fingerprint) not in loaded:
                changes.append(_Change(table, parts, filling, fingerprint))
    return changes


def _fingerprint(table: Table, parts: tuple[Part, ...], instances: tuple[Instance, ...], rules: Rules) -> str:
    words = sorted(rules.null_words), sorted(rules.placeholders)
    facts = [LOADER_VERSION, table, _states(parts), rules.of_table(table), rules.zone, words]
    for instance in instances:
        files = instance.files_of(table.name)
        sheets = [part.sheet for part in files]
        facts.append((instance.name, instance.connector.fingerprint, _states(files), sheets))
    return hashlib.sha256(repr(tuple(facts)).encode()).hexdigest()


def _states(parts: Sequence[Part]) -> list[tuple[str, int, int]]:
    """Return the path of each file with its size and when it changed."""
    states = [(str(part.path.resolve()), part.path.stat()) for part in parts]
    return [(path, state.st_size, state.st_mtime_ns) for path, state in states]


def _load_parts(
    cursor: duckdb.DuckDBPyConnection, change: _Change, loaded: _Loaded, log: Callable[[str], None]
) -> None:
    """Make the target of a change, and fill it from the files in the table's own form."""
    start = time.monotonic()
    table = change.table
    cursor.execute(f"create schema if not exists {table.system}")
    columns = ", ".join(f"{column.name} varchar" for column in table.columns)
    cursor.execute(f"create or replace table {change.target} ({columns}, part_number bigint)")
    numbers = dict(enumerate(change.parts, start=1))
    headers, loaded.problems = load_files(cursor, table, change.target, numbers)
    loaded.ignored = printable(ignored_columns(table, dict(headers.values())))
    if loaded.ignored:
        log(loaded.ignored)
    known = {column.name for column in table.columns}
    for number, (part, header) in headers.items():
        columns = known.intersection(header.columns)
        loaded.files[number] = File(part, header, columns, columns - header.typed_columns)
    loaded.seconds = time.monotonic() - start


def _load_exports(
    cursor: duckdb.DuckDBPyConnection,
    instance: Instance,
    changes: Sequence[_Change],
    loaded: Mapping[str, _Loaded],
    numbers: Mapping[Part, int],
    rules: Rules,
) -> None:
    """Fill the targets of the changes from the exports of an instance."""
    changed = {change.table.name: change for change in changes if instance in change.instances}
    if not changed:
        return
    start = time.monotonic()
    with exports_of(cursor, instance, list(changed), numbers) as read:
        for name, change in changed.items():
            loaded[name].problems += read.problems
            if not read.problems:
                try:
                    loaded[name].files |= fill(cursor, change.table, change.target, instance, read, rules)
                except DeliveryError as error:
                    loaded[name].problems += error.problems
                except duckdb.Error as error:
                    loaded[name].problems.append(f"{instance.name}: {name}: {reason(error)}")
    for name in changed:
        loaded[name].seconds += (time.monotonic() - start) / len(changed)


def _find_formats(
    cursor: duckdb.DuckDBPyConnection,
    changes: Sequence[_Change],
    loaded: Mapping[str, _Loaded],
    rules: Rules,
) -> None:
    """Find how the files of all changes are written; what one table cannot tell of a file, another may."""
    marks: dict[Path, str] = {}
    unclear: dict[str, list[str]] = {}
    for again in (False, True):
        for change in changes:
            news = loaded[change.table.name]
            if news.problems or not news.files or (again and change.table.name not in unclear):
                continue
            start = time.monotonic()
            of_files = {
                number: marks[file.part.path]
                for number, file in news.files.items()
                if file.part.path in marks
            }
            names = {number: (file.part.name, file.text_columns) for number, file in news.files.items()}
            news.formats, problems = find_formats(cursor, change.target, change.table, names, rules, of_files)
            for number, found in news.formats.items():
                if found.decimal_mark:
                    marks.setdefault(news.files[number].part.path, found.decimal_mark)
            if problems or again:
                unclear[change.table.name] = problems
            news.seconds += time.monotonic() - start
    for name, problems in unclear.items():
        loaded[name].problems += problems


def _keep(
    cursor: duckdb.DuckDBPyConnection,
    change: _Change,
    loaded: _Loaded,
    rules: Rules,
    log: Callable[[str], None],
) -> None:
    """Store how the files of a change are written, and log what was loaded."""
    table, files = change.table, loaded.files
    rows = cursor.execute(f"select count(*) from {change.target}").fetchall()[0][0]
    cursor.execute(
        "insert into temp.loaded values (?, ?, ?, ?, ?)",
        [table.name, bool(change.parts or change.instances), len(files), rows, change.fingerprint],
    )
    if not files or loaded.problems:
        return
    before = dict(
        cursor.execute(
            "select file_name, format from staging.delivered_files where source_table = ?", [table.name]
        ).fetchall()
    )
    last = next(iter(before.values()), None) if len(set(before.values())) == 1 else None
    files_by_format: dict[str, list[str]] = {}
    for number, file in files.items():
        found, header = loaded.formats[number], file.header
        is_csv = file.part.format in ("csv", "csv.gz")
        words = [*([DELIMITER_WORDS[header.delimiter]] if is_csv else []), *found.words()]
        words += [header.encoding] if is_csv else []
        format_in_words = ", ".join(words)
        files_by_format.setdefault(format_in_words, []).append(file.part.name)
        cursor.execute(
            "insert into temp.files values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                table.name,
                number,
                file.part.name,
                header.encoding if is_csv else None,
                header.delimiter if is_csv else None,
                found.decimal_mark,
                listed([f"{column}:{order}" for column, order in found.date_orders.items()]),
                listed([column.name for column in table.columns if column.name in file.columns]),
                listed(found.plain_columns),
                found.local_times,
                rules.zone,
                loaded.ignored or None,
                format_in_words,
                before.get(file.part.name, last),
            ],
        )
    many = "1 file" if len(files) == 1 else f"{len(files)} files"
    log(f"Loaded {table.name}: {rows:,} rows from {many} in {loaded.seconds:.1f} s")
    for format_in_words, names in files_by_format.items():
        if format_in_words:
            where = names[0] if len(names) == 1 else f"{len(names)} files of {table.path}"
            log(f"  {where}: {format_in_words}")


def _publish(
    cursor: duckdb.DuckDBPyConnection, changes: list[_Change], contract: Mapping[str, Table]
) -> None:
    """Replace the old tables with the loaded ones, all of them or none."""
    names = list(contract)
    cursor.begin()
    try:
        for change in changes:
            table = change.table
            cursor.execute(f"drop table if exists {table.name}")
            cursor.execute(f"alter table {change.target} rename to {table.name.split('.')[1]}")
        for kept, news in (
            ("delivered_tables", "loaded"),
            ("delivered_files", "files"),
            ("malformed_rows", "malformed"),
        ):
            cursor.execute(
                f"delete from staging.{kept} where source_table in (select source_table from temp.loaded)"
                " or source_table not in (select unnest(?))",
                [names],
            )
            cursor.execute(f"insert into staging.{kept} from temp.{news}")
        if changes:  # tables that were loaded again contain the erased people again
            cursor.execute("drop table if exists staging.erasure_state")
        cursor.commit()
    except BaseException:
        cursor.rollback()
        raise
