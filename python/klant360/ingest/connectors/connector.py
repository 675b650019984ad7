"""A connector: a folder that says how the exports of a system fill the tables of the contract."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import expressions

from klant360.contract import Column, Table, did_you_mean
from klant360.ingest.delivery import DeliveryError
from klant360.project import CONNECTORS, PROJECT

FILE = "connector.yml"
# What each export has beside its own columns: its file, the row's place, and whether the file is damaged.
OF_THE_FILE = ("_file", "_part", "_row", "_is_damaged")
# Behind the name of an export: the table with its rows.
ROWS = "__rows"
# Names of tables that the loader keeps for itself.
_TAKEN = ("loaded", "files", "malformed", "dirty", "rejects", "reject_scans")
# A file's decisions on numbers and dates are made on its cells: a query may not read them itself.
_FORBIDDEN = {
    "arithmetic": (expressions.Add, expressions.Sub, expressions.Mul, expressions.Div, expressions.Mod),
    "casts": (expressions.Cast,),
    "date functions": (
        expressions.TimeUnit, expressions.StrToTime, expressions.StrToDate, expressions.TimeToStr,
        expressions.CurrentDate, expressions.CurrentTimestamp, expressions.Extract, expressions.TsOrDsToDate,
    ),
    "sums": (expressions.Sum, expressions.Avg),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """What fills a column: the first filled of some headers, with values replaced; or a constant."""

    headers: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    constant: str | None = None


@dataclass(frozen=True)
class Query:
    """What reshapes exports into a table: SQL, the exports that it reads, and the columns that it fills."""

    file: str
    sql: str
    exports: frozenset[str]
    columns: tuple[str, ...]


Filling = Mapping[str, Cell] | Query


@dataclass(frozen=True)
class Export:
    """A kind of file that a system exports.

    `versions` says in words which are known. `recognised_by` has the headers that such a file must have, each
    with its alternatives, in lower case; `headers` maps those and all others that are read to how the system
    writes them. `fills` says per table of the contract how.
    """

    name: str
    system: str
    versions: str
    recognised_by: tuple[tuple[str, ...], ...]
    headers: Mapping[str, str]
    fills: Mapping[str, Filling]

    @property
    def title(self) -> str:
        """The export in words, such as `Shopify orders`."""
        return f"{self.system} {self.name.replace('_', ' ')}"

    @cached_property
    def table(self) -> Table:
        """The export as a table, whose columns are headers: so its files are read like any other."""
        required = {names[0] for names in self.recognised_by if len(names) == 1}
        columns = tuple(
            Column(header, {"type": "text", "required": header in required}) for header in self.headers
        )
        return Table(self.title, columns, (), ())

    def read_for(self, table: str) -> frozenset[str]:
        """Return the exports that are read to fill a table from this one."""
        filling = self.fills.get(table)
        if filling is None:
            return frozenset()
        return frozenset({self.name}) | (filling.exports if isinstance(filling, Query) else frozenset())

    def is_in(self, headers: set[str]) -> bool:
        """Return whether a file with these headers, in lower case, is this export."""
        return not self.lacking(headers)

    def lacking(self, headers: Collection[str]) -> list[tuple[str, ...]]:
        """Return which of the headers that a file must have are not among these, with their alternatives."""
        return [names for names in self.recognised_by if not set(names).intersection(headers)]


@dataclass(frozen=True)
class Connector:
    """How the exports of a system are read; `fingerprint` changes with any of its files.

    `name` is that of its folder, by which sources.yml knows it.
    """

    name: str
    exports: Mapping[str, Export]
    fingerprint: str


def connector_folders() -> dict[str, Path]:
    """Return the folder of each connector: those of the project, and those in KLANT360_CONNECTORS.

    A company's own goes before the project's of the same name. Raises DeliveryError.
    """
    folders = [PROJECT / "connectors"]
    if own := os.environ.get(CONNECTORS):
        folders.append(PROJECT / Path(own).expanduser())
        if not folders[-1].is_dir():
            raise DeliveryError(
                f"{CONNECTORS} names {folders[-1]}, which is not a folder: name the folder that holds a"
                " folder per connector."
            )
    return {file.parent.name: file.parent for folder in folders for file in sorted(folder.glob(f"*/{FILE}"))}


def read_connectors(contract: Mapping[str, Table]) -> dict[str, Connector]:
    """Return every connector by the name of its folder; raises DeliveryError with all that is wrong."""
    connectors, problems = {}, []
    for name, folder in connector_folders().items():
        try:
            connectors[name] = read_connector(folder, contract)
        except DeliveryError as error:
            problems += error.problems
    if problems:
        raise DeliveryError(*problems)
    return connectors


def read_connector(folder: Path, contract: Mapping[str, Table]) -> Connector:
    """Read a connector's folder; raises DeliveryError with all that is wrong with it."""
    try:
        described = read_yaml(folder / FILE)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeliveryError(
            f"The connector {folder.name}: {FILE} is not valid YAML: {in_a_line(error)}."
        ) from error
    if not isinstance(described, dict):
        raise DeliveryError(f"The connector {folder.name}: {FILE} must have `name` and `exports`.")
    problems = list(_unknown(described, ("name", "exports"), ""))
    system = str(described.get("name", folder.name))
    exports: dict[str, Export] = {}
    for name, export in (_mapping(described, "exports") or {}).items():
        problems += [f"exports: {name}: {problem}" for problem in _problems_of_export(name, export, contract)]
        if problems:
            continue
        try:
            exports[name] = _export(name, system, export, folder)
        except (DeliveryError, OSError, UnicodeDecodeError) as error:
            problems.append(f"exports: {name}: {in_a_line(error)}")
    if not _mapping(described, "exports"):
        problems.append("exports: name at least one, with `recognised_by` and `fills`")
    if not problems:
        problems += _problems_of_queries(exports, contract)
    if problems:
        raise DeliveryError(*(f"The connector {folder.name}: {FILE}: {problem}." for problem in problems))
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".yml", ".sql"):
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return Connector(folder.name, exports, digest.hexdigest())


def read_yaml(file: Path) -> Any:
    """Return what a YAML file says; {} if it is empty. Raises YAMLError, also when a key is there twice."""
    return yaml.load(file.read_text(encoding="utf-8-sig"), Loader=_UniqueKeys) or {}


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a mapping in which a key is there twice: the first would disappear."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of a node."""
        seen: set[Any] = set()
        for key, _ in node.value:
            name = key.value
            if key.tag != "tag:yaml.org,2002:merge" and name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name} is there twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _mapping(described: Any, key: str) -> dict[str, Any] | None:
    """Return a mapping under a key; None if it is something else."""
    found = described.get(key) if isinstance(described, dict) else None
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else None


def in_a_line(error: Exception) -> str:
    """Return the message of an error on one line, without a full stop."""
    return " ".join(str(error).split()).rstrip(".")


def _export(name: str, system: str, described: Mapping[str, Any], folder: Path) -> Export:
    written = [described["recognised_by"], described.get("headers", [])]
    fills: dict[str, Filling] = {}
    for table, filling in described["fills"].items():
        if isinstance(filling, str):
            fills[table] = _query(folder, filling)
        else:
            fills[table] = {column: _cell(cell) for column, cell in filling.items()}
            cells = [cell for cell in filling.values() if not (isinstance(cell, dict) and "constant" in cell)]
            written += [cell["headers"] if isinstance(cell, dict) else cell for cell in cells]
    recognised_by = tuple(_headers(entry) for entry in described["recognised_by"])
    headers: dict[str, str] = {}
    for header in _flat(written):
        headers.setdefault(header.lower(), header)
    return Export(name, system, str(described.get("versions", "")), recognised_by, headers, fills)


def _flat(described: Any) -> list[str]:
    """Return the names in a name, or in lists of them however deep, as written."""
    if isinstance(described, list):
        return [name for entry in described for name in _flat(entry)]
    return [str(described).strip()]


def _headers(described: Any) -> tuple[str, ...]:
    return tuple(name.lower() for name in _flat(described))


def _cell(described: Any) -> Cell:
    if not isinstance(described, dict):
        return Cell(_headers(described))
    if "constant" in described:
        return Cell(constant=str(described["constant"]))
    values = tuple((str(value).lower(), str(new)) for value, new in described.get("values", {}).items())
    return Cell(_headers(described["headers"]), values)


def _query(folder: Path, file: str) -> Query:
    sql = (folder / file).read_text(encoding="utf-8")
    try:
        query = sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        places = getattr(error, "errors", [])
        where = f" near line {places[0]['line']}, column {places[0]['col']}" if places else ""
        raise DeliveryError(f"{file} is not SQL that can be read{where}") from error
    if not isinstance(query, expressions.Query):
        raise DeliveryError(f"{file} must be one select statement")
    for what, kinds in _FORBIDDEN.items():
        if found := query.find(*kinds):
            raise DeliveryError(
                f"{file} may not have {what} ({found.sql('duckdb')[:60]}): select the cells as text, so that"
                " klant360 decides how the file writes its numbers and dates"
            )
    steps = {step.alias for step in query.find_all(expressions.CTE)}
    exports = {table.name for table in query.find_all(expressions.Table)} - steps
    columns = tuple(name.lower() for name in query.named_selects)
    return Query(file, sql.rstrip().rstrip(";"), frozenset(exports), columns)


def _problems_of_export(name: str, export: Any, contract: Mapping[str, Table]) -> Iterator[str]:
    if not isinstance(export, dict):
        yield "must have `recognised_by` and `fills`"
        return
    if not name.isidentifier() or name != name.lower() or name in _TAKEN or name.endswith(ROWS):
        yield "choose another name: lower case letters, digits and _, and none of " + ", ".join(_TAKEN)
    yield from _unknown(export, ("versions", "recognised_by", "headers", "fills"), "")
    recognised_by = export.get("recognised_by")
    if not isinstance(recognised_by, list) or not recognised_by:
        yield "recognised_by: list the headers that only such a file has"
    tables = _mapping(export, "fills")
    if not tables:
        yield "fills: name the tables that it fills, each with a mapping of columns or a file with SQL"
    for table, filling in (tables or {}).items():
        if table not in contract:
            yield f"fills: {table} is not a table of the contract.{did_you_mean(table, contract)}".rstrip(".")
        elif isinstance(filling, dict):
            yield from _problems_of_mapping(filling, contract[table])
        elif not isinstance(filling, str):
            yield f"fills: {table} needs a mapping of columns, or the name of a file with SQL"


def _problems_of_mapping(filling: Mapping[str, Any], table: Table) -> Iterator[str]:
    where = f"fills: {table.name}"
    yield from _columns_problems(where, list(filling), table)
    for column, cell in filling.items():
        if isinstance(cell, dict):
            yield from _unknown(cell, ("headers", "values", "constant"), f"{where}: {column}: ")
            if ("headers" in cell) == (cell.get("constant") is not None):
                yield f"{where}: {column} needs either headers or a constant"
            values = cell.get("values", {})
            if not isinstance(values, dict) or not all(isinstance(value, str) for value in values):
                yield f"{where}: {column}: values maps a word to another, with quotes around words such as no"
        elif not cell or not isinstance(cell, (str, list)):
            yield f"{where}: {column} needs a header, a list of headers, or {{constant: ...}}"


def _columns_problems(where: str, columns: list[str], table: Table) -> Iterator[str]:
    known = [column.name for column in table.columns]
    for column in columns:
        if column not in known:
            yield f"{where}: {column} is not a column of that table.{did_you_mean(column, known)}".rstrip(".")
    for column in table.required_columns:
        if column not in columns:
            yield f"{where} lacks {column}, which is required"


def _problems_of_queries(exports: Mapping[str, Export], contract: Mapping[str, Table]) -> Iterator[str]:
    for export in exports.values():
        for table, query in export.fills.items():
            if not isinstance(query, Query):
                continue
            for name in sorted(query.exports - set(exports)):
                yield f"{query.file} reads {name}, which is not an export of this connector"
            columns = [column for column in query.columns if column not in OF_THE_FILE]
            yield from _columns_problems(query.file, columns, contract[table])
            if "_part" not in query.columns:
                yield f"{query.file} must also select _part (of grouped rows the greatest)"


def _unknown(described: Any, known: tuple[str, ...], where: str) -> Iterator[str]:
    for key in described if isinstance(described, dict) else ():
        if key not in known:
            yield f"{where}{key} is not a setting.{did_you_mean(str(key), known)}".rstrip(".")
