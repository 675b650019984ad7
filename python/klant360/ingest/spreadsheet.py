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
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

_HEAD_ROWS = 50
# Beyond this, a spreadsheet does not keep every digit.
_EXACT = 10**15
# What a number format shows literally, or only for spacing.
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


class SpreadsheetError(Exception):
    """A spreadsheet cannot be read; says what is wrong with it, without its name."""


def csv_head(path: Path, sheet: str | None) -> bytes:
    """Return the first rows of a sheet (None: the first) as CSV. Raises SpreadsheetError."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(itertools.islice(_rows(path, sheet), _HEAD_ROWS))
    return lines.getvalue().encode()


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
    width, decimals = _shown(number_format)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if decimals is not None and abs(value) < _EXACT:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    elif isinstance(value, float):
        exact = Decimal(f"{value:.15g}")
    text = f"{exact:f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.zfill(width) if width > 1 and exact >= 0 else text


@lru_cache(maxsize=256)
def _shown(number_format: str) -> tuple[int, int | None]:
    """Return how many digits a number format shows at least before the point, and how many after it.

    Both matter where they change the value: 0000 shows the zeros of a number, 0.00 rounds it. None: as the
    value is.
    """
    shown = _LITERAL.sub("", number_format.split(";")[0])
    if not re.search("[0#?]", shown) or re.search("[%Ee/@]", shown):
        return 1, None
    whole, _, fraction = shown.partition(".")
    width = len(whole) if re.fullmatch("0+", whole.strip()) else 1
    return width, len(re.findall("[0#?]", fraction))


def _rows(path: Path, sheet: str | None) -> Iterator[list[str]]:
    """Yield the rows of a sheet, all as wide as its first one or wider."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which say nothing of cells
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            with closing(book):
                width = 0
                for row in _sheet(book, sheet).iter_rows():
                    cells = [cell_text(cell.value, getattr(cell, "number_format", "General")) for cell in row]
                    while len(cells) > width and not cells[-1]:
                        cells.pop()
                    width = width or len(cells)
                    if any(cells):
                        yield cells + [""] * (width - len(cells))
    except (BadZipFile, InvalidFileException, KeyError, ValueError, EOFError) as error:
        raise SpreadsheetError(
            "is not a complete .xlsx file, or has a password: open it, and save it again as .xlsx or CSV"
        ) from error


def _sheet(book: Any, name: str | None) -> Any:
    if name is not None and name not in book.sheetnames:
        raise SpreadsheetError(f"has no sheet {name}: it has {', '.join(book.sheetnames)}")
    sheet = book[name] if name is not None else book.worksheets[0]
    sheet.reset_dimensions()  # some programs write a wrong one, and cells beyond it would be lost
    return sheet
