"""What was delivered: the files of each source table, and what is wrong with where they are."""

import errno
import gzip
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from klant360.contract import Table, did_you_mean
from klant360.ingest.spreadsheet import csv_head

FORMATS = ("csv.gz", "csv", "parquet", "xlsx")
SAVE_AS_CSV = "save each of its sheets as a file of its own, as .xlsx or CSV UTF-8"
# Other files that people deliver, and what to do with them.
_OTHER_FORMATS = {
    **dict.fromkeys(("xls", "xlsm", "xlsb", "ods"), f"is another kind of spreadsheet: {SAVE_AS_CSV}"),
    **dict.fromkeys(
        ("pdf", "doc", "docx", "html", "htm", "png", "jpg"),
        "is a document, not a table: export the rows themselves, as CSV or .xlsx",
    ),
    **dict.fromkeys(("json", "xml"), "is not a table: export the same as CSV"),
    **dict.fromkeys(("zip", "rar", "7z"), "is an archive: unpack it"),
    **dict.fromkeys(
        ("txt", "tsv"), "is not a .csv: if it is a table with commas, semicolons or tabs, rename it"
    ),
}
# Names the systems that other files come from.
SOURCES_FILE = "sources.yml"
_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024


class DeliveryError(Exception):
    """The delivery cannot be read; raised with one sentence per problem."""

    def __init__(self, *problems: str) -> None:
        """Store the sentences, made safe for a terminal."""
        super().__init__(*map(printable, problems))

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences."""
        return self.args


@dataclass(frozen=True)
class Part:
    """One file of a table. `name` is its path within the sources folder, `format` one of FORMATS.

    `sheet` names the sheet of a spreadsheet; None is its first.
    """

    path: Path
    name: str
    format: str
    sheet: str | None = None

    def open(self) -> BinaryIO:
        """Open the file for reading bytes; a gzip archive is unpacked on the fly."""
        return gzip.open(self.path) if self.format == "csv.gz" else self.path.open("rb")

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in order, about a megabyte at a time."""
        with self.open() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk

    def head(self) -> bytes:
        """Return the first bytes, enough for a header and some lines below it; of a spreadsheet as CSV."""
        if self.format == "xlsx":
            return csv_head(self.path, self.sheet)
        with self.open() as stream:
            return stream.read(_HEAD_BYTES)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines with their line ends, as they are in the file."""
        rest = b""
        for chunk in self.chunks():
            *lines, rest = (rest + chunk).splitlines(keepends=True)
            yield from lines
        if rest:
            yield rest


@dataclass
class Delivery:
    """The parts of each delivered table, problems that stop the build, and hints at likely mistakes.

    `loose` has the files and folders that are no table of the contract, with the hint about each; `missing`
    the required tables that are not there, with the sentence about each.
    """

    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    loose: dict[Path, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def find_delivery(sources: Path, contract: Mapping[str, Table], taken: Collection[Path] = ()) -> Delivery:
    """Find the files of every table of the contract in the sources folder, without opening them.

    Something else reads the files `taken`.
    """
    delivery = Delivery()
    if not sources.is_dir():
        delivery.problems.append(_no_folder(sources))
        return delivery

    tables = {table.path: table for table in contract.values()}
    systems = {table.system for table in contract.values()}
    found: dict[str, list[Path]] = defaultdict(list)
    unreadable: dict[str, list[str]] = defaultdict(list)  # by table; "" has those of no table
    folders_taken = {folder for path in taken for folder in (path, *path.parents)}
    for folder in visible(sources):
        if folder.name == SOURCES_FILE:
            continue
        is_system = folder.is_dir() and folder.name.lower() in systems
        for entry in visible(folder) if is_system else [folder]:
            if entry in folders_taken:
                for file in sorted(entry.rglob("*")) if entry.is_dir() else ():
                    if file.is_file() and file not in taken and is_visible(file):
                        name = file.relative_to(sources).as_posix()
                        delivery.loose[file] = f"{name} is not named in {SOURCES_FILE} and is not read."
                continue
            path = entry.relative_to(sources).as_posix()
            ending = "" if entry.is_dir() else file_format(entry) or _other_format(entry)
            stem = path.lower().removesuffix(f".{ending}")
            if ending in _OTHER_FORMATS:
                name = tables[stem].name if stem in tables else ""
                unreadable[name].append(f"{path} {_OTHER_FORMATS[ending]}.")
            elif stem in tables and (entry.is_dir() or ending):
                found[tables[stem].name].append(entry)
            else:
                delivery.loose[entry] = (
                    f"{path} is not a table of the source contract and is not read."
                    + did_you_mean(stem, [*systems, *tables])
                )

    for name, entries in found.items():
        if len(entries) > 1:
            delivery.problems.append(
                f"{name} is delivered more than once, as {', '.join(entry.name for entry in entries)}:"
                " keep one of them."
            )
        elif parts := _parts(name, entries[0], sources, delivery):
            delivery.parts[name] = parts
    for table in contract.values():
        deliver = f"deliver it as {table.path}.csv, .csv.gz or .parquet."
        if table.name in found:
            delivery.hints += [f"Not read: {file}" for file in unreadable[table.name]]
        elif unreadable[table.name]:
            delivery.problems.append(f"{table.name}: {' '.join(unreadable[table.name])} Then {deliver}")
        elif table.is_required_table:
            others = "".join(f" {file}" for file in unreadable[""])
            delivery.missing[table.name] = (
                f"{table.name} is required, and the sources folder {sources} does not have it:"
                f" {deliver}{others}"
            )
    delivery.hints += [f"Not read: {file}" for file in unreadable[""]]
    return delivery


def printable(text: str) -> str:
    """Return the text with its control characters escaped: names come from files and could contain any."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def unreachable(table: Table, error: OSError) -> str:
    """Return the message for a file that the operating system cannot read or copy."""
    if error.errno == errno.ENOSPC:
        return f"{table.name}: there is no disk space for a copy of its file. Free some for temporary files."
    return f"{table.name}: {error.filename} cannot be read ({error.strerror}): check its permissions."


def visible(folder: Path) -> list[Path]:
    """Return the entries of a folder that can be data, in order."""
    return sorted(entry for entry in folder.iterdir() if is_visible(entry))


def is_visible(entry: Path) -> bool:
    """Return whether an entry can be data: no hidden file, file of Spark or Excel, or README."""
    return not entry.name.lower().startswith((".", "_", "~$", "readme"))


def refused(path: Path) -> str:
    """Return why a file cannot be read by its kind, and what to do; an empty text if it can."""
    if file_format(path):
        return ""
    return _OTHER_FORMATS.get(_other_format(path), "is not a file with a table: export it as CSV or .xlsx")


def file_format(path: Path) -> str:
    """Return which of FORMATS a file name has, or an empty text."""
    return next((ending for ending in FORMATS if path.name.lower().endswith(f".{ending}")), "")


def _other_format(path: Path) -> str:
    """Return which of _OTHER_FORMATS a file name has, or an empty text."""
    ending = path.suffix[1:].lower()
    return ending if ending in _OTHER_FORMATS else ""


def _no_folder(sources: Path) -> str:
    """Return the message for a sources folder that is missing or is a file."""
    if not sources.exists():
        return (
            f"the sources folder {sources} does not exist: name your own folder in KLANT360_SOURCES"
            " (with make: SOURCES=path/to/folder), or make the demo data with `make demo`."
        )
    ending = _other_format(sources)
    advice = f" This one {_OTHER_FORMATS[ending]}." if ending else ""
    return (
        f"the sources folder {sources} is a file: KLANT360_SOURCES (with make: SOURCES=path/to/folder) must"
        f" name the folder that holds webshop/orders.csv.{advice} Make a folder with a folder webshop in it,"
        f" put the orders there as webshop/orders.{file_format(sources) or 'csv'}, and name the outer folder."
    )


def in_order(path: Path) -> tuple[list[str | int], str]:
    """Return the sort key of parts: part-2 comes before part-10, and orders before orders (1)."""
    stem = path.name.lower().removesuffix(f".{file_format(path)}")
    pieces = re.split("([0-9]+)", stem)
    return [int(piece) if at % 2 else piece for at, piece in enumerate(pieces)], path.name


def _parts(table: str, entry: Path, sources: Path, delivery: Delivery) -> tuple[Part, ...]:
    """Return the files of one table in order; adds to the delivery's problems and hints."""
    files, others = [], []
    entries = sorted(visible(entry), key=in_order) if entry.is_dir() else [entry]
    for path in entries:
        name = path.relative_to(sources).as_posix()
        if path.is_file() and _other_format(path):
            others.append(f"{name} {_OTHER_FORMATS[_other_format(path)]}.")
        elif path.is_dir() or not file_format(path):
            delivery.hints.append(f"{name} is not a part of {table} and is not read.")
        else:
            files.append(Part(path, name, file_format(path)))
    folder = entry.relative_to(sources).as_posix()
    formats = sorted({part.format for part in files})
    if len(formats) > 1:
        delivery.problems.append(
            f"{table}: the folder {folder} has parts in more than one format ({', '.join(formats)}):"
            " keep one."
        )
    elif not files and others:
        delivery.problems.append(f"{table}: {' '.join(others)}")
    elif not files:
        delivery.problems.append(
            f"{table}: the folder {folder} has no parts: put its files there, or remove it."
        )
    else:
        delivery.hints += [f"Not read: {file}" for file in others]
    return tuple(files) if len(formats) == 1 else ()
