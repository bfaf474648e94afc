"""Brings a database to this Whimbrel's schema: each migration and the record of it are one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

from store.clock import Clock
from store.collector import days, schema_1, schema_2, schema_3, schema_4, schema_5, schema_6, schema_7
from store.collector.counting import note_all
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import WrongSchema

_TABLE = """
CREATE TABLE IF NOT EXISTS migration (
    number {integer} NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at {integer} NOT NULL
){end}
"""
_NEWEST = "SELECT coalesce(max(number), 0) FROM migration"
_NOTE = "INSERT INTO migration (number, name, applied_at) VALUES (?, ?, ?)"
_COLLECTOR = "INSERT INTO collector (one, collector_id, made_at) VALUES (1, ?, ?)"
_RECEIPT_KEY = "INSERT INTO receipt_key (one, private_key) VALUES (1, ?)"
_KEY_BYTES = 32  # any are an Ed25519 private key


class Migration(NamedTuple):
    """One step from schema `number - 1` to schema `number`."""

    number: int
    name: str
    apply: Callable[[Session, Clock], object]


def _first(session: Session, clock: Clock) -> None:
    for statement in schema_1.statements(session.dialect):
        session.change(statement)
    session.change(_COLLECTOR, (secrets.token_bytes(16), clock.now_ms()))
    days.count(session, clock)


def _second(session: Session, _: Clock) -> None:
    for statement in schema_2.statements(session.dialect):
        session.change(statement)


def _third(session: Session, _: Clock) -> None:
    for statement in schema_3.statements(session.dialect):
        session.change(statement)


def _fourth(session: Session, _: Clock) -> None:
    for statement in schema_4.statements(session.dialect):
        session.change(statement)
    session.change(_RECEIPT_KEY, (secrets.token_bytes(_KEY_BYTES),))


def _fifth(session: Session, clock: Clock) -> None:
    for statement in schema_5.statements(session.dialect):
        session.change(statement)
    note_all(session, clock.now_ms())


def _sixth(session: Session, _: Clock) -> None:
    for statement in schema_6.statements(session.dialect):
        session.change(statement)


def _seventh(session: Session, _: Clock) -> None:
    for statement in schema_7.statements(session.dialect):
        session.change(statement)


MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "devices and what they sent", _first),
    Migration(2, "the team's accounts", _second),
    Migration(3, "model releases", _third),
    Migration(4, "the key that signs receipts", _fourth),
    Migration(5, "what the team does with what came in", _fifth),
    Migration(6, "models of which releases are made", _sixth),
    Migration(7, "parts of models that devices hand in", _seventh),
)


def schema_of(database: CollectorDatabase) -> int:
    """The number of the last migration, 0 where there is nothing yet."""
    with database.read() as session:
        return _applied(session)


def _applied(session: Session) -> int:
    return int(session.rows(_NEWEST)[0][0]) if session.has_table("migration") else 0


def migrate(
    database: CollectorDatabase, clock: Clock, migrations: Sequence[Migration] = MIGRATIONS
) -> list[Migration]:
    """Applies what is missing, each in a transaction; two at once wait for each other. Returns those applied.

    Raises WrongSchema for a database of a later Whimbrel, and what a migration raises: it is then undone.
    """
    applied = []
    for migration in migrations:
        with database.write() as session:
            session.only_one_migrates()
            present = _applied(session)
            _refuse_newer(present, migrations[-1].number)
            if migration.number > present:
                _apply(session, migration, clock)
                applied.append(migration)
    return applied


def _apply(session: Session, migration: Migration, clock: Clock) -> None:
    dialect = session.dialect
    session.change(_TABLE.format(integer=dialect.integer, end=dialect.table_end))
    migration.apply(session, clock)
    session.change(_NOTE, (migration.number, migration.name, clock.now_ms()))


def require_schema(
    database: CollectorDatabase, migrations: Sequence[Migration] = MIGRATIONS, *, or_newer: bool = False
) -> None:
    """Raises WrongSchema unless the database has exactly the schema that this Whimbrel writes; with
    `or_newer` also one that a later Whimbrel has added to, as while instances are updated in turn."""
    present, wanted = schema_of(database), migrations[-1].number
    if not or_newer:
        _refuse_newer(present, wanted)
    if present < wanted:
        what = "is empty" if present == 0 else f"has schema {present}, and this Whimbrel needs {wanted}"
        raise WrongSchema(
            f"The collector's database {what}.", "Run `whimbrel collect migrate` on it, then start again."
        )


def _refuse_newer(present: int, newest: int) -> None:
    if present > newest:
        raise WrongSchema(
            f"The collector's database was written by a newer Whimbrel (schema {present}; "
            f"this one knows {newest}).",
            "Install the newer Whimbrel here, too; nothing in the database was changed.",
        )
