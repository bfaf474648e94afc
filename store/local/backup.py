"""A whole copy of the memory beside it, checked before it counts as one."""

from __future__ import annotations

import os
from pathlib import Path

from store.local.connection import LocalDatabase
from store.local.errors import StoreError
from store.local.folder import sync_folder


def back_up(db: LocalDatabase, target: Path) -> None:
    """Writes a compact copy to `target`, which appears only when it is complete, on the disk and sound.

    Not inside a transaction. Raises StoreError if the copy is not sound, and SQLite's errors.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    db.execute_sql("VACUUM INTO ?", (str(partial),))
    _check(db, partial)
    with partial.open("rb+") as copy:
        os.fsync(copy.fileno())
    partial.replace(target)
    sync_folder(target.parent)


def _check(db: LocalDatabase, copy: Path) -> None:
    db.execute_sql("ATTACH DATABASE ? AS copy", (str(copy),))
    try:
        verdict = db.execute_sql("PRAGMA copy.quick_check(1)").fetchone()[0]
    finally:
        db.execute_sql("DETACH DATABASE copy")
    if verdict != "ok":
        raise StoreError(
            f"The backup of Whimbrel's memory is not sound ({verdict}).",
            "Check the disk, then start Whimbrel again.",
        )
