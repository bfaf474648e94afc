"""The one thread that writes: it takes all that is queued and commits it together."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from store.local import errors
from store.local.connection import LocalDatabase
from store.local.errors import StoreFull
from store.local.faults import explained

T = TypeVar("T")
Work = Callable[[LocalDatabase], Any]

_Outcome = tuple[Any, BaseException | None]

_GROUP_BYTES = 16 * 1024 * 1024


class _Job(NamedTuple):
    work: Work
    future: Future[Any]
    size: int
    alone: bool = False
    repeatable: bool = False


class _JobFailed(Exception):  # noqa: N818 - never leaves this module
    """A job failed that ran without a savepoint: the whole transaction is undone with it."""


class _TransactionLost(Exception):  # noqa: N818 - never leaves this module
    """SQLite rolled the whole transaction back by itself; its cause is the error that it gave."""


class Writer:
    """Runs queued work in order on its own thread: a group in one transaction, a job in its own savepoint.

    A future has its result only after the commit that made it durable. A job that fails undoes its own
    changes alone; a commit that fails fails every job of its group. A savepoint copies every page that is
    written in it: a group of repeatable jobs is tried without any first.
    """

    def __init__(
        self, database: LocalDatabase, *, max_jobs: int, max_bytes: int, noticed: Callable[[object], None]
    ) -> None:
        """`noticed` hears of every error that work or a commit ended with, after its transaction."""
        self._database = database
        self._noticed = noticed
        self._max_jobs = max_jobs
        self._max_bytes = max_bytes
        self._jobs: deque[_Job] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self.timed: Callable[[float], None] = lambda _: None  # hears of every group's seconds
        self._closing = False
        self._thread: threading.Thread | None = None
        self.leaves_file_alone = False

    def start(self, prepare: Callable[[LocalDatabase], None]) -> None:
        """Starts the thread, which connects and runs `prepare` first. Raises what that raised."""
        ready: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(prepare, ready), name="whimbrel-writer", daemon=True
        )
        self._thread.start()
        try:
            ready.result()
        except BaseException:
            self._thread.join()
            raise

    def submit(
        self, work: Callable[[Any], T], size: int, *, alone: bool = False, repeatable: bool = False
    ) -> Future[T]:
        """Queues work that needs about `size` bytes while it waits. Raises StoreBusy or StoreClosed.

        What runs `alone` has no transaction around it, for what SQLite does only outside of one. `repeatable`
        work may be called again after all that it wrote was undone: it changes nothing but the database.
        """
        if self._database.on_writer():
            raise RuntimeError("work on the writer's thread is already inside its transaction")
        with self._changed:
            self._check_open()
            if len(self._jobs) >= self._max_jobs or (self._jobs and self._bytes + size > self._max_bytes):
                raise errors.busy()
            return self._queue(_Job(work, Future(), size, alone, repeatable))

    def follow_up(self, work: Callable[[Any], T], size: int) -> Future[T]:
        """Queues more work from within work, never refused for want of room, in a transaction of its own.

        Nobody may wait for it on the writer's thread. Raises StoreClosed.
        """
        with self._changed:
            self._check_open()
            return self._queue(_Job(work, Future(), size))

    def _check_open(self) -> None:
        if self._closing or self._thread is None:
            raise errors.closed()

    def _queue(self, job: _Job) -> Future[Any]:
        self._jobs.append(job)
        self._bytes += job.size
        self._changed.notify()
        return job.future

    def close(self) -> None:
        """Takes no more work, writes what is queued, and ends the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self, prepare: Callable[[LocalDatabase], None], ready: Future[None]) -> None:
        self._database.adopt_writer()
        try:
            self._database.connect()
            prepare(self._database)
        except BaseException as error:
            self._disconnect()
            ready.set_exception(explained(error))
            return
        ready.set_result(None)
        while group := self._take_group():
            if group[0].alone:
                self._run_alone(group[0])
            else:
                self._commit(group)
        self._leave()

    def _take_group(self) -> list[_Job]:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._jobs) or self._closing)
            group: list[_Job] = []
            size = 0
            while self._jobs and (not group or self._goes_along(group, size)):
                group.append(self._jobs.popleft())
                size += group[-1].size
            self._bytes -= size
            return group

    def _goes_along(self, group: list[_Job], size: int) -> bool:
        following = self._jobs[0]
        return not (group[0].alone or following.alone) and size + following.size <= _GROUP_BYTES

    def _run_alone(self, job: _Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            result = job.work(self._database)
        except BaseException as error:
            job.future.set_exception(explained(error))
        else:
            job.future.set_result(result)

    def _commit(self, group: list[_Job]) -> None:
        wanted = [job for job in group if job.future.set_running_or_notify_cancel()]
        if not wanted:
            return
        started = time.perf_counter()
        try:
            outcomes = self._written(wanted)
        except BaseException as error:
            reason = explained(
                error.__cause__ if isinstance(error, _TransactionLost) and error.__cause__ else error
            )
            self._notice(reason)
            for job in wanted:
                job.future.set_exception(reason)
            return
        self.timed(time.perf_counter() - started)
        for noted in {type(failure): failure for _, failure in outcomes if failure is not None}.values():
            self._notice(noted)
        for job, (result, failure) in zip(wanted, outcomes, strict=True):
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)

    def _notice(self, reason: BaseException) -> None:
        self._noticed(reason)
        if isinstance(reason, StoreFull):  # the reserve is free now: let the file take what the log holds
            with contextlib.suppress(Exception):
                self._database.execute_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _written(self, jobs: list[_Job]) -> list[_Outcome]:
        if all(job.repeatable for job in jobs):
            with contextlib.suppress(_JobFailed), self._database.transaction("IMMEDIATE"):
                return [(self._run_unguarded(job), None) for job in jobs]
        with self._database.transaction("IMMEDIATE"):
            return [self._run_job(job) for job in jobs]

    def _run_unguarded(self, job: _Job) -> Any:  # noqa: ANN401 - whatever the work returns
        try:
            return job.work(self._database)
        except BaseException as error:
            if not self._database.connection().in_transaction:
                raise _TransactionLost from error
            raise _JobFailed from error

    def _run_job(self, job: _Job) -> _Outcome:
        connection = self._database.connection()
        connection.execute("SAVEPOINT job")
        try:
            result = job.work(self._database)
            connection.execute("RELEASE job")
        except BaseException as error:
            if not connection.in_transaction:
                raise _TransactionLost from error
            connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
            return None, explained(error)
        return result, None

    def _leave(self) -> None:
        try:
            if self.leaves_file_alone:
                self._database.keep_still(True)
                return
            self._database.execute_sql("PRAGMA optimize")
            self._database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except Exception:  # noqa: S110 - both only tidy up: what was committed is in the file or its WAL
            pass
        self._disconnect()

    def _disconnect(self) -> None:
        """Closes the connection; a disk that does not even take the last checkpoint keeps it in the log."""
        with contextlib.suppress(Exception):
            if not self._database.is_closed():
                self._database.close()
