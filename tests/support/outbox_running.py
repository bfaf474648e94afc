"""A memory with its outbox on a disk that fills up and forgets, for the outbox's state machine."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
from fault_suite.fragile_disk import FragileDisk
from outbox_talk import finish_clearing

from store.local.clock_watch import ClockWatch
from store.local.database import Database
from store.local.folder import FILE_NAME
from store.local.opening import _prepare, open_store
from store.local.outbox import Outbox
from store.local.outbox_values import Caps
from store.local.statistics_store import StatisticsStore


class TwoClocks:
    """A wall clock that jumps and a monotonic one that does not; `pass_time` moves both."""

    def __init__(self) -> None:
        self.wall_ms = 1_780_000_000_000
        self.true_s = 1000.0

    def now_ms(self) -> int:
        return self.wall_ms

    def monotonic(self) -> float:
        return self.true_s

    def pass_time(self, seconds: float) -> None:
        self.true_s += seconds
        self.wall_ms += round(seconds * 1000)


def empty_memory(folder: Path) -> Path:
    """A memory with nothing in it, as a file to start from."""
    open_store(folder, TwoClocks()).close()
    return folder / FILE_NAME


class Running:
    """One life of the process on the file in `folder`."""

    def __init__(self, folder: Path, clock: TwoClocks, max_bytes: int) -> None:
        self.clock = clock
        self.disk = FragileDisk(folder)
        self.folder = folder
        path = folder / FILE_NAME
        self.database = Database(path, clock)
        self.database.open(lambda db: _prepare(db, path, clock))
        self.watch = ClockWatch(self.database, clock)
        self.database.submit(self.watch.observe).result(60)
        self.set_cap(max_bytes)

    def set_cap(self, max_bytes: int) -> None:
        """Puts an outbox with this cap in the place of the one before."""
        self.outbox = Outbox(self.database, self.clock, self.watch, Caps(max_bytes=max_bytes))
        self.statistics = StatisticsStore(self.database, self.clock, outbox=self.outbox)
        self.outbox.start()
        self.rest()

    def rest(self) -> None:
        """Lets the outbox finish what it does by itself."""
        finish_clearing(self.outbox, self.database)

    def fill_up(self, after_writes: int) -> None:
        """Has the disk take so many writes more and then none."""
        left = after_writes

        def refuse(operation: str, path: str) -> None:
            nonlocal left
            left -= operation == "write"
            if left < 0 and operation == "write":
                raise apsw.FullError("no room")

        self.disk.watch = refuse

    def cut_after(self, operations: int, rng: random.Random, target: Path, at: Callable[[], None]) -> None:
        """Has the power go at the n-th change from now: `target` gets what is then on the disk."""
        left = operations

        def cut(operation: str, path: str) -> None:
            nonlocal left
            left -= operation != "read"
            if left == 0 and operation != "read":
                self.disk.image(target, rng)
                at()

        self.disk.watch = cut

    def heal(self) -> None:
        """The disk is well again."""
        self.disk.watch = lambda operation, path: None

    def close(self) -> None:
        """Ends this life in order."""
        self.heal()
        self.database.close()
        self.disk.unregister()


def start_from(memory: Path, folder: Path) -> None:
    """Puts a copy of an empty memory into a new folder."""
    folder.mkdir(parents=True)
    shutil.copy(memory, folder / FILE_NAME)
