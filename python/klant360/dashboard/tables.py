"""The tables of a publication, as any BI tool reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from klant360.quoting import quoted


class Tables:
    """The Parquet files of a publication, as tables of an in-memory database, and its manifest."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        """Make every file of `folder` a view of its name."""
        self.manifest = manifest
        self._connection = duckdb.connect()
        for file in sorted(folder.glob("*.parquet")):
            self._connection.execute(f'create view "{file.stem}" as from read_parquet({quoted(file)})')

    def __enter__(self) -> Tables:
        """Return the tables themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self._connection.close()

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query, by column name."""
        found = self._connection.execute(query, parameters or {})
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @property
    def least(self) -> int:
        """The least number of people that a shown group holds."""
        return self.manifest["min_cell_size"]

    @property
    def currency(self) -> str:
        """The currency of all amounts, such as EUR."""
        return self.manifest["base_currency"]

    @property
    def as_of_date(self) -> date | None:
        """The date that everything is as of; None without any purchase."""
        day = self.manifest["as_of_date"]
        return date.fromisoformat(str(day)) if day else None

    def is_delivered(self, table: str) -> bool:
        """Return whether a source table had rows."""
        return self.manifest["sources"].get(table, 0) > 0
