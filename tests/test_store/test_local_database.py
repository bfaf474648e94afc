"""The writer: groups, savepoints, futures after the commit, a bounded queue, errors in sentences."""

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
from local_database import MAKE_TABLE, TIMEOUT, Blocked, insert, numbers, others_view
from local_records import HandClock

from store.local.database import Database
from store.local.errors import StoreBusy, StoreError, StoreFull


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "d.sqlite3", HandClock())
    opened.open(lambda db: db.execute_sql(MAKE_TABLE))
    yield opened
    opened.close()


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
    future.add_done_callback(lambda _: seen.append(others_view(database)))
    wait_for([future], TIMEOUT)
    database.submit(insert(2)).result(TIMEOUT)
    assert seen == [[1]]


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


def test_a_job_that_fails_while_no_other_waits_leaves_nothing(database: Database) -> None:
    def half(db: Any) -> None:
        insert(2)(db)
        raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            database.submit(half).result(TIMEOUT)
    database.submit(insert(3)).result(TIMEOUT)
    assert numbers(database) == [3]


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


def test_work_on_the_writers_thread_cannot_queue_more_and_hang(database: Database) -> None:
    with pytest.raises(RuntimeError, match="already inside"):
        database.submit(lambda db: database.submit(lambda _: None).result(1)).result(TIMEOUT)


def test_a_file_that_cannot_be_opened_is_an_error_and_no_thread_stays(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(StoreError) as caught:
        Database(tmp_path / "missing" / "d.sqlite3", HandClock()).open()
    assert caught.value.advice
    assert threading.active_count() == before


def test_a_future_is_typed_by_its_work(database: Database) -> None:
    future: Future[int] = database.submit(lambda db: int(db.execute_sql("SELECT 7").fetchone()[0]))
    assert future.result(TIMEOUT) == 7
