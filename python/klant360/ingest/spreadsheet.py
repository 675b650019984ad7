"""Reads a spreadsheet (.xlsx) as text, as its cells show it: dates in ISO form, numbers with a point."""

from __future__ import annotations

import csv
import io
import itertools
import re
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl

_HEAD_ROWS = 50
_BROKEN = "is not a complete .xlsx file, or has a password: open it, and save it again as .xlsx or CSV"
# Beyond this, a spreadsheet does not keep every digit.
_EXACT = 10**15
# What a number format shows literally, or only for spacing.
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


class SpreadsheetError(Exception):
    """A spreadsheet cannot be read; says what is wrong with it, without its name."""


def csv_head(path: Path, sheet: str | None) -> bytes:
    """Return the first rows of a sheet (None: the first) as CSV. Raises SpreadsheetError."""
    state = path.stat()
    return _head(path, sheet, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _head(path: Path, sheet: str | None, *_: int) -> bytes:
    """Return the head of a file in a certain state: opening a large one takes seconds."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(itertools.islice(_rows(path, sheet), _HEAD_ROWS))
    return lines.getvalue().encode()


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets with cells, in order; none if the file cannot be read."""
    try:
        with closing(_open(path)) as book:
            return [sheet.title for sheet in book.worksheets]
    except SpreadsheetError:
        return []


def write_csv(path: Path, sheet: str | None, target: Path) -> None:
    """Write a sheet (None: the first) as a CSV file. Raises SpreadsheetError."""
    with target.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(_rows(path, sheet))


def cell_text(value: Any, number_format: str = "General") -> str:
    """Return a cell's value as text: dates in ISO form, numbers with the decimals that are shown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        has_time = value.time() != time() or "h" in _LITERAL.sub("", number_format).lower()
        # spreadsheets keep a time as a fraction of a day, so a second can be a few microseconds off
        moment = (value + timedelta(microseconds=500)).replace(microsecond=0)
        return moment.isoformat(" ") if has_time else value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return _number(value, number_format)
    return str(value)


def _number(value: int | float, number_format: str) -> str:
    if abs(value) >= _EXACT:
        return f"{value:.5E}"  # damaged, as any number is that a spreadsheet has rounded
    width, decimals = _shown(number_format)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if decimals:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    elif isinstance(value, float):
        exact = Decimal(f"{value:.15g}")
    text = f"{exact:f}"
    if not decimals and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.zfill(width) if width > 1 and exact >= 0 else text


@lru_cache(maxsize=256)
def _shown(number_format: str) -> tuple[int, int | None]:
    """Return how many digits a number format shows at least before the point, and how many after it.

    Both matter where they change the value: 0000 shows the zeros of a number, 0.00 rounds it. None or 0: as
    the value is, since a format without decimals hides cents but does not mean that there are none.
    """
    shown = _LITERAL.sub("", number_format.split(";")[0])
    if not re.search("[0#?]", shown) or re.search("[%Ee/@]", shown):
        return 1, None
    whole, _, fraction = shown.partition(".")
    width = len(whole) if re.fullmatch("0+", whole.strip()) else 1
    return width, len(re.findall("[0#?]", fraction))


def _rows(path: Path, sheet: str | None) -> Iterator[list[str]]:
    """Yield the rows of a sheet, all as wide as its first one or wider."""
    with closing(_open(path)) as book:
        width = 0
        rows = iter(_sheet(book, sheet).iter_rows())
        while (row := _next(rows)) is not None:
            cells = [cell_text(cell.value, getattr(cell, "number_format", "General")) for cell in row]
            while len(cells) > width and not cells[-1]:
                cells.pop()
            width = width or len(cells)
            if any(cells):
                yield cells + [""] * (width - len(cells))


def _open(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which say nothing of cells
            return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError:
        raise
    except Exception as error:  # of many kinds, by what is broken in the archive or its XML
        raise SpreadsheetError(_BROKEN) from error


def _next(rows: Iterator[Any]) -> Any:
    """Return the next row, or None after the last."""
    try:
        return next(rows, None)
    except OSError:
        raise
    except Exception as error:
        raise SpreadsheetError(_BROKEN) from error


def _sheet(book: Any, name: str | None) -> Any:
    if name is not None and name not in book.sheetnames:
        raise SpreadsheetError(f"has no sheet {name}: it has {', '.join(book.sheetnames)}")
    if not book.worksheets:
        raise SpreadsheetError("has no sheet with cells")
    sheet = book[name] if name is not None else book.worksheets[0]
    sheet.reset_dimensions()  # some programs write a wrong one, and cells beyond it would be lost
    return sheet
