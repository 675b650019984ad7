"""One build at a time per warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from klant360.errors import UserError


class BusyError(UserError):
    """Another process is building the same warehouse."""

    exit_code = 5


@contextmanager
def build_lock(warehouse: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a warehouse, which the system releases when the process ends, however it ends.

    Raises BusyError when another process holds it, unless `wait`.
    """
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(warehouse.with_name(f".{warehouse.name}.lock"))
    try:
        with lock.acquire(timeout=-1 if wait else 0):
            yield
    except Timeout as error:
        raise BusyError(
            f"Another build of {warehouse} is running: try again when it is done, or wait for it with --wait."
        ) from error
