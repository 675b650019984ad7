"""Tables of hand-worked cases of macro calls, and their results on DuckDB in one query per table."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from rendering import PROJECT, renderer

NBSP, HYPHEN, ZERO_WIDTH = "\u00a0", "\u2011", "\u200b"
COUNTRIES = "cases left join countries on cases.b = countries.country_code"
TYPES_OF_COUNTRIES = {"calling_code": "varchar", "trunk_prefix": "varchar", "usual_length": "integer"}

Case = tuple[str | bool | None, ...]


@dataclass(frozen=True)
class Table:
    """Cases of one macro call over columns a, b and c: their values, then the expected value.

    All values are texts, cast to the types of the columns; `result` pins the type of the result, which is
    then compared as text.
    """

    call: str
    cases: list[Case]
    columns: str = "varchar, varchar, varchar"
    result: str | None = None
    variables: dict = field(default_factory=dict)
    source: str = "cases"

    def wrong(self, connection: duckdb.DuckDBPyConnection, expression: str) -> list[tuple]:
        """Return the cases that fail on DuckDB, with their results."""
        values = [case[:-1] for case in self.cases]
        as_text = all(isinstance(case[-1], str | None) for case in self.cases)
        shown = f"cast({expression} as varchar)" if as_text else expression
        found = evaluated(connection, shown, values, self.source, self.columns)
        if self.result:
            types = set(evaluated(connection, f"typeof({expression})", values, self.source, self.columns))
            assert types == {self.result}
        return [(*case, value) for case, value in zip(self.cases, found, strict=True) if case[-1] != value]


def null(*values: str | None) -> list[Case]:
    """Return the cases of texts that are not such a value."""
    return [(value, None) for value in values]


def same(*values: str) -> list[Case]:
    """Return the cases of texts that do not change."""
    return [(value, value) for value in values]


def all_are(expected: str | None, *values: str) -> list[Case]:
    """Return the cases of texts that become one."""
    return [(value, expected) for value in values]


def rendered(tables: Mapping[str, Table], target: str) -> dict[str, str]:
    """Return the rendered call of each table; one dbt run per set of vars."""
    groups: dict[tuple, list[str]] = {}
    for name, table in tables.items():
        groups.setdefault(tuple(table.variables.items()), []).append(name)
    sql = {}
    for variables, names in groups.items():
        sql |= renderer(target).macros({name: tables[name].call for name in names}, **dict(variables))
    return sql


def kinds_of(types: str) -> list[str]:
    """Return the types of a, b and c in a list such as `decimal(18, 4), bigint`; the others are texts."""
    return [*re.split(r", (?!\d)", types), "varchar", "varchar"]


def evaluated(
    connection: duckdb.DuckDBPyConnection,
    expression: str,
    rows: Iterable[Sequence[str | None]],
    source: str = "cases",
    types: str = "varchar, varchar, varchar",
) -> list[Any]:
    """Return the expression's value for each row of a, b and c, in one query."""
    columns = [[*column] for column in zip(*[(*row, None, None)[:3] for row in rows], strict=True)]
    kinds = kinds_of(types)
    texts = ", ".join(f"unnest(cast(? as varchar[])) as {letter}" for letter in "abc")
    casts = ", ".join(
        f"cast({letter} as {kind}) as {letter}" for letter, kind in zip("abc", kinds, strict=False)
    )
    source = source.replace("cases", "numbered as cases", 1)
    return [
        value
        for (value,) in connection.execute(
            f"with texts as (select {texts}),"
            f" numbered as (select row_number() over () as place, {casts} from texts)"
            f" select {expression} from {source} order by cases.place",
            columns,
        ).fetchall()
    ]


def connect_with_countries() -> duckdb.DuckDBPyConnection:
    """Open a database with the seed of countries, in UTC."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(
        f"create table countries as select * from read_csv(?, types = {TYPES_OF_COUNTRIES})",
        [str(PROJECT / "seeds" / "countries.csv")],
    )
    return connection
