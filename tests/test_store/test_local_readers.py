"""Readers: they cannot write, see whole states, and are waited for at the end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest
from local_database import MAKE_TABLE, TIMEOUT, Blocked, insert, numbers, others_view
from local_records import HandClock, inference, send, uuid_bytes

from store.local.database import Database
from store.local.errors import StoreClosed
from store.local.opening import LocalStore, open_store


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "d.sqlite3", HandClock())
    opened.open(lambda db: db.execute_sql(MAKE_TABLE))
    yield opened
    opened.close()


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
    assert others_view(database) == list(range(50))
    with pytest.raises(StoreClosed):
        database.submit(insert(99))
    with pytest.raises(StoreClosed), database.read():
        pass
    database.close()


def test_closing_waits_for_readers_and_leaves_one_file(tmp_path: Path) -> None:
    database = Database(tmp_path / "d.sqlite3", HandClock())
    database.open(lambda db: db.execute_sql(MAKE_TABLE))
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


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="Only Linux lists a process's open files.")
def test_readers_of_ended_threads_are_closed(tmp_path: Path) -> None:
    store = open_store(tmp_path, HandClock())
    for _ in range(50):
        thread = threading.Thread(target=store.labels.typed)
        thread.start()
        thread.join(TIMEOUT)
    open_files = [link.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists()]
    assert len([path for path in open_files if path.parent == tmp_path.resolve()]) < 12
    store.close()
