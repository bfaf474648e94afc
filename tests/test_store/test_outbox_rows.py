"""The way into the outbox: numbers that are given once, a row for every record, accounts that add up."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_database import TIMEOUT
from local_records import HandClock, inference, said, send, uuid_bytes
from outbox_accounts import accounts, counted, delete_records, dropped_runs

from store.local import outbox_rows
from store.local.database import Database
from store.local.folder import FILE_NAME
from store.local.migrations import MIGRATIONS, migrate
from store.local.opening import LocalStore, open_store
from store.local.statistics_store import StatisticsStore

CLOCK = HandClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path, CLOCK)
    yield opened
    opened.close()


def rows(database: Database, statement: str) -> list[Any]:
    with database.read() as db:
        return list(db.execute_sql(statement).fetchall())


def test_every_new_record_is_queued_with_its_number_and_size(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(2, about=1, label="größer"))
    send(store.statistics, inference(1), inference(3))
    assert rows(store.database, "SELECT seq, state, attempts, code FROM outbox") == [
        (number, outbox_rows.READY, 0, None) for number in (1, 2, 3)
    ]
    assert rows(
        store.database,
        "SELECT bytes FROM outbox JOIN record ON number = seq WHERE bytes = octet_length(payload)",
    ) == rows(store.database, "SELECT bytes FROM outbox")
    assert accounts(store.database) == counted(store.database)
    assert accounts(store.database)["waiting"] == 3


def test_numbers_follow_the_order_of_arrival(store: LocalStore) -> None:
    send(store.statistics, inference(9), inference(2))
    send(store.statistics, inference(5))
    found = rows(store.database, "SELECT number, id FROM record ORDER BY number")
    assert found == [(1, uuid_bytes(9)), (2, uuid_bytes(2)), (3, uuid_bytes(5))]


def test_a_number_is_never_given_again(tmp_path: Path) -> None:
    store = open_store(tmp_path, CLOCK)
    send(store.statistics, inference(1), inference(2))
    delete_records(store.database, [1, 2])
    store.close()
    store = open_store(tmp_path, CLOCK)
    send(store.statistics, inference(3))
    assert rows(store.database, "SELECT number FROM record") == [(3,)]
    store.close()


def test_a_batch_that_is_undone_takes_its_numbers_and_its_places_with_it(store: LocalStore) -> None:
    def breaks(db: Any) -> None:
        db.execute_sql("CREATE TEMP TRIGGER no BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'no'); END")

    send(store.statistics, inference(1))
    store.database.submit(breaks).result(TIMEOUT)
    with pytest.raises(Exception, match="no"):
        send(store.statistics, inference(2))
    store.database.submit(lambda db: db.execute_sql("DROP TRIGGER no")).result(TIMEOUT)
    assert rows(store.database, "SELECT count(*) FROM record") == [(1,)]
    assert accounts(store.database) == counted(store.database)
    send(store.statistics, inference(3))
    assert rows(store.database, "SELECT max(number) FROM record") == [(2,)]


def test_erasing_counts_as_dropped_in_runs(store: LocalStore) -> None:
    send(store.statistics, *(inference(number) for number in range(1, 11)))
    delete_records(store.database, [3, 4, 8])
    delete_records(store.database, [5], "retention")
    assert dropped_runs(store.database) == [(3, 4, "erased"), (5, 5, "retention"), (8, 8, "erased")]
    delete_records(store.database, [7, 6, 9, 2])
    assert dropped_runs(store.database) == [(2, 4, "erased"), (5, 5, "retention"), (6, 9, "erased")]
    assert accounts(store.database) == counted(store.database)
    assert accounts(store.database)["dropped"] == {"erased": 7, "retention": 1}


def test_erasing_what_is_not_queued_changes_nothing(store: LocalStore) -> None:
    send(store.statistics, inference(1))
    delete_records(store.database, [1])
    before = accounts(store.database)
    delete_records(store.database, [1, 7])
    delete_records(store.database, [])
    assert accounts(store.database) == before == counted(store.database)


def test_a_record_that_is_queued_cannot_be_deleted_past_the_outbox(store: LocalStore) -> None:
    send(store.statistics, inference(1))
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.database.submit(lambda db: db.execute_sql("DELETE FROM record")).result(TIMEOUT)


def test_the_records_of_a_first_schema_are_queued(tmp_path: Path) -> None:
    """Also where numbers are missing among them."""
    old = Database(tmp_path / FILE_NAME, CLOCK)
    old.open(lambda db: migrate(db, CLOCK, tmp_path / "backups", MIGRATIONS[:1]))
    payload = '{"kind":"event","timestamp":5,"ü":1}'
    content_hash = hashlib.sha256(payload.encode()).digest()[:16]
    columns = "(number, id, kind, session_id, recorded_at, received_at, content_hash, payload)"
    values = [(n, uuid_bytes(n), "event", "s", 5, 5, content_hash, payload) for n in (1, 2, 7)]
    statement = f"INSERT INTO record {columns} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    old.submit(lambda db: db.connection().executemany(statement, values)).result(TIMEOUT)
    old.close()
    store = open_store(tmp_path, CLOCK)
    assert rows(store.database, "SELECT seq, bytes, state FROM outbox") == [
        (1, 37, 0),
        (2, 37, 0),
        (7, 37, 0),
    ]
    assert accounts(store.database) == counted(store.database)
    send(store.statistics, inference(1000))
    assert rows(store.database, "SELECT max(number) FROM record") == [(8,)]
    store.close()


def test_of_many_batches_at_once_each_has_numbers_of_its_own(store: LocalStore) -> None:
    rng = random.Random(7)
    sizes = [rng.randrange(1, 30) for _ in range(40)]
    statistics: StatisticsStore = store.statistics
    first = 1
    for size in sizes:
        send(statistics, *(inference(first + place) for place in range(size)))
        first += size
    assert rows(store.database, "SELECT count(*), max(number) FROM record") == [(sum(sizes), sum(sizes))]
    assert accounts(store.database) == counted(store.database)


def test_appending_touches_no_index(store: LocalStore) -> None:
    """Only exceptional states are indexed: the way in pays for one narrow row and nothing else."""
    send(store.statistics, *(inference(number) for number in range(1, 50)))
    indexes = rows(store.database, "SELECT name, partial FROM pragma_index_list('outbox')")
    assert indexes == [("outbox_exceptional", 1)]
    assert rows(
        store.database, "SELECT count(*) FROM outbox INDEXED BY outbox_exceptional WHERE state <> 0"
    ) == [(0,)]
