"""The collector on PostgreSQL, by psycopg and its pool; the only module that imports them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from store.collector import errors
from store.collector.database import Dialect, Load, Row, Value
from store.collector.tables import EVENT_COLUMNS, EVENT_TYPES

SCHEMA = "whimbrel"
PARTITIONS = 16
CONNECTIONS = 8
WAIT_S = 10.0
CONNECT_S = 10
_MIGRATION_LOCK = 0x57484D43  # of `pg_advisory_xact_lock`, as SQLite's application id
_COLUMNS = ", ".join(EVENT_COLUMNS)
_ID = EVENT_COLUMNS.index("event_id")
_INCOMING = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    {", ".join(f"{name} {kind}" for name, kind in zip(EVENT_COLUMNS, EVENT_TYPES, strict=True))}
) ON COMMIT DROP
"""
_COPY = f"COPY event ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_COPY_INCOMING = f"COPY pg_temp.incoming ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_MERGE = f"""
INSERT INTO event ({_COLUMNS}) SELECT {_COLUMNS} FROM pg_temp.incoming
ON CONFLICT (device_id, event_id) DO NOTHING RETURNING event_id
"""  # noqa: S608 - our own column names
_TABLE = "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s)"

POSTGRES = Dialect(
    name="postgresql",
    blob="BYTEA",
    integer="BIGINT",
    real="DOUBLE PRECISION",
    number="INTEGER",
    table_end="",
    unlogged="UNLOGGED ",
    event_end=" PARTITION BY HASH (device_id)",
    event_partitions=tuple(
        f"CREATE TABLE event_{part} PARTITION OF event "
        f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
        for part in range(PARTITIONS)
    ),
    arrival_index="CREATE INDEX event_arrival ON event USING BRIN (day, received_at)",
    for_update=" FOR UPDATE",
    among="= ANY(?)",
    total_time=(
        "CASE WHEN json_typeof(event.payload::json -> 'totalTime') = 'number' "
        "THEN (event.payload::json ->> 'totalTime')::double precision END"
    ),
)


class PostgresSession:
    """One transaction on PostgreSQL."""

    dialect = POSTGRES

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self.connection = connection

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a statement gives."""
        return self.connection.execute(_as_psycopg(statement), values).fetchall()

    def change(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Carries out a statement; how many rows it changed."""
        return self.connection.execute(_as_psycopg(statement), values).rowcount

    def change_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carries out a statement once for each row of values, on one trip to the server."""
        with self.connection.cursor() as cursor:
            cursor.executemany(_as_psycopg(statement), rows)

    def together(self) -> AbstractContextManager[object]:
        """The changes in the block go to the server on one trip."""
        return self.connection.pipeline()

    def array(self, ids: Iterable[bytes]) -> Any:  # noqa: ANN401 - as the protocol has it
        """Ids as an array of bytea."""
        return list(ids)

    def insert_events(self, rows: Sequence[Sequence[Value]]) -> set[bytes]:
        """Copies the rows into the table, which is what is cheapest where all are new, as nearly always.

        Where the unique key says that one is not, that is undone, and they go by way of a temporary table.
        """
        try:
            with self.connection.transaction():
                self._copy(_COPY, rows)
            return {row[_ID] for row in rows}  # type: ignore[misc]  # a column of bytes
        except psycopg.errors.UniqueViolation:
            self.connection.execute(_INCOMING)
            self.connection.execute("TRUNCATE pg_temp.incoming")  # of another batch of this transaction
            self._copy(_COPY_INCOMING, rows)
            return {event_id for (event_id,) in self.connection.execute(_MERGE)}

    def _copy(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        with self.connection.cursor() as cursor, cursor.copy(statement) as copying:
            copying.set_types(EVENT_TYPES)
            for row in rows:
                copying.write_row(row)

    def has_table(self, name: str) -> bool:
        """Whether the collector's schema has a table of that name."""
        return bool(self.connection.execute(_TABLE, (SCHEMA, name)).fetchall()[0][0])

    def only_one_migrates(self) -> None:
        """Holds an advisory lock until the transaction ends, and makes the collector's schema."""
        self.connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")


class PostgresDatabase:
    """A collector's database by its URL; at most `connections` at once, each waited for `wait_s` at most."""

    dialect = POSTGRES

    def __init__(self, url: str, *, connections: int = CONNECTIONS, wait_s: float = WAIT_S) -> None:
        """Opens the pool. Raises Unreachable where the server can't be reached."""
        self._url = url
        self._settings: dict[str, Any] = {
            "connect_timeout": CONNECT_S,
            "application_name": "whimbrel collect",
            "autocommit": True,  # `_transaction` begins them
        }
        with _explained():
            psycopg.connect(url, **self._settings).close()  # says why not, which the pool would try for ever
        self._pool = ConnectionPool(
            url,
            kwargs=self._settings,
            min_size=1,
            max_size=connections,
            timeout=wait_s,
            configure=_configure,
            open=True,
            name="whimbrel-database",
        )
        self._most = connections

    def write(self) -> AbstractContextManager[PostgresSession]:
        """A transaction that is on the disk when the block ends."""
        return self._transaction("BEGIN")

    def read(self) -> AbstractContextManager[PostgresSession]:
        """One consistent snapshot."""
        return self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def passing(self) -> AbstractContextManager[PostgresSession]:
        """A transaction whose end is not waited for at the disk."""
        return self._transaction("BEGIN; SET LOCAL synchronous_commit = off")

    @contextmanager
    def admission(self) -> Iterator[tuple[PostgresSession, PostgresSession]]:
        """One transaction for both: each trip to the server costs."""
        with self.passing() as session:
            yield session, session

    @contextmanager
    def _transaction(self, begin: LiteralString) -> Iterator[PostgresSession]:
        """Begun in one trip to the server; leaving the block commits it, or takes it back."""
        with _explained():
            connection = self._begun(begin)
            try:
                with connection:
                    yield PostgresSession(connection)
            finally:
                self._pool.putconn(connection)

    def _begun(self, begin: LiteralString) -> psycopg.Connection[Row]:
        """A connection with a transaction begun; those that a restart of the server broke are let go."""
        while True:
            connection = self._waited_for()
            try:
                connection.execute(begin, prepare=False)
            except BaseException:
                is_broken = connection.closed
                self._pool.putconn(connection)
                if not is_broken:
                    raise
            else:
                return connection

    def _waited_for(self) -> psycopg.Connection[Row]:
        try:
            return self._pool.getconn()
        except PoolTimeout:
            psycopg.connect(self._url, **self._settings).close()  # says why, if there is another reason
            raise

    def load(self) -> Load:
        """How the pool is doing."""
        found = self._pool.get_stats()
        return Load(
            self._most,
            found.get("pool_size", 0),
            found.get("requests_waiting", 0),
            found.get("requests_queued", 0),
            found.get("requests_wait_ms", 0) / 1000,
        )

    def close(self) -> None:
        """Closes all connections."""
        self._pool.close()


def _configure(connection: psycopg.Connection[Any]) -> None:
    connection.execute(f"SET search_path TO {SCHEMA}")
    connection.execute("SET synchronous_commit TO on")


@functools.cache
def _as_psycopg(statement: str) -> str:
    """A statement with psycopg's signs for values; ours have neither `%` nor `?` in their texts."""
    return statement.replace("?", "%s")


@contextmanager
def _explained() -> Iterator[None]:
    """PostgreSQL's errors as the collector's own."""
    try:
        yield
    except (PoolTimeout, psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        raise errors.busy() from None
    except psycopg.errors.SerializationFailure:
        raise errors.busy() from None
    except psycopg.errors.DiskFull:
        raise errors.full() from None
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolClosed) as error:
        raise errors.unreachable(error) from error


def environment_of(url: str) -> dict[str, str]:
    """A URL as the variables that PostgreSQL's own programs read."""
    names = {"dbname": "PGDATABASE", "connect_timeout": "PGCONNECT_TIMEOUT", "sslmode": "PGSSLMODE"}
    found = psycopg.conninfo.conninfo_to_dict(url)
    return {names.get(name, f"PG{name.upper()}"): str(value) for name, value in found.items()}
