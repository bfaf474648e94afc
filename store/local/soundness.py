"""Looks at a file before anything may write to it: a read-only connection changes neither it nor its log."""

from __future__ import annotations

from pathlib import Path

import apsw

from store.local.connection import LocalDatabase
from store.local.errors import DamagedStore, StoreError
from store.local.faults import explained
from store.local.migrations import MIGRATIONS, applied_schema, refuse_newer

_MAGIC = b"SQLite format 3\0"
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def look(path: Path, *, thoroughly: bool) -> None:
    """Raises DamagedStore, NewerStore or StoreError (not ours) for a file that must not be opened to write.

    Thoroughly means SQLite's quick_check, which reads the whole file.
    """
    _finish_rollback(path)
    log = path.with_name(path.name + "-wal")
    if not path.exists() or path.stat().st_size == 0:
        if log.exists() and log.stat().st_size > 0:
            raise DamagedStore("Its main part is missing.")
        return
    _look_at_header(path)
    probe = LocalDatabase(path)
    try:
        _look_inside(probe, thoroughly=thoroughly)
    except StoreError:
        raise
    except Exception as error:
        raise explained(error) from error
    finally:
        probe.close()


def _finish_rollback(path: Path) -> None:
    """Lets SQLite undo what a first start was writing when it was killed.

    Only before it is in WAL does the file have a rollback journal; until that is played back, the file may
    begin anyhow, and nobody can read it without writing. What is no journal is left alone.
    """
    journal = path.with_name(path.name + "-journal")
    if not journal.is_file() or _first_bytes(journal, len(_JOURNAL_MAGIC)) != _JOURNAL_MAGIC:
        return
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        finally:
            connection.close()
    except apsw.Error as error:
        raise explained(error) from error


def _look_at_header(path: Path) -> None:
    if _first_bytes(path, len(_MAGIC)) != _MAGIC:
        raise DamagedStore("It does not begin as a database does.")


def _first_bytes(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(count)
    except OSError as error:
        raise StoreError(
            f"Whimbrel cannot read its memory {path} ({error.strerror}).",
            "Look what is there, or name another folder with --data-dir.",
        ) from error


def _look_inside(probe: LocalDatabase, *, thoroughly: bool) -> None:
    refuse_newer(applied_schema(probe), MIGRATIONS[-1].number)
    if thoroughly:
        verdict = probe.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DamagedStore(f"The check of it found this: {verdict}.")
