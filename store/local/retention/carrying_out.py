"""Carries a plan out, in small jobs of the writer, and lets others in between.

Every job removes and counts in one transaction, and takes of its part of the plan what still goes: killed at
any moment and started again it ends in the same state with the same count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from store.clock import Clock
from store.local.connection import LocalDatabase, number_array
from store.local.database import Database
from store.local.removal import Amount, Amounts, remove_records
from store.local.retention import still
from store.local.retention.plan import Plan, Ranges, numbers_of
from store.local.upkeep_log import add_done

RECORDS_A_JOB = 100
ROWS_A_JOB = 200
PAGES_A_JOB = 100
LONGEST_PAUSE_S = 1.0
Pause = Callable[[float], None]
Remove = Callable[[LocalDatabase, Sequence[int]], Amounts]


class CarryingOut:
    """One run of a plan, under its number in the log of the upkeep.

    `pause(seconds)` sleeps, and may raise to stop at a good moment: what is done stays done.
    """

    def __init__(self, database: Database, clock: Clock, pause: Pause) -> None:
        self._database = database
        self._clock = clock
        self._pause = pause

    def run(self, number: int, plan: Plan) -> None:
        """Everything of the plan, then the file's free pages."""
        self._in_jobs(number, plan.records, RECORDS_A_JOB, _records(plan.newest))
        for checked in (False, True):
            which = "checked" if checked else "unchecked"
            self._in_jobs(number, getattr(plan.embeddings, which), ROWS_A_JOB, _embeddings(checked=checked))
            for column in _COLUMNS:
                these = getattr(getattr(plan, f"{column}s"), which)
                self._in_jobs(number, these, ROWS_A_JOB, _images(column, plan.newest, checked=checked))
        self.give_back()

    def give_back(self) -> None:
        """Gives free pages back to the disk, in small steps, until there are none."""
        while self._job(shrink) > 0:
            pass

    def _in_jobs(self, number: int, ranges: Ranges, size: int, remove: Remove) -> None:
        numbers = numbers_of(ranges)
        while these := list(islice(numbers, size)):
            self._job(_counted(number, these, remove))

    def _job(self, work: Callable[[LocalDatabase], Any]) -> Any:  # noqa: ANN401 - what the work gives
        began = self._clock.monotonic()
        result = self._database.submit(work).result()
        took = self._clock.monotonic() - began
        self._pause(min(LONGEST_PAUSE_S, max(0.0, took)))
        return result


_COLUMNS: tuple[still.Image, ...] = ("thumbnail", "crop")


def _counted(number: int, these: Sequence[int], remove: Remove) -> Callable[[LocalDatabase], None]:
    def work(db: LocalDatabase) -> None:
        gone = remove(db, these)
        if gone != Amounts():
            add_done(db.connection(), number, gone)

    return work


def _records(newest: int) -> Remove:
    def remove(db: LocalDatabase, these: Sequence[int]) -> Amounts:
        connection = db.connection()
        return remove_records(connection, still.records(connection, these, newest), "retention")

    return remove


def _embeddings(*, checked: bool) -> Remove:
    def remove(db: LocalDatabase, these: Sequence[int]) -> Amounts:
        connection = db.connection()
        left = still.embeddings(connection, these, checked=checked)
        if left:
            array = number_array(record for record, _ in left)
            connection.execute("DELETE FROM embedding WHERE record IN carray(?)", (array,))
        return Amounts(embeddings=_amount(left))

    return remove


def _images(column: still.Image, newest: int, *, checked: bool) -> Remove:
    clear = f"UPDATE picture SET {column} = NULL WHERE number IN carray(?)"  # noqa: S608 - our own column

    def remove(db: LocalDatabase, these: Sequence[int]) -> Amounts:
        connection = db.connection()
        left = still.images(connection, these, column, newest, checked=checked)
        if left:
            connection.execute(clear, (number_array(picture for picture, _ in left),))
        return Amounts(**{f"{column}s": _amount(left)})

    return remove


def _amount(rows: Sequence[tuple[int, int]]) -> Amount:
    return Amount(len(rows), sum(size for _, size in rows))


def shrink(db: LocalDatabase) -> int:
    """Gives a few free pages back to the disk, in a writer's job; how many are left."""
    connection = db.connection()
    connection.execute(f"PRAGMA incremental_vacuum({PAGES_A_JOB})").fetchall()
    return int(connection.execute("PRAGMA freelist_count").get)
