"""Reads a mapping of scores to segments, as in seeds/segment_mapping.csv, and checks each rule."""

from __future__ import annotations

import csv
import re
import textwrap
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from klant360.contract import did_you_mean
from klant360.errors import InputError

RANGES = (("r_min", "r_max"), ("f_min", "f_max"), ("m_min", "m_max"))
LIMITS = tuple(limit for both in RANGES for limit in both)
# The columns of the seed, with their types.
COLUMNS = {
    "priority": "bigint",
    "segment_code": "varchar",
    **dict.fromkeys(LIMITS, "bigint"),
    "one_order_only": "boolean",
}
# Has no rules: it is for those who never bought.
PROSPECT = "prospect"
_WHOLE_NUMBER = re.compile("0|-?[1-9][0-9]{0,17}")


def read_mapping(file: Path, segments: Collection[str]) -> list[list[str | None]]:
    """Return the cells of each rule in the order of COLUMNS, None where one is empty.

    `segments` are the codes that rules may lead to. Raises InputError with a sentence for each problem that
    the data tests of the seed would find in a build.
    """
    rows = _read_rows(file)
    problems = [
        f"{file}, line {line}: {problem}"
        for line, row in rows.items()
        for problem in _problems(row, segments)
    ]
    lines = defaultdict(list)
    for line, row in rows.items():
        if _WHOLE_NUMBER.fullmatch(row["priority"]):
            lines[row["priority"]].append(str(line))
    problems += [
        f"{file}, lines {' and '.join(same)}: rules may not share a priority, and these have {priority}."
        for priority, same in lines.items()
        if len(same) > 1
    ]
    if not rows:
        problems.append(f"{file} has no rules.")
    if problems:
        raise InputError("\n".join(problems))
    return [[row[column] or None for column in COLUMNS] for row in rows.values()]


def _read_rows(file: Path) -> dict[int, dict[str, str]]:
    """Return the cells of each row by column, by line number."""
    rows = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=True)
            header = next(reader, [])
            if sorted(header) != sorted(COLUMNS):
                raise InputError(
                    f"{file} must have the columns {', '.join(COLUMNS)}, joined by commas."
                    f" Its first line is {textwrap.shorten(','.join(header), 100) or 'empty'}."
                )
            for cells in filter(None, reader):
                line = reader.line_num
                if len(cells) != len(COLUMNS):
                    raise InputError(
                        f"{file}, line {line}: it has {len(cells)} cells for {len(COLUMNS)} columns."
                    )
                rows[line] = dict(zip(header, cells, strict=True))
    except UnicodeDecodeError as error:
        raise InputError(f"{file} cannot be read: it is not text in UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise InputError(f"{file} cannot be read: {getattr(error, 'strerror', error)}.") from error
    return rows


def _problems(row: Mapping[str, str], segments: Collection[str]) -> Iterator[str]:
    shown = {column: cell or "empty" for column, cell in row.items()}
    if not _WHOLE_NUMBER.fullmatch(row["priority"]):
        yield f"priority must be a whole number; it is {shown['priority']}."
    if not row["segment_code"]:
        yield "segment_code is empty."
    elif row["segment_code"] == PROSPECT:
        yield f"no rule may lead to {PROSPECT}, the segment of those who never bought."
    elif row["segment_code"] not in segments:
        yield (
            f"segment_code {row['segment_code']} is not in marts.segments of the warehouse."
            + did_you_mean(row["segment_code"], segments)
        )
    wrong = {limit for limit in LIMITS if not re.fullmatch("[1-5]", row[limit])}
    for limit in sorted(wrong, key=LIMITS.index):
        yield f"{limit} must be a score from 1 to 5; it is {shown[limit]}."
    for least, greatest in RANGES:
        if not {least, greatest} & wrong and row[least] > row[greatest]:
            yield f"{least} ({row[least]}) is above {greatest} ({row[greatest]})."
    if row["one_order_only"].lower() not in ("", "true"):
        yield f"one_order_only must be true or empty; it is {shown['one_order_only']}."
