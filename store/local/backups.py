"""The backups of one memory: made beside it, checked, and kept by their sequence.

A backup's number decides what is older, never its date: a clock that jumps deletes no good copy.
"""

from __future__ import annotations

import builtins
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import apsw

from store.clock import Clock
from store.local import erased_copies
from store.local import folder as data_folder
from store.local.backup import BackupFacts, back_up, facts_of, never
from store.local.connection import LocalDatabase
from store.local.errors import DamagedStore, StoreError, StoreFull
from store.local.faults import explained

log = logging.getLogger("whimbrel.backups")
Kind = Literal["daily", "asked", "before-schema"]
KEPT = 3  # of each kind
_NAME = re.compile(r"(\d{6,})-(daily|asked|before-schema)(?:-(\d+))?-(\d{8}T\d{6}Z)\.sqlite3")
_MOMENT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Backup:
    """One copy; `made_at` in ms since the epoch by the clock of then, `sequence` grows with each copy."""

    path: Path
    sequence: int
    kind: Kind
    made_at: int
    size: int

    @property
    def name(self) -> str:
        """What it is called on the command line: the file's name without its ending."""
        return self.path.stem

    def facts(self) -> BackupFacts:
        """What it holds. Raises StoreError for one that cannot be read."""
        try:
            return facts_of(self.path)
        except apsw.Error as error:
            raise explained(error) from error


class Replaced(NamedTuple):
    """The backups that are gone, and how many stay although they hold what was erased."""

    gone: list[Path]
    kept: int = 0


def backups_in(folder: Path) -> list[Backup]:
    """The backups that lie in a folder, the newest first; what is named otherwise is none of ours."""
    found = [] if not folder.is_dir() else [_read(path) for path in folder.iterdir()]
    return sorted((one for one in found if one is not None), key=lambda one: one.sequence, reverse=True)


def _read(path: Path) -> Backup | None:
    parts = _NAME.fullmatch(path.name)
    if parts is None:
        return None
    try:
        made = datetime.strptime(parts[4], _MOMENT).replace(tzinfo=UTC)
        size = path.stat().st_size
    except (ValueError, FileNotFoundError):
        return None
    kind: Kind = "daily" if parts[2] == "daily" else "asked" if parts[2] == "asked" else "before-schema"
    return Backup(path, int(parts[1]), kind, int(made.timestamp() * 1000), size)


def next_path(folder: Path, what: str, clock: Clock) -> Path:
    """Where the next backup goes; `what` is its kind, with the schema's number where it has one."""
    sequence = 1 + max((one.sequence for one in backups_in(folder)), default=0)
    moment = datetime.fromtimestamp(clock.now_ms() / 1000, UTC).strftime(_MOMENT)
    return folder / f"{sequence:06}-{what}-{moment}.sqlite3"


def rotate(folder: Path, kind: Kind) -> list[Path]:
    """Removes what is too much of one kind, the lowest numbers first; returns what is gone."""
    surplus = [one.path for one in backups_in(folder) if one.kind == kind][KEPT:]
    for path in surplus:
        path.unlink(missing_ok=True)
    return surplus


class Backups:
    """Makes and keeps the backups of the memory at `path`; thread-safe, one is made at a time.

    Each is read from a connection of its own, so the writer goes on meanwhile. `free` tells the bytes that
    may still be written on the folder's disk; `noticed` hears of a memory that turns out to be damaged.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        free: Callable[[Path], int] = data_folder.free_bytes,
        noticed: Callable[[StoreError], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._folder = path.parent / data_folder.BACKUPS
        self._clock = clock
        self._free = free
        self._noticed = noticed
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def list(self) -> builtins.list[Backup]:
        """Every backup, the newest first."""
        return backups_in(self._folder)

    def make(self, kind: Kind = "asked", cancelled: Callable[[], bool] = never) -> Path:
        """A fresh backup: complete, checked and on the disk; older ones beyond three of its kind go.

        Raises StoreFull where it would leave less than the low-water mark, DamagedStore where what it copies
        is not sound (the older ones then stay), and StoreError.
        """
        with self._lock:
            return self._make(kind, cancelled)

    def replace_all(self) -> Replaced:
        """For an erasure: a fresh backup takes the place of every older copy.

        The old ones go also where the fresh one cannot be made: what was erased must not stay. Where the
        memory is damaged they are all that is left of it: they stay until the next good backup is made, in
        this run or a later one.
        """
        with self._lock:
            old = self.list()
            try:
                self._make("asked", never)
            except DamagedStore as error:
                erased_copies.note(self._folder, max((one.sequence for one in old), default=0))
                log.warning("%d old backups stay for now: %s", len(old), error.sentence)
                return Replaced([], len(old))
            except StoreError as error:
                log.warning("no backup after an erasure: %s", error.sentence)
            self._remove(old)
            return Replaced([one.path for one in old])

    def _remove(self, these: builtins.list[Backup]) -> None:
        for one in these:
            one.path.unlink(missing_ok=True)
        if self._folder.is_dir():
            data_folder.sync_folder(self._folder)

    def close(self) -> None:
        """Gives up what is under way, whole or not there, and makes no more."""
        self._closing.set()
        with self._lock:
            pass

    def _make(self, kind: Kind, cancelled: Callable[[], bool]) -> Path:
        self._look_for_room()
        target = next_path(self._folder, kind, self._clock)
        source = LocalDatabase(self._path)
        try:
            back_up(source, target, lambda: self._closing.is_set() or cancelled())
        except Exception as error:
            reason = explained(error)
            if isinstance(reason, DamagedStore):
                self._noticed(reason)
            raise reason from error
        finally:
            source.close_readers()
        rotate(self._folder, kind)
        self._remove_erased(target)
        log.info("backup %s (%.1f MiB)", target.name, target.stat().st_size / 2**20)
        return target

    def _remove_erased(self, fresh: Path) -> None:
        """Now that there is a good backup: those go that an erasure left because there was none."""
        through = erased_copies.noted(self._folder)
        if through is None:
            return
        self._remove([one for one in self.list() if one.sequence <= through and one.path != fresh])
        erased_copies.settle(self._folder)

    def _look_for_room(self) -> None:
        log_file = self._path.with_name(self._path.name + "-wal")
        needed = sum(path.stat().st_size for path in (self._path, log_file) if path.exists())
        if self._free(self._path.parent) - needed < data_folder.LOW_WATER_BYTES:
            raise StoreFull(
                f"There is no room for a backup ({needed / 2**20:,.0f} MiB).",
                "Free some space; the next one is made by itself.",
            )
