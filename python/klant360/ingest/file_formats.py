"""How a file writes its numbers, dates and texts, derived from its cells after loading.

Finds decimal point or comma, day first or month first, and which columns need no cleaning. One cheap query
looks at all columns of a table; only columns with unusual values are looked at again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from klant360.contract import Column, Table, plain_macro
from klant360.project import PROJECT
from klant360.quoting import quoted

DECIMAL_MARKS = ("point", "comma")
DATE_ORDERS = ("dmy", "mdy")
# The build stops if at least this many amounts, and more than this share, have the other decimal mark.
MINORITY, MINORITY_SHARE = 3, 0.1
WHITE_SPACE = r"[ \t\n\x0b\f\r\x{a0}]"
# Year first, with two digits for month and day: the order of day and month is not in question.
USUAL_DATE = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?"
ORDER_WORDS = {"dmy": "day first", "mdy": "month first"}
DATED = ("timestamp", "date")


@dataclass(frozen=True)
class Rules:
    """Settings for reading files: vars (`zone` is for times without an offset) and words from seeds."""

    zone: str = "UTC"
    decimal_mark: Any = None
    date_order: Any = None
    null_words: frozenset[str] = frozenset()
    placeholders: frozenset[str] = frozenset()

    def of_table(self, table: Table) -> tuple[str | None, str | None]:
        """Return the decimal mark and the date order that the vars set for a table."""
        return _of_table(self.decimal_mark, table.name), _of_table(self.date_order, table.name)


def read_rules(variables: Mapping[str, Any], project: Path = PROJECT) -> Rules:
    """Read the vars and the seeds of a project."""
    return Rules(
        zone=variables.get("source_timezone") or variables.get("business_timezone") or "UTC",
        decimal_mark=variables.get("decimal_mark"),
        date_order=variables.get("date_order"),
        null_words=_words(project, "null_words"),
        placeholders=_words(project, "placeholder_ids"),
    )


@dataclass
class FileFormat:
    """How one part of a table is written; None if its cells do not show it."""

    decimal_mark: str | None = None
    date_orders: dict[str, str] = field(default_factory=dict)
    plain_columns: tuple[str, ...] = ()
    has_year_first: bool = False
    local_times: int = 0

    def words(self) -> list[str]:
        """Describe the format in words, such as `decimal comma` and `day first`."""
        mark = [f"decimal {self.decimal_mark}"] if self.decimal_mark else []
        if len(set(self.date_orders.values())) == 1:
            dates = [ORDER_WORDS[order] for order in set(self.date_orders.values())]
        else:
            dates = [f"{column} {ORDER_WORDS[order]}" for column, order in self.date_orders.items()]
        dates = ["year first", *dates] if self.has_year_first else dates
        return [*mark, " or ".join(dates)] if dates else mark


def find_formats(
    cursor: duckdb.DuckDBPyConnection,
    relation: str,
    table: Table,
    files: Mapping[int, tuple[str, Collection[str]]],
    rules: Rules,
    marks: Mapping[int, str] | None = None,
) -> tuple[dict[int, FileFormat], list[str]]:
    """Find how each part of a loaded table is written, and what is ambiguous.

    `relation` contains all parts, as text, with their part_number; `files` has the name of each, and its
    columns that were text; `marks` has the decimal mark that other tables from a file decided. Returns the
    formats by part number, and a sentence per problem that stops the build.
    """
    probe = _Probe(cursor, relation, table, rules)
    formats = {number: FileFormat() for number in files}
    unusual = {number: probe.look(number, columns, formats[number]) for number, (_, columns) in files.items()}
    problems: list[str] = []
    mark, order = rules.of_table(table)
    for number, (file, columns) in files.items():
        amounts = [
            column.name for column in table.columns if column.type == "amount" and column.name in columns
        ]
        unclear: list[str] = []
        own = mark or probe.decimal_mark(number, amounts, unusual[number], file, unclear)
        found = own or ((marks or {}).get(number) if amounts else None)
        formats[number].decimal_mark = found
        problems += unclear if own or not found else []
    evidence = {
        (number, column.name): probe.dates(number, column)
        for number, columns in unusual.items()
        for column in table.columns
        if column.type in DATED and column.name in columns
    }
    for (number, name), dates in evidence.items():
        formats[number].has_year_first |= dates.year_first > 0
        if not dates.year_last:
            continue
        of_file = [other for (part, _), other in evidence.items() if part == number]
        others = [other for (part, _), other in evidence.items() if part != number]
        found = order or dates.order or _majority(of_file) or _majority(others)
        column = next(column for column in table.columns if column.name == name)
        if found:
            formats[number].date_orders[name] = found
        elif column.is_required and dates.year_last >= dates.year_first:
            problems.append(
                f"{table.name}: {files[number][0]} writes {name} with the year last, and it is not clear"
                f" whether the day or the month comes first ({', '.join(dates.examples)}): choose with"
                f" --vars 'date_order: dmy' (or mdy), or for this table alone with"
                f" --vars 'date_order: {{{table.name}: dmy}}'."
            )
    return formats, problems


@dataclass(frozen=True)
class _Dates:
    """What the cells of a column show about the order of day and month."""

    day_first: int
    month_first: int
    year_last: int
    year_first: int
    examples: tuple[str, ...]

    @property
    def order(self) -> str | None:
        return _majority([self])


def _majority(columns: Iterable[_Dates]) -> str | None:
    columns = list(columns)
    day, month = sum(one.day_first for one in columns), sum(one.month_first for one in columns)
    return None if day == month else "dmy" if day > month else "mdy"


class _Probe:
    """The queries on one loaded table."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, relation: str, table: Table, rules: Rules) -> None:
        self._cursor, self._relation, self._table, self._rules = cursor, relation, table, rules

    def look(self, number: int, columns: Collection[str], found: FileFormat) -> set[str]:
        """Record what one pass finds in a part with these columns; returns the columns to look at again."""
        measures = {}
        for column in self._table.columns:
            cell = column.name
            if cell not in columns:
                continue
            measures[f"plain {cell}"] = f"coalesce(bool_and({self._is_plain(column)}), true)"
            if column.type in DATED:
                measures[f"year first {cell}"] = f"coalesce(bool_or({self._is_plain(column)}), false)"
            if column.type == "timestamp":
                measures[f"local {cell}"] = f"count(*) filter (where {_is_local_time(cell)})"
            if column.type == "amount":
                measures[f"other {cell}"] = (
                    f"coalesce(bool_or(contains({cell}, ',') or {cell} like '%.%.%'), false)"
                )
        if not measures:
            return set()
        values = self._cursor.execute(
            f"select {', '.join(measures.values())} from {self._relation} where part_number = {number}"
        ).fetchall()[0]
        measured = dict(zip(measures, values, strict=True))
        names = [column.name for column in self._table.columns]
        found.plain_columns = tuple(name for name in names if measured.get(f"plain {name}", True))
        found.local_times = sum(measured.get(f"local {name}", 0) for name in names)
        found.has_year_first = any(measured.get(f"year first {name}") for name in names)
        dated = {column.name for column in self._table.columns if column.type in DATED}
        return {
            name
            for name in names
            if measured.get(f"other {name}") or (name in dated and name not in found.plain_columns)
        }

    def _is_plain(self, column: Column) -> str:
        """Return SQL that is true if reading a cell leaves it as it is; a wrong false only costs time."""
        if column.type in DATED:
            return f"regexp_full_match({column.name}, '{USUAL_DATE}')"
        words = set(self._rules.null_words)
        if column.attributes.get("placeholders"):
            words |= self._rules.placeholders
        unusual = [f"{WHITE_SPACE}.*", f".*{WHITE_SPACE}", "'.*", "", *map(re.escape, sorted(words))]
        unusual += ["[0-9]+[.]0"] if column.type == "id" else []
        return f"not regexp_full_match({column.name}, {quoted('(?is)' + '|'.join(unusual))})"

    def decimal_mark(
        self, number: int, amounts: Sequence[str], unusual: set[str], file: str, problems: list[str]
    ) -> str | None:
        """Find the decimal mark of a part; adds a problem if its amounts can be read both ways."""
        if not amounts:
            return None
        point, comma = (_amount("amount", mark) for mark in DECIMAL_MARKS)
        cells = self._cells(number, amounts)
        if not unusual & set(amounts):
            # without any comma, one amount such as 49.95 settles it for the point
            settled = f"select 1 from {cells} where {point} and not {comma} limit 1"
            if self._cursor.execute(settled).fetchall():
                return "point"
        facts = self._cursor.execute(
            f"""
            select
                count(*) filter (where {point} and not {comma}),
                count(*) filter (where {comma} and not {point}),
                count(*) filter (where {point} and {comma} and regexp_matches(amount, '[.,]')),
                list(distinct amount order by amount) filter (where {point} and not {comma})[:2],
                list(distinct amount order by amount) filter (where {comma} and not {point})[:2],
                list(distinct amount order by amount)
                    filter (where {point} and {comma} and regexp_matches(amount, '[.,]'))[:2]
            from {cells}
            """
        ).fetchall()[0]
        points, commas, either, *examples = facts
        with_point, with_comma, unclear = (", ".join(cells or ()) for cells in examples)
        minority = min(points, commas)
        choice = (
            f"choose with --vars 'decimal_mark: comma' (or point), or for this table alone with"
            f" --vars 'decimal_mark: {{{self._table.name}: comma}}'."
        )
        if minority >= MINORITY and minority > MINORITY_SHARE * (points + commas):
            problems.append(
                f"{self._table.name}: {file} writes {points:,} amounts with a decimal point ({with_point})"
                f" and {commas:,} with a decimal comma ({with_comma}): {choice}"
            )
        elif points == commas and either:
            problems.append(
                f"{self._table.name}: {file} has amounts such as {unclear}, and it is not clear whether"
                f" that is a decimal mark or a thousands separator: {choice}"
            )
        return None if points == commas else "point" if points > commas else "comma"

    def _cells(self, number: int, amounts: Sequence[str]) -> str:
        """Return a subquery with the filled amounts of a part that have a mark, in the column amount."""
        selects = [
            f"select {_bare(name)} as amount from {self._relation}"
            f" where part_number = {number} and (contains({name}, '.') or contains({name}, ','))"
            for name in amounts
        ]
        return f"({' union all '.join(selects)})"

    def dates(self, number: int, column: Column) -> _Dates:
        """Count what the cells of a column show about the order of day and month."""
        time = "time_pattern" if column.type == "timestamp" else "midnight_pattern"
        year_last = plain_macro("contract/read_date", "year_last_pattern") + plain_macro(
            "contract/read_date", time
        )
        cells = f"select {_bare(column.name)} as cell from {self._relation} where part_number = {number}"
        is_year_last = (
            f"regexp_full_match(cell, '{year_last}') and not regexp_matches(cell, '(0000|0001|9999)')"
        )
        facts = self._cursor.execute(
            f"""
            with cells as ({cells}),
            cells_by_kind as (
                select cell, case
                    when regexp_matches(cell, '^[0-9]{{4}}[-/]') then 'year first'
                    when {is_year_last} then 'year last'
                end as kind
                from cells
            ),
            dates as (
                select cell, kind, case when kind = 'year last'
                    then cast(regexp_extract_all(cell, '[0-9]+')[:2] as integer[])
                end as numbers
                from cells_by_kind
            )
            select
                count(*) filter (where numbers[1] > 12 and numbers[2] <= 12),
                count(*) filter (where numbers[2] > 12 and numbers[1] <= 12),
                count(*) filter (where kind = 'year last'),
                count(*) filter (where kind = 'year first'),
                list(distinct cell order by cell) filter (where kind = 'year last')[:2]
            from dates
            """
        ).fetchall()[0]
        *counts, examples = facts
        return _Dates(*counts, tuple(examples or ()))


def _bare(cell: str) -> str:
    """Return SQL for a cell without surrounding white space and without a spreadsheet's apostrophe."""
    bare = f"regexp_replace({cell}, '(?s)^{WHITE_SPACE}*''?|{WHITE_SPACE}*$', '', 'g')"
    # most cells have neither: looking first takes a quarter of the time
    is_bare = f"{cell}[1] between '0' and '9' and {cell}[-1] between '!' and '~'"
    return f"case when {is_bare} then {cell} else {bare} end"


def _amount(cell: str, mark: str) -> str:
    """Return SQL that is true for an amount in a file with this mark."""
    decimal, group = (".", ",") if mark == "point" else (",", ".")
    plain, grouped = (
        plain_macro("contract/read_number", "amount_pattern", decimal),
        plain_macro("contract/read_number", "grouped_amount_pattern", decimal, group),
    )
    return f"regexp_full_match({cell}, '{plain}|{grouped}')"


def _is_local_time(cell: str) -> str:
    """Return SQL that is true for a time without Z, UTC or an offset."""
    return (
        f"case when suffix({cell}, 'Z') or suffix({cell}, 'UTC') or contains({cell}, '+')"
        f" then false else contains({cell}, ':') and not regexp_matches({cell}, ':.*-') end"
    )


def _of_table(value: Any, table: str) -> str | None:
    return value.get(table) if isinstance(value, Mapping) else value


def _words(project: Path, seed: str) -> frozenset[str]:
    with (project / "seeds" / f"{seed}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return frozenset(row["word"].strip().lower() for row in csv.DictReader(lines) if row["word"].strip())


def listed(names: Sequence[str]) -> str:
    """Return names in the form in which SQL looks one up: `,a,b,`."""
    return f",{','.join(names)}," if names else ""
