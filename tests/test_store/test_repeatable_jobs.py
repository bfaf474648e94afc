"""Groups of repeatable jobs: without savepoints, and with them where one fails."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from pathlib import Path
from typing import Any

import apsw
import peewee
import pytest
from local_database import MAKE_TABLE, TIMEOUT, Blocked, insert, numbers
from local_records import HandClock

from store.local.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "d.sqlite3", HandClock())
    opened.open(lambda db: db.execute_sql(MAKE_TABLE))
    yield opened
    opened.close()


def test_repeatable_jobs_run_without_savepoints_until_one_fails(database: Database) -> None:
    """Then each runs again in one, and the one that fails fails alone."""
    began: list[tuple[int, bool]] = []

    def noting(number: int) -> Any:
        def work(db: Any) -> None:
            began.append((number, _leave_savepoint(db)))
            insert(number)(db)

        return work

    def half(db: Any) -> None:
        insert(2)(db)
        raise ZeroDivisionError

    blocked = Blocked(database)
    futures = [database.submit(work, repeatable=True) for work in (noting(1), half, noting(3))]
    blocked.release()
    wait_for(futures, TIMEOUT)
    assert [type(future.exception()) for future in futures] == [type(None), ZeroDivisionError, type(None)]
    assert began == [(1, False), (1, True), (3, True)]
    assert numbers(database) == [1, 3]


def test_a_job_that_may_not_run_twice_runs_once_beside_repeatable_ones(database: Database) -> None:
    ran: list[int] = []

    def fail(db: Any) -> None:
        raise ZeroDivisionError

    blocked = Blocked(database)
    futures: list[Future[Any]] = [
        database.submit(lambda db: ran.append(1)),
        database.submit(fail, repeatable=True),
        database.submit(insert(2), repeatable=True),
    ]
    blocked.release()
    wait_for(futures, TIMEOUT)
    assert ran == [1]
    assert numbers(database) == [2]


def test_a_failing_commit_of_repeatable_jobs_is_not_tried_again(database: Database) -> None:
    ran: list[int] = []

    def orphan(db: Any) -> None:
        ran.append(1)
        db.execute_sql("PRAGMA defer_foreign_keys = ON")
        db.execute_sql("INSERT INTO child VALUES (99)")

    make = "CREATE TABLE child (x INTEGER REFERENCES t (x))"
    database.submit(lambda db: db.execute_sql(make)).result(TIMEOUT)
    with pytest.raises(peewee.IntegrityError):
        database.submit(orphan, repeatable=True).result(TIMEOUT)
    assert ran == [1]
    database.submit(insert(4), repeatable=True).result(TIMEOUT)
    assert numbers(database) == [4]


def _leave_savepoint(db: Any) -> bool:
    """Whether there is a savepoint; it begins anew."""
    try:
        db.connection().execute("RELEASE job; SAVEPOINT job")
    except apsw.SQLError:
        return False
    return True
