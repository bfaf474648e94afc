"""A bare database with one table of numbers, and a way to hold its writer still, for tests of the store."""

from __future__ import annotations

import threading
from typing import Any

import apsw

from store.local.database import Database

TIMEOUT = 60
MAKE_TABLE = "CREATE TABLE t (x INTEGER PRIMARY KEY)"


def insert(number: int) -> Any:
    return lambda db: db.execute_sql("INSERT INTO t VALUES (?)", (number,))


def numbers(database: Database) -> list[int]:
    with database.read() as db:
        return [number for (number,) in db.execute_sql("SELECT x FROM t ORDER BY x").fetchall()]


def others_view(database: Database) -> list[int]:
    connection = apsw.Connection(str(database.path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [number for (number,) in connection.execute("SELECT x FROM t")]
    finally:
        connection.close()


class Blocked:
    """Keeps the writer busy, so that what is queued meanwhile becomes one group."""

    def __init__(self, database: Database) -> None:
        self._go = threading.Event()
        started = threading.Event()

        def hold(db: object) -> None:
            started.set()
            assert self._go.wait(TIMEOUT)

        self.future = database.submit(hold)
        assert started.wait(TIMEOUT)

    def release(self) -> None:
        self._go.set()
