"""What can become of a damaged memory: a backup in its place, what can still be read of it, or a fresh start.

Each makes a new file beside the memory's place, checks it, and only then puts it there. The file that was set
aside is only read. Cancelled or failed, everything is as it was and can be done again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from store.clock import Clock
from store.local import folder as data_folder
from store.local.backup import BackupFacts, check, check_content, facts_of, never
from store.local.backups import Backup, backups_in
from store.local.database import Database
from store.local.errors import StoreError, StoreFull, given_up
from store.local.faults import explained
from store.local.migrations import MIGRATIONS, migrate, refuse_newer
from store.local.pending import NEW, Pending, pending_in, put_in_place
from store.local.salvage import Progress, Tally, salvage, silent

_PIECE = 4 * 1024 * 1024


class Sound(NamedTuple):
    """A backup that was read through and is sound, and what it holds."""

    backup: Backup
    facts: BackupFacts


class Recovery:
    """The ways out for one data folder; to be used by one thread at a time, with no memory open in it."""

    def __init__(
        self, data_dir: Path, clock: Clock, free: Callable[[Path], int] = data_folder.free_bytes
    ) -> None:
        self.data_dir = data_dir
        self._clock = clock
        self._free = free
        self._new = data_dir / NEW

    def pending(self) -> Pending | None:
        """What waits for a decision, None where nothing does."""
        return pending_in(self.data_dir)

    def newest_sound(self, cancelled: Callable[[], bool] = never) -> Sound | None:
        """The newest backup that is whole and that this Whimbrel can open; reads each until one is."""
        for backup in backups_in(self.data_dir / data_folder.BACKUPS):
            try:
                return Sound(backup, sound_facts(backup.path, cancelled))
            except StoreError:
                if cancelled():
                    raise
        return None

    def newest(self) -> Sound:
        """As `newest_sound`. Raises StoreError where there is none."""
        found = self.newest_sound()
        if found is None:
            raise StoreError("There is no sound backup.", "Salvage what can be read, or start fresh.")
        return found

    def set_aside(self) -> Path:
        """The folder of the damaged memory: the one that waits, else the newest. Raises StoreError."""
        pending = self.pending()
        if pending is not None:
            return self.data_dir / pending.folder
        folders = sorted(path for path in self.data_dir.glob("damaged-*") if path.is_dir())
        if not folders:
            raise StoreError("No damaged memory was set aside here.", "There is nothing to salvage.")
        return folders[-1]

    def named(self, name: str) -> Backup:
        """The backup of that name. Raises StoreError where there is none."""
        wanted = name.removesuffix(".sqlite3")
        for backup in backups_in(self.data_dir / data_folder.BACKUPS):
            if wanted in (backup.name, str(backup.sequence), f"{backup.sequence:06}"):
                return backup
        raise StoreError(
            f"There is no backup {name!r}.", "See those that there are with: whimbrel backup list"
        )

    def prepare_restore(
        self, backup: Backup, progress: Progress = silent, cancelled: Callable[[], bool] = never
    ) -> BackupFacts:
        """Makes a checked copy of a backup ready to be put in place. Raises StoreError, GivenUp."""
        self._look_for_room(backup.size)
        with self._clearing():
            self._copy(backup, progress, cancelled)
            facts = sound_facts(self._new, cancelled)
        progress(1.0)
        return facts

    def prepare_salvage(
        self, folder: Path, progress: Progress = silent, cancelled: Callable[[], bool] = never
    ) -> list[Tally]:
        """Makes a fresh memory of what can be read of the one set aside in `folder`. Raises as above."""
        source = folder / data_folder.FILE_NAME
        self._look_for_room(2 * sum(part.stat().st_size for part in data_folder.parts(source)))
        with self._clearing():
            tallies = salvage(source, self._new, self._clock, progress, cancelled)
        progress(1.0)
        return tallies

    def prepare_fresh(self) -> None:
        """Makes an empty memory."""
        with self._clearing():
            self._clear()
            database = Database(self._new, self._clock)
            database.open(lambda db: migrate(db, self._clock, self.data_dir / data_folder.BACKUPS))
            database.close()

    def put_in_place(self) -> None:
        """Puts what was prepared in the memory's place; one that is there goes aside first."""
        put_in_place(self.data_dir, self._clock)

    def _copy(self, backup: Backup, progress: Progress, cancelled: Callable[[], bool]) -> None:
        done = 0
        with backup.path.open("rb") as source, self._new.open("wb") as target:
            while piece := source.read(_PIECE):
                if cancelled():
                    raise given_up()
                target.write(piece)
                done += len(piece)
                progress(0.7 * done / max(1, backup.size))
            target.flush()
            os.fsync(target.fileno())

    def _look_for_room(self, needed: int) -> None:
        if self._free(self.data_dir) < needed:
            raise StoreFull(
                f"There is not enough room on the disk for this ({needed / 2**20:,.0f} MiB).",
                "Free some space and try again; nothing was changed.",
            )

    @contextlib.contextmanager
    def _clearing(self) -> Iterator[None]:
        """Takes away what is half made; a full disk becomes an error for people."""
        try:
            yield
        except BaseException as error:
            self._clear()
            raise explained(error) from error

    def _clear(self) -> None:
        for part in data_folder.parts(self._new):
            part.unlink()


def sound_facts(path: Path, cancelled: Callable[[], bool] = never) -> BackupFacts:
    """What a copy holds that was read through. Raises StoreError for one that is not sound or too new."""
    check(path, cancelled)
    facts = facts_of(path)
    refuse_newer(facts.schema, MIGRATIONS[-1].number)
    check_content(path, cancelled)
    return facts
