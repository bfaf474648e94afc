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
from store.local.reserve import Reserve

FILE_NAME = "whimbrel.sqlite3"
BACKUPS = "backups"
_MARKER = "memory-open"
_SUFFIXES = ("", "-wal", "-shm", "-journal")
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
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


def write_whole(path: Path, content: bytes) -> None:
    """Writes a small file that is, whatever moment a power cut picks, the old one or the whole new one."""
    partial = path.with_name(f".{path.name}")
    with partial.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def enter(folder: Path) -> bool:
    """Makes the folder, marks it as open, and tells whether the last one to open it did not close it.

    Raises StoreError where that cannot be: a file in its place, no right to write, no room.
    """
    try:
        return _mark(folder)
    except OSError as error:
        if error.errno in NO_SPACE and Reserve(folder).release():
            return enter(folder)
        raise _unusable(folder, error) from error


def _mark(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / _MARKER
    was_open = marker.exists()
    with marker.open("ab") as handle:
        os.fsync(handle.fileno())
    sync_folder(folder)
    return was_open


def leave(folder: Path) -> None:
    """Takes the mark away: what is in the folder was closed properly."""
    (folder / _MARKER).unlink(missing_ok=True)


def _unusable(folder: Path, error: OSError) -> errors.StoreError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return errors.StoreError(
            f"{folder} is a file, and Whimbrel needs a folder there.", "Name another folder with --data-dir."
        )
    if error.errno in NO_SPACE:
        return errors.full()
    return errors.StoreError(
        f"Whimbrel may not write to its data folder {folder} ({error.strerror}).",
        "Give yourself the right to write there, or name another folder with --data-dir.",
    )


def parts(path: Path) -> list[Path]:
    """A database and its companions, as far as they are there."""
    found = [path.with_name(path.name + suffix) for suffix in _SUFFIXES]
    return [part for part in found if part.exists()]


def move_aside(path: Path, target: Path) -> None:
    """Moves a database and its companions, unchanged, into a folder."""
    target.mkdir(exist_ok=True)
    for part in parts(path):
        part.rename(target / part.name)
    sync_folder(target)
    sync_folder(path.parent)


def new_folder(parent: Path, name: str, clock: Clock) -> Path:
    """A new folder with the time in its name, and a number where one of that second is there."""
    when = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    attempt = 0
    while True:
        target = parent / (f"{name}-{when}-{attempt}" if attempt else f"{name}-{when}")
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
