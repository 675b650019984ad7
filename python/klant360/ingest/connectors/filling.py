"""Fills tables of the contract from the exports of an instance."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from klant360.contract import Column, Table, plain_macro
from klant360.ingest.connectors.connector import OF_THE_FILE, ROWS, Cell, Export, Query
from klant360.ingest.connectors.instances import Instance
from klant360.ingest.delivery import DeliveryError, Part
from klant360.ingest.file_formats import WHITE_SPACE, Rules
from klant360.ingest.header import Header
from klant360.ingest.load_files import load_files
from klant360.quoting import identifier, quoted

# Printable ASCII without a leading apostrophe: nothing surrounds most ids.
_USUAL = "[!-&(-~][!-~]*"


@dataclass(frozen=True)
class File:
    """A file that a table was filled from, with the columns of the contract that it filled.

    `text_columns` are those whose cells were text.
    """

    part: Part
    header: Header
    columns: Collection[str]
    text_columns: Collection[str]


@dataclass
class Exports:
    """The exports that were read into temporary tables: their files by number, and all problems."""

    files: dict[str, dict[int, tuple[Part, Header]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@contextmanager
def exports_of(
    cursor: duckdb.DuckDBPyConnection,
    instance: Instance,
    tables: Collection[str],
    numbers: Mapping[Part, int],
) -> Iterator[Exports]:
    """Read the exports that fill these tables into temporary views with their names, until the end.

    Each has the headers that its connector reads, as text (null where a file lacks one), and `_file`, `_part`
    and `_row`: the file's name, its number and the row's place in the export; `_is_damaged` is true for all
    rows of a file with malformed lines, after which a row may be missing. Malformed lines count for each of
    the tables that a file fills.
    """
    wanted = {name for table in tables for name in instance.read_for(table)}
    exports = Exports()
    # rows stay in the order of their file, which a build does not ask for elsewhere
    (keeps_order,) = cursor.execute("select current_setting('preserve_insertion_order')").fetchall()[0]
    cursor.execute("set preserve_insertion_order = true")
    try:
        for export in instance.connector.exports.values():
            if export.name in wanted:
                parts = {numbers[part]: part for part in instance.files.get(export.name, ())}
                files, problems = _read(cursor, export, parts)
                exports.files[export.name] = files
                exports.problems += [f"{instance.name}: {problem}" for problem in problems]
                filled = [table for table in tables if export.name in instance.read_for(table)]
                _count_malformed_lines(cursor, export, filled)
        yield exports
    finally:
        for name in wanted:
            cursor.execute(f"drop view if exists temp.{identifier(name)}")
            cursor.execute(f"drop table if exists temp.{identifier(name + ROWS)}")
        cursor.execute(f"set preserve_insertion_order = {keeps_order}")


def _read(
    cursor: duckdb.DuckDBPyConnection, export: Export, parts: Mapping[int, Part]
) -> tuple[dict[int, tuple[Part, Header]], list[str]]:
    """Read the files of an export into its view; returns them with their headers, and all problems."""
    raw = identifier(export.name + ROWS)
    columns = ", ".join(f"{identifier(header)} varchar" for header in export.headers)
    cursor.execute(f"create or replace temp table {raw} ({columns}, _part bigint)")
    files, problems = load_files(cursor, export.table, f"temp.{raw}", parts)
    names = " ".join(f"when {number} then {quoted(part.name)}" for number, part in parts.items())
    file = f"case _part {names} end" if names else "cast(null as varchar)"
    damaged = cursor.execute(
        "select distinct file_name from temp.malformed where source_table = ?", [export.table.name]
    ).fetchall()
    gaps = [str(number) for number, part in parts.items() if (part.name,) in damaged]
    is_damaged = f"_part in ({', '.join(gaps)})" if gaps else "false"
    cursor.execute(
        f"create or replace temp view {identifier(export.name)} as"
        f" select *, {file} as _file, rowid as _row, {is_damaged} as _is_damaged from temp.{raw}"
    )
    return files, problems


def _count_malformed_lines(
    cursor: duckdb.DuckDBPyConnection, export: Export, tables: Collection[str]
) -> None:
    """Count the malformed lines of an export for each of the tables that it fills."""
    for table in tables:
        cursor.execute(
            "insert into temp.malformed select ?, file_name, line_number"
            " from temp.malformed where source_table = ?",
            [table, export.table.name],
        )
    cursor.execute("delete from temp.malformed where source_table = ?", [export.table.name])


def fill(
    cursor: duckdb.DuckDBPyConnection,
    table: Table,
    target: str,
    instance: Instance,
    exports: Exports,
    rules: Rules,
) -> dict[int, File]:
    """Append the rows of an instance to a table of the contract; returns the files by part number.

    Keys and references get the name of the instance in front, so that those of two shops never meet.
    """
    files: dict[int, File] = {}
    for export in instance.exports:
        filling = export.fills.get(table.name)
        if filling is None:
            continue
        try:
            cursor.execute(_insert(table, target, instance, export, rules))
        except (duckdb.BinderException, duckdb.ParserException) as error:
            if not isinstance(filling, Query):
                raise
            raise DeliveryError(
                f"The connector {instance.connector.name}: {filling.file} cannot be run:"
                f" {str(error).splitlines()[0].rstrip('.')}. A header that it reads must be in `headers`."
            ) from error
        for name in export.read_for(table.name):
            for number, (part, header) in exports.files[name].items():
                columns = _filled(filling, header)
                if lacking := [column for column in table.required_columns if column not in columns]:
                    raise DeliveryError(
                        f"{instance.name}: {part.name} has none of the headers that {table.name} needs for"
                        f" {', '.join(lacking)}."
                    )
                files[number] = File(part, header, columns, columns)
    return dict(sorted(files.items()))


def _insert(table: Table, target: str, instance: Instance, export: Export, rules: Rules) -> str:
    """Return SQL that appends the rows of an export to a table of the contract."""
    filling = export.fills[table.name]
    if isinstance(filling, Query):
        values = {column: column for column in filling.columns}
        rows = f"({filling.sql}\n)"
    else:
        values = {column: _cell(cell) for column, cell in filling.items()}
        rows = identifier(export.name)
    cells = ", ".join(
        f"nullif(cast({values.get(column.name, 'null')} as varchar), '') as {column.name}"
        for column in table.columns
    )
    ids = [column for column in table.columns if _is_of_instance(column, instance)]
    bare = ", ".join(f"{_bare(column.name)} as bare_{column.name}" for column in ids)
    selected = ", ".join(
        _with_instance(column, instance.name, rules) if column in ids else column.name
        for column in table.columns
    )
    return (
        f"with cells as (select {cells}, _part from {rows} as export_rows),"
        # a step of its own, so that each id is looked at once
        f" bare_cells as (select {', '.join(['*', bare] if bare else ['*'])} from cells)"
        f" insert into {target} select {selected}, _part from bare_cells"
    )


def _filled(filling: Mapping[str, Cell] | Query, header: Header) -> set[str]:
    """Return the columns that a file with this header fills."""
    if isinstance(filling, Query):
        return set(filling.columns) - set(OF_THE_FILE)
    present = set(header.columns)
    return {
        column
        for column, cell in filling.items()
        if cell.constant is not None or present.intersection(cell.headers)
    }


def _cell(cell: Cell) -> str:
    """Return SQL for what fills a column."""
    if cell.constant is not None:
        return quoted(cell.constant)
    *first, last = map(identifier, cell.headers)
    filled = [f"case when trim({header}) <> '' then {header} end" for header in first]
    value = f"coalesce({', '.join([*filled, last])})" if filled else last
    if not cell.values:
        return value
    known = " ".join(f"when {quoted(old)} then {quoted(new)}" for old, new in cell.values)
    return f"case lower(trim({value})) {known} else {value} end"


def _is_of_instance(column: Column, instance: Instance) -> bool:
    """Return whether a column has keys of the instance; a customer_number is one where that is the CRM."""
    return column.type == "id" and (column.name != "customer_number" or "crm.customers" in instance.tables)


def _bare(cell: str) -> str:
    """Return SQL for an id without what surrounds it."""
    bare = f"regexp_replace({cell}, '(?s)^{WHITE_SPACE}*(''([0-9+]))?|{WHITE_SPACE}*$', '\\2', 'g')"
    return f"case when regexp_full_match({cell}, {quoted(_USUAL)}) then {cell} else {bare} end"


def _with_instance(column: Column, instance: str, rules: Rules) -> str:
    """Return SQL for a key or reference with the name of the instance in front.

    What is no id stays as it is, so that staging finds it: a word that means nothing or nobody, and an id
    that a spreadsheet has rounded.
    """
    cell = column.name
    bare = f"bare_{cell}"
    words = {*rules.null_words, *(rules.placeholders if column.attributes.get("placeholders") else ())}
    is_word = f"lower({bare}) in ({', '.join(map(quoted, sorted(words)))})"
    damaged = quoted(plain_macro("contract/read_value", "damaged_id_pattern"))
    is_damaged = f"contains({bare}, '+') and regexp_full_match({bare}, {damaged})"
    whole = (
        f"case when suffix({bare}, '.0') then regexp_replace({bare}, '^([0-9]+)[.]0$', '\\1') else {bare} end"
    )
    return f"case when {is_word} or ({is_damaged}) then {cell} else {quoted(instance + ':')} || {whole} end"
