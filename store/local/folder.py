"""The data folder: made, found writable, and marked while the memory in it is open."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from store.clock import Clock
from store.local import errors

FILE_NAME = "whimbrel.sqlite3"
BACKUPS = "backups"
_MARKER = "memory-open"
_SUFFIXES = ("", "-wal", "-shm", "-journal")
LOW_WATER_BYTES = 128 * 1024 * 1024


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable, where the system can do that (Windows cannot and need not)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def enter(folder: Path) -> bool:
    """Makes the folder, marks it as open, and tells whether the last one to open it did not close it.

    Raises StoreError where that cannot be: a file in its place, no right to write, no room.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        marker = folder / _MARKER
        was_open = marker.exists()
        with marker.open("ab") as handle:
            os.fsync(handle.fileno())
        sync_folder(folder)
    except OSError as error:
        raise _unusable(folder, error) from error
    return was_open


def leave(folder: Path) -> None:
    """Takes the mark away: what is in the folder was closed properly."""
    (folder / _MARKER).unlink(missing_ok=True)


def _unusable(folder: Path, error: OSError) -> errors.StoreError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return errors.StoreError(
            f"{folder} is a file, and Whimbrel needs a folder there.", "Name another folder with --data-dir."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return errors.full()
    return errors.StoreError(
        f"Whimbrel may not write to its data folder {folder} ({error.strerror}).",
        "Give yourself the right to write there, or name another folder with --data-dir.",
    )


def set_aside(path: Path, clock: Clock) -> Path:
    """Moves a database and its companions, unchanged, into a new folder beside it; returns that folder."""
    when = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    target = _new_folder(path.parent, f"damaged-{when}")
    for suffix in _SUFFIXES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(target / part.name)
    sync_folder(target)
    sync_folder(path.parent)
    return target


def _new_folder(parent: Path, name: str) -> Path:
    attempt = 0
    while True:
        target = parent / (f"{name}-{attempt}" if attempt else name)
        try:
            target.mkdir()
        except FileExistsError:
            attempt += 1
        else:
            return target


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write on the folder's disk."""
    return shutil.disk_usage(folder).free


class DiskGuard:
    """Says no before the disk is quite full, so that there is always room to close, to erase and to heal."""

    def __init__(
        self, folder: Path, low_water: int = LOW_WATER_BYTES, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._folder = folder
        self._low_water = low_water
        self._free = free

    def check(self) -> None:
        """Raises StoreFull where less than the low-water mark is free."""
        if self._free(self._folder) < self._low_water:
            raise errors.full()
