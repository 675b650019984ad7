"""The files of the demo set: one per table, written aside and moved into place when complete."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from klant360.demo import clock
from klant360.demo.options import DemoError
from klant360.demo.style import STYLES, Style
from klant360.demo.tables import TABLES

MARKER = "README.txt"
FIRST_LINE = "A demo set made by klant360 demo."
UNFINISHED = "Unfinished: this run was stopped, and these files are not complete. Run it again."


def path_of(name: str, file_format: str) -> Path:
    """Return a table's path within the output: sources by system, the truth separately."""
    system, table = name.split(".")
    folder = Path(system) if system == "truth" else Path("sources") / system
    return folder / f"{table}.{file_format}"


class _CsvFile:
    """A CSV that grows; instants are written as their system does, everything in the chosen style."""

    def __init__(self, path: Path, name: str, style: Style) -> None:
        self._system, self._names, self._style = name.split(".")[0], TABLES[name].names, style
        self._file = path.open("w", encoding=style.encoding, newline="")
        self._append(TABLES[name].empty_table(), include_header=True)

    def _texts(self, column: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        if not pa.types.is_timestamp(column.type):
            return column
        instants = column.cast(pa.timestamp("us")).to_numpy().astype("datetime64[s]")
        return clock.text(np.asarray(instants), self._system)

    def _append(self, table: pa.Table, *, include_header: bool) -> None:
        columns = [
            self._style.column(name, self._texts(column))
            for name, column in zip(self._names, table.columns, strict=True)
        ]
        written = pa.BufferOutputStream()
        options = csv.WriteOptions(include_header=include_header, delimiter=self._style.delimiter)
        csv.write_csv(pa.table(columns, names=self._names), written, options)
        self._file.write(str(written.getvalue(), "utf-8"))

    def write_table(self, table: pa.Table) -> None:
        self._append(table, include_header=False)

    def close(self) -> None:
        self._file.close()


class Output:
    """The demo folder while it is being written; `with` moves it into place if nothing went wrong.

    Everything is written to DIR/unfinished, where its README.txt says so, and moved when complete: a stopped
    run leaves the last complete set as it was.
    """

    def __init__(self, folder: Path, file_format: str, style: str) -> None:
        """Refuse a folder that has other files under our names."""
        self.folder, self.format, self._style = folder, file_format, style
        self.rows: dict[str, int] = dict.fromkeys(TABLES, 0)
        self._aside = folder / "unfinished"
        if folder.exists() and not folder.is_dir():
            raise DemoError(f"{folder} is a file, not a folder: name another one with --out.")
        for own, marker in ((folder, folder / MARKER), (self._aside, self._aside / MARKER)):
            names = ("sources", "truth", MARKER) if own == folder else (".",)
            taken = [own / name for name in names if (own / name).exists()]
            if taken and not _is_ours(marker):
                raise DemoError(
                    f"{taken[0]} exists and was not written by the demo: nothing was replaced. "
                    "Name another folder with --out, or move it away."
                )

    def __enter__(self) -> Output:
        """Start all files."""
        if self._aside.exists():
            shutil.rmtree(self._aside)
        self._aside.mkdir(parents=True)
        (self._aside / MARKER).write_text(f"{FIRST_LINE}\n{UNFINISHED}\n", encoding="utf-8")
        self._files = {name: self._open(name) for name in TABLES}
        return self

    def _open(self, name: str) -> _CsvFile | pq.ParquetWriter:
        path = self._aside / path_of(name, self.format)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.format == "csv":
            # the truth is not an export of a system
            return _CsvFile(path, name, STYLES["plain" if name.startswith("truth.") else self._style])
        return pq.ParquetWriter(path, TABLES[name], compression="zstd")

    def write(self, tables: dict[str, pa.Table]) -> None:
        """Append to the named tables."""
        for name, table in tables.items():
            if table.num_rows:
                self._files[name].write_table(table)
                self.rows[name] += table.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all files; if nothing went wrong, move them into place."""
        for file in self._files.values():
            file.close()
        if kind is not None:
            return
        marker = self.folder / MARKER
        marker.write_text(f"{FIRST_LINE}\n{UNFINISHED}\n", encoding="utf-8")
        for part in ("sources", "truth"):
            if (self.folder / part).exists():
                shutil.rmtree(self.folder / part)
            (self._aside / part).rename(self.folder / part)
        shutil.rmtree(self._aside)

    def finish(self, text: str) -> None:
        """Write the README.txt that says what this is and that it is complete."""
        (self.folder / MARKER).write_text(f"{FIRST_LINE}\n{text}", encoding="utf-8")


def _is_ours(marker: Path) -> bool:
    return marker.is_file() and marker.read_text(encoding="utf-8", errors="replace").startswith(
        "A demo set made by "
    )
