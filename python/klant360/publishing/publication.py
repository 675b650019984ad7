"""Publications, which BI tools and analysts open. Each has its own folder; one pointer makes it current.

    serve/publications/RUN/klant360.duckdb    the tables of schema marts, with their comments
    serve/publications/RUN/parquet/NAME.parquet
    serve/publications/RUN/dashboard.html     what they say, for people
    serve/publications/RUN/changes.md         which past figures differ from the publication before, and why
    serve/publications/RUN/manifest.json      what it is, and a hash of each table
    serve/current -> publications/RUN         the pointer, replaced in one step
    serve/klant360.duckdb, serve/parquet, serve/dashboard.html, ... -> current/...

A publication is written beside the others, flushed to disk and renamed into place; only then does the pointer
move. Readers with an open file or folder keep the publication that it belongs to, until that one is deleted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from klant360.connection import limit_memory
from klant360.errors import UserError
from klant360.publishing.comparison.changes_file import changes
from klant360.quoting import identifier, quoted

DASHBOARD = "dashboard.html"
CHANGES = "changes.md"
SERVED = ("klant360.duckdb", "parquet", DASHBOARD, CHANGES, "manifest.json")
# Every DuckDB since 1.0 reads files of this version; drivers of BI tools lag behind.
STORAGE_VERSION = "v1.0.0"
_UNFINISHED = ".making-"
# The database that is written, as SQL names it: no warehouse file has this name.
PUBLISHED = "klant360__published"


class PublicationError(UserError):
    """A publication or rollback is not possible."""


class RefusedError(PublicationError):
    """What was built and tested must not be published."""

    exit_code = 4


# Returns the page of a publication, from its folder and its manifest.
Draw = Callable[[Path, Mapping[str, Any]], str]


def make_publication(
    warehouse: Path,
    serve: Path,
    run: str,
    facts: Mapping[str, Any],
    draw: Draw | None = None,
    leave_out: Collection[str] = (),
) -> dict[str, Any]:
    """Make the marts of a warehouse the current publication, named `run`; returns its manifest.

    `facts` are added to the manifest; what `draw` returns becomes the dashboard; marts to `leave_out` are not
    copied. Raises PublicationError if it cannot be written, such as on a full disk; the current publication
    then stays.
    """
    unfinished = serve / "publications" / f"{_UNFINISHED}{run}"
    try:
        _remove_unfinished(serve)
        (unfinished / "parquet").mkdir(parents=True)
        tables = _write_tables(warehouse, unfinished, leave_out)
        manifest = {"run": run, **facts, "tables": tables}
        text = json.dumps(manifest, indent=2, default=str) + "\n"
        (unfinished / "manifest.json").write_text(text, encoding="utf-8")
        served = current(serve)
        last = serve / "publications" / served if served else None
        (unfinished / CHANGES).write_text(changes(unfinished, last), encoding="utf-8")
        if draw:
            (unfinished / DASHBOARD).write_text(draw(unfinished, manifest), encoding="utf-8")
        for path in [*unfinished.rglob("*"), unfinished]:
            _flush(path)
        unfinished.rename(serve / "publications" / run)
        _flush(serve / "publications")
        serve_publication(serve, run)
    except (OSError, duckdb.Error) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PublicationError(f"The publication cannot be written to {serve}: {_reason(error)}.") from error
    return manifest


def redraw_dashboard(serve: Path, target: Path | None, draw: Draw) -> Path:
    """Write the dashboard of the current publication again, in its place or to `target`; returns the file.

    Raises PublicationError if there is no publication, or one that cannot be drawn.
    """
    run = current(serve)
    if run is None:
        raise PublicationError(f"Nothing has been published in {serve} yet: klant360 publish does.")
    manifest = read_manifest(serve, run)
    if "min_cell_size" not in manifest:
        raise PublicationError(f"{run} was published by an earlier version: publish again to draw it.")
    publication = serve / "publications" / run
    file = target or publication / DASHBOARD
    fresh = file.with_name(f".{file.name}.new")
    try:
        fresh.write_text(draw(publication, manifest), encoding="utf-8")
        fresh.replace(file)
    except (OSError, duckdb.Error) as error:
        raise PublicationError(f"The dashboard cannot be written to {file}: {_reason(error)}.") from error
    return file


def serve_publication(serve: Path, run: str) -> None:
    """Move the pointer to an existing publication."""
    _point(serve / "current", Path("publications") / run)
    for name in SERVED:
        if (serve / "current" / name).exists() and not (serve / name).is_symlink():
            _point(serve / name, Path("current") / name)
    _flush(serve)


def publications(serve: Path) -> list[str]:
    """Return the names of the publications, oldest first."""
    folder = serve / "publications"
    whole = folder.glob("[!.]*/manifest.json") if folder.is_dir() else ()
    return sorted(path.parent.name for path in whole)


def current(serve: Path) -> str | None:
    """Return the name of the current publication, or None."""
    pointer = serve / "current"
    return pointer.readlink().name if pointer.is_symlink() and pointer.exists() else None


def read_manifest(serve: Path, run: str) -> dict[str, Any]:
    """Read the manifest of a publication."""
    path = serve / "publications" / run / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8"))


def forget_earlier(serve: Path, keep: int = 1) -> None:
    """Delete the oldest publications until `keep` are left; the current one is never deleted."""
    served = current(serve)
    for run in publications(serve)[:-keep]:
        if run != served:
            shutil.rmtree(serve / "publications" / run)


def _write_tables(warehouse: Path, folder: Path, leave_out: Collection[str]) -> dict[str, dict[str, Any]]:
    """Copy schema marts into a database and Parquet files; returns rows and content hash per table."""
    target = folder / "klant360.duckdb"
    tables = {}
    with duckdb.connect() as connection:
        limit_memory(connection)
        # under the name it was built with: views say in which database their tables are
        built = warehouse.stem
        connection.execute(f"attach {quoted(warehouse)} as {identifier(built)} (read_only)")
        connection.execute(f"attach {quoted(target)} as {PUBLISHED} (storage_version '{STORAGE_VERSION}')")
        connection.execute(f"create schema {PUBLISHED}.marts")
        for name in _marts(connection, built):
            if name in leave_out:
                continue
            source, table = f'{identifier(built)}.marts."{name}"', f'{PUBLISHED}.marts."{name}"'
            connection.execute(f"create table {table} as from {source}")
            connection.execute(
                f"copy (from {source}) to {quoted(folder / 'parquet' / f'{name}.parquet')} (format parquet)"
            )
            rows, content = connection.execute(
                f"select count(*), {CONTENT_HASH} from {table} as t"
            ).fetchall()[0]
            tables[name] = {"rows": rows, "content": content}
        for statement in _comments(connection, built, tables):
            connection.execute(statement)
        connection.execute(f"detach {PUBLISHED}")
    return tables


# Independent of the order of rows: their number, and the sum and exclusive or of their 64-bit hashes.
CONTENT_HASH = (
    "format('{:d}-{:x}-{:x}', count(*), coalesce(bit_xor(hash(t)), 0),"
    " coalesce(cast(sum(hash(t)::hugeint) % 18446744073709551616 as ubigint), 0))"
)


def _marts(connection: duckdb.DuckDBPyConnection, built: str) -> list[str]:
    found = connection.execute(
        "select distinct table_name from duckdb_columns()"
        " where database_name = ? and schema_name = 'marts' order by table_name",
        [built],
    ).fetchall()
    if not found:
        raise PublicationError("The warehouse has no tables in schema marts: build it first.")
    return [name for (name,) in found]


def _comments(connection: duckdb.DuckDBPyConnection, built: str, tables: Collection[str]) -> Iterator[str]:
    """Yield the statements that copy the comments on tables and columns to the published ones."""
    of_tables = connection.execute(
        "select name, comment from ("
        " select database_name, schema_name, table_name as name, comment from duckdb_tables()"
        " union all select database_name, schema_name, view_name, comment from duckdb_views())"
        " where database_name = ? and schema_name = 'marts' and comment is not null",
        [built],
    ).fetchall()
    for name, comment in of_tables:
        if name in tables:
            yield f'comment on table {PUBLISHED}.marts."{name}" is {quoted(comment.strip())}'
    of_columns = connection.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where database_name = ? and schema_name = 'marts' and comment is not null",
        [built],
    ).fetchall()
    for name, column, comment in of_columns:
        if name in tables:
            yield f'comment on column {PUBLISHED}.marts."{name}"."{column}" is {quoted(comment.strip())}'


def _point(link: Path, target: Path) -> None:
    """Make a link point somewhere else, in one atomic step."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def _remove_unfinished(serve: Path) -> None:
    """Remove what an interrupted run left behind."""
    for folder in (serve / "publications").glob(f"{_UNFINISHED}*"):
        shutil.rmtree(folder)


def _flush(path: Path) -> None:
    """Flush a file or folder to disk before anything relies on it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).splitlines()[0].rstrip(".")
