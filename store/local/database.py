"""The memory's file: one writer that commits in groups, and read-only snapshots for everyone else."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from store.clock import Clock
from store.local import errors
from store.local.connection import LocalDatabase
from store.local.figures.timings import COMMIT, DATABASE, QUERY, Timings
from store.local.writer import Writer

T = TypeVar("T")
MAX_WAITING_JOBS = 1024
MAX_WAITING_BYTES = 128 * 1024 * 1024
_READERS_END_S = 10.0


class Database:
    """One SQLite file. `submit` writes, `read` reads; tables are unbound, so run queries as `.execute(db)`.

    `max_jobs` and `max_bytes` bound what may wait for the writer; `vfs` names an apsw file system (tests).
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        max_jobs: int = MAX_WAITING_JOBS,
        max_bytes: int = MAX_WAITING_BYTES,
        vfs: str | None = None,
    ) -> None:
        self.path = path
        self.clock = clock
        self._peewee = LocalDatabase(path, vfs)
        self.timings = Timings(clock)
        self._writer = Writer(self._peewee, max_jobs=max_jobs, max_bytes=max_bytes)
        self._writer.timed = functools.partial(self.timings.note, DATABASE, COMMIT, "")
        self._reading = 0
        self._closed = True
        self._readers = threading.Condition()

    def open(self, prepare: Callable[[LocalDatabase], None] | None = None) -> None:
        """Starts the writer; `prepare` (checks, migrations) runs on its thread before anything else.

        Raises StoreError where the file cannot be opened, and what `prepare` raises.
        """
        self._writer.start(prepare or (lambda _: None))
        self._closed = False

    def open_to_read(self) -> None:
        """Opens for `read` alone, beside whoever has it open to write; `submit` then raises StoreClosed."""
        self._closed = False

    def submit(self, work: Callable[[Any], T], *, size: int = 1024) -> Future[T]:
        """Queues `work(db)` for the writer; it runs in its own savepoint of the group's transaction.

        The result is set after the commit. `size` is about how many bytes the work holds while it waits.
        Raises StoreBusy where the queue is full, StoreClosed after `close`; the future fails with StoreFull,
        StoreError or what the work raised.
        """
        return self._writer.submit(work, size)

    def follow_up(self, work: Callable[[Any], T], *, size: int = 1024) -> Future[T]:
        """Queues work from within work, for the writer's next transaction or a later one.

        It is never refused for want of room, and nobody may wait for it on the writer's thread. Raises
        StoreClosed.
        """
        return self._writer.follow_up(work, size)

    @contextmanager
    def read(self) -> Iterator[LocalDatabase]:
        """One consistent snapshot on this thread's read-only connection. Raises StoreClosed after `close`."""
        self._enter()
        started = time.perf_counter()
        try:
            if self._peewee.in_transaction():
                yield self._peewee
            else:
                with self._peewee.transaction():
                    yield self._peewee
        finally:
            self._leave()
            self.timings.note(DATABASE, QUERY, "", time.perf_counter() - started)

    def close(self) -> None:
        """Lets readers finish, writes what is queued, closes every connection. A second call does nothing."""
        with self._readers:
            if self._closed:
                return
            self._closed = True
            if not self._readers.wait_for(lambda: self._reading == 0, timeout=_READERS_END_S):
                self._peewee.interrupt_readers()
                self._readers.wait_for(lambda: self._reading == 0, timeout=_READERS_END_S)
        if self._reading == 0:
            self._peewee.close_readers()
        self._writer.close()

    def _enter(self) -> None:
        with self._readers:
            if self._closed:
                raise errors.closed()
            self._reading += 1

    def _leave(self) -> None:
        with self._readers:
            self._reading -= 1
            self._readers.notify_all()
