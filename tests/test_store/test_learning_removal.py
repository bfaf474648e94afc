"""What is erased or over takes with it all that learning knows of it, and nothing of what stays."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from local_records import sha256_of
from two_hands import TwoHands
from upkeep_support import fill, opened

from store.local.clock_watch import DAY_MS
from store.local.erasure.scope import Scope
from store.local.learning.learning_tables import LEARNING_TABLES
from store.local.opening import LocalStore
from store.local.upkeep import Upkeep

Memory = tuple[LocalStore, Upkeep]
OF_PICTURES = {"example_side": "picture", "version_picture": "picture"}
OF_RECORDS = {"shadow_answer": "record", "audit_picture": "record"}
_FILL = (
    "INSERT INTO example_side SELECT number, 'train', number FROM picture",
    "INSERT INTO version_picture SELECT version, number, 'train', 'wolf' FROM picture, (SELECT 'one' AS "
    "version UNION SELECT 'two')",
    "INSERT INTO shadow_answer SELECT number, version, 'wolf', 0.5 FROM record, (SELECT 'one' AS version "
    "UNION SELECT 'two')",
    "INSERT INTO audit_picture SELECT number, 1, 'waiting' FROM record",
    "INSERT INTO label_change VALUES (1, 1, 'rename', 'wolf', 'secret name', NULL)",
)


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def memory(tmp_path: Path, clock: TwoHands) -> Iterator[Memory]:
    """Three answers, each about a picture of its own with the same number, in every table of learning."""
    store, upkeep = opened(tmp_path / "data", clock)
    upkeep.tick()
    fill(store, 1, 3)
    for statement in _FILL:
        store.database.submit(partial(run, statement)).result(60)
    yield store, upkeep
    store.close()


def run(statement: str, db: Any) -> None:
    db.execute_sql(statement)


def numbers(store: LocalStore) -> dict[str, set[int]]:
    """Which pictures and records the tables of learning speak of."""
    tables = OF_PICTURES | OF_RECORDS
    with store.database.read() as db:
        return {
            table: {number for (number,) in db.execute_sql(f"SELECT {column} FROM {table}").fetchall()}
            for table, column in tables.items()
        }


def everywhere(these: set[int]) -> dict[str, set[int]]:
    return dict.fromkeys(OF_PICTURES | OF_RECORDS, these)


def erase(upkeep: Upkeep, **scope: Any) -> None:
    upkeep.erase(Scope(**scope))
    upkeep.tick()


def test_the_tables_named_here_are_all_that_speak_of_pictures_and_records() -> None:
    columns = {"picture", "record"}
    found = {
        table._meta.table_name: (columns & set(table._meta.columns)).pop()
        for table in LEARNING_TABLES
        if columns & set(table._meta.columns)
    }
    assert found == OF_PICTURES | OF_RECORDS


def test_an_erased_picture_is_gone_from_learning(memory: Memory) -> None:
    store, upkeep = memory
    assert numbers(store) == everywhere({1, 2, 3})
    erase(upkeep, picture_sha256=sha256_of("picture 2"))
    assert numbers(store) == everywhere({1, 3})


def test_what_is_over_is_gone_from_learning(memory: Memory, clock: TwoHands) -> None:
    store, upkeep = memory
    for _ in range(10):
        clock.run(DAY_MS)
        upkeep._database.submit(upkeep.watch.observe).result(60)
    fill(store, 4, 4)
    store.database.submit(partial(run, "INSERT INTO audit_picture VALUES (4, 1, 'waiting')")).result(60)
    store.settings.put_all({"keepAnswersDays": 7}).result(60)
    token, _ = upkeep.preview()
    upkeep.run(token)
    upkeep.finish()
    assert numbers(store) == everywhere(set()) | {"audit_picture": {4}}


def test_when_all_is_erased_no_label_is_left(memory: Memory) -> None:
    store, upkeep = memory
    erase(upkeep, everything=True)
    assert numbers(store) == everywhere(set())
    with store.database.read() as db:
        assert db.execute_sql("SELECT count(*) FROM label_change").fetchone() == (0,)
    folder = store.database.path.parent
    assert not [path for path in folder.rglob("*") if path.is_file() and b"secret name" in path.read_bytes()]
