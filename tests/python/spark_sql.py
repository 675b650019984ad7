"""Finds constructs in SQL text that both engines run, but with another result if the data are unlucky.

`findings` reads SQL as dbt rendered it for Spark; `source_findings` reads a file of the project, for
functions that are only allowed in a dispatched macro. Neither knows the types of columns: dates are
recognised by the project's names (`*_date`, `*_month`, `*_at`), fractions by the expression itself. What
Spark refuses is seen by `make test-spark`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.dialects import Spark

# Different results on the two engines under the same name: the call belongs in a dispatched macro.
DISPATCHED = {
    "concat": "nulls vanish on DuckDB; write ||",
    "dayofweek": "another first day",
    "dow": "another first day",
    "hash": "another hash",
    "isodow": "not on Spark",
    "log": "base 10 or e",
    "regexp_replace": "the first match or all of them",
    "sign": "a double on Spark",
    "weekday": "another first day",
}

TEMPORAL_NAME = re.compile(r"(^|_)(at|date|day|month|month_end)$")
INTEGERS = (exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT)
TEMPORAL_TYPES = ("DATE", "DATETIME", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPNTZ", "TIMESTAMPLTZ")
FRACTIONS = (exp.Div, exp.Avg, exp.Median, exp.Pow, exp.Sqrt, exp.Exp, exp.Ln)
WHOLE = (exp.Round, exp.Floor, exp.Ceil, exp.IntDiv, exp.Count)


class _NullsLast(Spark):
    """Spark SQL parsed with DuckDB's order of nulls, to find sort keys that leave it open."""

    NULL_ORDERING = "nulls_are_last"


@dataclass(frozen=True, order=True)
class Finding:
    """A construct of a model, at a line of its rendered SQL or of its file."""

    name: str
    line: int
    construct: str

    def __str__(self) -> str:
        return f"{self.name}, line {self.line}: {self.construct}"


def findings(
    name: str, sql: str, is_never_null: Callable[[str], bool] = lambda column: False
) -> list[Finding]:
    """Return the findings in a statement rendered for Spark; `is_never_null` has columns by name."""
    tree = sqlglot.parse_one(sql, read=Spark)
    found = [Finding(name, _line(node), construct) for node, construct in _in_tree(tree, is_never_null)]
    # the parser takes it for string
    for word in re.finditer(r"\bvarchar\b(?!\s*\()", sql, re.IGNORECASE):
        found.append(
            Finding(name, sql.count("\n", 0, word.start()) + 1, "varchar without a length is refused")
        )
    if tree.find(exp.Window):
        keys = _unclear_null_orders(tree, sqlglot.parse_one(sql, read=_NullsLast), is_never_null)
        found += [Finding(name, _line(key), f"order of nulls left open: {key.sql(Spark)}") for key in keys]
    return sorted(set(found))


def source_findings(name: str, text: str) -> list[Finding]:
    """Return the calls in a model's or macro's file that belong in a dispatched macro."""
    for pattern in (r"\{#.*?#\}", r"\{%-?\s*macro (default|spark)__.*?endmacro\s*-?%\}", r"--[^\n]*"):
        text = re.sub(pattern, lambda cut: re.sub(r"[^\n]", " ", cut[0]), text, flags=re.DOTALL)
    calls = re.finditer(rf"(?<![\w.])(?<!do )({'|'.join(DISPATCHED)})(\s*\(|\s+from\b)", text, re.IGNORECASE)
    return [
        Finding(name, text.count("\n", 0, call.start()) + 1, f"{call[1]}: {DISPATCHED[call[1].lower()]}")
        for call in calls
    ]


def _in_tree(
    tree: exp.Expression, is_never_null: Callable[[str], bool]
) -> Iterator[tuple[exp.Expression, str]]:
    for node in tree.walk():
        if isinstance(node, exp.Sub) and _is_temporal(node.this) and _is_temporal(node.expression):
            yield node, f"date - date (a number or an interval): {node.sql(Spark)}"
        elif isinstance(node, exp.Interval) and not _is_cast_at_once(node):
            yield node, f"date + interval (a timestamp or a date) without a cast: {node.parent.sql(Spark)}"
        elif isinstance(node, (exp.TimestampTrunc, exp.DateTrunc)) and not _is_cast_at_once(node):
            yield node, f"date_trunc (a timestamp on Spark) without a cast: {node.sql(Spark)}"
        elif isinstance(node, exp.Cast) and node.to.this in INTEGERS and _is_fraction(node.this):
            yield node, f"a fraction as an integer (rounded or cut off): {node.sql(Spark)}"
        elif isinstance(node, (exp.ArgMax, exp.ArgMin)) and not _is_never_null_there(node, is_never_null):
            yield node, f"nulls are skipped on DuckDB only: {node.sql(Spark)}"
        elif isinstance(node, exp.Div) and not isinstance(node.right.unnest(), (exp.Literal, exp.Nullif)):
            yield node, f"a division by 0 is infinite or an error: {node.sql(Spark)}"
        elif isinstance(node, exp.Trim) and node.expression and not node.args.get("position"):
            yield node, f"trim with characters (the order differs): {node.sql(Spark)}"


def _is_temporal(node: exp.Expression) -> bool:
    node = node.unnest()
    if isinstance(node, (exp.Min, exp.Max, exp.Coalesce)):
        return _is_temporal(node.this)
    if isinstance(node, (exp.Add, exp.Sub)):
        return isinstance(node.expression, exp.Interval)
    if isinstance(node, exp.Cast):
        return node.to.this.name in TEMPORAL_TYPES
    if isinstance(node, exp.Column):
        return TEMPORAL_NAME.search(node.name.lower()) is not None
    return isinstance(node, (exp.LastDay, exp.AddMonths, exp.CurrentDate, exp.CurrentTimestamp))


def _is_cast_at_once(node: exp.Expression) -> bool:
    parent = node.parent
    while isinstance(parent, (exp.Paren, exp.Add, exp.Sub)):
        parent = parent.parent
    return isinstance(parent, exp.Cast) and parent.to.this.name in TEMPORAL_TYPES


def _is_fraction(node: exp.Expression) -> bool:
    if isinstance(node, WHOLE):
        return False
    if isinstance(node, exp.Literal):
        return node.is_number and "." in node.this
    return isinstance(node, FRACTIONS) or any(_is_fraction(child) for child in node.iter_expressions())


def _is_never_null_there(node: exp.Expression, is_never_null: Callable[[str], bool]) -> bool:
    """Return whether the value of max_by or min_by is never null, by name or by its filter."""
    if _is_filled(node.this, is_never_null):
        return True
    if not isinstance(node.parent, exp.Filter):
        return False
    condition = node.parent.expression.this
    conditions = condition.flatten() if isinstance(condition, exp.And) else [condition]
    filled = sqlglot.condition(f"{node.this.sql(Spark)} is not null", dialect=Spark)
    return any(each == filled for each in conditions)


def _unclear_null_orders(
    spark: exp.Expression, duckdb: exp.Expression, is_never_null: Callable[[str], bool]
) -> Iterator[exp.Expression]:
    """Yield the keys in windows whose nulls come first on Spark and last on DuckDB."""
    for key, other in zip(spark.find_all(exp.Ordered), duckdb.find_all(exp.Ordered), strict=True):
        is_open = bool(key.args.get("nulls_first")) != bool(other.args.get("nulls_first"))
        if is_open and isinstance(key.parent.parent, exp.Window) and not _is_filled(key.this, is_never_null):
            yield key.this


def _is_filled(value: exp.Expression, is_never_null: Callable[[str], bool]) -> bool:
    if isinstance(value, exp.Column):
        return is_never_null(value.name)
    if isinstance(value, exp.Coalesce):
        return any(isinstance(other, exp.Literal) for other in value.expressions)
    return isinstance(value, (exp.Count, exp.Literal))


def _line(node: exp.Expression) -> int:
    return min((part.meta["line"] for part in node.walk() if "line" in part.meta), default=0)
