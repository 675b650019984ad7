"""The headers of a table's files: how each is written, what is wrong with it, which columns are not read."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow
import pyarrow.parquet

from klant360.contract import Table
from klant360.ingest.delivery import SAVE_AS_CSV, DeliveryError, Part, unreachable
from klant360.ingest.encoding import BROKEN, decoded, find_encoding, is_utf_16
from klant360.ingest.header_names import (
    known_columns,
    listed_names,
    looks_like_data,
    rename_list,
    suggested_renames,
)
from klant360.ingest.spreadsheet import SpreadsheetError

DELIMITERS = ",;\t"
_OTHER_DELIMITERS = "|:^~"
_HEADER_LINES = 20
_MOST_FOUND, _MOST_IGNORED = 100, 20
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Excel's own first line, which sets the delimiter.
_SEPARATOR_LINE = re.compile(r'[ \t]*"?sep="?(.|\\t)?"?"?[ \t,;]*(\r\n|\r|\n|\Z)', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Header:
    """The columns of a file as written there, in order.

    For a CSV also its delimiter, its encoding (utf-8, utf-16 or windows-1252; a file with an ASCII header may
    turn out to be windows-1252 further down), and the number of lines above the header. For a Parquet file:
    the columns that are not text.
    """

    names: tuple[str, ...]
    delimiter: str = ","
    encoding: str = "utf-8"
    skipped_lines: int = 0
    typed_columns: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names as the contract writes them, position by position."""
        return tuple(name.strip().lower() for name in self.names)

    @property
    def is_plain(self) -> bool:
        """Whether the file can be read without a copy."""
        return self.encoding == "utf-8" and not self.skipped_lines


class _HeaderError(Exception):
    """What is wrong with one file, and a remark that is made once per table."""

    def __init__(self, *complaints: str, remark: str = "") -> None:
        super().__init__(*complaints)
        self.complaints, self.remark = complaints, remark


def read_headers(table: Table, parts: Sequence[Part]) -> tuple[dict[Part, Header], list[str]]:
    """Read the headers of a table's files and check them against the contract.

    Returns the valid ones, and a sentence per problem of the others: an empty, corrupt or truncated file, a
    header that is missing or cannot be read, a missing required column, two headers for one column of the
    contract. A problem that several files share is reported once.
    """
    headers: dict[Part, Header] = {}
    complaints: dict[str, list[str]] = defaultdict(list)
    remarks: dict[str, str] = {}
    problems = []
    for part in parts:
        try:
            headers[part] = _read_header(part, table)
        except _HeaderError as error:
            for complaint in error.complaints:
                complaints[complaint].append(part.name)
            if error.remark and not remarks:
                remarks[error.complaints[-1]] = error.remark
        except OSError as error:
            problems.append(unreachable(table, error))
    for complaint, (name, *others) in complaints.items():
        more = f" (and {len(others)} more of its files)" if others else ""
        problems.append(f"{table.name}: {name}{more} {complaint}{remarks.get(complaint, '.')}")
    return headers, problems


def ignored_columns(table: Table, headers: Mapping[Part, Header]) -> str:
    """Return a sentence with the columns that are not read, and which of them resemble a known column."""
    known = {column.name for column in table.columns}
    names = {
        name.strip(): None
        for header in headers.values()
        for name in header.names
        if name.strip().lower() not in known
    }
    ignored = listed_names(names, _MOST_IGNORED)
    if not ignored:
        return ""
    where = next(iter(headers)).name if len(headers) == 1 else table.path
    renames: dict[str, str] = {}
    for header in dict.fromkeys(header.names for header in headers.values()):
        renames = {**suggested_renames(header, table), **renames}
    advice = f" To have them read, rename {rename_list(renames)}." if renames else ""
    return f"{where}: ignored columns {ignored}.{advice}"


def find_header(part: Part, known: Table) -> Header:
    """Read the header of a file that may be of any table; `known` has the columns that it could have.

    Raises DeliveryError with what is wrong with the file, without its name; OSError.
    """
    try:
        header, complaints = _header(part, known, whole=False)
    except _HeaderError as error:
        raise DeliveryError(*error.complaints) from error
    if complaints:
        raise DeliveryError(*complaints)
    return header


def _read_header(part: Part, table: Table) -> Header:
    header, complaints = _header(part, table, whole=True)
    _check(header, table, complaints)
    return header


def _header(part: Part, table: Table, *, whole: bool) -> tuple[Header, list[str]]:
    """Return the header of a file, with complaints about where and how it stands.

    With `whole`, an archive is read to its end: only that shows that it is complete.
    """
    try:
        if part.path.stat().st_size == 0:
            raise _HeaderError("is empty (0 bytes): deliver the file with at least its header")
        if part.format == "parquet":
            return Header(tuple(pyarrow.parquet.read_schema(part.path).names)), []
        if part.format == "csv.gz" and whole:
            for _ in part.chunks():
                pass
        return _csv_header(part, table)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _HeaderError(f"is not a complete gzip archive ({error}): deliver it again") from error
    except SpreadsheetError as error:
        raise _HeaderError(str(error)) from error
    except pyarrow.ArrowException as error:
        raise _HeaderError("is not a complete Parquet file: deliver it again") from error
    except csv.Error as error:
        raise _HeaderError(
            f"has a header that cannot be read, such as an unclosed quote ({error}): correct its first line"
        ) from error


def _check(header: Header, table: Table, complaints: list[str]) -> None:
    """Raise what is wrong with the names in a header, with earlier complaints."""
    counts = Counter(header.columns)
    missing = _missing(header, table)
    known = known_columns(header.names, table)
    if missing and sum(map(looks_like_data, header.names)) >= max(len(known), 1):
        raise _HeaderError(
            *complaints,
            "has no header: line 1 looks like a row of data, not like column names. Put the names of the"
            f" columns in line 1, such as {', '.join(missing)}",
        )
    renames = suggested_renames(header.names, table) if known else {}
    complaints = complaints + [
        f"has {counts[column.name]} headers for the column {column.name}: keep one"
        for column in table.columns
        if counts[column.name] > 1
    ]
    if table.any_of and table.any_of[0] in missing:
        ways = [f'rename "{renames.pop(name)}" to {name}' for name in table.any_of if name in renames]
        way = " or ".join(ways) or "add one"
        complaints.append(f"needs one of the columns {', '.join(table.any_of)}: {way}")
    for name in table.required_columns:
        if name in missing:
            way = f'rename "{renames.pop(name)}" to {name}' if name in renames else "add it"
            complaints.append(f"lacks the required column {name}: {way}")
    if complaints and not known:
        raise _HeaderError(
            *complaints,
            remark=". Line 1 must have the names of columns, with a comma, semicolon or tab between them, and"
            f" has none of the table's: {', '.join(column.name for column in table.columns)}.",
        )
    if complaints:
        more = f". To have more columns read, rename {rename_list(renames)}" if renames else ""
        raise _HeaderError(
            *complaints, remark=f"{more} (columns found: {listed_names(header.names, _MOST_FOUND)})."
        )


def _missing(header: Header, table: Table) -> list[str]:
    """Return the missing required columns; of columns of which one is needed, all if the header has none."""
    lacks_any = not set(table.any_of) & set(header.columns)
    return [
        *(name for name in table.any_of if lacks_any),
        *(name for name in table.required_columns if name not in header.columns),
    ]


def _csv_header(part: Part, table: Table) -> tuple[Header, list[str]]:
    """Return the header, even if it is further down or has other delimiters, with complaints about that."""
    head = part.head()
    if head.startswith(_WORKBOOKS):
        raise _HeaderError(f"is a spreadsheet under another name: {SAVE_AS_CSV}")
    encoding = "utf-16" if is_utf_16(head) else "utf-8"
    text, skipped = _below_separator_line(decoded(head, encoding))
    if BROKEN in _LINE_END.split(text, maxsplit=1)[0]:
        encoding = find_encoding(part)
        if encoding != "windows-1252":
            raise _HeaderError(f"has a header that is not {encoding.upper()}: save the file as UTF-8")
        text, skipped = _below_separator_line(decoded(head, encoding))

    def header_of(text: str) -> Header:
        names, delimiter = _names(text, table)
        return Header(names, delimiter, encoding, skipped)

    try:
        header, error = header_of(text), None
    except csv.Error as raised:
        header, error = Header(()), raised
    if not _missing(header, table):
        return header, []
    known = len(known_columns(header.names, table))
    for number, line in enumerate(_LINE_END.split(text)[1:_HEADER_LINES], 2):
        try:
            below = header_of(line)
        except csv.Error:
            continue
        if not _missing(below, table) or len(known_columns(below.names, table)) >= known + 2:
            return below, [
                "does not begin with its header: the header seems to be line"
                f" {number + skipped}: remove what is above it"
            ]
    if error:
        raise error
    for delimiter in DELIMITERS + _OTHER_DELIMITERS if len(header.names) == 1 else "":
        parted = replace(header, names=tuple(header.names[0].split(delimiter)))
        if len(known_columns(parted.names, table)) >= 2:
            complaint = f'has "{delimiter}" between its columns: save it with commas, semicolons or tabs'
            if delimiter in DELIMITERS:
                complaint = "has quotes around the whole of line 1: save it with quotes around fields only"
            return parted, [complaint]
    return header, []


def _below_separator_line(text: str) -> tuple[str, int]:
    """Return a text without a first line such as `sep=;`, and how many lines were removed."""
    found = _SEPARATOR_LINE.match(text)
    return (text[found.end() :], 1) if found else (text, 0)


def _names(text: str, table: Table) -> tuple[tuple[str, ...], str]:
    """Return the fields of the first line of a text, with the delimiter that gives the most known columns."""
    found, errors = [], []
    for delimiter in DELIMITERS:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            names = tuple(next(lines, ()))
        except csv.Error as error:
            errors.append(error)
        else:
            columns = {column.name for column in table.columns} & set(Header(names).columns)
            known = known_columns(names, table)
            found.append((len(columns), len(known), len(names), names, delimiter))
    best = max(found, key=lambda header: header[:3], default=None)
    if best is None or (errors and not best[1]):
        raise errors[0]
    return best[3:]
