"""Looks at a file before anything may write to it: a read-only connection changes neither it nor its log."""

from __future__ import annotations

from pathlib import Path

from store.local.connection import LocalDatabase
from store.local.errors import DamagedStore, StoreError
from store.local.faults import explained
from store.local.migrations import MIGRATIONS, applied_schema, refuse_newer

_MAGIC = b"SQLite format 3\0"


def look(path: Path, *, thoroughly: bool) -> None:
    """Raises DamagedStore, NewerStore or StoreError (not ours) for a file that must not be opened to write.

    Thoroughly means SQLite's quick_check, which reads the whole file.
    """
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


def _look_at_header(path: Path) -> None:
    try:
        with path.open("rb") as handle:
            header = handle.read(len(_MAGIC))
    except OSError as error:
        raise StoreError(
            f"Whimbrel cannot read its memory {path} ({error.strerror}).",
            "Look what is there, or name another folder with --data-dir.",
        ) from error
    if header != _MAGIC:
        raise DamagedStore("It does not begin as a database does.")


def _look_inside(probe: LocalDatabase, *, thoroughly: bool) -> None:
    refuse_newer(applied_schema(probe), MIGRATIONS[-1].number)
    if thoroughly:
        verdict = probe.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise DamagedStore(f"The check of it found this: {verdict}.")
