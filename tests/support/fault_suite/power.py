"""The power goes at a random operation: while batches come in, checkpoints, migrations and backups run.

A run works on a `FragileDisk` and takes, at operations chosen by its seed, images of what a power cut at that
moment could leave. Each image is then opened as the next start would open it, and looked into.
"""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path

import apsw
import msgspec
from fault_suite.fragile_disk import FragileDisk
from fault_suite.verdict import Tally, Verdict, examine
from fault_suite.workload import body
from local_records import HandClock

from store.events import BatchResult, StatisticsBatch
from store.local.backup import back_up
from store.local.backups import Backups
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.folder import BACKUPS, FILE_NAME, enter
from store.local.migrations import MIGRATIONS, Migration, migrate
from store.local.opening import open_store
from store.local.statistics_store import StatisticsStore

CUTS = 25
_CHANCE = 0.02
_CHECKPOINT_PAGES = 60
_LARGEST_GROUP = 5
_MOST_BATCHES = 3000
_FILLED = 40
_NEXT = MIGRATIONS[-1].number + 1


def _rewrite(db: LocalDatabase) -> None:
    """What a real migration does at its worst: a column filled for every row, an index, a table."""
    for statement in (
        "ALTER TABLE record ADD COLUMN later TEXT",
        "UPDATE record SET later = hex(id) || session_id",
        "CREATE INDEX record_later ON record (later)",
        "CREATE TABLE later (number INTEGER PRIMARY KEY, text TEXT) STRICT",
        "INSERT INTO later SELECT number, later FROM record",
    ):
        db.execute_sql(statement)


_WITH_NEXT = (*MIGRATIONS, Migration(_NEXT, "a later schema", _rewrite))


@dataclass(frozen=True)
class Cut:
    """One moment: the folder that the power cut left, and the batches answered for until then."""

    folder: Path
    acknowledged: set[int]
    in_backups: range = range(0)


class Cutter:
    """Takes images at operations that the seed chooses, until it has `wanted` of them."""

    def __init__(self, disk: FragileDisk, folder: Path, rng: random.Random, wanted: int) -> None:
        self.made: list[Cut] = []
        self.acknowledged: set[int] = set()
        self.chance = _CHANCE
        self.of: Callable[[str, str], bool] = lambda operation, path: True
        self._disk = disk
        self._folder = folder
        self._rng = random.Random(rng.getrandbits(64))  # its own: it is asked on the writer's thread
        self._wanted = wanted

    @property
    def done(self) -> bool:
        """Whether there are enough."""
        return len(self.made) >= self._wanted

    def coin(self) -> bool:
        """Heads or tails, by the seed."""
        return self._rng.random() < 0.5

    def watch(self, operation: str, path: str) -> None:
        """Called before each operation of the disk."""
        if operation == "read" or self.done or not self.of(operation, path):
            return
        if self._rng.random() < self.chance:
            cut = Cut(self._folder / f"cut-{len(self.made)}", set(self.acknowledged))
            self._disk.image(cut.folder, self._rng)
            self.made.append(cut)


def open_fragile(root: Path) -> tuple[FragileDisk, Database]:
    """A database on a fragile disk; it checkpoints every few batches."""
    root.mkdir(parents=True, exist_ok=True)
    disk = FragileDisk(root)
    database = Database(root / FILE_NAME, HandClock())
    return disk, database


def start(database: Database, root: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Opens it and migrates."""
    database.open(lambda db: migrate(db, HandClock(), root / BACKUPS, migrations))
    database.submit(partial(_pragma, f"wal_autocheckpoint = {_CHECKPOINT_PAGES}")).result(60)


def _pragma(text: str, db: LocalDatabase) -> object:
    return db.execute_sql(f"PRAGMA {text}").fetchall()


def write(
    database: Database,
    rng: random.Random,
    acknowledged: set[int],
    numbers: Sequence[int],
    stop: Callable[[], bool],
) -> None:
    """Hands batches in, several at a time; they count as answered for on the writer's thread.

    The writer is held until a group is queued, so that the same seed makes the same groups.
    """
    statistics = StatisticsStore(database, HandClock())
    rest = list(numbers)
    while rest and not stop():
        group, rest = rest[: (size := rng.randint(1, _LARGEST_GROUP))], rest[size:]
        started, go = threading.Event(), threading.Event()
        held = database.submit(partial(_held_until, started, go))
        started.wait(60)
        waiting = [_hand_in(statistics, number, acknowledged) for number in group]
        go.set()
        held.result(60)
        for future in waiting:
            future.result(60)


def _held_until(started: threading.Event, go: threading.Event, _db: LocalDatabase) -> bool:
    started.set()
    return go.wait(60)


def _hand_in(statistics: StatisticsStore, number: int, acknowledged: set[int]) -> Future[BatchResult]:
    batch = msgspec.json.decode(body(number), type=StatisticsBatch)
    future = statistics.record(batch, number.to_bytes(8, "big"))
    future.add_done_callback(partial(_acknowledge, acknowledged, number))
    return future


def _acknowledge(acknowledged: set[int], number: int, future: Future[BatchResult]) -> None:
    if future.exception() is None and future.result().accepted:
        acknowledged.add(number)


def cuts_while_ingesting(seed: str, folder: Path, wanted: int) -> list[Cut]:
    """Any operation while batches come in, the first opening included."""
    rng = random.Random(seed)
    root = folder / "disk"
    disk, database = open_fragile(root)
    cutter = Cutter(disk, folder, rng, wanted)
    disk.watch = cutter.watch
    with disk.watching_python():
        start(database, root)
        write(database, rng, cutter.acknowledged, range(_MOST_BATCHES), lambda: cutter.done)
        database.close()
    disk.unregister()
    return cutter.made


def cuts_while_checkpointing(seed: str, folder: Path, wanted: int) -> list[Cut]:
    """Operations on the database's own file, which only checkpoints write, and the restart of the log."""
    rng = random.Random(seed)
    root = folder / "disk"
    disk, database = open_fragile(root)
    cutter = Cutter(disk, folder, rng, wanted)
    cutter.chance = 10 * _CHANCE
    cutter.of = lambda operation, path: path.endswith(FILE_NAME) or operation == "cut"
    start(database, root)
    disk.watch = cutter.watch
    numbers = iter(range(_MOST_BATCHES))
    while not cutter.done:
        write(database, rng, cutter.acknowledged, [next(numbers) for _ in range(10)], lambda: cutter.done)
        mode = rng.choice(("PASSIVE", "FULL", "RESTART", "TRUNCATE"))
        database.submit(partial(_checkpoint, mode)).result(60)
    disk.watch = lambda operation, path: None
    database.close()
    disk.unregister()
    return cutter.made


def _checkpoint(mode: str, db: LocalDatabase) -> None:
    """Between two transactions, as the writer itself does when it closes."""
    connection = db.connection()
    connection.execute("RELEASE job; COMMIT")
    connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
    connection.execute("BEGIN IMMEDIATE; SAVEPOINT job")


def _filled(folder: Path, rng: random.Random) -> tuple[Path, set[int]]:
    """A closed store with some batches in it, on the real disk."""
    root = folder / "filled"
    root.mkdir(parents=True)
    acknowledged: set[int] = set()
    database = Database(root / FILE_NAME, HandClock())
    start(database, root)
    write(database, rng, acknowledged, range(_FILLED), lambda: False)
    database.close()
    return root, acknowledged


def _repeated(
    seed: str, folder: Path, wanted: int, work: Callable[[Database, Path, Cutter], None]
) -> list[Cut]:
    """Does `work` on copies of a filled store until there are enough cuts."""
    rng = random.Random(seed)
    filled, acknowledged = _filled(folder, rng)
    made: list[Cut] = []
    for number in count():
        root = folder / f"disk-{number}"
        shutil.copytree(filled, root)
        disk, database = open_fragile(root)
        cutter = Cutter(disk, folder / f"of-{number}", rng, wanted - len(made))
        cutter.acknowledged = set(acknowledged)
        disk.watch = cutter.watch
        with disk.watching_python():
            work(database, root, cutter)
            database.close()
        disk.unregister()
        made += [replace(cut, in_backups=range(_FILLED)) for cut in cutter.made]
        shutil.rmtree(root)
        if len(made) >= wanted:
            return made
    raise AssertionError("unreachable")


def cuts_while_migrating(seed: str, folder: Path, wanted: int) -> list[Cut]:
    """While a filled store is backed up and brought to a later schema."""
    return _repeated(seed, folder, wanted, lambda database, root, _: start(database, root, _WITH_NEXT))


def cuts_while_backing_up(seed: str, folder: Path, wanted: int) -> list[Cut]:
    """While a backup is made between batches that come in."""

    def work(database: Database, root: Path, cutter: Cutter) -> None:
        start(database, root)
        new = range(_FILLED, _FILLED + 4)
        write(database, random.Random(seed), cutter.acknowledged, new, lambda: False)
        if cutter.coin():
            database.submit(partial(_back_up, root / BACKUPS / "daily.sqlite3")).result(60)
        else:
            Backups(root / FILE_NAME, HandClock()).make()

    return _repeated(seed, folder, wanted, work)


def _back_up(target: Path, db: LocalDatabase) -> None:
    connection = db.connection()
    connection.execute("RELEASE job; COMMIT")
    back_up(db, target)
    connection.execute("BEGIN IMMEDIATE; SAVEPOINT job")


def judged(cut: Cut, migrations: Sequence[Migration] = MIGRATIONS) -> Verdict:
    """Opens what a cut left as the next start would, and looks into it and into its backups."""
    enter(cut.folder)  # the mark of a process that had no time to take it away
    if migrations is MIGRATIONS:
        open_store(cut.folder, HandClock()).close()
    else:
        database = Database(cut.folder / FILE_NAME, HandClock())
        start(database, cut.folder, migrations)
        database.close()
    verdict = examine(cut.folder / FILE_NAME, cut.acknowledged)
    verdict.add(_judged_backups(cut.folder / BACKUPS, cut.in_backups))
    return verdict


def _judged_backups(folder: Path, before: range) -> Verdict:
    """A backup that is there under its name is whole: it holds at least what was there before it began."""
    verdict = Verdict()
    for backup in folder.glob("*.sqlite3"):
        with closing(apsw.Connection(str(backup), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            assert connection.execute("PRAGMA quick_check(1)").get == "ok", f"{backup} is damaged"
        verdict.add(examine(backup, before))
    return verdict


PHASES: dict[str, Callable[[str, Path, int], list[Cut]]] = {
    "ingest": cuts_while_ingesting,
    "checkpoint": cuts_while_checkpointing,
    "migration": cuts_while_migrating,
    "backup": cuts_while_backing_up,
}


def power_run(phase: str, seed: str, folder: Path, wanted: int = CUTS) -> Tally:
    """One run: so many cuts of one phase."""
    tally = Tally(seed)
    migrations = _WITH_NEXT if phase == "migration" else MIGRATIONS
    for cut in PHASES[phase](seed, folder, wanted):
        tally.verdict.add(judged(cut, migrations))
        tally.cases += 1
    return tally
