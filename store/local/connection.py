"""The one place that opens SQLite: read and write on the writer's thread, read-only on every other."""

from __future__ import annotations

import threading
import weakref
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import apsw
from playhouse.apsw_ext import APSWDatabase

from store.local.page_sums import make_room, opened

BUSY_TIMEOUT_S = 10.0
_WAL_KEPT_BYTES = 64 * 1024 * 1024
_CACHE_KIB = 16 * 1024
_CHECKPOINT_PAGES = 1000

_EVERY_CONNECTION = (
    f"PRAGMA cache_size = -{_CACHE_KIB}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)
_NEW_FILE = "PRAGMA auto_vacuum = INCREMENTAL"  # counts only before the first page and before WAL
_WRITER = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}",
    "PRAGMA secure_delete = ON",  # also for what an UPDATE moves: else an erased name stays in a page's gaps
)


def id_array(ids: Iterable[bytes]) -> apsw.CArrayBinding:
    """Blobs as the argument of SQLite's `carray`: one prepared statement serves any number above 0."""
    return apsw.carray(tuple(ids), flags=apsw.SQLITE_CARRAY_BLOB)


def number_array(numbers: Iterable[int]) -> apsw.CArrayBinding:
    """Integers (64 bits), at least one, as the argument of SQLite's `carray`."""
    return apsw.carray(array("q", numbers), flags=apsw.SQLITE_CARRAY_INT64)


def rows_of(
    connection: apsw.Connection, statement: str, bindings: apsw.Bindings = ()
) -> list[tuple[Any, ...]]:
    """All rows that a statement gives."""
    return connection.execute(statement, bindings).fetchall()


class LocalDatabase(APSWDatabase):  # type: ignore[misc]  # Peewee has no types
    """Peewee's database over one file, one connection a thread; who called `adopt_writer` may write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: threading.Thread | None = None
        self._readers: weakref.WeakSet[apsw.Connection] = weakref.WeakSet()
        super().__init__(str(path), timeout=BUSY_TIMEOUT_S)

    def adopt_writer(self) -> None:
        """Lets the calling thread write; to be called once, before it connects."""
        self._writer = threading.current_thread()

    def on_writer(self) -> bool:
        """Whether the calling thread is the one that may write."""
        return self._writer is threading.current_thread()  # its number would be given again after its end

    def _connect(self) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READONLY
        if self.on_writer():
            flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        connection = opened(str(self._path), flags)
        try:
            connection.set_busy_timeout(int(BUSY_TIMEOUT_S * 1000))
            for statement in self._settings(connection):
                connection.execute(statement).fetchall()
            self._add_conn_hooks(connection)
        except BaseException:
            connection.close()
            raise
        if not self.on_writer():
            self._readers.add(connection)
        return connection

    def _settings(self, connection: apsw.Connection) -> tuple[str, ...]:
        if not self.on_writer():
            return _EVERY_CONNECTION
        is_new = connection.execute("PRAGMA page_count").get == 0
        if is_new:
            make_room(connection)
        return (*_EVERY_CONNECTION, *((_NEW_FILE,) if is_new else ()), *_WRITER)

    def keep_still(self, still: bool) -> None:
        """Whether the file stays as it is, and what is written stays in its log. On the writer's thread."""
        connection = self.connection()
        connection.execute(f"PRAGMA wal_autocheckpoint = {0 if still else _CHECKPOINT_PAGES}").fetchall()
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, int(still))

    def interrupt_readers(self) -> None:
        """Makes every query that still runs on a read-only connection fail."""
        for connection in list(self._readers):
            connection.interrupt()

    def close_readers(self) -> None:
        """Closes the read-only connections of all threads; nothing may be reading any more.

        The writer's goes last, since only it can fold the write-ahead log into the file.
        """
        for connection in list(self._readers):
            connection.close()
