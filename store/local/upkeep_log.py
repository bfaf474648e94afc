"""The log of what Whimbrel removed: each retention and each erasure is a row, begun before and ended after.

A row that is still `working` at a start is gone on with: nothing that was promised to go is forgotten.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import apsw
import msgspec

from store.local.connection import LocalDatabase
from store.local.removal import Amounts

T = TypeVar("T")
What = Literal["retention", "erasure"]

_BEGIN = """
INSERT INTO upkeep (what, asked, state, plan, done, started_at, counted_ms, told)
VALUES (?, ?, 'working', ?, ?, ?, ?, ?) RETURNING number
"""
_DONE = "SELECT done FROM upkeep WHERE number = ?"
_SET_DONE = "UPDATE upkeep SET done = ? WHERE number = ?"
_SET_PLAN = "UPDATE upkeep SET plan = ? WHERE number = ?"
_END = "UPDATE upkeep SET state = 'done', ended_at = ? WHERE number = ?"
_COLUMNS = "number, what, asked, state, plan, done, started_at, ended_at, counted_ms, told"
_ONE = f"SELECT {_COLUMNS} FROM upkeep WHERE number = ?"  # noqa: S608 - our own columns, as below
_LAST = f"SELECT {_COLUMNS} FROM upkeep ORDER BY number DESC LIMIT ?"  # noqa: S608
_WORKING = f"SELECT {_COLUMNS} FROM upkeep WHERE state = 'working' ORDER BY number"  # noqa: S608
_TOLD = "UPDATE upkeep SET told = 1 WHERE number <= ?"
_LAST_OWN = "SELECT max(counted_ms) FROM upkeep WHERE what = 'retention'"


class Done(msgspec.Struct, frozen=True, rename="camel"):
    """What is gone so far: rows, and for an erasure copies and files of the log.

    `kept_backups` could not go yet: the memory was damaged, and they go with the next good backup.
    """

    amounts: Amounts = Amounts()
    backups: int = 0
    damaged_copies: int = 0
    log_files: int = 0
    kept_backups: int = 0


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """One row of the log; times in ms since the epoch by the clock of then."""

    number: int
    what: What
    asked: bool
    state: Literal["working", "done"]
    plan: str
    done: Done
    started_at: int
    ended_at: int | None
    counted_ms: int
    told: bool


def begin(
    connection: apsw.Connection, what: What, plan: object, *, asked: bool, now_ms: int, counted_ms: int
) -> int:
    """Writes down that something is to go, before any of it goes; its number. What was asked for is told."""
    text = msgspec.json.encode(plan).decode()
    done = msgspec.json.encode(Done()).decode()
    return int(connection.execute(_BEGIN, (what, asked, text, done, now_ms, counted_ms, asked)).get)


def add_done(connection: apsw.Connection, number: int, amounts: Amounts) -> None:
    """Adds what a job removed, in the job's own transaction."""
    done = msgspec.json.decode(connection.execute(_DONE, (number,)).get, type=Done)
    set_done(connection, number, msgspec.structs.replace(done, amounts=done.amounts.plus(amounts)))


def set_done(connection: apsw.Connection, number: int, done: Done) -> None:
    """Writes what is gone."""
    connection.execute(_SET_DONE, (msgspec.json.encode(done).decode(), number))


def set_plan(connection: apsw.Connection, number: int, plan: object) -> None:
    """Writes how far it is."""
    connection.execute(_SET_PLAN, (msgspec.json.encode(plan).decode(), number))


def end(connection: apsw.Connection, number: int, now_ms: int) -> None:
    """All is gone."""
    connection.execute(_END, (now_ms, number))


def find(db: LocalDatabase, number: int) -> Entry | None:
    """One row of the log."""
    row = db.connection().execute(_ONE, (number,)).fetchone()
    return None if row is None else _entry(row)


def find_there(db: LocalDatabase, number: int) -> Entry:
    """A row that is there. Raises LookupError where it is not."""
    entry = find(db, number)
    if entry is None:
        raise LookupError(f"the log has no row {number}")
    return entry


def plan_of(entry: Entry, form: type[T]) -> T:
    """Its plan, of the form that goes with what it is."""
    return msgspec.json.decode(entry.plan, type=form)


def last(db: LocalDatabase, limit: int) -> list[Entry]:
    """The last rows, the newest first."""
    return [_entry(row) for row in db.connection().execute(_LAST, (limit,))]


def working(db: LocalDatabase) -> list[Entry]:
    """What is not done yet, the oldest first."""
    return [_entry(row) for row in db.connection().execute(_WORKING)]


def last_retention(db: LocalDatabase) -> int | None:
    """The counted time (ms) of the last retention, None before the first."""
    found = db.connection().execute(_LAST_OWN).get
    return None if found is None else int(found)


def mark_told(connection: apsw.Connection, number: int) -> None:
    """The page has said it, up to this number."""
    connection.execute(_TOLD, (number,))


def _entry(row: Any) -> Entry:  # noqa: ANN401 - a row of apsw's
    number, what, asked, state, plan, done, started_at, ended_at, counted_ms, told = row
    kept = msgspec.json.decode(done, type=Done)
    return Entry(number, what, bool(asked), state, plan, kept, started_at, ended_at, counted_ms, bool(told))
