"""Opens the memory of a data folder: looks first whether it is sound, and never writes over what is not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from store.clock import Clock
from store.ids import IdMaker
from store.local import folder as data_folder
from store.local import outbox_home
from store.local.backup import never
from store.local.backups import Backups
from store.local.clock_watch import ClockWatch
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.disk import Disk
from store.local.errors import DamagedStore, NewerStore
from store.local.folder_queue.service import FolderQueue
from store.local.label_store import LabelStore
from store.local.learning.audit_store import AuditStore
from store.local.learning.example_store import ExampleStore
from store.local.learning.label_book import LabelBook
from store.local.memory_state import READ_ONLY, MemoryHealth
from store.local.migrations import MIGRATIONS, migrate
from store.local.model_versions import ModelVersions
from store.local.outbox import Outbox
from store.local.outbox_values import Caps
from store.local.page_sums import add_sums
from store.local.pending import damaged, pending_in, set_aside
from store.local.picture_store import PictureStore
from store.local.records.record_store import RecordStore
from store.local.setting_store import SettingStore
from store.local.soundness import check_whole, look, records_in
from store.local.statistics_store import StatisticsStore
from store.local.upkeep import Upkeep

CHECKED_AT_ONCE_BYTES = 32 * 1024 * 1024  # read in a tenth of a second or so


@dataclass(frozen=True)
class LocalStore:
    """Everything that Whimbrel remembers on this machine; `close` writes what is still queued."""

    database: Database
    health: MemoryHealth
    disk: Disk
    backups: Backups
    statistics: StatisticsStore
    pictures: PictureStore
    records: RecordStore
    labels: LabelStore
    label_book: LabelBook
    examples: ExampleStore
    audit: AuditStore
    settings: SettingStore
    model_versions: ModelVersions
    outbox: Outbox
    clock_watch: ClockWatch
    upkeep: Upkeep
    queue: FolderQueue
    checked: threading.Event = field(default_factory=threading.Event)

    def check(self, cancelled: Callable[[], bool] = never) -> None:
        """Reads the whole file where that was put off, and only then lets it be written to.

        Raises DamagedStore where it is not sound, GivenUp where `cancelled` said so; both leave it as it was.
        """
        if self.checked.is_set():
            return
        check_whole(self.database.path, cancelled)
        self.database.keep_still(False)
        self.checked.set()

    def close(self) -> None:
        """Ends the writer, closes the file and takes the mark of an open memory away if it was checked."""
        self.disk.stop()
        self.database.close()
        if self.checked.is_set():
            data_folder.leave(self.database.path.parent)


def open_store(
    data_dir: Path,
    clock: Clock,
    caps: Caps | None = None,
    *,
    show_newer: bool = False,
    check_later: bool = False,
) -> LocalStore:
    """Opens (and on the first run makes) the memory in `data_dir`; one process at a time may do that.

    `caps` bound what waits for a collector.

    After an unclean exit the file is checked: now, or with `check_later`, where it is large, by the caller's
    `check`, until which what is written stays in the log and the file itself is not touched. A damaged one is
    set aside unchanged, and this and every later call raise DamagedStore until somebody decided what becomes
    of it (`store.local.recovery`). Raises NewerStore for the file of a later Whimbrel, unless `show_newer`
    opens it to be read alone; StoreFull for a full disk; StoreError for a folder that is none or may not be
    written.
    """
    was_open = data_folder.enter(data_dir)
    path = data_dir / data_folder.FILE_NAME
    try:
        if pending := pending_in(data_dir):
            raise damaged(data_dir, pending)
        return _opened(Database(path, clock), caps, was_open=was_open, check_later=check_later)
    except NewerStore as error:
        if not was_open:
            data_folder.leave(data_dir)
        if not show_newer:
            raise
        return _shown(Database(path, clock), caps, error)
    except BaseException:
        if not was_open:  # else the check is still due
            data_folder.leave(data_dir)
        raise


def _opened(database: Database, caps: Caps | None, *, was_open: bool, check_later: bool) -> LocalStore:
    path, clock = database.path, database.clock
    try:
        present = look(path)
        later = was_open and check_later and _may_wait(path, present)
        if was_open and not later:
            check_whole(path)
        database.open(lambda db: _prepare(db, path, clock, still=later), keep_still=later)
    except DamagedStore as error:
        raise damaged(path.parent, set_aside(path, clock, error.sentence, records_in(path))) from error
    store = _store(database, caps, MemoryHealth())
    store.outbox.start()
    if not later:
        store.checked.set()
    return store


def _may_wait(path: Path, present: int) -> bool:
    """A migration writes everywhere, and a small file is read in a moment."""
    return present == MIGRATIONS[-1].number and path.stat().st_size > CHECKED_AT_ONCE_BYTES


def _shown(database: Database, caps: Caps | None, error: NewerStore) -> LocalStore:
    database.open_to_read(error)
    return _store(database, caps, MemoryHealth(READ_ONLY))


def _store(database: Database, caps: Caps | None, health: MemoryHealth) -> LocalStore:
    clock = database.clock
    disk = Disk(database.path.parent, health)
    clock_watch = ClockWatch(database, clock)
    settings = SettingStore(database)
    backups = Backups(database.path, clock, noticed=database.notice)
    checked = threading.Event()

    def hear(error: object) -> None:
        disk.hear(error)
        if isinstance(error, DamagedStore):
            checked.clear()  # so that closing leaves the mark, and the next start looks into it

    database.noticed = hear
    outbox = Outbox(database, clock, clock_watch, caps)
    return LocalStore(
        database=database,
        health=health,
        disk=disk,
        backups=backups,
        statistics=StatisticsStore(database, clock, disk, outbox, watch=clock_watch),
        pictures=PictureStore(database),
        records=RecordStore(database, clock),
        labels=LabelStore(database),
        label_book=LabelBook(database),
        examples=ExampleStore(database),
        audit=AuditStore(database, settings),
        settings=settings,
        model_versions=ModelVersions(database),
        outbox=outbox,
        clock_watch=clock_watch,
        upkeep=Upkeep(database, clock, clock_watch, settings, backups, ready=checked.is_set),
        queue=FolderQueue(database, clock),
        checked=checked,
    )


def _prepare(db: LocalDatabase, path: Path, clock: Clock, *, still: bool = False) -> None:
    migrate(db, clock, path.parent / data_folder.BACKUPS)
    if not still:
        add_sums(db.connection(), path)
    home = outbox_home.home_of(path, outbox_home.machine_id())
    with db.transaction("IMMEDIATE"):
        outbox_home.move_in(db.connection(), home, IdMaker(clock).new)
