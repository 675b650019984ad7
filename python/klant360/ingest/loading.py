"""Loads the delivered files, as text, into the tables that the models read as their sources."""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from klant360.contract import Table
from klant360.ingest.delivery import Delivery, DeliveryError, Part, find_delivery, printable, unreachable
from klant360.ingest.file_formats import Rules, find_formats, listed, read_rules
from klant360.ingest.header import Header, ignored_columns, read_headers
from klant360.ingest.load_csv import load_csv
from klant360.ingest.load_parquet import load_parquet

LOADER_VERSION = 3  # raise this when the same files would load differently
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
    """A table whose files differ from those loaded before."""

    table: Table
    parts: tuple[Part, ...]
    fingerprint: str

    @property
    def target(self) -> str:
        """The table that is filled before it replaces the one that models read."""
        return f"{self.table.name}__loading"


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

    Each becomes a table of its name with the contract's columns in order, all varchar with the cells as they
    are in the files, and the number of the part that a row came in; without files it is empty. Also, one row
    per
    - `staging.delivered_tables`: table of the contract; `row_count` does not count its malformed lines;
    - `staging.delivered_files`: file, and how it writes its numbers and dates
      (see `klant360.ingest.file_formats`);
    - `staging.malformed_rows`: malformed line; blank lines are skipped.

    Raises DeliveryError with all problems in the files of all tables; nothing has changed then.
    """
    rules = rules or read_rules({})
    delivery = find_delivery(sources, contract)
    for hint in delivery.hints:
        log(printable(hint))
    problems = list(delivery.problems)
    with connection.cursor() as cursor:
        cursor.execute(BOOKKEEPING)
        changes = _changes(cursor, contract, delivery, problems, rules, reload)
        try:
            for change in changes:
                problems += _load(cursor, change, rules, log)
            if problems:
                raise DeliveryError(*problems)
            _publish(cursor, changes, contract)
            if absent := [name for name in contract if name not in delivery.parts]:
                log(f"Not delivered, so their models are empty: {', '.join(absent)}")
        finally:
            for change in changes:
                cursor.execute(f"drop table if exists {change.target}")


def _changes(
    cursor: duckdb.DuckDBPyConnection,
    contract: Mapping[str, Table],
    delivery: Delivery,
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
        try:
            fingerprint = _fingerprint(table, parts, rules)
        except OSError as error:
            problems.append(unreachable(table, error))
        else:
            if reload or (table.name, fingerprint) not in loaded:
                changes.append(_Change(table, parts, fingerprint))
    return changes


def _fingerprint(table: Table, parts: tuple[Part, ...], rules: Rules) -> str:
    states = [(str(part.path.resolve()), part.path.stat()) for part in parts]
    files = [(path, state.st_size, state.st_mtime_ns) for path, state in states]
    words = sorted(rules.null_words), sorted(rules.placeholders)
    facts = (LOADER_VERSION, table, files, rules.of_table(table), rules.zone, words)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _load(
    cursor: duckdb.DuckDBPyConnection, change: _Change, rules: Rules, log: Callable[[str], None]
) -> list[str]:
    """Fill the target of a change; returns the problems of its files."""
    start = time.monotonic()
    table = change.table
    cursor.execute(f"create schema if not exists {table.system}")
    columns = ", ".join(f"{column.name} varchar" for column in table.columns)
    cursor.execute(f"create or replace table {change.target} ({columns}, part_number bigint)")
    headers, problems = read_headers(table, change.parts)
    ignored = printable(ignored_columns(table, headers))
    if ignored:
        log(ignored)
    rows = 0
    for number, (part, header) in enumerate(headers.items(), start=1):
        load_part = load_parquet if part.format == "parquet" else load_csv
        try:
            loaded, headers[part] = load_part(cursor, table, change.target, part, number, header)
            rows += loaded
        except DeliveryError as error:
            problems += error.problems
        except OSError as error:
            problems.append(unreachable(table, error))
        except duckdb.Error as error:
            problems.append(f"{table.name}: {part.name} {_sentence(error)}")
    cursor.execute(
        "insert into temp.loaded values (?, ?, ?, ?, ?)",
        [table.name, bool(change.parts), len(change.parts), rows, change.fingerprint],
    )
    if change.parts and not problems:
        formats = _keep_formats(cursor, change, headers, ignored, rules, problems)
        files = "1 file" if len(change.parts) == 1 else f"{len(change.parts)} files"
        log(f"Loaded {table.name}: {rows:,} rows from {files} in {time.monotonic() - start:.1f} s")
        for line in formats:
            log(line)
    return problems


def _keep_formats(
    cursor: duckdb.DuckDBPyConnection,
    change: _Change,
    headers: Mapping[Part, Header],
    ignored: str,
    rules: Rules,
    problems: list[str],
) -> list[str]:
    """Find and store the formats of the files of a change; returns them in words, adds to the problems."""
    table = change.table
    files = {
        number: (part.name, set(header.columns) - header.typed_columns)
        for number, (part, header) in enumerate(headers.items(), start=1)
    }
    formats, undecided = find_formats(cursor, change.target, table, files, rules)
    problems += undecided
    before = dict(
        cursor.execute(
            "select file_name, format from staging.delivered_files where source_table = ?", [table.name]
        ).fetchall()
    )
    last = next(iter(before.values()), None) if len(set(before.values())) == 1 else None
    files_by_format: dict[str, list[str]] = {}
    for number, (part, header) in enumerate(headers.items(), start=1):
        found = formats[number]
        is_csv = part.format != "parquet"
        words = [*([DELIMITER_WORDS[header.delimiter]] if is_csv else []), *found.words()]
        words += [header.encoding] if is_csv else []
        format_in_words = ", ".join(words)
        files_by_format.setdefault(format_in_words, []).append(part.name)
        cursor.execute(
            "insert into temp.files values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                table.name,
                number,
                part.name,
                header.encoding if is_csv else None,
                header.delimiter if is_csv else None,
                found.decimal_mark,
                listed([f"{column}:{order}" for column, order in found.date_orders.items()]),
                listed([column.name for column in table.columns if column.name in header.columns]),
                listed(found.plain_columns),
                found.local_times,
                rules.zone,
                ignored or None,
                format_in_words,
                before.get(part.name, last),
            ],
        )
    return [
        f"  {names[0] if len(names) == 1 else f'{len(names)} files of {table.path}'}: {format_in_words}"
        for format_in_words, names in files_by_format.items()
        if format_in_words
    ]


def _sentence(error: duckdb.Error) -> str:
    if "No space left on device" in str(error):
        return "does not fit: the disk of the warehouse is full. Free some space on it."
    if "state machine reached an invalid state" in str(error):
        return (
            "mixes line endings (such as LF and CRLF), or has one inside a field without quotes:"
            " save it with one kind of line ending."
        )
    return f"cannot be read: {str(error).splitlines()[0].rstrip('.')}. Correct the file or deliver it again."


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
