"""The writer: groups, savepoints, futures after the commit; readers that see whole states."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from pathlib import Path
from typing import Any

import apsw
import peewee
import pytest
from local_records import HandClock, inference, send, uuid_bytes

from store.local.database import Database
from store.local.errors import StoreBusy, StoreClosed, StoreError, StoreFull
from store.local.opening import LocalStore, open_store

TIMEOUT = 60


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "d.sqlite3", HandClock())
    opened.open(lambda db: db.execute_sql("CREATE TABLE t (x INTEGER PRIMARY KEY)"))
    yield opened
    opened.close()


def insert(number: int) -> Any:
    return lambda db: db.execute_sql("INSERT INTO t VALUES (?)", (number,))


def numbers(database: Database) -> list[int]:
    with database.read() as db:
        return [number for (number,) in db.execute_sql("SELECT x FROM t ORDER BY x").fetchall()]


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


def test_the_settings_that_the_promises_stand_on(database: Database) -> None:
    def look(db: Any) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum", "busy_timeout")
        return {name: db.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in names}

    assert database.submit(look).result(TIMEOUT) == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "auto_vacuum": 2, "busy_timeout": 10_000
    }  # fmt: skip
    with database.read() as db:
        assert db.execute_sql("PRAGMA foreign_keys").fetchone()[0] == 1


def test_a_result_is_there_only_after_the_commit(database: Database) -> None:
    future = database.submit(insert(1))
    seen: list[list[int]] = []
    future.add_done_callback(lambda _: seen.append(_others_view(database)))
    wait_for([future], TIMEOUT)
    database.submit(insert(2)).result(TIMEOUT)
    assert seen == [[1]]


def _others_view(database: Database) -> list[int]:
    connection = apsw.Connection(str(database.path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [number for (number,) in connection.execute("SELECT x FROM t")]
    finally:
        connection.close()


def test_what_waits_is_committed_together(database: Database) -> None:
    blocked = Blocked(database)
    transactions: list[Any] = []
    futures = [database.submit(lambda db: transactions.append(db.top_transaction())) for _ in range(20)]
    blocked.release()
    wait_for(futures, TIMEOUT)
    assert len(transactions) == 20
    assert len({id(one) for one in transactions}) == 1


def test_one_failing_job_fails_alone_and_leaves_nothing(database: Database) -> None:
    def half(db: Any) -> None:
        insert(2)(db)
        raise ZeroDivisionError

    blocked = Blocked(database)
    futures = [
        database.submit(insert(1)),
        database.submit(half),
        database.submit(insert(1)),
        database.submit(insert(3)),
    ]
    blocked.release()
    wait_for(futures, TIMEOUT)
    assert [type(future.exception()) for future in futures] == [
        type(None), ZeroDivisionError, peewee.IntegrityError, type(None)
    ]  # fmt: skip
    assert numbers(database) == [1, 3]


def test_peewees_own_nested_transactions_work_inside_a_job(database: Database) -> None:
    def nested(db: Any) -> None:
        insert(1)(db)
        with pytest.raises(ZeroDivisionError), db.atomic():
            insert(2)(db)
            raise ZeroDivisionError
        with db.atomic():
            insert(3)(db)

    database.submit(nested).result(TIMEOUT)
    assert numbers(database) == [1, 3]


def test_a_failing_commit_fails_every_job_of_its_group(database: Database) -> None:
    def sabotage(db: Any) -> None:
        db.execute_sql("PRAGMA defer_foreign_keys = ON")
        db.execute_sql("INSERT INTO child VALUES (99)")

    database.submit(lambda db: db.execute_sql("CREATE TABLE child (x INTEGER REFERENCES t (x))")).result(
        TIMEOUT
    )
    blocked = Blocked(database)
    futures = [database.submit(insert(1)), database.submit(sabotage), database.submit(insert(2))]
    blocked.release()
    wait_for(futures, TIMEOUT)
    assert [type(future.exception()) for future in futures] == [peewee.IntegrityError] * 3
    assert numbers(database) == []
    database.submit(insert(4)).result(TIMEOUT)
    assert numbers(database) == [4]


def test_a_job_that_ends_the_transaction_fails_its_group_and_the_writer_lives_on(database: Database) -> None:
    """SQLite itself does that on some I/O errors and on a full disk."""
    blocked = Blocked(database)
    futures = [database.submit(insert(1)), database.submit(_lose_the_transaction), database.submit(insert(2))]
    blocked.release()
    wait_for(futures, TIMEOUT)
    assert all(isinstance(future.exception(), StoreFull) for future in futures)
    assert numbers(database) == []
    database.submit(insert(3)).result(TIMEOUT)
    assert numbers(database) == [3]


def _lose_the_transaction(db: Any) -> None:
    db.connection().execute("ROLLBACK")
    raise apsw.FullError("database or disk is full")


def test_a_full_disk_is_a_sentence_and_the_others_of_the_group_go_on(database: Database) -> None:
    def fill(db: Any) -> None:
        raise apsw.FullError("database or disk is full")

    blocked = Blocked(database)
    futures = [database.submit(insert(1)), database.submit(fill)]
    blocked.release()
    wait_for(futures, TIMEOUT)
    assert isinstance(futures[1].exception(), StoreFull)
    assert numbers(database) == [1]


def test_a_real_full_file_is_said_and_heals(database: Database) -> None:
    database.submit(lambda db: db.execute_sql("CREATE TABLE big (x BLOB)")).result(TIMEOUT)
    pages = database.submit(lambda db: db.execute_sql("PRAGMA max_page_count = 20").fetchone()[0]).result(
        TIMEOUT
    )
    assert pages == 20
    with pytest.raises(StoreFull):
        database.submit(lambda db: db.execute_sql("INSERT INTO big VALUES (zeroblob(1000000))")).result(
            TIMEOUT
        )
    database.submit(lambda db: db.execute_sql("PRAGMA max_page_count = 100000").fetchall()).result(TIMEOUT)
    database.submit(lambda db: db.execute_sql("INSERT INTO big VALUES (zeroblob(1000000))")).result(TIMEOUT)


def test_a_cancelled_job_does_not_run(database: Database) -> None:
    blocked = Blocked(database)
    cancelled = database.submit(insert(1))
    assert cancelled.cancel()
    kept = database.submit(insert(2))
    blocked.release()
    kept.result(TIMEOUT)
    assert numbers(database) == [2]


def test_a_full_queue_says_so_at_once(tmp_path: Path) -> None:
    database = Database(tmp_path / "d.sqlite3", HandClock(), max_jobs=2)
    database.open()
    blocked = Blocked(database)
    waiting = [database.submit(lambda db: None) for _ in range(2)]
    with pytest.raises(StoreBusy) as caught:
        database.submit(lambda db: None)
    assert caught.value.sentence and caught.value.advice
    blocked.release()
    wait_for(waiting, TIMEOUT)
    database.submit(lambda db: None).result(TIMEOUT)
    database.close()


def test_the_queue_is_bounded_in_bytes_but_takes_one_job_of_any_size(tmp_path: Path) -> None:
    database = Database(tmp_path / "d.sqlite3", HandClock(), max_bytes=100)
    database.open()
    blocked = Blocked(database)
    first = database.submit(lambda db: "big", size=1000)
    with pytest.raises(StoreBusy):
        database.submit(lambda db: None, size=1)
    blocked.release()
    assert first.result(TIMEOUT) == "big"
    assert database.submit(lambda db: "small", size=1).result(TIMEOUT) == "small"
    database.close()


def test_a_file_locked_by_another_program_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.local.connection.BUSY_TIMEOUT_S", 0.0)
    database = Database(tmp_path / "d.sqlite3", HandClock())
    database.open()
    other = apsw.Connection(str(database.path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="Another program"):
        database.submit(lambda db: None).result(TIMEOUT)
    other.execute("ROLLBACK")
    other.close()
    database.submit(lambda db: None).result(TIMEOUT)
    database.close()


def test_a_reader_cannot_write(database: Database) -> None:
    with database.read() as db, pytest.raises(peewee.OperationalError, match="readonly"):
        insert(1)(db)
    with pytest.raises(peewee.OperationalError, match="readonly"), database.read() as db:
        insert(1)(db)
    database.submit(insert(2)).result(TIMEOUT)
    assert numbers(database) == [2]


def test_a_reader_sees_one_state_however_long_it_looks(database: Database) -> None:
    database.submit(insert(1)).result(TIMEOUT)
    with database.read() as db:
        assert db.execute_sql("SELECT count(*) FROM t").fetchone() == (1,)
        database.submit(insert(2)).result(TIMEOUT)
        with database.read() as nested:
            assert nested.execute_sql("SELECT count(*) FROM t").fetchone() == (1,)
    assert numbers(database) == [1, 2]


def test_work_on_the_writers_thread_cannot_queue_more_and_hang(database: Database) -> None:
    with pytest.raises(RuntimeError, match="already inside"):
        database.submit(lambda db: database.submit(lambda _: None).result(1)).result(TIMEOUT)


def test_reading_on_the_writers_thread_sees_the_transaction(database: Database) -> None:
    def write_and_look(db: Any) -> list[int]:
        insert(1)(db)
        return numbers(database)

    assert database.submit(write_and_look).result(TIMEOUT) == [1]


def test_closing_writes_what_is_queued_and_then_refuses(database: Database) -> None:
    blocked = Blocked(database)
    futures = [database.submit(insert(number)) for number in range(50)]
    closer = threading.Thread(target=database.close)
    closer.start()
    blocked.release()
    closer.join(TIMEOUT)
    assert [future.exception(TIMEOUT) for future in futures] == [None] * 50
    assert _others_view(database) == list(range(50))
    with pytest.raises(StoreClosed):
        database.submit(insert(99))
    with pytest.raises(StoreClosed), database.read():
        pass
    database.close()


def test_closing_waits_for_readers_and_leaves_one_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "d.sqlite3", HandClock())
    database.open(lambda db: db.execute_sql("CREATE TABLE t (x INTEGER PRIMARY KEY)"))
    database.submit(insert(1)).result(TIMEOUT)
    reading, go = threading.Event(), threading.Event()
    seen: list[int] = []

    def read() -> None:
        with database.read() as db:
            reading.set()
            assert go.wait(TIMEOUT)
            seen.extend(number for (number,) in db.execute_sql("SELECT x FROM t").fetchall())

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(TIMEOUT)
    closer = threading.Thread(target=database.close)
    closer.start()
    closer.join(0.3)
    assert closer.is_alive()
    go.set()
    closer.join(TIMEOUT)
    reader.join(TIMEOUT)
    assert seen == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["d.sqlite3"]


def test_a_file_that_cannot_be_opened_is_an_error_and_no_thread_stays(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(StoreError) as caught:
        Database(tmp_path / "missing" / "d.sqlite3", HandClock()).open()
    assert caught.value.advice
    assert threading.active_count() == before


def test_opened_to_read_it_reads_beside_the_writer_and_takes_no_work(database: Database) -> None:
    database.submit(insert(1)).result(TIMEOUT)
    beside = Database(database.path, HandClock())
    beside.open_to_read()
    assert numbers(beside) == [1]
    with pytest.raises(StoreClosed):
        beside.submit(insert(2))
    beside.close()


def test_eight_threads_and_readers_meanwhile(tmp_path: Path) -> None:
    """Every acknowledged record is there once, and no reader ever sees half a batch."""
    store = open_store(tmp_path, HandClock())
    done = threading.Event()
    broken: list[int] = []
    readers = [threading.Thread(target=_watch, args=(store, done, broken)) for _ in range(2)]
    writers = [threading.Thread(target=_write_batches, args=(store, start)) for start in range(8)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join(TIMEOUT)
    done.set()
    for thread in readers:
        thread.join(TIMEOUT)
    assert broken == []
    with store.database.read() as db:
        ids = [bytes(one) for (one,) in db.execute_sql("SELECT id FROM record ORDER BY id").fetchall()]
    assert ids == [uuid_bytes(number) for number in range(8 * 20 * 10)]
    store.close()


def _write_batches(store: LocalStore, start: int) -> None:
    for batch in range(20):
        first = (start * 20 + batch) * 10
        assert send(store.statistics, *(inference(first + place) for place in range(10))).accepted == 10


def _watch(store: LocalStore, done: threading.Event, broken: list[int]) -> None:
    while not done.is_set():
        with store.database.read() as db:
            (count,) = db.execute_sql("SELECT count(*) FROM record").fetchone()
        if count % 10:
            broken.append(count)


def test_readers_of_ended_threads_are_closed(tmp_path: Path) -> None:
    store = open_store(tmp_path, HandClock())
    for _ in range(50):
        thread = threading.Thread(target=store.labels.typed)
        thread.start()
        thread.join(TIMEOUT)
    open_files = [link.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists()]
    assert len([path for path in open_files if path.parent == tmp_path.resolve()]) < 12
    store.close()


def test_a_future_is_typed_by_its_work(database: Database) -> None:
    future: Future[int] = database.submit(lambda db: int(db.execute_sql("SELECT 7").fetchone()[0]))
    assert future.result(TIMEOUT) == 7
