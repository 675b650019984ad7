"""Loads a CSV file: its rows as text, and its malformed lines separately."""

import glob
import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np

from klant360.contract import Table
from klant360.ingest.delivery import DeliveryError, Part
from klant360.ingest.encoding import find_encoding, utf_8_copy
from klant360.ingest.header import Header

LONGEST_LINE = 4 * 1024 * 1024

# Quotes follow RFC 4180.
_CSV_OPTIONS = f"""
    delim = $delimiter, columns = $columns, auto_detect = false, header = true, quote = '"', escape = '"',
    strict_mode = true, allow_quoted_nulls = false, max_line_size = {LONGEST_LINE}, hive_partitioning = false
"""
# Any broken line makes this fail; it also detects when a file cannot be read in parallel. With one column
# more than the header, and no text that reads as null, a null means that a line ended before its column.
_READ_CLEAN_CSV = (
    f"read_csv($path, compression = $compression, {_CSV_OPTIONS}, null_padding = true, nullstr = chr(0))"
)
# Storing rejects turns that detection off, and lines can be lost silently: so this uses one thread. It must
# also read all columns: DuckDB fails on rejects in columns that a query does not use.
_READ_DIRTY_CSV = (
    f"read_csv($path, {_CSV_OPTIONS}, parallel = false, store_rejects = true, rejects_table = 'rejects')"
)

# One row per malformed line: the byte where it starts (DuckDB includes blank lines before it), and whether an
# unclosed quote caused it: it then contains other lines and an odd number of quotes.
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


def load_csv(
    cursor: duckdb.DuckDBPyConnection, table: Table, target: str, part: Part, number: int, header: Header
) -> Header:
    """Append the rows of a CSV file, and its malformed lines to temp.malformed.

    Returns the header, with the encoding that the file turned out to have.
    """
    width = len(header.columns)
    values = ", ".join(
        f"nullif(c{header.columns.index(column.name)}, '')" if column.name in header.columns else "null"
        for column in table.columns
    )
    insert = f"insert into {target} select {values}, {number} from"
    # In a file with one column a blank line is read as a row, in others it is skipped.
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
            cursor.execute(
                f"{insert} {_READ_CLEAN_CSV} where {is_row} and {is_even}",
                _csv_options(header, width + 1) | source,
            )
        except duckdb.Error:
            if header.encoding == "utf-8" and find_encoding(part) == "windows-1252":
                return load_csv(cursor, table, target, part, number, replace(header, encoding="windows-1252"))
            _read_dirty_csv(cursor, table, plain, header)
            cursor.execute(f"{insert} temp.dirty where {is_row}")
    return header


def _csv_options(header: Header, width: int) -> dict[str, Any]:
    columns = {f"c{position}": "varchar" for position in range(width)}
    return {"delimiter": header.delimiter, "columns": columns}


def _read_dirty_csv(cursor: duckdb.DuckDBPyConnection, table: Table, part: Part, header: Header) -> None:
    """Fill temp.dirty with the rows of a CSV file and temp.malformed with its malformed lines.

    DuckDB does not report a quote that is still open at the end of the file. So a copy is read that ends with
    a malformed line: if that line is not reported, the open quote swallowed it.
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

    DuckDB accepts a line with too many fields if the extra ones are empty. So the last one is filled.
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
    """Return the line number, from 1, of each byte position; the positions ascend from 0.

    DuckDB numbers records, which differs where a quoted field contains line ends.
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
