"""Which export of a known system a file is, by its headers; or which it resembles."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from klant360.contract import Table, folded
from klant360.ingest.connectors.connector import Connector, Export
from klant360.ingest.delivery import DeliveryError, Part
from klant360.ingest.encoding import decoded, is_utf_16
from klant360.ingest.header import Header, find_header
from klant360.ingest.header_names import known_columns, listed_names, suggested_renames
from klant360.ingest.spreadsheet import SpreadsheetError, sheet_names

_MOST_NAMED = 8
# The least share of the headers that recognise a file, for it to resemble that.
_LEAST_ALIKE = 0.5
_REPORT_LINES = 30
_REPORT = (
    "is a report, not a table: below its title, lines have different columns. Export the list behind it,"
    " with a row per person, order or ticket."
)
# Whatever a file looks like, nobody should be advised to have people erased by it.
NEVER_RESEMBLED = ("crm.erasure_requests",)


@dataclass(frozen=True)
class Recognised:
    """A file that is an export of a connector."""

    part: Part
    connector: str
    export: Export


@dataclass(frozen=True)
class Unknown:
    """A file that is no known export, and a sentence about what it is or resembles."""

    part: Part
    sentence: str


class Recogniser:
    """Knows the exports of connectors, and the tables of the contract."""

    def __init__(self, connectors: Mapping[str, Connector], contract: Mapping[str, Table]) -> None:
        """Collect every header that is known."""
        self._exports = [
            (name, export) for name, connector in connectors.items() for export in connector.exports.values()
        ]
        known = {
            column.name: column
            for table in (*(export.table for _, export in self._exports), *contract.values())
            for column in table.columns
        }
        # any known column makes a header
        self._known = Table("", tuple(known.values()), (), tuple(known))
        self._candidates: list[tuple[Table, Export | None]] = [
            *((table, None) for table in contract.values() if table.name not in NEVER_RESEMBLED),
            *((_with_aliases(export, contract), export) for _, export in self._exports),
        ]

    def recognise(self, part: Part) -> Recognised | Unknown:
        """Return what a file is: of the exports whose headers it has, the one that asks for most of them.

        Of a spreadsheet without a named sheet, the first sheet that is an export counts. Raises OSError.
        """
        found = self._recognise(part)
        if isinstance(found, Unknown) and part.format == "xlsx" and part.sheet is None:
            for sheet in sheet_names(part.path)[1:]:
                other = self._recognise(replace(part, sheet=sheet))
                if isinstance(other, Recognised):
                    return other
        return found

    def _recognise(self, part: Part) -> Recognised | Unknown:
        try:
            header = find_header(part, self._known)
        except DeliveryError as error:
            if _is_report(part, ","):
                return Unknown(part, f"{part.name} {_REPORT}")
            return Unknown(part, f"{part.name} {'; '.join(error.problems)}.")
        names = set(header.columns)
        fitting = [(name, export) for name, export in self._exports if export.is_in(names)]
        if fitting:
            return Recognised(part, *max(fitting, key=lambda found: len(found[1].recognised_by)))
        if _is_report(part, header.delimiter):
            return Unknown(part, f"{part.name} {_REPORT}")
        return Unknown(part, _resemblance(part, header, self._candidates))


def _is_report(part: Part, delimiter: str) -> bool:
    """Return whether a file begins with a title, and has lines of several widths below it."""
    if part.format == "parquet":
        return False
    try:
        head = part.head()
    except (SpreadsheetError, gzip.BadGzipFile, EOFError, zlib.error):
        return False
    text = decoded(head, "utf-16" if is_utf_16(head) else "utf-8")
    try:
        rows = itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _REPORT_LINES)
        widths = [len(row) for row in rows if any(row)]
    except csv.Error:
        return False
    return widths[:1] == [1] and len(set(widths)) > 2


def _resemblance(part: Part, header: Header, candidates: list[tuple[Table, Export | None]]) -> str:
    """Return a sentence about the export or table that a header resembles most, and what differs."""
    likeness = {table.name: _likeness(header.names, table) for table, _ in candidates}
    table, export = max(candidates, key=lambda candidate: likeness[candidate[0].name])
    if not likeness[table.name][0]:
        columns = listed_names(header.names, _MOST_NAMED)
        return f"{part.name} resembles no known export and no table of the contract (columns: {columns})."
    written = export.headers if export else {}
    renames = suggested_renames(header.names, table)
    if export:
        present = [*header.columns, *renames]
        lacking = [" or ".join(written[name] for name in names) for names in export.lacking(present)]
    else:
        needed = [column.name for column in table.columns if column.is_required] or list(table.any_of)
        lacking = [name for name in needed if name not in header.columns and name not in renames]
    differences = [
        f'"{name}" where that has "{written.get(column, column)}"' for column, name in renames.items()
    ]
    said = [f"has {', '.join(differences[:_MOST_NAMED])}"] if differences else []
    said += [f"lacks {', '.join(lacking)}"] if lacking else []
    if export:
        known = f" ({export.versions})" if export.versions else ""
        return (
            f"{part.name} resembles {export.title}{known}, but {' and '.join(said)}:"
            " export it with those headers, or write a connector for it."
        )
    where = f"{table.path}.{part.format}"
    if not said:
        return f"{part.name} has the columns of {table.name}: move it to {where}."
    return (
        f"{part.name} resembles {table.name}, but {' and '.join(said)}: if that is what it is, rename them"
        f" and move it to {where}."
    )


def _with_aliases(export: Export, contract: Mapping[str, Table]) -> Table:
    """Return an export as a table that knows the contract's other words for its headers."""
    own = set(map(folded, export.headers))
    aliases: dict[str, str] = {}
    for name in export.fills:
        words = {
            **{folded(column.name): column.name for column in contract[name].columns},
            **contract[name].aliases,
        }
        for header in export.headers:
            column = words.get(folded(header))
            for word in (word for word, known in words.items() if column and known == column):
                if word not in own:
                    aliases.setdefault(word, header)
    return replace(export.table, aliases=aliases)


def _likeness(names: Iterable[str], table: Table) -> tuple[bool, int, int]:
    """Return whether a header resembles a table's, how many of its names are equal, and how many known."""
    needed = {column.name for column in table.columns if column.is_required} or set(table.any_of)
    known = known_columns(names, table)
    equal = {folded(name) for name in names} & {folded(column.name) for column in table.columns}
    return len(known & needed) >= _LEAST_ALIKE * len(needed), len(equal), len(known)
