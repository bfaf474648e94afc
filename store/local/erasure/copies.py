"""The copies of a memory beside it: backups, and damaged ones that were set aside."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from store.local.backups import Replaced
from store.local.folder import BACKUPS, sync_folder


class Copies(NamedTuple):
    """How many backups and set-aside damaged memories there are, and their bytes."""

    backups: int
    backup_bytes: int
    damaged: int
    damaged_bytes: int


class Replacing(Protocol):
    """Puts a fresh backup in the place of every older one."""

    def replace_all(self) -> Replaced:
        """What is gone, and how many could not go yet."""


def copies_in(folder: Path) -> Copies:
    """What lies in a data folder."""
    backups = list((folder / BACKUPS).glob("*.sqlite3*"))
    damaged = damaged_in(folder)
    inside = [path for one in damaged for path in one.rglob("*")]
    return Copies(len(backups), _size(backups), len(damaged), _size(inside))


def damaged_in(folder: Path) -> list[Path]:
    """The folders in which damaged memories were set aside."""
    return sorted(path for path in folder.glob("damaged-*") if path.is_dir())


def remove_damaged(folder: Path) -> int:
    """Removes them all; how many there were."""
    found = damaged_in(folder)
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    sync_folder(folder)
    return len(found)


def clear_logs(folder: Path) -> int:
    """Empties the log that is being written and removes the older ones; how many files that were."""
    found = sorted((folder / "logs").glob("*.log*"))
    for path in found:
        if path.suffix == ".log":
            with path.open("r+b") as handle:
                handle.truncate(0)
        else:
            path.unlink(missing_ok=True)
    return len(found)


def _size(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())
