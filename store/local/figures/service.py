"""Figures for whoever asks: brings the roll-up up to date first, in short jobs of the writer."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from store.clock import Clock
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import StoreError
from store.local.figures import timings
from store.local.figures.forms import Performance, StorageFigure, StorageKind
from store.local.figures.rollup import Rolled, roll_up
from store.local.figures.storage import Folders, in_file
from store.local.figures.timings import HTTP, Taken
from store.local.figures.windows import Asked

if TYPE_CHECKING:
    from store.local.figures.totals import Totals

log = logging.getLogger("whimbrel.store")
PATIENCE_S = 1.0
_FIRST_JOB, _SMALLEST_JOB, _LARGEST_JOB = 200, 200, 2000  # records; a smaller job is mostly commit
_SHORT_S, _LONG_S = 0.01, 0.02  # a job is to take about so long: a batch of the page's may wait for it


class Figures:
    """Adds up what is new and answers. Calls block, but for `note_request`: not for an event loop."""

    def __init__(self, database: Database, clock: Clock, folders: Mapping[StorageKind, Path]) -> None:
        self._database = database
        self._clock = clock
        self._folders = Folders(folders, clock)
        self._job_records = _FIRST_JOB

    def performance(self, asked: Asked) -> Performance:
        """The figures of a window, up to date but for what a second does not suffice for (`pending`).

        Raises StoreClosed, and StoreError for a memory that cannot be read. One that cannot be written (full,
        or from a newer Whimbrel) answers with the figures as they were.
        """
        from store.local.figures.performance import performance  # noqa: PLC0415 - loads numpy

        self.catch_up(PATIENCE_S)
        folders = self._folders.look()
        with self._database.read() as db:
            return performance(db.connection(), self._database.path, asked, self._clock.now_ms(), folders)

    def totals(self) -> Totals:
        """Everything since the beginning; raises as `performance` does."""
        from store.local.figures.totals import totals  # noqa: PLC0415 - loads numpy

        self.catch_up(PATIENCE_S)
        with self._database.read() as db:
            return totals(db.connection(), self._database.path)

    def storage(self) -> list[StorageFigure]:
        """How much room each kind takes, as far as it is counted; raises as `performance` does."""
        folders = self._folders.look()
        with self._database.read() as db:
            return [*in_file(db.connection()), *folders]

    def note_request(self, method: str, route: str, status: str, seconds: float) -> None:
        """Notes a request: its route's pattern, its class of status (`2xx`) and how long it took."""
        self._database.timings.note(HTTP, f"{method} {route}", status, seconds)

    def close(self) -> None:
        """Hands the last measurements to the writer, which writes them before it ends."""
        with contextlib.suppress(StoreError):
            self._database.submit(functools.partial(_write, self._database.timings.take()))

    def catch_up(self, patience_s: float) -> bool:
        """Adds what was measured, then what is new, until the time is over (False) or all is in."""
        end = self._clock.monotonic() + patience_s
        try:
            self._write_timings()
            while self._roll().more:
                if self._clock.monotonic() >= end:
                    return False
        except StoreError as error:
            log.debug("the figures stay as they are: %s", error.sentence)
        return True

    def _roll(self) -> Rolled:
        """One job, and from how long it took how large the next one may be."""

        def job(db: LocalDatabase) -> tuple[Rolled, float]:
            started = self._clock.monotonic()
            rolled = roll_up(db.connection(), self._job_records)
            return rolled, self._clock.monotonic() - started

        rolled, took = self._database.submit(job).result()
        if took > _LONG_S:
            self._job_records = max(_SMALLEST_JOB, self._job_records // 2)
        elif took < _SHORT_S and rolled.more:
            self._job_records = min(_LARGEST_JOB, self._job_records * 2)
        return rolled

    def _write_timings(self) -> None:
        taken = self._database.timings.take()
        try:
            self._database.submit(functools.partial(_write, taken)).result()
        except StoreError:
            self._database.timings.give_back(taken)
            raise


def _write(taken: Taken, db: LocalDatabase) -> None:
    timings.write(db.connection(), taken)
