"""The collector on SQLite: one file, one connection that writes, a few that read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import apsw

from store.collector import errors
from store.collector.database import Dialect, Load, Row, Value
from store.collector.schema_1 import rate_buckets
from store.collector.tables import EVENT_COLUMNS

APPLICATION_ID = 0x57484D43  # "WHMC", in the header of the file
BUSY_TIMEOUT_S = 10.0
_WAL_KEPT_BYTES = 64 * 1024 * 1024
_INSERT_EVENT = (
    f"INSERT INTO event ({', '.join(EVENT_COLUMNS)}) VALUES ({', '.join('?' * len(EVENT_COLUMNS))}) "  # noqa: S608
    "ON CONFLICT DO NOTHING RETURNING event_id"
)
_TABLE = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)"
_SETTINGS = ("PRAGMA foreign_keys = ON", "PRAGMA temp_store = MEMORY", "PRAGMA trusted_schema = OFF")
_WRITER = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}",
    "PRAGMA secure_delete = ON",  # what was withdrawn is not left in a page's gaps
)
_PASSING = ("PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF")

SQLITE = Dialect(
    name="sqlite",
    blob="BLOB",
    integer="INTEGER",
    real="REAL",
    number="INTEGER",
    table_end=" STRICT",
    unlogged="",
    event_end=" STRICT",
    event_partitions=(),
    arrival_index="CREATE INDEX event_arrival ON event (day, received_at)",
    for_update="",
    among="IN carray(?)",
    total_time=(
        "CASE WHEN json_type(event.payload, '$.totalTime') IN ('integer', 'real') "
        "THEN json_extract(event.payload, '$.totalTime') END"
    ),
)


class SqliteSession:
    """One transaction on SQLite."""

    dialect = SQLITE

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a statement gives."""
        return self.connection.execute(statement, values).fetchall()

    def change(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carries out a statement; how many rows it changed."""
        self.connection.execute(statement, values).fetchall()
        return int(self.connection.changes())

    def change_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carries out a statement once for each row of values."""
        self.connection.executemany(statement, rows).fetchall()

    def together(self) -> AbstractContextManager[object]:
        """There is no trip to be saved."""
        return nullcontext()

    def array(self, ids: Iterable[bytes]) -> Any:  # noqa: ANN401 - apsw's own type
        """Ids as SQLite's `carray` takes them."""
        return apsw.carray(tuple(ids), flags=apsw.SQLITE_CARRAY_BLOB)

    def insert_events(self, rows: Sequence[Sequence[Value]]) -> set[bytes]:
        """Inserts what is new; the ids of that."""
        return {event_id for (event_id,) in self.connection.executemany(_INSERT_EVENT, rows)}

    def has_table(self, name: str) -> bool:
        """Whether the file has a table of that name."""
        return bool(self.rows(_TABLE, (name,))[0][0])

    def only_one_migrates(self) -> None:
        """Nothing: a writing transaction is the only one there is."""


class SqliteDatabase:
    """A collector's file. `may_make` lets it be made where it is not there yet."""

    dialect = SQLITE

    def __init__(self, path: Path, *, may_make: bool = True, readers: int = 4) -> None:
        """Opens the file. Raises Unreachable, WrongSchema for another program's file."""
        self.path = path
        self._most_readers = readers
        self._readers: list[apsw.Connection] = []
        self._readers_changed = threading.Lock()
        self._writing = _TimedLock()
        self._passing_lock = threading.Lock()
        with _explained():
            if may_make:
                path.touch(mode=0o600)
            self._writer = _opened(path, (), may_make=may_make)
            _own(self._writer, path)
            _set_up(self._writer, _WRITER)
            self._passing = _passing_file(path.with_name(path.name + "-limits"))
        self._closed = False

    @contextmanager
    def write(self) -> Iterator[SqliteSession]:
        """A transaction that is on the disk when the block ends."""
        with self._writing, _explained():
            yield from _transaction(self._writer, "BEGIN IMMEDIATE")

    @contextmanager
    def passing(self) -> Iterator[SqliteSession]:
        """A transaction on the file of what may be lost."""
        with self._passing_lock, _explained():
            yield from _transaction(self._passing, "BEGIN IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        """One consistent snapshot."""
        with _explained():
            connection = self._reader()
            try:
                yield from _transaction(connection, "BEGIN")
            finally:
                self._put_back(connection)

    @contextmanager
    def admission(self) -> Iterator[tuple[SqliteSession, SqliteSession]]:
        """They are two files."""
        with self.read() as reading, self.passing() as counting:
            yield reading, counting

    def _reader(self) -> apsw.Connection:
        with self._readers_changed:
            if self._closed:
                raise errors.unreachable("it was closed")
            if self._readers:
                return self._readers.pop()
        connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
        _set_up(connection, ())
        return connection

    def _put_back(self, connection: apsw.Connection) -> None:
        with self._readers_changed:
            if not self._closed and len(self._readers) < self._most_readers:
                self._readers.append(connection)
                return
        connection.close()

    def load(self) -> Load:
        """How the one writing connection is doing."""
        return self._writing.load()

    def close(self) -> None:
        """Closes all connections, the writer's last: it folds the log into the file."""
        with self._readers_changed:
            self._closed = True
            readers, self._readers = self._readers, []
        for connection in readers:
            connection.close()
        self._passing.close()
        self._writer.close()


class _TimedLock:
    """A lock that counts who waited for it, and how long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = self._waited = 0
        self._waited_s = 0.0

    def __enter__(self) -> None:
        if self._lock.acquire(blocking=False):
            return
        started = time.perf_counter()
        with self._counting:
            self._waiting += 1
        self._lock.acquire()
        with self._counting:
            self._waiting -= 1
            self._waited += 1
            self._waited_s += time.perf_counter() - started

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def load(self) -> Load:
        with self._counting:
            return Load(1, 1, self._waiting, self._waited, self._waited_s)


def _transaction(connection: apsw.Connection, begin: str) -> Iterator[SqliteSession]:
    connection.execute(begin).fetchall()
    try:
        yield SqliteSession(connection)
        connection.execute("COMMIT").fetchall()
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK").fetchall()


def _passing_file(path: Path) -> apsw.Connection:
    """The file of what may be lost. It is not synced, so a power cut may spoil it: then it is made anew."""
    try:
        return _made_passing(path)
    except (apsw.CorruptError, apsw.NotADBError):
        path.unlink()
        return _made_passing(path)


def _made_passing(path: Path) -> apsw.Connection:
    connection = _opened(path, (), may_make=True)
    try:
        _set_up(connection, _PASSING)
        connection.execute(rate_buckets(SQLITE)).fetchall()
        if connection.execute("PRAGMA quick_check(1)").get != "ok":
            raise apsw.CorruptError
    except BaseException:
        connection.close()
        raise
    return connection


def _opened(path: Path, settings: Sequence[str], *, may_make: bool) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if may_make else 0)
    connection = apsw.Connection(str(path), flags=flags)
    try:
        _set_up(connection, settings)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: apsw.Connection, settings: Sequence[str]) -> None:
    connection.set_busy_timeout(int(BUSY_TIMEOUT_S * 1000))
    for statement in (*_SETTINGS, *settings):
        connection.execute(statement).fetchall()


def _own(connection: apsw.Connection, path: Path) -> None:
    """Marks an empty file as a collector's. Raises WrongSchema for a file of anything else."""
    found = connection.execute("PRAGMA application_id").get
    if found == APPLICATION_ID:
        return
    if found != 0 or connection.execute("SELECT count(*) FROM sqlite_master").get != 0:
        raise errors.WrongSchema(
            f"The file {path} is not a collector's database.", "Name another one with --database."
        )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}").fetchall()


@contextmanager
def _explained() -> Iterator[None]:
    """SQLite's errors as the collector's own."""
    try:
        yield
    except (apsw.BusyError, apsw.LockedError):
        raise errors.busy() from None
    except apsw.FullError:
        raise errors.full() from None
    except (
        apsw.CantOpenError,
        apsw.IOError,
        apsw.CorruptError,
        apsw.NotADBError,
        apsw.ReadOnlyError,
    ) as error:
        raise errors.unreachable(error) from error
