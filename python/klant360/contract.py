"""The source contract, read from the macro that the models read it from too."""

import csv
import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2

from klant360.project import PROJECT


@dataclass(frozen=True)
class Column:
    """One column of a source table; `attributes` holds all that the contract says of it."""

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

    `aliases` has the column by folded header of what others call it, those to be suggested first in front.
    They change no row that is loaded, so they are no part of what the table is.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    any_of: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def system(self) -> str:
        """The system that hands the table in: its folder, and its schema in the warehouse."""
        return self.name.split(".")[0]

    @property
    def path(self) -> str:
        """Where the table stands in the sources folder, without its suffix."""
        return self.name.replace(".", "/")

    @property
    def is_required_table(self) -> bool:
        """Whether a delivery without this table is none."""
        return self.name == "webshop.orders"

    @cached_property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that the header must have."""
        return tuple(column.name for column in self.columns if column.is_required)


def read_contract(project: Path = PROJECT) -> dict[str, Table]:
    """Read the contract of a project folder: its tables by name, in the contract's order."""
    tables: dict[str, Any] = {}
    _macros(project, "source_contract", {"return": tables.update}).source_contract()
    with (project / "seeds" / "header_aliases.csv").open(encoding="utf-8-sig", newline="") as lines:
        aliases = list(csv.DictReader(lines))
    return {
        name: Table(
            name=name,
            columns=tuple(Column(column, attributes) for column, attributes in table["columns"].items()),
            key=tuple(table["key"]),
            any_of=tuple(table.get("any_of", ())),
            aliases=_aliases_of(name, table["columns"], aliases),
        )
        for name, table in tables.items()
    }


def pattern(file: str, name: str, *arguments: str, project: Path = PROJECT) -> str:
    """Return a regular expression that models read cells with: a macro of a file of the contract."""
    return str(getattr(_macros(project, file), name)(*arguments)).strip()


def _macros(project: Path, file: str, context: Mapping[str, Any] | None = None) -> Any:
    source = (project / "macros" / "contract" / f"{file}.sql").read_text(encoding="utf-8")
    return jinja2.Environment().from_string(source).make_module(dict(context or {}))


def folded(name: str) -> str:
    """Return a header as it is compared: lower case, without diacritics, spaces and signs."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question that names the known name most like the given one, or nothing."""
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
