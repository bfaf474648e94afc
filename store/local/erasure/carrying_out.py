"""Carries erasures out: rows, then the bytes that they left, then every copy. Each step can be done again.

An erasure is written down before it begins and done only when the last copy is gone, so one that was cut off,
by a kill or a full disk, is finished at the next start.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import apsw
import msgspec

from store.clock import Clock
from store.local import upkeep_log
from store.local.backups import Replaced
from store.local.connection import BUSY_TIMEOUT_S, LocalDatabase
from store.local.database import Database
from store.local.erasure import copies
from store.local.erasure.scope import Scope, records_of
from store.local.removal import remove_records
from store.local.retention.carrying_out import shrink
from store.local.upkeep_log import Done, Entry

RECORDS_A_JOB = 100
LOOKS_AT_LOG, LOOK_S = 20, 0.5
_BELONGS_TO_NOTHING = (
    "DELETE FROM feedback WHERE id NOT IN (SELECT id FROM record)",
    "DELETE FROM retraction WHERE retracted_by NOT IN (SELECT id FROM record)",
    """DELETE FROM waiting_attachment WHERE inference_id NOT IN (
        SELECT inference_id FROM record WHERE kind = 'attachment' AND inference_id IS NOT NULL)""",
    "DELETE FROM picture WHERE number NOT IN (SELECT picture FROM record WHERE picture IS NOT NULL)",
    "DELETE FROM device WHERE hash NOT IN (SELECT device FROM record WHERE device IS NOT NULL)",
    "DELETE FROM label_change",
    "DELETE FROM queue_job",
)


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """An erasure as it is written down: what, and whether set-aside damaged copies go too."""

    scope: Scope
    damaged_copies: bool = False
    rows_gone: bool = False


class Erasing:
    """Finishes erasures; `rows_gone(entry, scope)` is called when nothing of one can be read any more."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        backups: copies.Replacing,
        rows_gone: Callable[[int, Scope], None],
        pause: Callable[[float], None],
    ) -> None:
        self._database = database
        self._folder = database.path.parent
        self._clock = clock
        self._backups = backups
        self._rows_gone = rows_gone
        self._pause = pause

    def finish(self, entries: list[Entry]) -> bool:
        """Carries out all that is given; False where a reader holds old bytes still, to be tried again."""
        orders = {entry.number: msgspec.json.decode(entry.plan, type=Order) for entry in entries}
        for number, order in orders.items():
            if not order.rows_gone:
                self._remove_rows(number, order)
        if not self._clean_file(rewrite=any(order.scope.everything for order in orders.values())):
            return False
        backups = self._backups.replace_all()
        for number, order in orders.items():
            self._end(number, order, backups)
        return self._clean_file(rewrite=False)

    def _remove_rows(self, number: int, order: Order) -> None:
        with self._database.read() as db:
            numbers = records_of(db.connection(), order.scope)
        for start in range(0, len(numbers), RECORDS_A_JOB):
            these = numbers[start : start + RECORDS_A_JOB]
            self._database.submit(functools.partial(_remove, number, these)).result()
            self._pause(0.0)
        self._rows_gone(number, order.scope)
        self._database.submit(lambda db: _note_rows_gone(db.connection(), number, order)).result()

    def _clean_file(self, *, rewrite: bool) -> bool:
        """Gives free pages back and empties the write-ahead log: what was deleted is in neither."""
        if rewrite:
            self._database.submit_alone(lambda db: db.connection().execute("VACUUM").fetchall()).result()
        while self._database.submit(shrink).result() > 0:
            self._pause(0.0)
        for _ in range(LOOKS_AT_LOG):
            if self._database.submit_alone(_empty_log).result():
                return True
            self._pause(LOOK_S)
        return False

    def _end(self, number: int, order: Order, backups: Replaced) -> None:
        damaged = logs = 0
        if order.scope.everything or order.damaged_copies:
            damaged = copies.remove_damaged(self._folder)
        if order.scope.everything:
            logs = copies.clear_logs(self._folder)
        ended_at = self._clock.now_ms()

        def write(db: LocalDatabase) -> None:
            entry = upkeep_log.find(db, number)
            if entry is not None:
                done = Done(entry.done.amounts, len(backups.gone), damaged, logs, backups.kept)
                upkeep_log.set_done(db.connection(), number, done)
                upkeep_log.end(db.connection(), number, ended_at)

        self._database.submit(write).result()


def _remove(number: int, these: list[int], db: LocalDatabase) -> None:
    connection = db.connection()
    upkeep_log.add_done(connection, number, remove_records(connection, these, "erased"))


def _note_rows_gone(connection: apsw.Connection, number: int, order: Order) -> None:
    """From here on the order names nothing. After an erasure of all, what belongs to no record goes too."""
    for statement in _BELONGS_TO_NOTHING if order.scope.everything else ():
        connection.execute(statement)
    left = Order(order.scope.nameless(), order.damaged_copies, rows_gone=True)
    upkeep_log.set_plan(connection, number, left)


def _empty_log(db: LocalDatabase) -> bool:
    """False where a reader holds it. The writer does not wait for that one: others want to be written."""
    connection = db.connection()
    connection.set_busy_timeout(0)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get
    finally:
        connection.set_busy_timeout(int(1000 * BUSY_TIMEOUT_S))
    return not busy
