"""Carries a plan out: looks on a reader, removes in small jobs of the writer, and lets others in between.

Every job removes and counts in one transaction, and what it removes it finds anew: killed at any moment and
started again it ends in the same state with the same count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from store.clock import Clock
from store.local.connection import LocalDatabase, number_array
from store.local.database import Database
from store.local.removal import Amount, Amounts, remove_records
from store.local.retention import doomed
from store.local.retention.plan import Plan
from store.local.upkeep_log import add_done

RECORDS_A_JOB = 100
ROWS_A_JOB = 200
PAGES_A_JOB = 100
LONGEST_PAUSE_S = 1.0
Pause = Callable[[float], None]


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
        self._in_jobs(doomed.doomed_records, plan, RECORDS_A_JOB, _records(number, plan))
        self._in_jobs(doomed.doomed_embeddings, plan, ROWS_A_JOB, _embeddings(number, plan))
        for column in ("thumbnail", "crop"):
            self._in_jobs(_finder(column), plan, ROWS_A_JOB, _images(number, plan, column))
        self.give_back()

    def give_back(self) -> None:
        """Gives free pages back to the disk, in small steps, until there are none."""
        while self._job(shrink) > 0:
            pass

    def _in_jobs(
        self,
        find: Callable[[Any, Plan], list[int]],
        plan: Plan,
        size: int,
        work: Callable[[Sequence[int]], Callable[[LocalDatabase], None]],
    ) -> None:
        with self._database.read() as db:
            numbers = find(db.connection(), plan)
        for start in range(0, len(numbers), size):
            self._job(work(numbers[start : start + size]))

    def _job(self, work: Callable[[LocalDatabase], Any]) -> Any:  # noqa: ANN401 - what the work gives
        began = self._clock.monotonic()
        result = self._database.submit(work).result()
        took = self._clock.monotonic() - began
        self._pause(min(LONGEST_PAUSE_S, max(0.0, took)))
        return result


def _finder(column: Any) -> Callable[[Any, Plan], list[int]]:  # noqa: ANN401 - doomed.Image
    return lambda connection, plan: doomed.doomed_images(connection, plan, column)


def _records(number: int, plan: Plan) -> Callable[[Sequence[int]], Callable[[LocalDatabase], None]]:
    def of(these: Sequence[int]) -> Callable[[LocalDatabase], None]:
        def work(db: LocalDatabase) -> None:
            connection = db.connection()
            left = doomed.still_records(connection, plan, these)
            add_done(connection, number, remove_records(connection, left, "retention"))

        return work

    return of


def _embeddings(number: int, plan: Plan) -> Callable[[Sequence[int]], Callable[[LocalDatabase], None]]:
    def of(these: Sequence[int]) -> Callable[[LocalDatabase], None]:
        def work(db: LocalDatabase) -> None:
            connection = db.connection()
            left = doomed.still_embeddings(connection, plan, these)
            if not left:
                return
            array = number_array(record for record, _ in left)
            connection.execute("DELETE FROM embedding WHERE record IN carray(?)", (array,))
            add_done(connection, number, Amounts(embeddings=_amount(left)))

        return work

    return of


def _images(
    number: int,
    plan: Plan,
    column: Any,  # noqa: ANN401 - doomed.Image
) -> Callable[[Sequence[int]], Callable[[LocalDatabase], None]]:
    clear = f"UPDATE picture SET {column} = NULL WHERE number IN carray(?)"  # noqa: S608 - our own column

    def of(these: Sequence[int]) -> Callable[[LocalDatabase], None]:
        def work(db: LocalDatabase) -> None:
            connection = db.connection()
            left = doomed.still_images(connection, plan, these, column)
            if not left:
                return
            connection.execute(clear, (number_array(picture for picture, _ in left),))
            add_done(connection, number, Amounts(**{f"{column}s": _amount(left)}))

        return work

    return of


def _amount(rows: Sequence[tuple[int, int]]) -> Amount:
    return Amount(len(rows), sum(size for _, size in rows))


def shrink(db: LocalDatabase) -> int:
    """Gives a few free pages back to the disk, in a writer's job; how many are left."""
    connection = db.connection()
    connection.execute(f"PRAGMA incremental_vacuum({PAGES_A_JOB})").fetchall()
    return int(connection.execute("PRAGMA freelist_count").get)
