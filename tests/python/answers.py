"""The answers of the analyses on the demo set."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import duckdb


@dataclass(frozen=True)
class Answer:
    columns: list[str]
    types: list[str]
    rows: list[SimpleNamespace]


def run(warehouse: Path, sql: str, threads: int = 2) -> Answer:
    with duckdb.connect(str(warehouse), read_only=True, config={"threads": threads}) as connection:
        cursor = connection.execute(sql)
        columns = [column[0] for column in cursor.description]
        types = [str(column[1]) for column in cursor.description]
        rows = [SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in cursor.fetchall()]
    return Answer(columns, types, rows)
