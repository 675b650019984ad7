"""The names in headers: which of them resemble a column of the contract, and which may be personal data."""

import difflib
import re
from collections.abc import Iterable

from klant360.contract import Table, folded

_LONGEST_NAME = 60
_ALIKE = 0.85
# An email or web address; a number, date, phone or key: leading digits, or two digits not before a letter.
_DATA = re.compile(r"""@|://|^[\s'"#€$£+(-]*\d|\d\d(?![^\W\d_])""")


def looks_like_data(name: str) -> bool:
    """Return whether a name in a header could be a value, and so personal data: it is then never shown."""
    return bool(_DATA.search(name)) or len(name) > _LONGEST_NAME


def listed_names(names: Iterable[str], at_most: int) -> str:
    """Return names for a sentence, except those that are blank or could be data."""
    shown = [name.strip() for name in names if name.strip()]
    hidden = sum(map(looks_like_data, shown))
    shown = [name for name in shown if not looks_like_data(name)]
    more = [f"{len(shown) - at_most} more"] if len(shown) > at_most else []
    more += [f"{hidden} that look{'s' * (hidden == 1)} like data"] if hidden else []
    return ", ".join(shown[:at_most]) + (" and " if shown and more else "") + " and ".join(more)


def known_columns(names: Iterable[str], table: Table) -> set[str]:
    """Return the columns of the contract that the names mean, by the contract or its aliases."""
    by_name = {folded(column.name): column.name for column in table.columns}
    words = map(folded, names)
    return {
        by_name.get(word) or table.aliases[word] for word in words if word in by_name or word in table.aliases
    }


def suggested_renames(names: Iterable[str], table: Table) -> dict[str, str]:
    """Return the headers that resemble a missing column of the contract, by that column.

    Other spellings of the same words go first, then the aliases in their order, then similar names.
    No header is suggested twice, and required columns choose first.
    """
    names = [name.strip() for name in names]
    columns = sorted(
        table.columns, key=lambda column: column.name not in (*table.required_columns, *table.any_of)
    )
    present = {name.lower() for name in names}
    absent = [column.name for column in columns if column.name not in present]
    spare: dict[str, str] = {}
    for name in names:
        if name.lower() not in {column.name for column in columns} and not looks_like_data(name):
            spare.setdefault(folded(name), name)
    spare.pop("", None)

    def same(column: str) -> list[str]:
        return [folded(column)]

    def alias(column: str) -> list[str]:
        return [word for word, known in table.aliases.items() if known == column]

    def alike(column: str) -> list[str]:
        return difflib.get_close_matches(folded(column), spare.keys() - table.aliases.keys(), 1, _ALIKE)

    found: dict[str, str] = {}
    for resembling in (same, alias, alike):
        for column in absent:
            word = next((word for word in resembling(column) if word in spare), None)
            if column not in found and word is not None:
                found[column] = spare.pop(word)
    return {column: found[column] for column in absent if column in found}


def rename_list(renames: dict[str, str]) -> str:
    """Return the renames, for a sentence."""
    return ", ".join(f'"{name}" to {column}' for column, name in renames.items())
