"""Opens the memory of a data folder: looks first whether it is sound, and never writes over what is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from store.clock import Clock
from store.ids import IdMaker
from store.local import folder as data_folder
from store.local import outbox_home
from store.local.clock_watch import ClockWatch
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import DamagedStore
from store.local.label_store import LabelStore
from store.local.migrations import migrate
from store.local.model_versions import ModelVersions
from store.local.outbox import Outbox
from store.local.outbox_values import Caps
from store.local.picture_store import PictureStore
from store.local.records.record_store import RecordStore
from store.local.setting_store import SettingStore
from store.local.soundness import look
from store.local.statistics_store import StatisticsStore


@dataclass(frozen=True)
class LocalStore:
    """Everything that Whimbrel remembers on this machine; `close` writes what is still queued."""

    database: Database
    statistics: StatisticsStore
    pictures: PictureStore
    records: RecordStore
    labels: LabelStore
    settings: SettingStore
    model_versions: ModelVersions
    outbox: Outbox
    clock_watch: ClockWatch

    def close(self) -> None:
        """Ends the writer, closes the file and takes the mark of an open memory away."""
        self.database.close()
        data_folder.leave(self.database.path.parent)


def open_store(data_dir: Path, clock: Clock, caps: Caps | None = None) -> LocalStore:
    """Opens (and on the first run makes) the memory in `data_dir`; one process at a time may do that.

    `caps` bound what waits for a collector.

    After an unclean exit the file is checked. A damaged one is set aside unchanged, and DamagedStore says
    where: the next call starts with an empty memory. Raises NewerStore for the file of a later Whimbrel,
    StoreFull for a full disk, and StoreError for a folder that cannot be written or is none.
    """
    was_open = data_folder.enter(data_dir)
    path = data_dir / data_folder.FILE_NAME
    database = Database(path, clock)
    try:
        look(path, thoroughly=was_open)
        database.open(lambda db: _prepare(db, path, clock))
    except DamagedStore as error:
        raise _set_aside(path, clock, error.sentence) from error
    except BaseException:
        if not was_open:  # else the check is still due
            data_folder.leave(data_dir)
        raise
    clock_watch = ClockWatch(database, clock)
    outbox = Outbox(database, clock, clock_watch, caps)
    outbox.start()
    return LocalStore(
        database=database,
        statistics=StatisticsStore(database, clock, data_folder.DiskGuard(data_dir), outbox),
        pictures=PictureStore(database),
        records=RecordStore(database, clock),
        labels=LabelStore(database),
        settings=SettingStore(database),
        model_versions=ModelVersions(database),
        outbox=outbox,
        clock_watch=clock_watch,
    )


def _prepare(db: LocalDatabase, path: Path, clock: Clock) -> None:
    migrate(db, clock, path.parent / data_folder.BACKUPS)
    home = outbox_home.home_of(path, outbox_home.machine_id())
    with db.transaction("IMMEDIATE"):
        outbox_home.move_in(db.connection(), home, IdMaker(clock).new)


def _set_aside(path: Path, clock: Clock, reason: str) -> DamagedStore:
    kept = data_folder.set_aside(path, clock)
    data_folder.leave(path.parent)
    return DamagedStore(
        f"Whimbrel's memory was damaged and has been set aside, unchanged, in {kept} ({reason.rstrip('.')}).",
        "Start Whimbrel again to begin with an empty memory, or first put a copy from "
        f"{path.parent / data_folder.BACKUPS} in its place, named {path.name}.",
    )
