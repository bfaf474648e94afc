"""A memory of every released schema, with rows in every table, becomes one of today without losing any."""

from __future__ import annotations

import gzip
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from local_records import HandClock, inference, send
from running import ROOT

from store.local.backup import opened_copy
from store.local.backups import backups_in
from store.local.folder import BACKUPS, FILE_NAME
from store.local.migrations import MIGRATIONS
from store.local.opening import open_store

FIXTURES = {
    int(re.findall(r"\d+", path.name)[0]): path
    for path in sorted((ROOT / "tests" / "vectors" / "schemas").glob("schema-*.sql.gz"))
}
NEWEST = MIGRATIONS[-1].number
NEVER_RELEASED_ALONE = {2, 3}  # came with schema 4
OF_ITS_PLACE = {"outbox_state": {"epoch", "home"}}  # a memory that was moved is another queue
Table = tuple[list[str], list[tuple[Any, ...]]]


def make(fixture: Path, folder: Path) -> None:
    """The memory as the old Whimbrel left it."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as database:
        database.executescript(gzip.decompress(fixture.read_bytes()).decode())


def tables(database: Any, like: dict[str, Table] | None = None) -> dict[str, Table]:
    """Columns and sorted rows by table; of another's tables and columns alone where one is given."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in database.execute(named)] if like is None else list(like)
    found: dict[str, Table] = {}
    for name in names:
        columns = [column for (column,) in database.execute("SELECT name FROM pragma_table_info(?)", (name,))]
        own = [column for column in columns if column not in OF_ITS_PLACE.get(name, ())]
        wanted = own if like is None else like[name][0]
        picked = ", ".join(f'"{column}"' for column in wanted)
        rows = [tuple(row) for row in database.execute(f'SELECT {picked} FROM "{name}"')]
        found[name] = wanted, sorted(rows, key=repr)
    return found


def test_every_schema_that_was_released_has_its_fixture() -> None:
    """Make the one that is missing on the release's commit: build_scripts/schema_fixture.py."""
    needed = set(range(1, NEWEST)) - NEVER_RELEASED_ALONE
    assert needed <= set(FIXTURES)


@pytest.mark.parametrize("schema", FIXTURES)
def test_a_fixture_holds_rows_in_every_table(schema: int, tmp_path: Path) -> None:
    make(FIXTURES[schema], tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        assert [name for name, (_, rows) in tables(database).items() if not rows] == []
        assert database.execute("SELECT max(number) FROM migration").fetchone() == (schema,)
        kinds = {kind for (kind,) in database.execute("SELECT DISTINCT kind FROM record")}
        assert kinds == {"inference", "feedback", "attachment", "event"}


@pytest.mark.parametrize("schema", FIXTURES)
def test_every_row_is_there_after_the_way_to_the_newest_schema(schema: int, tmp_path: Path) -> None:
    make(FIXTURES[schema], tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        before = tables(database)
    store = open_store(tmp_path, HandClock())
    with store.database.read() as db:
        after = tables(db.connection(), like=before)
        steps = [number for (number,) in db.execute_sql("SELECT number FROM migration ORDER BY number")]
        assert db.execute_sql("PRAGMA foreign_key_check").fetchall() == []
    assert steps == [one.number for one in MIGRATIONS]
    grown = after.pop("migration")[1]
    assert set(before.pop("migration")[1]) < set(grown)
    assert after == before
    (copy,) = backups_in(tmp_path / BACKUPS)
    assert copy.kind == "before-schema"
    with opened_copy(copy.path) as kept:
        assert tables(kept, like=before) == before
    assert send(store.statistics, inference(9_000)).accepted == 1
    assert store.pictures.recent(50, None)[0]
    store.close()
