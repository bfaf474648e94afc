"""The folder queue's one door: adding, walking, handing out, and what becomes of each picture."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import TypeVar

import apsw
import msgspec

from store.clock import Clock
from store.ids import IdMaker
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import StoreError
from store.local.folder_queue import queue_rows
from store.local.folder_queue.forms import (
    FailedPicture,
    Job,
    JobOver,
    JobState,
    Lease,
    WrongPaths,
    unknown_job,
)
from store.local.folder_queue.pace import Pace
from store.local.folder_queue.walking import Found, Walk, WalkEnded

log = logging.getLogger("whimbrel.queue")
T = TypeVar("T")
SILENT_S = 150.0  # a page in the background may be let run once a minute
LONGEST_S = 1800.0  # whoever has a picture for so long has no use for it
AGAIN_S = 60.0
_LIVE = ("running", "paused")


class FolderQueue:
    """Pictures by their paths, handed out a few at a time until each has its record. Safe on any thread but
    the event loop's: every method waits for the database.

    A picture is handed out as `taken` under the id that its record must have, and is done in the transaction
    that keeps that record (`ending`). Whoever took it and is not heard of for `SILENT_S`, or went with the
    last process, did not: it waits again.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ids = IdMaker(clock)
        self._changed: Callable[[], None] = lambda: None
        self._heard: dict[str, float] = {}
        self._holders: dict[int, tuple[str, float]] = {}
        self._paces: dict[int, Pace] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="whimbrel-queue", daemon=True)
        self.live = False  # whether any job goes on

    def listen(self, changed: Callable[[], None]) -> None:
        """Calls back, on any thread, after something changed that `jobs` tells, but for what a record did."""
        self._changed = changed

    def start(self) -> None:
        """Has wait again what was taken when the last process ended, and walks on where it was."""
        self._write(lambda connection: queue_rows.give_back(connection, queue_rows.taken(connection)))
        self.jobs()
        self._thread.start()

    def stop(self) -> None:
        """Ends the walk that is under way; the next start goes on with it."""
        self._ended.set()
        self._wanted.set()
        if self._thread.ident is not None:
            self._thread.join()

    def add(self, paths: Sequence[str]) -> Job:
        """Puts files and folders in line, to be walked through by the queue's own thread; gives the job.

        Raises WrongPaths where a path is not a whole one, or nothing is at any of them.
        """
        if not paths or not all(map(os.path.isabs, paths)):
            raise WrongPaths(
                "That does not say which pictures.", "Name files and folders by their whole paths."
            )
        if not any(map(os.path.exists, paths)):
            raise WrongPaths("Nothing is there any more.", "Look whether it was moved, then open it again.")
        now = self._clock.now_ms()
        number = self._write(lambda connection: queue_rows.add_job(connection, paths, now))
        self._wanted.set()
        return self._told(number)

    def jobs(self) -> list[Job]:
        """All jobs, the oldest first, with how fast the running ones are."""
        with self._database.read() as db:
            jobs = queue_rows.jobs(db.connection())
        self.live = any(job.live for job in jobs)
        return [self._with_pace(job) for job in jobs]

    def pause(self, number: int) -> Job:
        """Hands nothing more of a job out; what is at work is finished. Raises UnknownJob, JobOver."""
        return self._change(number, "paused")

    def resume(self, number: int) -> Job:
        """Goes on with a job that was paused. Raises UnknownJob, JobOver."""
        return self._change(number, "running")

    def cancel(self, number: int) -> Job:
        """Lets go of what a job has not done. Raises UnknownJob, JobOver."""
        return self._change(number, "cancelled", self._clock.now_ms())

    def forget(self, number: int) -> None:
        """Takes an ended job off the list. Raises UnknownJob, JobOver for one that goes on."""

        def write(connection: apsw.Connection) -> None:
            if _known(connection, number) in _LIVE:
                raise JobOver("That is still in the queue.", "Cancel it first.")
            queue_rows.forget(connection, number)

        self._write(write)
        self._changed()

    def failed(self, number: int, after: int, limit: int) -> list[FailedPicture]:
        """Pictures of a job that could not be recognised, those after one number. Raises UnknownJob."""
        with self._database.read() as db:
            _known(db.connection(), number)
            return queue_rows.failed(db.connection(), number, after, limit)

    def try_again(self, number: int) -> Job:
        """Has the failed pictures of a job wait again. Raises UnknownJob; JobOver where it was cancelled."""

        def write(connection: apsw.Connection) -> None:
            if (state := _known(connection, number)) == "cancelled":
                raise _over()
            if queue_rows.wait_again(connection, number, self._ids.new) and state == "done":
                queue_rows.change(connection, number, "running")

        self._write(write)
        return self._told(number)

    def next(self, holder: str, count: int, *, take_over: bool = False) -> list[Lease]:
        """At most `count` pictures for `holder` (a page), who is heard of by this call.

        With `take_over` all others are known to be gone, and what they took is handed out again.
        """
        now = self._clock.monotonic()
        with self._lock:
            heard = {} if take_over else self._heard
            alive = {who: when for who, when in heard.items() if now - when <= SILENT_S} | {holder: now}
            self._heard = alive
        return self._write(lambda connection: self._hand_out(connection, holder, count, alive, now))

    def _hand_out(
        self, connection: apsw.Connection, holder: str, count: int, alive: Container[str], now: float
    ) -> list[Lease]:
        taken = queue_rows.taken(connection)
        known = {one: self._holders.get(one, ("", now)) for one in taken}
        held = {one: by for one, by in known.items() if by[0] in alive and now - by[1] <= LONGEST_S}
        queue_rows.give_back(connection, set(taken) - set(held))
        queue_rows.give_up(connection, self._clock.now_ms())
        given = queue_rows.take(connection, count) if count else []
        self._holders = held | {number: (holder, now) for number, _ in given}
        return [lease for _, lease in given]

    def picture(self, record_id: bytes) -> Path:
        """Where the picture is whose record has, or will have, this id. Raises UnknownJob."""
        with self._database.read() as db:
            path = queue_rows.path_of(db.connection(), record_id)
        if path is None:
            raise unknown_job()
        return Path(os.fsdecode(path))

    def _change(self, number: int, state: JobState, ended_at: int | None = None) -> Job:
        def write(connection: apsw.Connection) -> None:
            if _known(connection, number) not in _LIVE:
                raise _over()
            queue_rows.change(connection, number, state, ended_at)

        self._write(write)
        self._paces.pop(number, None)
        self._wanted.set()
        return self._told(number)

    def _told(self, number: int) -> Job:
        self.live = True
        self._changed()
        found = next((job for job in self.jobs() if job.number == number), None)
        if found is None:
            raise unknown_job()
        return found

    def _with_pace(self, job: Job) -> Job:
        if job.state != "running":
            self._paces.pop(job.number, None)
            return job
        now, counts = self._clock.monotonic(), job.counts
        with self._lock:
            pace = self._paces.setdefault(job.number, Pace())
            pace.note(now, counts.done + counts.failed)
            rate = pace.per_second(now)
        left = None if job.finding or not rate else (counts.waiting + counts.taken) / rate
        return msgspec.structs.replace(job, rate=rate, seconds_left=left)

    def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        def write(db: LocalDatabase) -> T:
            return work(db.connection())

        return self._database.submit(write).result()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wanted.clear()
            try:
                while self._walk_one():
                    self._changed()
            except WalkEnded:
                return
            except StoreError as error:
                log.warning("folders are walked through later: %s", error.sentence)
            self._wanted.wait(AGAIN_S)

    def _walk_one(self) -> bool:
        """Walks through the folders of the next job; False where there is none."""
        with self._database.read() as db:
            job = queue_rows.job_to_walk(db.connection())
        if job is None:
            return False
        number, paths = job
        walk = Walk(lambda: not self._ended.is_set())
        for found in walk.chunks(paths):
            if not self._put(number, found):
                return True
            self._changed()
        now = self._clock.now_ms()
        self._write(lambda connection: queue_rows.end_walk(connection, number, walk.left_out, now))
        return True

    def _put(self, number: int, found: list[Found]) -> bool:
        return self._write(
            lambda connection: queue_rows.add_pictures(connection, number, found, self._ids.new)
        )


def _known(connection: apsw.Connection, number: int) -> JobState:
    state = queue_rows.state_of(connection, number)
    if state is None:
        raise unknown_job()
    return state


def _over() -> JobOver:
    return JobOver("That is over already.", "Open the folder again.")
