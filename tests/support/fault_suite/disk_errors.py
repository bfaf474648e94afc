"""The disk says no, at any kind of write, sync, cut or read: full, or an input/output error.

One case is the life of a store: opened and migrated, batches, a checkpoint, a backup, closed. From the k-th
operation of a chosen kind on, so many operations fail; then the disk is well again and what was not answered
for is sent again. Whatever fails has to say so as a StoreError with a sentence and an advice; what was
answered for stays; a backup that is there under its name is whole.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import apsw
from fault_suite.fragile_disk import FragileDisk
from fault_suite.power import _back_up, _checkpoint, _judged_backups, open_fragile, start
from fault_suite.verdict import Tally, examine
from fault_suite.workload import BATCH, body
from local_records import HandClock, send_body

from store.local.database import Database
from store.local.errors import StoreError
from store.local.folder import BACKUPS, FILE_NAME
from store.local.statistics_store import StatisticsStore

T = TypeVar("T")
_BATCHES = 24
_MOST_FAILING = 40
_LATEST = {"write": 700, "sync": 60, "cut": 3, "delete": 4, "read": 400, "rename": 1}
_TRIES = 4


class FailingDisk:
    """Fails operations of one kind from the k-th on, for a while."""

    def __init__(self, operation: str, error: type[Exception], first: int, length: int) -> None:
        self.operation = operation
        self._error = error
        self._from, self._to = first, first + length
        self.seen = 0
        self.failed = 0

    @property
    def over(self) -> bool:
        """Whether the disk is well again."""
        return self.seen >= self._to

    def heal(self) -> None:
        """From now on nothing fails."""
        self._to = 0

    def watch(self, operation: str, path: str) -> None:
        """Called before each operation."""
        if operation != self.operation:
            return
        self.seen += 1
        if self._from <= self.seen < self._to:
            self.failed += 1
            raise self._error("the disk said no")


def failing_life(seed: str, folder: Path, error: type[Exception]) -> Tally:
    """One case. An error that has no chance to happen in a life (too few operations) counts no case."""
    rng = random.Random(seed)
    operations = ["write", "write", "sync"] if error is apsw.FullError else list(_LATEST)
    operation = rng.choice(operations)
    failing = FailingDisk(operation, error, rng.randint(1, _LATEST[operation]), rng.randint(1, _MOST_FAILING))
    tally = Tally(seed)
    root = folder / "disk"
    with quiet():
        acknowledged = _Life(root, failing, tally).run()
    tally.cases = int(failing.failed > 0)
    tally.verdict.add(examine(root / FILE_NAME, acknowledged))
    tally.verdict.add(_judged_backups(root / BACKUPS, range(0)))
    if len(acknowledged) < _BATCHES:
        tally.notes.append(
            f"{seed}: {_BATCHES - len(acknowledged)} batches were not taken by the healed disk"
        )
    return tally


@contextmanager
def quiet() -> Iterator[None]:
    """apsw tells of each error raised in a file system a second time, on the way out."""
    with patch.object(sys, "unraisablehook", lambda _: None):
        yield


class _Life:
    def __init__(self, root: Path, failing: FailingDisk, tally: Tally) -> None:
        self._root = root
        self._failing = failing
        self._tally = tally
        self._acknowledged: set[int] = set()

    def run(self) -> set[int]:
        disk, database = self._opened()
        statistics = StatisticsStore(database, HandClock())
        half = _BATCHES // 2
        for number in range(half):
            self._send(statistics, number)
        self._tried(lambda: database.submit(partial(_checkpoint, "RESTART")).result(60))
        self._tried(lambda: database.submit(partial(_back_up, self._root / BACKUPS / "a.sqlite3")).result(60))
        for number in range(half, _BATCHES):
            self._send(statistics, number)
        self._failing.heal()
        for number in sorted(set(range(_BATCHES)) - self._acknowledged):
            self._send(statistics, number)
        database.close()
        disk.unregister()
        return self._acknowledged

    def _opened(self) -> tuple[FragileDisk, Database]:
        for _ in range(_TRIES):
            disk, database = open_fragile(self._root)
            disk.watch = self._failing.watch
            if self._tried(partial(start, database, self._root)):
                return disk, database
            database.close()
            disk.unregister()
        self._failing.heal()
        disk, database = open_fragile(self._root)
        start(database, self._root)
        return disk, database

    def _send(self, statistics: StatisticsStore, number: int) -> None:
        def send() -> None:
            result = send_body(statistics, body(number))
            assert result.accepted + result.duplicate == BATCH, result
            self._acknowledged.add(number)

        self._tried(send)

    def _tried(self, work: Callable[[], T]) -> bool:
        """Whether it worked; an error of another kind than the store's own is noted."""
        try:
            work()
        except StoreError as trouble:
            if not (trouble.sentence and trouble.advice):
                self._tally.notes.append(f"{self._tally.seed}: no advice: {trouble}")
            return False
        except Exception as trouble:
            self._tally.notes.append(f"{self._tally.seed}: {type(trouble).__name__}: {trouble}")
            return False
        return True


def full_disk(seed: str, folder: Path) -> Tally:
    """One case of a full disk."""
    return failing_life(seed, folder, apsw.FullError)


def broken_disk(seed: str, folder: Path) -> Tally:
    """One case of input/output errors."""
    return failing_life(seed, folder, apsw.IOError)
