"""Examples of unusable cells, without personal data, for messages, logs and the summary."""

from __future__ import annotations

import re
from collections.abc import Iterable

from klant360.contract import Column
from klant360.ingest.delivery import printable

# Cells of these types are digits and punctuation, or words that name nobody. A birth date could.
SHOWN_TYPES = ("amount", "integer", "boolean", "currency", "timestamp", "date")
NEVER_SHOWN = ("birth_date",)
LONGEST = 40
_LETTER = re.compile(r"[^\W\d_]")


def examples(column: Column, cells: Iterable[str | None], number: int = 2) -> list[str]:
    """Return a few distinct cells of a column, with letters as x; none of a column that may name people.

    A cell with an @ is never shown: it is an email in the wrong column.
    """
    if column.type not in SHOWN_TYPES or column.name in NEVER_SHOWN:
        return []
    shown = (_LETTER.sub("x", cell.strip()) for cell in cells if cell and "@" not in cell)
    return [printable(cell)[:LONGEST] for cell in dict.fromkeys(filter(None, shown))][:number]
