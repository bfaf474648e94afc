"""The memory's file: one writer that commits in groups, and read-only snapshots for everyone else."""

from __future__ import annotations

import contextlib
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
from store.local.faults import explained
from store.local.figures.timings import COMMIT, DATABASE, QUERY, Timings
from store.local.writer import Writer

T = TypeVar("T")
MAX_WAITING_JOBS = 1024
MAX_WAITING_BYTES = 128 * 1024 * 1024
_READERS_END_S = 10.0


class Database:
    """One SQLite file. `submit` writes, `read` reads; tables are unbound, so run queries as `.execute(db)`.

    `max_jobs` and `max_bytes` bound what may wait for the writer.
    `noticed` hears of every error that a write or a read ended with, on any thread.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        max_jobs: int = MAX_WAITING_JOBS,
        max_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self.path = path
        self.clock = clock
        self._peewee = LocalDatabase(path)
        self.timings = Timings(clock)
        self._writer = Writer(self._peewee, max_jobs=max_jobs, max_bytes=max_bytes, noticed=self.notice)
        self._writer.timed = functools.partial(self.timings.note, DATABASE, COMMIT, "")
        self.noticed: Callable[[object], None] = lambda _: None
        self._refusal: errors.StoreError | None = None
        self._reading = 0
        self._closed = True
        self._readers = threading.Condition()

    def open(
        self, prepare: Callable[[LocalDatabase], None] | None = None, *, keep_still: bool = False
    ) -> None:
        """Starts the writer; `prepare` (checks, migrations) runs on its thread before anything else.

        `keep_still` as the method of that name. Raises StoreError where the file cannot be opened, and what
        `prepare` raises.
        """
        self._writer.leaves_file_alone = keep_still
        self._writer.start(lambda db: self._prepare(db, prepare))
        self._closed = False

    def _prepare(self, db: LocalDatabase, prepare: Callable[[LocalDatabase], None] | None) -> None:
        if self._writer.leaves_file_alone:
            db.keep_still(True)
        if prepare is not None:
            prepare(db)

    def open_to_read(self, refusal: errors.StoreError | None = None) -> None:
        """Opens for `read` alone, beside whoever has it open to write.

        `submit` then raises `refusal`, or StoreClosed where none is given.
        """
        self._refusal = refusal
        self._closed = False

    def keep_still(self, still: bool) -> None:
        """Leaves the file as it is from now on, in closing too; what is written stays in its log."""
        self._writer.leaves_file_alone = still
        with contextlib.suppress(errors.StoreError):
            self.submit(lambda db: db.keep_still(still)).result()

    def submit(self, work: Callable[[Any], T], *, size: int = 1024, repeatable: bool = False) -> Future[T]:
        """Queues `work(db)` for the writer; it runs in its own savepoint of the group's transaction.

        The result is set after the commit. `size` is about how many bytes the work holds while it waits.
        `repeatable` work may be called again after all that it wrote was undone, and is cheaper. Raises
        StoreBusy where the queue is full, StoreClosed after `close`, NewerStore where the file may only be
        read; the future fails with StoreFull, StoreError or what the work raised.
        """
        if self._refusal is not None:
            raise self._refusal
        return self._writer.submit(work, size, repeatable=repeatable)

    def follow_up(self, work: Callable[[Any], T], *, size: int = 1024) -> Future[T]:
        """Queues work from within work, for the writer's next transaction or a later one.

        It is never refused for want of room, and nobody may wait for it on the writer's thread. Raises
        StoreClosed.
        """
        return self._writer.follow_up(work, size)

    def submit_alone(self, work: Callable[[Any], T]) -> Future[T]:
        """Queues `work(db)` for the writer outside of any transaction: a checkpoint, a VACUUM."""
        return self._writer.submit(work, 1024, alone=True)

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
        except Exception as error:
            self.noticed(explained(error))
            raise
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

    def notice(self, error: object) -> None:
        """Tells whoever listens in `noticed` of an error that work on this file ended with."""
        self.noticed(error)

    def _enter(self) -> None:
        with self._readers:
            if self._closed:
                raise errors.closed()
            self._reading += 1

    def _leave(self) -> None:
        with self._readers:
            self._reading -= 1
            self._readers.notify_all()
