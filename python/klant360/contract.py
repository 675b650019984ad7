"""The source contract, read from the macro that the models read it from too."""

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jinja2

from klant360.project import PROJECT


@dataclass(frozen=True)
class Column:
    """One column of a source table; `attributes` has everything that the contract says about it."""

    name: str
    attributes: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The contract's type, such as `id`, `timestamp` or `amount`."""
        return self.attributes["type"]

    @property
    def is_required(self) -> bool:
        """Whether the header must have the column."""
        return self.attributes.get("required", False)


@dataclass(frozen=True)
class Table:
    """One source table, such as `webshop.orders`, with its columns in the contract's order.

    `record`, `belongs_to` and `is_nobodys` say who its rows belong to, as the contract describes. `aliases`
    maps folded headers that other systems use to columns, the first to suggest first. They do not change what
    is loaded, so they are ignored when tables are compared.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    any_of: tuple[str, ...]
    record: Mapping[str, Any] | None = None
    belongs_to: tuple[Mapping[str, str], ...] = ()
    is_nobodys: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def system(self) -> str:
        """The system that delivers the table: its folder, and its schema in the warehouse."""
        return self.name.split(".")[0]

    @property
    def path(self) -> str:
        """Path of the table in the sources folder, without its suffix."""
        return self.name.replace(".", "/")

    @property
    def is_required_table(self) -> bool:
        """Whether a delivery must contain this table."""
        return self.name == "webshop.orders"

    @property
    def is_always_a_record(self) -> bool:
        """Whether each accepted row is a source record of a person."""
        return self.record is not None and not self.record.get("condition")

    @cached_property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that the header must have."""
        return tuple(column.name for column in self.columns if column.is_required)


def read_contract(project: Path = PROJECT) -> dict[str, Table]:
    """Read the contract of a project folder: its tables by name, in the contract's order."""
    macro = _macro_source(project, "contract/source_contract")
    aliases = (project / "seeds" / "header_aliases.csv").read_text(encoding="utf-8-sig")
    return dict(_tables_of(macro, aliases))


@cache
def _tables_of(macro: str, header_aliases: str) -> dict[str, Table]:
    tables: dict[str, Any] = {}
    _template(macro).make_module({"return": tables.update}).source_contract()
    aliases = list(csv.DictReader(io.StringIO(header_aliases)))
    return {
        name: Table(
            name=name,
            columns=tuple(Column(column, attributes) for column, attributes in table["columns"].items()),
            key=tuple(table["key"]),
            any_of=tuple(table.get("any_of", ())),
            record=table.get("record"),
            belongs_to=tuple(table.get("belongs_to", ())),
            is_nobodys=table.get("nobody", False),
            aliases=_aliases_of(name, table["columns"], aliases),
        )
        for name, table in tables.items()
    }


def ownership_problems(contract: Mapping[str, Table]) -> list[str]:
    """Return a sentence per table that does not say who its rows belong to, or is wrong about it."""
    problems: list[str] = []
    earlier: dict[str, Table] = {}
    for table in contract.values():
        problems += [
            f"{table.name} in macros/contract/source_contract.sql {problem}"
            for problem in _problems_of_ownership(table, contract, earlier)
        ]
        earlier[table.name] = table
    return problems


def _problems_of_ownership(
    table: Table, contract: Mapping[str, Table], earlier: Mapping[str, Table]
) -> Iterator[str]:
    columns = {column.name: column for column in table.columns}
    if table.is_nobodys == (table.record is not None or bool(table.belongs_to)):
        yield (
            "must say who its rows belong to, for access and erasure: declare"
            " `record`, `belongs_to`, both, or `nobody`."
        )
    if table.record is not None:
        yield from _problems_of_record(table, contract)
    by_value = False
    for owner in table.belongs_to:
        column, name = owner.get("column", ""), owner.get("table")
        target = contract.get(name or "")
        if column not in columns:
            yield f"belongs to someone by the column {column}, which it does not have."
        elif name is None:
            by_value = True
            if _names_people_by(columns[column]) != column:
                yield f"belongs to someone by {column}: name the table that has that key."
        elif target is None:
            yield f"belongs to {name}, which is not a table of the contract.{did_you_mean(name, contract)}"
        elif target.is_nobodys or len(target.key) != 1:
            yield f"belongs to {name}, which must belong to people and have a key of one column."
        elif by_value:
            yield f"belongs to {name} only after a value: put the columns with a table first."
        elif not target.is_always_a_record and (name not in earlier or len(table.belongs_to) > 1):
            yield (
                f"belongs to {name}, in which not every row is a record: that must be its only owner, and"
                f" {name} must come before it."
            )
    named = {owner.get("column") for owner in table.belongs_to}
    for column in table.columns:
        referred = column.attributes.get("references") or column.attributes.get("may_refer_to") or ""
        leads_to_people = referred in contract and not contract[referred].is_nobodys
        if table.is_nobodys and (leads_to_people or _names_people_by(column)):
            yield f"is declared as nobody's, but its column {column.name} leads to a person."
        elif table.belongs_to and not table.record and _names_people_by(column) and column.name not in named:
            yield f"has the column {column.name}, which names a person: add it to `belongs_to`."


def _problems_of_record(table: Table, contract: Mapping[str, Table]) -> Iterator[str]:
    record, columns = table.record or {}, {column.name for column in table.columns}
    entity = str(record.get("entity", ""))
    if not re.fullmatch("[a-z][a-z0-9_]*", entity):
        yield "needs an `entity` in lower case in its `record`, such as contact."
    elif any(
        other.record and other.record.get("entity") == entity for other in contract.values() if other != table
    ):
        yield f"has records called {entity}, like another table: give them another `entity`."
    if len(table.key) != 1:
        yield "has records, so it needs a key of one column."
    for moment in ("created_at", "updated_at"):
        if moment in record and record[moment] not in columns:
            yield f"takes the {moment} of its records from {record[moment]}, which it does not have."


def _names_people_by(column: Column) -> str:
    """Return email, phone, customer_number or anonymous_id if a column contains that, else an empty text."""
    if column.type in ("email", "phone"):
        return column.type
    return column.name if column.name in ("customer_number", "anonymous_id") else ""


def plain_macro(file: str, name: str, *arguments: Any, project: Path = PROJECT) -> str:
    """Return what a macro without dbt's own functions renders, such as a regular expression that models use.

    `file` is its path in the folder of macros, without suffix.
    """
    macros = _template(_macro_source(project, file)).module
    return str(getattr(macros, name)(*arguments)).strip()


@cache
def _template(source: str) -> Any:
    return jinja2.Environment().from_string(source)


def _macro_source(project: Path, file: str) -> str:
    return (project / "macros" / f"{file}.sql").read_text(encoding="utf-8")


def folded(name: str) -> str:
    """Return a header as it is compared: in lower case, without diacritics, spaces and punctuation."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question with the known name that is most like the given one, or an empty text."""
    names = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), names, n=1)
    return f" Did you mean {names[close[0]]}?" if close else ""


def _aliases_of(table: str, columns: Iterable[str], aliases: list[dict[str, str]]) -> dict[str, str]:
    """Return a table's columns by folded alias: its own aliases first, then those of any table."""
    found: dict[str, str] = {}
    for source_table in (table, ""):
        for alias in aliases:
            if alias["source_table"] == source_table and alias["column_name"] in columns:
                found.setdefault(folded(alias["header"]), alias["column_name"])
    return found
