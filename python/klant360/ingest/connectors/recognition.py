"""Which export of a known system a file is, by its headers; or which it resembles."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from klant360.contract import Table, folded
from klant360.ingest.connectors.connector import Connector, Export
from klant360.ingest.delivery import DeliveryError, Part
from klant360.ingest.encoding import decoded, is_utf_16
from klant360.ingest.header import Header, find_header
from klant360.ingest.header_names import known_columns, listed_names, suggested_renames
from klant360.ingest.spreadsheet import SpreadsheetError

_MOST_NAMED = 8
# The least share of the headers that recognise a file, for it to resemble that.
_LEAST_ALIKE = 0.5
_REPORT_LINES = 30


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


def recognise(
    part: Part, connectors: Mapping[str, Connector], contract: Mapping[str, Table]
) -> Recognised | Unknown:
    """Return what a file is: of the exports whose headers it has, the one that asks for most of them.

    Raises OSError.
    """
    exports = [
        (name, export) for name, connector in connectors.items() for export in connector.exports.values()
    ]
    known = {
        column.name: column
        for table in (*(export.table for _, export in exports), *contract.values())
        for column in table.columns
    }
    try:
        if part.format != "parquet" and _is_report(part):
            return Unknown(
                part,
                f"{part.name} is a report, not a table: its lines have different columns. Export the list"
                " behind it, with a row per person, order or ticket.",
            )
        # any known column makes a header
        header = find_header(part, Table("", tuple(known.values()), (), tuple(known)))
    except DeliveryError as error:
        return Unknown(part, f"{part.name} {'; '.join(error.problems)}.")
    names = set(header.columns)
    fitting = [(name, export) for name, export in exports if export.is_in(names)]
    if not fitting:
        return Unknown(part, _resemblance(part, header, [export for _, export in exports], contract))
    return Recognised(part, *max(fitting, key=lambda found: len(found[1].recognised_by)))


def _is_report(part: Part) -> bool:
    """Return whether the lines of a file have too many different widths to be a table, titles aside."""
    try:
        head = part.head()
    except (SpreadsheetError, gzip.BadGzipFile, EOFError, zlib.error):
        return False  # its header cannot be read either, which says why
    text = decoded(head, "utf-16" if is_utf_16(head) else "utf-8")
    lines = text.splitlines()[: _REPORT_LINES + 1]
    if len(text) == len(head):  # the last line may be cut
        lines = lines[:_REPORT_LINES]
    widths: dict[str, set[int]] = {}
    for delimiter in ",;\t":
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
        except csv.Error:
            continue
        widths[delimiter] = {len(row) for row in rows if any(row)}
    widest = max(widths.values(), key=lambda found: max(found, default=0), default=set())
    return len(widest) > 2


def _resemblance(part: Part, header: Header, exports: list[Export], contract: Mapping[str, Table]) -> str:
    """Return a sentence about the export or table that a header resembles most, and what differs."""
    candidates: list[tuple[Table, Export | None]] = [
        *((table, None) for table in contract.values()),
        *((_with_aliases(export, contract), export) for export in exports),
    ]
    likeness = {table.name: _likeness(header.names, table) for table, _ in candidates}
    table, export = max(candidates, key=lambda candidate: likeness[candidate[0].name])
    if not likeness[table.name][0]:
        columns = listed_names(header.names, _MOST_NAMED)
        return f"{part.name} resembles no known export and no table of the contract (columns: {columns})."
    written = export.headers if export else {}
    renames = suggested_renames(header.names, table)
    needed = [column.name for column in table.columns if column.is_required] or list(table.any_of)
    lacking = [name for name in needed if name not in header.columns and name not in renames]
    differences = [
        f'"{name}" where that has "{written.get(column, column)}"' for column, name in renames.items()
    ]
    said = [f"has {', '.join(differences[:_MOST_NAMED])}"] if differences else []
    said += [f"lacks {', '.join(written.get(name, name) for name in lacking)}"] if lacking else []
    if export:
        return (
            f"{part.name} resembles {export.title}, but {' and '.join(said)}:"
            " export it with those headers, or write a connector for it."
        )
    where = f"{table.path}.{part.format}"
    if not said:
        return f"{part.name} has the columns of {table.name}: move it to {where}."
    return (
        f"{part.name} resembles {table.name}, but {' and '.join(said)}: rename them, and move it to {where}."
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
