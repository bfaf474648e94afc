"""Looks at a file before anything may write to it: a read-only connection changes neither it nor its log."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

from store.local.backup import never, watched
from store.local.connection import LocalDatabase
from store.local.content_check import first_changed
from store.local.errors import DamagedStore, StoreError
from store.local.faults import explained
from store.local.log_state import log_state
from store.local.migrations import MIGRATIONS, applied_schema, refuse_newer
from store.local.page_sums import opened

_MAGIC = b"SQLite format 3\0"
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def look(path: Path) -> int:
    """The schema of the file at `path`, 0 for a new one, from its first pages alone.

    Raises DamagedStore, NewerStore or StoreError (not ours) for a file that must not be opened to write.
    """
    _finish_rollback(path)
    log = path.with_name(path.name + "-wal")
    if not path.exists() or path.stat().st_size == 0:
        if log.exists() and log.stat().st_size > 0:
            raise DamagedStore("Its main part is missing.")
        return 0
    _look_at_header(path)
    told = log_state(path)  # before anybody opens the file: that makes the index anew
    with _probe(path) as probe:
        present = applied_schema(probe)
        missing = told.missing_from(log_state(path))
    refuse_newer(present, MIGRATIONS[-1].number)
    if missing:
        raise DamagedStore(f"Its log has lost {missing} pages that were written to it.")
    return present


def check_whole(path: Path, cancelled: Callable[[], bool] = never) -> None:
    """SQLite's quick_check, which compares the sums of all pages, and each record against its hash.

    Raises DamagedStore, or GivenUp where cancelled.
    """
    if not path.exists():
        return
    with _probe(path) as probe, watched(probe.connection(), cancelled):
        connection = probe.connection()
        verdict = str(connection.execute("PRAGMA quick_check(1)").get).replace("\n", " ")
        if verdict != "ok":
            raise DamagedStore(f"The check of it found this: {verdict}.")
        if connection.table_exists(None, "record") and (changed := first_changed(connection)) is not None:
            raise DamagedStore(f"Record {changed} is not what it was.")


def records_in(path: Path) -> int | None:
    """How many records a file that may be damaged holds, as far as it can tell; None where it cannot."""
    for query in ("SELECT count(*) FROM record", "SELECT max(number) FROM record"):
        with contextlib.suppress(Exception), _probe(path) as probe:
            return int(probe.connection().execute(query).get)
    return None


@contextlib.contextmanager
def _probe(path: Path) -> Iterator[LocalDatabase]:
    """A read-only connection, closed again; what SQLite says comes out as an error for people."""
    probe = LocalDatabase(path)
    try:
        yield probe
    except StoreError:
        raise
    except Exception as error:
        raise explained(error) from error
    finally:
        probe.close_readers()


def _finish_rollback(path: Path) -> None:
    """Lets SQLite undo what a first start was writing when it was killed.

    Only before it is in WAL does the file have a rollback journal; until that is played back, the file may
    begin anyhow, and nobody can read it without writing. What is no journal is left alone.
    """
    journal = path.with_name(path.name + "-journal")
    if not journal.is_file() or _first_bytes(journal, len(_JOURNAL_MAGIC)) != _JOURNAL_MAGIC:
        return
    try:
        connection = opened(str(path), apsw.SQLITE_OPEN_READWRITE)
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
