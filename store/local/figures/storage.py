"""How much room each kind of data takes: sums that roll-up and triggers keep, folders that are walked."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import apsw

from store.clock import Clock
from store.local.figures.forms import StorageFigure, StorageKind

FRESH_S = 30.0  # so long what was found in the folders counts as true
IN_RECORDS: tuple[StorageKind, ...] = ("records", "feedback")
RECOUNTED: tuple[tuple[StorageKind, str, str], ...] = (  # kind, table, column
    ("embeddings", "embedding", "vector"),
    ("thumbnails", "picture", "thumbnail"),
    ("crops", "picture", "crop"),
)
_IN_FILE = ("records", *(kind for kind, _, _ in RECOUNTED), "feedback")


class FileSizes(NamedTuple):
    """The database's file, its write-ahead log, and the room in the file that is free, in bytes."""

    file: int
    log: int
    free: int


def file_sizes(connection: apsw.Connection, path: Path) -> FileSizes:
    """The sizes at this moment."""
    free = connection.execute("PRAGMA freelist_count").get * connection.execute("PRAGMA page_size").get
    return FileSizes(_size(path), _size(path.with_name(path.name + "-wal")), free)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def in_file(connection: apsw.Connection) -> list[StorageFigure]:
    """What is in the database by kind; `other` is indexes, settings, figures, and what pages waste.

    Pages that are still in the log count as if they were in the file.
    """
    kept = {
        kind: (size, count)
        for kind, size, count in connection.execute("SELECT kind, bytes, count FROM figure_storage")
    }
    figures = [StorageFigure(kind, *kept.get(kind, (0, 0))) for kind in _IN_FILE]
    pages = connection.execute("PRAGMA page_count").get - connection.execute("PRAGMA freelist_count").get
    rest = pages * connection.execute("PRAGMA page_size").get - sum(figure.bytes for figure in figures)
    return [*figures, StorageFigure("other", max(0, rest), 0)]


class Folders:
    """Folders beside the database, walked at most every half a minute. Thread-safe."""

    def __init__(self, folders: Mapping[StorageKind, Path], clock: Clock) -> None:
        self._folders = folders
        self._clock = clock
        self._lock = threading.Lock()
        self._found: list[StorageFigure] = []
        self._looked: float | None = None

    def look(self) -> list[StorageFigure]:
        """Bytes and files in each folder; a folder that is not there holds nothing."""
        with self._lock:
            now = self._clock.monotonic()
            if self._looked is None or now - self._looked >= FRESH_S:
                self._found = [StorageFigure(kind, *walked(path)) for kind, path in self._folders.items()]
                self._looked = now
            return self._found


def walked(folder: Path) -> tuple[int, int]:
    """Bytes and files in a folder; a folder that is not there holds nothing."""
    sizes = [_size(Path(place) / name) for place, _, names in os.walk(folder) for name in names]
    return sum(sizes), len(sizes)
