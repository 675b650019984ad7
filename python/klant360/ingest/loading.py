"""Loads the delivered files, as text, into the tables that the models read as their sources."""

import glob
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np

from klant360.contract import Table
from klant360.ingest.delivery import Delivery, DeliveryError, Part, find_delivery, printable, unreachable
from klant360.ingest.encoding import find_encoding, utf_8_copy
from klant360.ingest.file_formats import Rules, find_formats, listed, read_rules
from klant360.ingest.header import Header, ignored_columns, read_headers

LOADER_VERSION = 3  # raise it when the same files would load differently
LONGEST_LINE = 4 * 1024 * 1024
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

# Quotes follow RFC 4180.
_CSV_OPTIONS = f"""
    delim = $delimiter, columns = $columns, auto_detect = false, header = true, quote = '"', escape = '"',
    strict_mode = true, allow_quoted_nulls = false, max_line_size = {LONGEST_LINE}, hive_partitioning = false
"""
# Any broken line makes this fail; it also sees when it must not read a file in parallel. With a column more
# than the header, and no text that reads as null, a null tells that a line ended before its column.
_READ_CLEAN_CSV = (
    f"read_csv($path, compression = $compression, {_CSV_OPTIONS}, null_padding = true, nullstr = chr(0))"
)
# Storing rejects turns that sight off, and lines can then be lost without a word: so this has one thread.
# It must also read all columns: DuckDB fails on rejects of columns that a query does not use.
_READ_DIRTY_CSV = (
    f"read_csv($path, {_CSV_OPTIONS}, parallel = false, store_rejects = true, rejects_table = 'rejects')"
)

# One row per malformed line: the byte where it starts (DuckDB takes blank lines before it along), and whether
# a quote that was never closed made it: it then holds other lines, and half of a pair of quotes.
_MALFORMED_LINES = r"""
select
    line_byte_position - 1
    + min(length(csv_line) - length(ltrim(csv_line, chr(10) || chr(13)))) as first_byte,
    bool_or(
        error_type = 'LINE SIZE OVER MAXIMUM'
        or (
            regexp_matches(trim(csv_line, chr(10) || chr(13)), '[\r\n]')
            and length(replace(csv_line, '"', '')) % 2 <> length(csv_line) % 2
        )
    ) as is_unclosed
from rejects
where not regexp_full_match(csv_line, '\s*')
group by line_byte_position
order by first_byte
"""


@dataclass(frozen=True)
class _Change:
    """A table whose files are not those that were loaded before."""

    table: Table
    parts: tuple[Part, ...]
    fingerprint: str

    @property
    def target(self) -> str:
        """The table that is filled before it takes the place of the one the models read."""
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
    """Load every table of the contract whose files changed since they were loaded; `reload` loads all.

    Each becomes a table of its name with the contract's columns in order, all varchar as the cells stand in
    the files, and the number of the part that a row came in; one without files is empty. Besides, one row per
    - `staging.delivered_tables`: table of the contract; `row_count` does not count its malformed lines;
    - `staging.delivered_files`: file, and how it writes its numbers and dates
      (see `klant360.ingest.file_formats`);
    - `staging.malformed_rows`: line that is no row of its file; blank lines are neither.

    Raises DeliveryError with all that is wrong with the files of all tables; nothing has changed then.
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


def text_of(value: str, stored_type: str, contract_type: str) -> str:
    """Return the SQL that writes a Parquet value as the text a CSV would have.

    `value` is SQL of DuckDB's type `stored_type`; `contract_type` is the column's in the contract. Doubles
    become integers where they are whole, else decimals of four places; nan, infinities and what is too large
    keep a text that no cast takes.
    """
    text = f"cast({value} as varchar)"
    if stored_type in ("DOUBLE", "FLOAT"):
        whole = f"cast(try_cast({value} as hugeint) as varchar)"
        rounded = f"rtrim(rtrim(cast(try_cast({value} as decimal(38, 4)) as varchar), '0'), '.')"
        return f"coalesce(case when {value} = trunc({value}) then {whole} else {rounded} end, {text})"
    if stored_type.startswith("DECIMAL"):
        width, scale = map(int, re.findall(r"\d+", stored_type))
        # a decimal(4, 4) is written .5000
        digits = rf"regexp_replace({text}, '^(-?)\.', '\10.')" if width == scale else text
        is_whole = contract_type == "amount" or scale == 0
        return digits if is_whole else rf"regexp_replace({digits}, '\.0+$', '')"
    if stored_type.startswith("TIMESTAMP"):
        has_zone = stored_type == "TIMESTAMP WITH TIME ZONE"
        # four times as fast as the functions of time zones
        moment = f"make_timestamp(epoch_us({value}))" if has_zone else f"cast({value} as timestamp)"
        text = f"cast({moment} as varchar)" + (" || 'Z'" if has_zone else "")
        if contract_type == "date":
            day = f"cast({moment} as date)"
            return f"case when {moment} = {day} then cast({day} as varchar) else {text} end"
    return text


def _changes(
    cursor: duckdb.DuckDBPyConnection,
    contract: Mapping[str, Table],
    delivery: Delivery,
    problems: list[str],
    rules: Rules,
    reload: bool,
) -> list[_Change]:
    """Return what must be loaded; adds to the problems the files that cannot be reached."""
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
    if ignored := ignored_columns(table, headers):
        log(printable(ignored))
    rows = 0
    for number, (part, header) in enumerate(headers.items(), start=1):
        load_part = _load_parquet if part.format == "parquet" else _load_csv
        try:
            loaded, headers[part] = load_part(cursor, change, part, number, header)
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
        said = _keep_formats(cursor, change, headers, rules, problems)
        files = "1 file" if len(change.parts) == 1 else f"{len(change.parts)} files"
        log(f"Loaded {table.name}: {rows:,} rows from {files} in {time.monotonic() - start:.1f} s")
        for line in said:
            log(line)
    return problems


def _keep_formats(
    cursor: duckdb.DuckDBPyConnection,
    change: _Change,
    headers: Mapping[Part, Header],
    rules: Rules,
    problems: list[str],
) -> list[str]:
    """Find how the files of a change are written and keep it; returns it in words, adds to the problems."""
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
    said: dict[str, list[str]] = {}
    for number, (part, header) in enumerate(headers.items(), start=1):
        found = formats[number]
        is_csv = part.format != "parquet"
        words = [*([DELIMITER_WORDS[header.delimiter]] if is_csv else []), *found.words()]
        words += [header.encoding] if is_csv else []
        told = ", ".join(words)
        said.setdefault(told, []).append(part.name)
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
                printable(ignored_columns(table, {part: header})) or None,
                told,
                before.get(part.name, last),
            ],
        )
    return [
        f"  {names[0] if len(names) == 1 else f'{len(names)} files of {table.path}'}: {told}"
        for told, names in said.items()
        if told
    ]


def _sentence(error: duckdb.Error) -> str:
    if "No space left on device" in str(error):
        return "does not fit: the disk of the warehouse is full. Make room on it."
    if "state machine reached an invalid state" in str(error):
        return (
            "mixes line ends (such as LF and CRLF), or has one inside a field without quotes:"
            " save it with one kind of line end."
        )
    return f"cannot be read: {str(error).splitlines()[0].rstrip('.')}. Correct the file or deliver it again."


def _load_csv(
    cursor: duckdb.DuckDBPyConnection, change: _Change, part: Part, number: int, header: Header
) -> tuple[int, Header]:
    """Append the rows of a CSV file, and its malformed lines to theirs.

    Returns the number of rows, and the header with the encoding that the file turned out to have.
    """
    width = len(header.columns)
    values = ", ".join(
        f"nullif(c{header.columns.index(column.name)}, '')" if column.name in header.columns else "null"
        for column in change.table.columns
    )
    insert = f"insert into {change.target} select {values}, {number} from"
    # In a file of one column a blank line is read as a row, in others as nothing at all.
    is_row = "(c0 = '' or trim(c0) <> '')" if width == 1 else "true"
    is_even = f"case when c{width - 1} is null or c{width} is not null then error('ragged') else true end"
    with TemporaryDirectory() as folder:
        plain = part
        if not header.is_plain:
            plain = utf_8_copy(part, header.encoding, header.skipped_lines, Path(folder) / "plain.csv")
        source = {
            "path": glob.escape(str(plain.path)),
            "compression": "gzip" if plain.format == "csv.gz" else "none",
        }
        try:
            loaded = cursor.execute(
                f"{insert} {_READ_CLEAN_CSV} where {is_row} and {is_even}",
                _csv_options(header, width + 1) | source,
            ).fetchall()
        except duckdb.Error:
            if header.encoding == "utf-8" and find_encoding(part) == "windows-1252":
                return _load_csv(cursor, change, part, number, replace(header, encoding="windows-1252"))
            _read_dirty_csv(cursor, change.table, plain, header)
            loaded = cursor.execute(f"{insert} temp.dirty where {is_row}").fetchall()
    return loaded[0][0], header


def _csv_options(header: Header, width: int) -> dict[str, Any]:
    columns = {f"c{position}": "varchar" for position in range(width)}
    return {"delimiter": header.delimiter, "columns": columns}


def _read_dirty_csv(cursor: duckdb.DuckDBPyConnection, table: Table, part: Part, header: Header) -> None:
    """Fill temp.dirty with the rows of a CSV file and temp.malformed with its malformed lines.

    DuckDB says nothing of a quote that is open at the end of the file. So a copy is read that ends with a
    line that is malformed by itself: when it is not told, it was swallowed.
    """
    width = len(header.columns)
    mark = 'x"x' + f"{header.delimiter}x" * width
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "dirty.csv"
        end = _copy_marked(part, copy, header.delimiter.encode(), width, mark.encode())
        cursor.execute("drop table if exists temp.rejects; drop table if exists temp.reject_scans")
        cursor.execute(
            f"create or replace temp table dirty as from {_READ_DIRTY_CSV}",
            {**_csv_options(header, width), "path": glob.escape(str(copy))},
        )
        malformed = cursor.execute(_MALFORMED_LINES).fetchnumpy()
        lines = line_numbers(copy, malformed["first_byte"]) + header.skipped_lines
    unclosed = lines[malformed["is_unclosed"]]
    if unclosed.size or malformed["first_byte"][-1] != end:
        raise DeliveryError(
            f"{table.name}: {part.name} has a quote that is never closed, or more than"
            f" {LONGEST_LINE // 1024**2} MB in one line: correct line {[*unclosed, lines[-1]][0]}."
        )
    cursor.execute(
        "insert into temp.malformed select ?, ?, unnest(?::bigint[])",
        [table.name, part.name, lines[:-1].tolist()],
    )


def _copy_marked(part: Part, copy: Path, delimiter: bytes, width: int, mark: bytes) -> int:
    """Copy the lines of a CSV and add a last one; returns the byte where that one starts.

    DuckDB takes a line whose fields too many are empty. The last of them is filled, so that it does not.
    """
    is_quoted = False
    line = b""
    with copy.open("wb") as target:
        for line in part.lines():
            text = line.rstrip(b"\r\n")
            has_open_quote = text.count(b'"') % 2 == 1
            if text.endswith(delimiter) and not is_quoted and not has_open_quote:
                fields = re.sub(rb'"[^"]*"', b"", text).count(delimiter) + 1
                line = text + b"x" + line[len(text) :] if fields > width else line
            is_quoted ^= has_open_quote
            target.write(line)
        if not line.endswith((b"\r", b"\n")):
            target.write(b"\n")
        end = target.tell()
        target.write(mark)
    return end


def line_numbers(path: Path, first_bytes: np.ndarray) -> np.ndarray:
    """Return the line of the file, from 1, in which each byte stands; the positions ascend from 0.

    DuckDB numbers records, which is not the same where a quoted field has line ends of its own.
    """
    lines = np.ones(len(first_bytes), dtype=np.int64)
    offset, seen, line_end = 0, 0, None
    for chunk in Part(path, path.name, "csv").chunks():
        line_end = line_end or (b"\n" if b"\n" in chunk else b"\r")
        ends = offset + np.flatnonzero(np.frombuffer(chunk, dtype=np.uint8) == ord(line_end))
        here = slice(*np.searchsorted(first_bytes, (offset, offset + len(chunk))))
        lines[here] += seen + np.searchsorted(ends, first_bytes[here])
        offset += len(chunk)
        seen += len(ends)
    return lines


def _load_parquet(
    cursor: duckdb.DuckDBPyConnection, change: _Change, part: Part, number: int, header: Header
) -> tuple[int, Header]:
    """Append the rows of a Parquet file; returns their number, and the header with its typed columns."""
    parameters = {"path": glob.escape(str(part.path))}
    source = "read_parquet($path, binary_as_string = true, hive_partitioning = false)"
    described = cursor.execute(f"describe from {source}", parameters).fetchall()
    stored = dict(zip(header.columns, described, strict=True))
    values = ", ".join(
        text_of('"' + stored[column.name][0].replace('"', '""') + '"', stored[column.name][1], column.type)
        if column.name in stored
        else "null"
        for column in change.table.columns
    )
    loaded = cursor.execute(
        f"insert into {change.target} select {values}, {number} from {source}", parameters
    ).fetchall()
    typed = frozenset(name for name, (_, stored_type, *_) in stored.items() if stored_type != "VARCHAR")
    return loaded[0][0], replace(header, typed_columns=typed)


def _publish(
    cursor: duckdb.DuckDBPyConnection, changes: list[_Change], contract: Mapping[str, Table]
) -> None:
    """Put the loaded tables in the place of the old ones, all of them or none."""
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
        if changes:  # what was loaded anew holds whom erasure had taken out
            cursor.execute("drop table if exists staging.erasure_state")
        cursor.commit()
    except BaseException:
        cursor.rollback()
        raise
