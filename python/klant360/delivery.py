"""What was handed in: the files of each source table, their headers, and what is wrong with them."""

import csv
import gzip
import io
import os
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow
import pyarrow.parquet

from klant360.contract import Table, did_you_mean

FORMATS = ("csv.gz", "csv", "parquet")
DELIMITERS = ",;\t"
DEFAULT_SOURCES = "demo/sources"
_HEADER_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024


class DeliveryError(Exception):
    """What was handed in cannot be read; raised with a sentence for each thing that is wrong."""

    def __init__(self, *problems: str) -> None:
        """Keep the sentences, fit for a terminal."""
        super().__init__(*map(printable, problems))

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences."""
        return self.args


@dataclass(frozen=True)
class Part:
    """One file of a table. `name` is its path within the sources folder, `format` one of FORMATS."""

    path: Path
    name: str
    format: str

    def open(self) -> BinaryIO:
        """Open the file for reading bytes; a gzip archive is unpacked on the way."""
        return gzip.open(self.path) if self.format == "csv.gz" else self.path.open("rb")

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in order, about a megabyte at a time."""
        with self.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk


@dataclass
class Delivery:
    """The parts of each delivered table, what stops the build, and what may be a mistake."""

    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Header:
    """The columns of a file as they stand there, in order; the delimiter is that of a CSV."""

    names: tuple[str, ...]
    delimiter: str = ","
    encoding: str = "utf-8"

    @property
    def columns(self) -> tuple[str, ...]:
        """The names as the contract writes them, position by position."""
        return tuple(name.strip().lower() for name in self.names)


def sources_folder(project: Path) -> Path:
    """Return the folder that is read: KLANT360_SOURCES, or the demo set; relative to the project's folder."""
    return project / Path(os.environ.get("KLANT360_SOURCES") or DEFAULT_SOURCES).expanduser()


def find_delivery(sources: Path, contract: Mapping[str, Table]) -> Delivery:
    """Find the files of every table of the contract in the sources folder, without opening them."""
    delivery = Delivery()
    if not sources.is_dir():
        delivery.problems.append(
            f"the sources folder {sources} does not exist: name your own folder in KLANT360_SOURCES"
            " (with make: SOURCES=path/to/folder), or make the demo data with `make demo`."
        )
        return delivery

    tables = {table.path: table.name for table in contract.values()}
    systems = {table.system for table in contract.values()}
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in _visible(sources):
        is_system = folder.is_dir() and folder.name.lower() in systems
        for entry in _visible(folder) if is_system else [folder]:
            path = entry.relative_to(sources).as_posix()
            stem = path.lower() if entry.is_dir() else path.lower().removesuffix(f".{_format(entry)}")
            if stem in tables and (entry.is_dir() or _format(entry)):
                found[tables[stem]].append(entry)
            else:
                delivery.hints.append(
                    f"{path} is no table of the source contract and is not read."
                    + did_you_mean(stem, [*systems, *tables])
                )

    for name, entries in found.items():
        if len(entries) > 1:
            delivery.problems.append(
                f"{name} is delivered more than once, as {_listed(entry.name for entry in entries)}:"
                " keep one of them."
            )
        elif parts := _parts(name, entries[0], sources, delivery):
            delivery.parts[name] = parts
    delivery.problems += [
        f"{table.name} is required, and the sources folder {sources} does not have it:"
        f" hand it in as {table.path}.csv, .csv.gz or .parquet."
        for table in contract.values()
        if table.is_required_table and table.name not in found
    ]
    return delivery


def read_header(part: Part, table: Table) -> Header:
    """Read the header of a file and check it against the contract.

    Raises DeliveryError with all that is wrong: an empty, corrupt or truncated file, a header that cannot
    be read, a required column that is missing, one column of the contract under two headers.
    """
    where = f"{table.name}: {part.name}"
    try:
        if part.path.stat().st_size == 0:
            raise DeliveryError(f"{where} is empty (0 bytes): hand in the file with at least its header.")
        header = _parquet_header(part) if part.format == "parquet" else _csv_header(part, table)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DeliveryError(f"{where} is no whole gzip archive ({error}): deliver it again.") from error
    except pyarrow.ArrowException as error:
        raise DeliveryError(f"{where} is no whole Parquet file: deliver it again.") from error
    except csv.Error as error:
        raise DeliveryError(
            f"{where} has a header that cannot be read, such as an unclosed quote ({error}):"
            " correct its first line."
        ) from error
    except UnicodeError as error:
        raise DeliveryError(f"{where} has a header that is not UTF-8: save the file as UTF-8.") from error

    found = f"(columns found: {_listed(header.names) or 'none'})."
    counts = Counter(header.columns)
    problems = [
        f"{where} has {counts[column.name]} headers that are the column {column.name}: keep one {found}"
        for column in table.columns
        if counts[column.name] > 1
    ]
    problems += [
        f"{where} lacks the required column {name}: add it, or give its column that header {found}"
        for name in table.required_columns
        if name not in counts
    ]
    if table.any_of and not counts.keys() & set(table.any_of):
        problems.append(f"{where} needs one of the columns {_listed(table.any_of)}: add one {found}")
    if problems:
        raise DeliveryError(*problems)
    return header


def printable(text: str) -> str:
    """Return the text with its control characters written out: names come from files, and do nothing."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _visible(folder: Path) -> list[Path]:
    """Return what stands in the folder, but for hidden files, those of Spark's kind and a README."""
    return sorted(
        entry for entry in folder.iterdir() if not entry.name.lower().startswith((".", "_", "readme"))
    )


def _format(path: Path) -> str:
    """Return which of FORMATS a file name has, or nothing."""
    return next((ending for ending in FORMATS if path.name.lower().endswith(f".{ending}")), "")


def _parts(table: str, entry: Path, sources: Path, delivery: Delivery) -> tuple[Part, ...]:
    """Return the files of one table; adds to the delivery's problems and hints."""
    files = []
    for path in _visible(entry) if entry.is_dir() else [entry]:
        name = path.relative_to(sources).as_posix()
        if path.is_dir() or not _format(path):
            delivery.hints.append(f"{name} is no part of {table} and is not read.")
        else:
            files.append(Part(path, name, _format(path)))
    folder = entry.relative_to(sources).as_posix()
    formats = sorted({part.format for part in files})
    if len(formats) > 1:
        delivery.problems.append(
            f"{table}: the folder {folder} has parts in more than one format ({_listed(formats)}): keep one."
        )
    elif not files:
        delivery.problems.append(
            f"{table}: the folder {folder} has no parts: put its files there, or remove it."
        )
    return tuple(files) if len(formats) == 1 else ()


def _csv_header(part: Part, table: Table) -> Header:
    """Read the first line, with the delimiter that makes the most columns of the contract."""
    chunks = part.chunks()
    text = next(chunks, b"")[:_HEADER_BYTES].decode("utf-8-sig", errors="surrogateescape")
    if part.format == "csv.gz":
        for _ in chunks:  # only its end tells that an archive is whole
            pass
    re.split("[\r\n]", text, maxsplit=1)[0].encode()  # refuses bytes that were not UTF-8
    headers, errors = [], []
    for delimiter in DELIMITERS:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            headers.append(Header(tuple(next(lines, ())), delimiter))
        except csv.Error as error:
            errors.append(error)
    known = {column.name for column in table.columns}
    header = max(
        headers, key=lambda header: (len(known & set(header.columns)), len(header.names)), default=None
    )
    if header is None or (errors and not known & set(header.columns)):
        raise errors[0]
    return header


def _parquet_header(part: Part) -> Header:
    return Header(tuple(pyarrow.parquet.read_schema(part.path).names))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
