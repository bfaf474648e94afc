"""Migrations: a step and the record of it are one transaction, with a backup before anything can be lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import apsw
import pytest
from local_records import NOW, HandClock, inference, send

from store.local import backup, tables
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import StoreError
from store.local.folder import FILE_NAME
from store.local.migrations import MIGRATIONS, Migration, applied_schema, migrate
from store.local.opening import open_store

KNOWN = [one.number for one in MIGRATIONS]
NEXT = KNOWN[-1] + 1
CLOCK = HandClock()


def run(folder: Path, *extra: Migration) -> Database:
    """A database brought to the newest of the real migrations and these."""
    database = Database(folder / FILE_NAME, CLOCK)
    database.open(lambda db: migrate(db, CLOCK, folder / "backups", (*MIGRATIONS, *extra)))
    return database


def adds_a_column(number: int) -> Migration:
    return Migration(
        number, "a column", lambda db: db.execute_sql("ALTER TABLE setting ADD COLUMN more TEXT")
    )


def first_schema_with_rows(folder: Path) -> None:
    store = open_store(folder, CLOCK)
    send(store.statistics, inference(1))
    store.close()


def steps(database: Database) -> list[tuple[Any, ...]]:
    with database.read() as db:
        return list(
            db.execute_sql("SELECT number, name, applied_at FROM migration ORDER BY number").fetchall()
        )


def test_a_new_file_has_every_step_recorded_and_no_backup(tmp_path: Path) -> None:
    database = run(tmp_path)
    assert steps(database) == [(one.number, one.name, NOW) for one in MIGRATIONS]
    database.close()
    assert not (tmp_path / "backups").exists()


def test_the_tables_of_the_program_are_those_of_the_file(tmp_path: Path) -> None:
    """Columns by name, type and whether they may be empty; keys; and which tables have no rowid."""
    database = run(tmp_path)
    with database.read() as db:
        listed = db.execute_sql(
            "SELECT name, wr, strict FROM pragma_table_list WHERE schema = 'main'"
        ).fetchall()
        real = {
            name: (bool(wr), bool(strict)) for name, wr, strict in listed if not name.startswith("sqlite_")
        }
        for table in tables.TABLES:
            meta = table._meta
            assert real.pop(meta.table_name) == (meta.without_rowid, True), meta.table_name
            columns = db.execute_sql(
                f"SELECT name, type, \"notnull\", pk > 0 FROM pragma_table_info('{meta.table_name}')"
            )
            assert columns.fetchall() == [_column(table, field) for field in meta.sorted_fields], (
                meta.table_name
            )
    assert real == {}
    database.close()


def _column(table: Any, field: Any) -> tuple[str, str, int, int]:
    types = {"FLOAT": "REAL", "BOOL": "INTEGER", "INT": "INTEGER"}
    key = table._meta.primary_key
    names = key.field_names if hasattr(key, "field_names") else (key.name,)
    kind = types.get(field.field_type, field.field_type)
    return field.column_name, kind, int(not field.null), int(field.name in names)


def test_the_hot_statements_use_an_index(tmp_path: Path) -> None:
    """What seeks by id, session, time, version, label or picture must never scan the records."""
    database = run(tmp_path)
    conditions = (
        "id = x'00'", "session_id = 's'", "recorded_at > 5", "model_version = 'v' AND recorded_at > 5",
        "label = 'l' AND recorded_at > 5", "picture = 5", "inference_id = x'00'",
    )  # fmt: skip
    with database.read() as db:
        for condition in conditions:
            plan = db.execute_sql(
                f"EXPLAIN QUERY PLAN SELECT payload FROM record WHERE {condition}"
            ).fetchall()
            assert plan[0][3].startswith("SEARCH record USING INDEX"), condition
    database.close()


def test_a_later_step_is_applied_after_a_sound_backup(tmp_path: Path) -> None:
    first_schema_with_rows(tmp_path)
    database = run(tmp_path, adds_a_column(NEXT))
    assert [number for number, _, _ in steps(database)] == [*KNOWN, NEXT]
    database.close()
    (kept,) = (tmp_path / "backups").iterdir()
    assert kept.name == f"000001-before-schema-{NEXT}-20260528T202640Z.sqlite3"
    copy = apsw.Connection(str(kept))
    assert copy.execute(
        "SELECT count(DISTINCT record.id), max(migration.number) FROM record, migration"
    ).fetchall() == [(1, KNOWN[-1])]
    copy.close()


def test_nothing_to_do_makes_no_backup(tmp_path: Path) -> None:
    first_schema_with_rows(tmp_path)
    run(tmp_path).close()
    assert not (tmp_path / "backups").exists()


def test_a_step_that_fails_half_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    first_schema_with_rows(tmp_path)

    def breaks(db: LocalDatabase) -> NoReturn:
        db.execute_sql("ALTER TABLE setting ADD COLUMN more TEXT")
        db.execute_sql("DELETE FROM outbox")
        db.execute_sql("DELETE FROM record")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(tmp_path, Migration(NEXT, "breaks", breaks))
    database = run(tmp_path)
    assert [number for number, _, _ in steps(database)] == KNOWN
    with database.read() as db:
        assert db.execute_sql("SELECT count(*) FROM record").fetchone() == (1,)
        assert len(db.execute_sql("SELECT * FROM pragma_table_info('setting')").fetchall()) == 2
    database.close()


def test_a_step_whose_record_cannot_be_written_is_undone(tmp_path: Path) -> None:
    """The step and its record are one: neither stays without the other."""
    first_schema_with_rows(tmp_path)

    def takes_the_table_away(db: LocalDatabase) -> None:
        db.execute_sql("ALTER TABLE setting ADD COLUMN more TEXT")
        db.execute_sql("DROP TABLE migration")

    with pytest.raises(Exception, match="no such table"):
        run(tmp_path, Migration(NEXT, "takes away", takes_the_table_away))
    run(tmp_path, adds_a_column(NEXT)).close()  # the column is not there yet, so this works


def test_of_two_steps_the_first_stays_where_the_second_fails(tmp_path: Path) -> None:
    first_schema_with_rows(tmp_path)
    with pytest.raises(ZeroDivisionError):
        run(tmp_path, adds_a_column(NEXT), Migration(NEXT + 1, "breaks", lambda _: 1 // 0))  # type: ignore[arg-type]
    database = Database(tmp_path / FILE_NAME, CLOCK)
    found: list[int] = []
    database.open(lambda db: found.append(applied_schema(db)))
    database.close()
    assert found == [NEXT]


def test_a_backup_that_is_not_sound_stops_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_schema_with_rows(tmp_path)

    def unsound(copy: Path, _: object) -> NoReturn:
        assert copy.exists()
        raise StoreError("The backup is not sound.")

    monkeypatch.setattr(backup, "check", unsound)
    with pytest.raises(StoreError, match="not sound"):
        run(tmp_path, adds_a_column(NEXT))
    database = run(tmp_path)
    assert [number for number, _, _ in steps(database)] == KNOWN
    database.close()
    assert not list((tmp_path / "backups").glob("*.sqlite3"))


def test_an_unsound_copy_is_found(tmp_path: Path) -> None:
    first_schema_with_rows(tmp_path)
    copy = tmp_path / "copy.sqlite3"
    data = bytearray((tmp_path / FILE_NAME).read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\xde\xad" * 2048
    copy.write_bytes(data)
    with pytest.raises(StoreError, match="not sound"):
        backup.check(copy)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")] == ["copy.sqlite3"]
