"""Loads the files of one table, whatever their format, as text."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from klant360.contract import Table
from klant360.ingest.delivery import DeliveryError, Part, unreachable
from klant360.ingest.header import Header, read_headers
from klant360.ingest.load_csv import load_csv
from klant360.ingest.load_parquet import load_parquet
from klant360.ingest.spreadsheet import SpreadsheetError, write_csv


def load_files(
    cursor: duckdb.DuckDBPyConnection, table: Table, target: str, parts: Mapping[int, Part]
) -> tuple[dict[int, tuple[Part, Header]], list[str]]:
    """Append the rows of a table's files, by part number, to the table `target`.

    Returns each file that was loaded with its header, and a sentence per problem of the others.
    """
    problems: list[str] = []
    loaded: dict[int, tuple[Part, Header]] = {}
    with TemporaryDirectory() as folder:
        readable: dict[Part, int] = {}
        for number, part in parts.items():
            try:
                readable[_readable(part, Path(folder) / f"{number}.csv")] = number
            except SpreadsheetError as error:
                problems.append(f"{table.name}: {part.name} {error}.")
            except OSError as error:
                problems.append(unreachable(table, error))
        headers, wrong = read_headers(table, list(readable))
        problems += wrong
        for part, header in headers.items():
            number = readable[part]
            load_part = load_parquet if part.format == "parquet" else load_csv
            try:
                header = load_part(cursor, table, target, part, number, header)
                loaded[number] = parts[number], header
            except DeliveryError as error:
                problems += error.problems
            except OSError as error:
                problems.append(unreachable(table, error))
            except duckdb.Error as error:
                problems.append(f"{table.name}: {part.name} {reason(error)}")
    return loaded, problems


def _readable(part: Part, copy: Path) -> Part:
    """Return a part that DuckDB can read: a spreadsheet becomes a CSV."""
    if part.format != "xlsx":
        return part
    write_csv(part.path, part.sheet, copy)
    return replace(part, path=copy, format="csv")


def reason(error: duckdb.Error) -> str:
    """Return why DuckDB could not read a file, and what to do."""
    if "No space left on device" in str(error):
        return "does not fit: the disk of the warehouse is full. Free some space on it."
    if "state machine reached an invalid state" in str(error):
        return (
            "mixes line endings (such as LF and CRLF), or has one inside a field without quotes:"
            " save it with one kind of line ending."
        )
    return f"cannot be read: {str(error).splitlines()[0].rstrip('.')}. Correct the file or deliver it again."
