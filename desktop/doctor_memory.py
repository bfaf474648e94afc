"""What the doctor looks at in the database and the models. Reads only, so it may run beside the app."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from desktop.data_folder import DataFolder
from desktop.findings import Finding
from store.clock import SystemClock
from store.local.backups import backups_in
from store.local.connection import LocalDatabase
from store.local.folder import BACKUPS
from store.local.model_versions import ModelVersions
from store.local.pending import NOTE
from store.models.registry import ModelRegistry

if TYPE_CHECKING:
    from store.local.database import Database

OLDEST_SQLITE = (3, 51, 3)
FILE_NAME = "whimbrel.sqlite3"


@dataclass(frozen=True)
class Reader:
    """The `read` of a Database on a file that somebody else may have open."""

    path: Path

    @contextlib.contextmanager
    def read(self) -> Iterator[Any]:
        """A read-only connection."""
        database = LocalDatabase(self.path)
        try:
            yield database
        finally:
            database.close_readers()


def check_sqlite(_: DataFolder) -> Iterator[Finding]:
    """Version and source of the SQLite that is used (apsw brings its own)."""
    with Reader(Path(":memory:")).read() as database:
        number, source = database.execute_sql("SELECT sqlite_version(), sqlite_source_id()").fetchone()
    found = f"SQLite {number} from apsw (source {source})"
    if tuple(int(part) for part in number.split(".")) < OLDEST_SQLITE:
        yield Finding(
            "problem",
            f"{found} can damage a file that several connections use",
            "Install apsw 3.51.3 or newer: python3 build_scripts/dev.py setup",
        )
    else:
        yield Finding("ok", found)


def check_memory(folder: DataFolder) -> Iterator[Finding]:
    """Whether the database is sound."""
    path = folder.path / FILE_NAME
    yield from _recovery(folder)
    if not path.exists():
        yield Finding("ok", "Nothing is remembered yet")
        return
    with Reader(path).read() as database:
        verdict = database.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
    if verdict == "ok":
        yield Finding("ok", f"The memory is sound ({path.stat().st_size / 1_048_576:.1f} MiB)")
    else:
        yield Finding(
            "problem",
            f"The memory {path} is damaged: {verdict}",
            "Start Whimbrel: it sets the file aside unchanged and offers to restore or salvage it.",
        )


def _recovery(folder: DataFolder) -> Iterator[Finding]:
    """A damaged memory that waits for a decision, and the newest backup."""
    if (folder.path / NOTE).exists():
        yield Finding(
            "problem",
            "The memory was damaged and waits for you to decide what becomes of it",
            "Start Whimbrel, or run: whimbrel recover",
        )
    newest = next(iter(backups_in(folder.path / BACKUPS)), None)
    if newest is not None:
        yield Finding("ok", f"The newest backup is {newest.name} ({newest.size / 1_048_576:.1f} MiB)")


def check_models(folder: DataFolder) -> Iterator[Finding]:
    """Every model version: whether its files are there and unchanged."""
    path = folder.path / FILE_NAME
    if not path.exists():
        yield Finding("note", "No model yet: the first start sets one up")
        return
    registry = ModelRegistry(folder.models, ModelVersions(cast("Database", Reader(path))), SystemClock())
    versions = registry.list()
    if not any(version.state == "active" for version in versions):
        yield Finding(
            "problem", "No model is at work", "Start Whimbrel, or run: whimbrel models fetch starter"
        )
    for version in versions:
        wrong = registry.verify(version)
        for sentence in wrong:
            yield Finding("problem", f"{version.id}: {sentence}", "Fetch or import this model again.")
        if not wrong:
            sets = f"backbone {version.backbone_id[:12]}, head {version.head_id[:12]}"
            yield Finding("ok", f"Model {version.id} ({version.state}): its files have their hashes ({sets})")
