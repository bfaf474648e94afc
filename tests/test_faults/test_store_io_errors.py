"""The disk says no: the batch in hand fails with a sentence, what was acknowledged stays, the store heals."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import apsw
import pytest
from fragile_disk import FragileDisk
from local_records import HandClock, send
from store_verdict import batch_of, examine

from store.local.database import Database
from store.local.errors import StoreError, StoreFull
from store.local.folder import FILE_NAME
from store.local.migrations import migrate
from store.local.statistics_store import StatisticsStore

BATCHES = 60
_names = count()


def failing(
    operations: tuple[str, ...], error: type[Exception], rng: random.Random, chance: float
) -> Callable[[str, str], None]:
    """Fails some operations on the database and its log."""

    def watch(operation: str, path: str) -> None:
        if operation in operations and rng.random() < chance:
            raise error("the disk said no")

    return watch


@pytest.mark.parametrize(
    ("operations", "error", "expected", "chance"),
    [
        (("write",), apsw.FullError, StoreFull, 0.01),
        (("sync",), apsw.IOError, StoreError, 0.25),
        (("write", "sync", "cut"), apsw.IOError, StoreError, 0.01),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_errors_of_the_disk(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    operations: tuple[str, ...],
    error: type[Exception],
    expected: type[StoreError],
    chance: float,
    seed: int,
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # apsw tells of every error on the way out too
    disk = FragileDisk(f"failing-{next(_names)}")
    database = Database(tmp_path / FILE_NAME, HandClock(), vfs=disk.name)
    database.open(lambda db: migrate(db, HandClock(), tmp_path / "backups"))
    database.submit(lambda db: db.execute_sql("PRAGMA wal_autocheckpoint = 60").fetchall()).result(60)
    statistics = StatisticsStore(database, HandClock())
    disk.watch = failing(operations, error, random.Random(seed), chance)
    acknowledged, refused = [], []
    for number in range(BATCHES):
        try:
            assert send(statistics, *batch_of(number)).accepted
            acknowledged.append(number)
        except StoreError as trouble:
            assert isinstance(trouble, expected)
            assert trouble.advice
            refused.append(number)
    disk.watch = lambda operation, path: None
    for number in refused:  # the page keeps what was not acknowledged, and sends it again
        result = send(statistics, *batch_of(number))
        assert result.accepted + result.duplicate == len(batch_of(number))
        assert result.rejected == []
    database.close()
    assert len(refused) > 3, "too few errors to mean anything"
    assert len(acknowledged) > 3
    assert examine(tmp_path, range(BATCHES)).good
