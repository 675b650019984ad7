"""How the CSV files of the three systems are written: plainly, or as a Dutch Excel would.

Both contain the same company. Cells that a Dutch Excel would not see as a number or date do not change, so
the dirt stays the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Dates in years of Excel's calendar; what follows the date (a time, an offset) does not change.
ISO_DATE = r"^((?:19|20)\d\d)-(\d\d)-(\d\d)(?:[T ](.+))?$"
DAY_FIRST = r"\3-\2-\1 \4"
DAY_ABOVE_12 = r"^(?:19|20)\d\d-\d\d-(?:1[3-9]|[23])"
# Excel would make numbers of these: the apostrophe marks them as text.
DIGITS_OF_TEXT = r"^([0+]\d+)$"
ID_OF_DIGITS = r"^\d+$"
# Some empty cells get null words: at a fixed interval of rows, from a first one on.
NULL_WORDS = {"NULL": (60, 7), "#N/B": (60, 31)}


@dataclass(frozen=True)
class Style:
    """The delimiter, the encoding, and how a column (name, values) is written."""

    delimiter: str
    encoding: str
    column: Callable[[str, pa.Array | pa.ChunkedArray], pa.Array | pa.ChunkedArray]


def _as_it_is(_: str, values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return values


def _dutch_excel(name: str, values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Write a column as a Dutch Excel would; integers stay, everything else becomes text."""
    if pa.types.is_integer(values.type):
        return values
    if pa.types.is_boolean(values.type):
        texts = pc.if_else(values, "waar", "onwaar")
    elif pa.types.is_decimal(values.type):
        texts = pc.replace_substring(values.cast(pa.string()), ".", ",")
    else:
        texts = values.cast(pa.string())
        if name.endswith("_at") or name in ("birth_date", "spend_month"):
            texts = _day_first(texts)
        elif name.endswith("_id") or name == "customer_number":
            texts = _some_with_a_decimal(texts)
        texts = pc.replace_substring_regex(texts, DIGITS_OF_TEXT, r"'\1")
    return _some_null_words(texts)


def _day_first(dates: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Write dates day first, unless all days are 12 or less (spend_month): they would be ambiguous."""
    if not pc.any(pc.match_substring_regex(dates, DAY_ABOVE_12)).as_py():
        return dates
    return pc.utf8_rtrim_whitespace(pc.replace_substring_regex(dates, ISO_DATE, DAY_FIRST))


def _some_with_a_decimal(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Write every other numeric id as 123.0, so that keys and their references may be written differently."""
    is_chosen = pc.and_(_every(2, 0, len(ids)), pc.match_substring_regex(ids, ID_OF_DIGITS))
    return pc.if_else(is_chosen, pc.binary_join_element_wise(ids, ".0", ""), ids)


def _some_null_words(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    for word, (step, first) in NULL_WORDS.items():
        is_chosen = pc.and_(_every(step, first, len(texts)), pc.is_null(texts))
        texts = pc.if_else(is_chosen, word, texts)
    return texts


def _every(step: int, first: int, count: int) -> pa.Array:
    return pa.array(np.arange(count) % step == first)


STYLES = {
    "plain": Style(",", "utf-8", _as_it_is),
    "dutch-excel": Style(";", "cp1252", _dutch_excel),
}
