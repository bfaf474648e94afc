"""A whole copy of the memory beside it, checked before it counts as one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import apsw

from store.local.connection import LocalDatabase
from store.local.content_check import first_changed
from store.local.errors import DamagedStore, StoreError, given_up
from store.local.folder import sync_folder
from store.local.page_sums import is_wrong_sum, opened

_STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's machine: about a millisecond


class BackupFacts(NamedTuple):
    """What a copy holds: its schema, how many records, and when the last of them arrived (ms, None: none)."""

    schema: int
    records: int
    last_received_at: int | None


def never() -> bool:
    """Goes on to the end."""
    return False


def back_up(db: LocalDatabase, target: Path, cancelled: Callable[[], bool] = never) -> None:
    """Writes a compact copy to `target`, which appears only when it is complete, on the disk and sound.

    Not inside a transaction; a read-only connection will do. `cancelled` is asked every few milliseconds.
    Raises DamagedStore where a record in the memory is not what was accepted, StoreError if only the copy is
    not sound, GivenUp where it was cancelled, and SQLite's errors.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with watched(db.connection(), cancelled):
            db.connection().execute("VACUUM INTO ?", (str(partial),)).fetchall()
        check(partial, cancelled)
        _check_content(db, partial, cancelled)
        with partial.open("rb+") as copy:
            os.fsync(copy.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(target.parent)


def _check_content(db: LocalDatabase, partial: Path, cancelled: Callable[[], bool]) -> None:
    """A copy is as sound as its pages also where words rotted: such a one must not push good ones out."""
    try:
        check_content(partial, cancelled)
    except StoreError:
        with watched(db.connection(), cancelled):
            changed = first_changed(db.connection())
        if changed is not None:
            raise DamagedStore(f"Record {changed} is not what it was.") from None
        raise


def check_content(copy: Path, cancelled: Callable[[], bool] = never) -> None:
    """Each record against its hash. Raises StoreError where one is changed, GivenUp where cancelled."""
    with opened_copy(copy) as connection, watched(connection, cancelled):
        changed = first_changed(connection) if connection.table_exists(None, "record") else None
    if changed is not None:
        raise _not_sound(f"record {changed} is not what it was")


@contextmanager
def watched(connection: apsw.Connection, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Makes what runs on the connection fail with GivenUp once `cancelled` says so."""
    connection.set_progress_handler(cancelled, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except apsw.InterruptError:
        raise given_up() from None
    finally:
        connection.set_progress_handler(None)


@contextmanager
def opened_copy(path: Path) -> Iterator[apsw.Connection]:
    """A copy, opened so that neither it nor its folder changes."""
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = opened(f"file:{quote(str(path))}?immutable=1", flags)
    try:
        connection.execute("PRAGMA trusted_schema = OFF").fetchall()
        yield connection
    finally:
        connection.close()


def check(copy: Path, cancelled: Callable[[], bool] = never) -> None:
    """Reads the whole copy. Raises StoreError if it is not sound, GivenUp where it was cancelled."""
    try:
        with opened_copy(copy) as connection, watched(connection, cancelled):
            verdict = str(connection.execute("PRAGMA quick_check(1)").get)
    except (apsw.CorruptError, apsw.NotADBError, apsw.IOError) as error:
        if isinstance(error, apsw.IOError) and not is_wrong_sum(error):
            raise
        verdict = str(error)
    if verdict != "ok":
        raise _not_sound(verdict)


def _not_sound(verdict: str) -> StoreError:
    return StoreError(
        f"The backup of Whimbrel's memory is not sound ({verdict}).",
        "Check the disk, then start Whimbrel again.",
    )


def facts_of(copy: Path) -> BackupFacts:
    """What a copy holds. Raises SQLite's errors for one that cannot be read."""
    with opened_copy(copy) as connection:
        schema = connection.execute("SELECT coalesce(max(number), 0) FROM migration").get
        records = connection.execute("SELECT count(*) FROM record").get
        last = connection.execute("SELECT received_at FROM record ORDER BY number DESC LIMIT 1").get
    return BackupFacts(int(schema), int(records), None if last is None else int(last))
