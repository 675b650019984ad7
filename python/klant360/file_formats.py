"""How a file writes its numbers, dates and texts, found in its cells after it was loaded.

Decimal point or comma, day first or month first, and which columns hold nothing that has to be cleaned. One
cheap query looks at all columns of a table; only columns with something unusual in them are looked at again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from klant360.contract import PROJECT, Column, Table, pattern
from klant360.quoting import quoted

DECIMAL_MARKS = ("point", "comma")
DATE_ORDERS = ("dmy", "mdy")
# A minority of amounts with the other mark stops the build from this many and more than this share on.
MINORITY, MINORITY_SHARE = 3, 0.1
WHITE_SPACE = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)"
ORDER_WORDS = {"dmy": "day first", "mdy": "month first"}
DATED = ("timestamp", "date")


@dataclass(frozen=True)
class Rules:
    """What is decided beforehand: the vars decimal_mark and date_order, and the words of two seeds."""

    decimal_mark: Any = None
    date_order: Any = None
    null_words: frozenset[str] = frozenset()
    placeholders: frozenset[str] = frozenset()

    def of_table(self, table: Table) -> tuple[str | None, str | None]:
        """The decimal mark and the date order that the vars give a table."""
        return _of_table(self.decimal_mark, table.name), _of_table(self.date_order, table.name)


def read_rules(variables: Mapping[str, Any], project: Path = PROJECT) -> Rules:
    """Read the vars and the seeds of a project."""
    return Rules(
        decimal_mark=variables.get("decimal_mark"),
        date_order=variables.get("date_order"),
        null_words=_words(project, "null_words"),
        placeholders=_words(project, "placeholder_ids"),
    )


@dataclass
class FileFormat:
    """How one part of a table is written; None where nothing in it tells."""

    decimal_mark: str | None = None
    date_orders: dict[str, str] = field(default_factory=dict)
    plain_columns: tuple[str, ...] = ()
    has_year_first: bool = False
    local_times: int = 0

    def words(self) -> list[str]:
        """Say it in words, such as `decimal comma` and `day first`."""
        said = [f"decimal {self.decimal_mark}"] if self.decimal_mark else []
        if len(set(self.date_orders.values())) == 1:
            said += [ORDER_WORDS[order] for order in set(self.date_orders.values())]
        else:
            said += [f"{column} {ORDER_WORDS[order]}" for column, order in self.date_orders.items()]
        return said if self.date_orders or not self.has_year_first else [*said, "year first"]


def find_formats(
    cursor: duckdb.DuckDBPyConnection,
    relation: str,
    table: Table,
    files: Mapping[int, str],
    rules: Rules,
) -> tuple[dict[int, FileFormat], list[str]]:
    """Find how each part of a loaded table is written, and what nothing decides.

    `relation` holds all parts, as text, with their part_number; `files` names the file of each. Returns the
    formats by part number, and a sentence per problem that stops the build.
    """
    probe = _Probe(cursor, relation, table, rules)
    formats = {number: FileFormat() for number in files}
    unusual = {number: probe.look(number, formats[number]) for number in files}
    problems: list[str] = []
    mark, order = rules.of_table(table)
    for number, file in files.items():
        formats[number].decimal_mark = mark or probe.decimal_mark(number, unusual[number], file, problems)
    evidence = {
        (number, column.name): probe.dates(number, column)
        for number, columns in unusual.items()
        for column in table.columns
        if column.type in DATED and column.name in columns
    }
    for (number, name), dates in evidence.items():
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
                f"{table.name}: {files[number]} writes {name} with the year last, and nothing in it tells"
                f" whether the day or the month comes first ({', '.join(dates.examples)}): say it with"
                f" --vars 'date_order: dmy' (or mdy), or for this table alone with"
                f" --vars 'date_order: {{{table.name}: dmy}}'."
            )
    return formats, problems


@dataclass(frozen=True)
class _Dates:
    """What the cells of a column say about the order of day and month."""

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
    """The queries over one loaded table."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, relation: str, table: Table, rules: Rules) -> None:
        self._cursor, self._relation, self._table, self._rules = cursor, relation, table, rules
        self._amounts = [column.name for column in table.columns if column.type == "amount"]

    @cached_property
    def _found(self) -> dict[int, dict[str, Any]]:
        """One pass over all columns: per part, what each may hold that is unusual."""
        measures = {}
        for column in self._table.columns:
            measures[f"plain {column.name}"] = f"coalesce(bool_and({self._is_plain(column)}), true)"
            if column.type in DATED:
                cell = column.name
                measures[f"other {cell}"] = f"coalesce(bool_or(not {_is_year_first(cell)}), false)"
                measures[f"first {cell}"] = f"coalesce(bool_or({_is_year_first(cell)}), false)"
            if column.type == "timestamp":
                measures[f"local {column.name}"] = f"count(*) filter (where {_is_local_time(column.name)})"
            if column.type == "amount":
                cell = column.name
                unusual = f"contains({cell}, ',') or {cell} like '%.%.%'"
                measures[f"other {cell}"] = f"coalesce(bool_or({unusual}), false)"
        listed = ", ".join(measures.values())
        rows = self._cursor.execute(
            f"select part_number, {listed} from {self._relation} group by part_number"
        ).fetchall()
        return {number: dict(zip(measures, values, strict=True)) for number, *values in rows}

    def look(self, number: int, found: FileFormat) -> set[str]:
        """Fill in what one pass tells of a part; returns the columns that have to be looked at again."""
        measures = self._found.get(number, {})
        names = [column.name for column in self._table.columns]
        found.plain_columns = tuple(name for name in names if measures.get(f"plain {name}", True))
        found.local_times = sum(measures.get(f"local {name}", 0) for name in names)
        found.has_year_first = any(measures.get(f"first {name}") for name in names)
        return {name for name in names if measures.get(f"other {name}")}

    def _is_plain(self, column: Column) -> str:
        """SQL that is true when reading a cell leaves it as it is; false costs time, never a value."""
        cell = column.name
        words = set(self._rules.null_words)
        if column.attributes.get("placeholders"):
            words |= self._rules.placeholders
        first_letters = sorted({ord(case) for word in words for case in (word[0].lower(), word[0].upper())})
        longest = max(map(len, words), default=0)
        listed = ", ".join(quoted(word) for word in sorted(words))
        checks = [
            f"case when ascii({cell}) between 33 and 126 and {cell}[-1] between '!' and '~' then true"
            f" else {cell} <> '' and {cell} = trim({cell}, {WHITE_SPACE}) end",
            f"ascii({cell}) <> 39",
        ]
        if words:
            letters = ", ".join(map(str, first_letters))
            checks.append(
                f"case when ascii({cell}) not in ({letters}) then true when length({cell}) > {longest}"
                f" then true else lower({cell}) not in ({listed}) end"
            )
        if column.type == "id":
            checks.append(f"not (suffix({cell}, '.0'))")
        if column.type == "timestamp":
            checks.append(f"ascii({cell}) in (49, 50) and {_is_year_first(cell)}")
        return " and ".join(f"({check})" for check in checks)

    def decimal_mark(self, number: int, unusual: set[str], file: str, problems: list[str]) -> str | None:
        """Find the decimal mark of a part; adds a sentence when its amounts can be read both ways."""
        if not self._amounts:
            return None
        point, comma = (_amount("amount", mark) for mark in DECIMAL_MARKS)
        if not unusual & set(self._amounts):
            # without a comma nothing speaks for it: one amount like 49.95 settles it for the point
            settled = f"select 1 from {self._cells(number)} where {point} and not {comma} limit 1"
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
            from {self._cells(number)}
            """
        ).fetchall()[0]
        points, commas, either, *examples = facts
        with_point, with_comma, unclear = (", ".join(cells or ()) for cells in examples)
        minority = min(points, commas)
        say = (
            f"say which with --vars 'decimal_mark: comma' (or point), or for this table alone with"
            f" --vars 'decimal_mark: {{{self._table.name}: comma}}'."
        )
        if minority >= MINORITY and minority > MINORITY_SHARE * (points + commas):
            problems.append(
                f"{self._table.name}: {file} writes {points:,} amounts with a decimal point ({with_point})"
                f" and {commas:,} with a decimal comma ({with_comma}): {say}"
            )
        elif points == commas and either:
            problems.append(
                f"{self._table.name}: {file} has amounts such as {unclear}, and nothing in it tells whether"
                f" that is a decimal mark or one of thousands: {say}"
            )
        return None if points == commas else "point" if points > commas else "comma"

    def _cells(self, number: int) -> str:
        """The filled amounts of a part, as the rows of a subquery with the column amount."""
        return (
            "("
            + " union all ".join(
                f"select {_bare(name)} as amount from {self._relation}"
                f" where part_number = {number} and {name} is not null"
                for name in self._amounts
            )
            + ")"
        )

    def dates(self, number: int, column: Column) -> _Dates:
        """Count what the cells of a column say about the order of day and month."""
        time = "time_pattern" if column.type == "timestamp" else "midnight_pattern"
        year_last = pattern("read_date", "year_last_pattern") + pattern("read_date", time)
        cells = f"select {_bare(column.name)} as cell from {self._relation} where part_number = {number}"
        parts = "regexp_extract_all(cell, '[0-9]+')"
        facts = self._cursor.execute(
            f"""
            with cells as ({cells}),
            dates as (
                select cell, cast({parts}[1] as integer) as first, cast({parts}[2] as integer) as second
                from cells
                where regexp_full_match(cell, '{year_last}') and not regexp_matches(cell, '(0000|0001|9999)')
            )
            select
                count(*) filter (where first > 12 and second <= 12),
                count(*) filter (where second > 12 and first <= 12),
                count(*),
                (select count(*) from cells where regexp_matches(cell, '^[0-9]{{4}}[-/]')),
                list(distinct cell order by cell)[:2]
            from dates
            """
        ).fetchall()[0]
        *counts, examples = facts
        return _Dates(*counts, tuple(examples or ()))


def _bare(cell: str) -> str:
    """SQL of a cell without white space and without a spreadsheet's apostrophe."""
    return f"ltrim(trim({cell}, {WHITE_SPACE}), '''')"


def _amount(cell: str, mark: str) -> str:
    """SQL that is true for an amount in a file with this mark."""
    decimal, group = (".", ",") if mark == "point" else (",", ".")
    plain, grouped = (
        pattern("read_number", "amount_pattern", decimal),
        pattern("read_number", "grouped_amount_pattern", decimal, group),
    )
    return f"regexp_full_match({cell}, '{plain}|{grouped}')"


def _is_year_first(cell: str) -> str:
    return f"({cell}[5] = '-' and {cell}[8] = '-')"


def _is_local_time(cell: str) -> str:
    """SQL that is true for a moment without Z, UTC or an offset of hours behind its time of day."""
    ends = " and ".join(f"{cell}[-{place}] not in ('+', '-')" for place in (3, 5, 6))
    return f"contains({cell}, ':') and {cell}[-1] not in ('Z', 'C') and {ends}"


def _of_table(value: Any, table: str) -> str | None:
    return value.get(table) if isinstance(value, Mapping) else value


def _words(project: Path, seed: str) -> frozenset[str]:
    with (project / "seeds" / f"{seed}.csv").open(encoding="utf-8-sig", newline="") as lines:
        return frozenset(row["word"].strip().lower() for row in csv.DictReader(lines) if row["word"].strip())


def listed(names: Sequence[str]) -> str:
    """Write names as SQL finds one of them: `,a,b,`."""
    return f",{','.join(names)}," if names else ""
