"""Brings a file to the schema of this Whimbrel: each migration and the record of it are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from store.clock import Clock
from store.local import schema_1, schema_2, schema_3, schema_4, schema_5, schema_6, schema_7
from store.local.backup import back_up
from store.local.backups import next_path, rotate
from store.local.connection import LocalDatabase
from store.local.errors import NewerStore, StoreError
from store.local.tables import MigrationRow

APPLICATION_ID = 0x57484D42  # "WHMB", in the header of the file
_MIGRATION_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL
) STRICT
"""


class Migration(NamedTuple):
    """One step from schema `number - 1` to schema `number`."""

    number: int
    name: str
    apply: Callable[[LocalDatabase], None]


def _first(db: LocalDatabase) -> None:
    for statement in schema_1.STATEMENTS:
        db.execute_sql(statement)
    db.execute_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _statements(statements: Sequence[str]) -> Callable[[LocalDatabase], None]:
    def apply(db: LocalDatabase) -> None:
        for statement in statements:
            db.execute_sql(statement)

    return apply


MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "what a page records, pictures, settings, versions", _first),
    Migration(2, "the outbox, from the first record on", _statements(schema_2.STATEMENTS)),
    Migration(3, "figures added up by the hour", _statements(schema_3.STATEMENTS)),
    Migration(4, "what is kept for how long, and what was erased", _statements(schema_4.STATEMENTS)),
    Migration(5, "learning", _statements(schema_5.STATEMENTS)),
    Migration(6, "what a collector is to hear, and what it told", _statements(schema_6.STATEMENTS)),
    Migration(7, "the folder queue", _statements(schema_7.STATEMENTS)),
)


def applied_schema(db: LocalDatabase) -> int:
    """The number of the last migration in this file, 0 for an empty one.

    Raises StoreError for another program's file.
    """
    tables = {name for (name,) in db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    application_id = db.execute_sql("PRAGMA application_id").fetchone()[0]
    if application_id != APPLICATION_ID or "migration" not in tables:
        raise StoreError(
            "The database in Whimbrel's data folder belongs to another program.",
            "Name another folder with --data-dir, or move that file away.",
        )
    return int(db.execute_sql("SELECT coalesce(max(number), 0) FROM migration").fetchone()[0])


def refuse_newer(present: int, newest: int) -> None:
    """Raises NewerStore where a file has a schema that this Whimbrel does not know."""
    if present > newest:
        raise NewerStore(
            f"This memory was written by a newer Whimbrel (schema {present}; this one knows {newest}).",
            "Install the newer Whimbrel again; nothing in the memory was changed.",
        )


def migrate(
    db: LocalDatabase, clock: Clock, backup_folder: Path, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Applies what is missing, after a backup if there is anything to lose.

    Raises NewerStore for a file of a later Whimbrel, and what a migration raises: it is then undone.
    """
    present = applied_schema(db)
    refuse_newer(present, migrations[-1].number)
    missing = [migration for migration in migrations if migration.number > present]
    if missing and present > 0:
        back_up(db, next_path(backup_folder, f"before-schema-{missing[0].number}", clock))
        rotate(backup_folder, "before-schema")
    for migration in missing:
        _apply(db, migration, clock)


def _apply(db: LocalDatabase, migration: Migration, clock: Clock) -> None:
    with db.transaction("IMMEDIATE"):
        db.execute_sql(_MIGRATION_TABLE)
        migration.apply(db)
        MigrationRow.insert(number=migration.number, name=migration.name, applied_at=clock.now_ms()).execute(
            db
        )
