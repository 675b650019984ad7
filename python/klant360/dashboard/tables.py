"""The marts that figures are made of, with the settings that decide what may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from klant360.connection import limit_memory
from klant360.quoting import quoted


class Tables:
    """The marts, and the manifest of their publication or the vars that they were built with."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, manifest: Mapping[str, Any]) -> None:
        """Read the marts of a connection, in which their names need no schema."""
        limit_memory(connection)
        self.manifest = manifest
        self._connection = connection

    @classmethod
    def of_publication(cls, folder: Path, manifest: Mapping[str, Any]) -> Tables:
        """Return the Parquet files in a folder, as any BI tool reads them."""
        connection = duckdb.connect()
        for file in sorted(folder.glob("*.parquet")):
            connection.execute(f'create view "{file.stem}" as from read_parquet({quoted(file)})')
        return cls(connection, manifest)

    @classmethod
    def of_warehouse(cls, file: Path, variables: Mapping[str, Any]) -> Tables:
        """Return the marts of a warehouse that nothing else writes."""
        connection = duckdb.connect(str(file), read_only=True)
        connection.execute("use marts")
        return cls(connection, variables)

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
    def timezone(self) -> str:
        """The time zone that decides the date of a moment, such as Europe/Amsterdam."""
        return self.manifest.get("vars", self.manifest)["business_timezone"]

    @property
    def as_of_date(self) -> date | None:
        """The date that everything is as of; None without any purchase."""
        day = self.manifest["as_of_date"]
        return date.fromisoformat(str(day)) if day else None

    def is_delivered(self, table: str) -> bool:
        """Return whether a source table had rows."""
        return self.manifest["sources"].get(table, 0) > 0
