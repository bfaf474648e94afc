"""`whimbrel export`: what is remembered as training data, in files."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from desktop.data_folder import DataFolder, FolderInUseError
from desktop.errors import PlainError
from desktop.settings import Settings
from store.clock import SystemClock
from store.export.filters import Filters, parse_moment
from store.export.training_exports import TrainingExports
from store.local.database import Database
from store.local.folder import FILE_NAME
from store.local.opening import open_store

_TERMINATED = 128 + signal.SIGTERM


def export(settings: Settings, chosen: argparse.Namespace) -> int:
    """Write the file or folder; what is interrupted leaves nothing."""
    filters = _filters(chosen)
    target = _target(chosen.file)
    signal.signal(signal.SIGTERM, _end)
    with _memory(DataFolder(settings.data_dir)) as database, _shown() as progress:
        rows = TrainingExports(database, SystemClock()).save(
            chosen.form, filters, target, gzip=chosen.gzip, replace=chosen.force, progress=progress
        )
    print(f"{rows:,} {'record' if rows == 1 else 'records'}: {target}")
    return 0


def _end(*_: int | FrameType | None) -> NoReturn:
    """Unwinds, so that what is half written goes."""
    sys.exit(_TERMINATED)


def _filters(chosen: argparse.Namespace) -> Filters:
    return Filters(
        include_user_feedback=chosen.feedback,
        min_confidence=chosen.min_confidence,
        from_ms=None if chosen.since is None else parse_moment("from", chosen.since),
        to_ms=None if chosen.until is None else parse_moment("to", chosen.until),
        label=chosen.label,
        model_version=chosen.model_version,
        source=chosen.source,
        only_corrected=chosen.only_corrected,
        backend=chosen.backend,
        session_id=chosen.session,
        mark=chosen.mark,
    )


def _target(name: str) -> Path:
    target = Path(name).expanduser().absolute()
    if not target.parent.is_dir():
        raise PlainError(f"There is no folder {target.parent}.", "Make it, or choose another name.", 2)
    return target


@contextlib.contextmanager
def _memory(folder: DataFolder) -> Iterator[Database]:
    """The memory of a folder: beside the app that runs on it to read alone, else opened for this command."""
    if not (folder.path / FILE_NAME).exists():
        raise PlainError(
            f"There is nothing to export: {folder.path} holds no memory of Whimbrel's.",
            "Name the data folder with --data-dir.",
        )
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(folder.hold())
        except FolderInUseError:
            database = Database(folder.path / FILE_NAME, SystemClock())
            database.open_to_read()
            held.callback(database.close)
        else:
            store = open_store(folder.path, SystemClock())
            held.callback(store.close)
            database = store.database
        yield database


@contextlib.contextmanager
def _shown() -> Iterator[Callable[[float], None]]:
    """A bar on a terminal, on standard error; else nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Exporting", total=1.0)
        yield lambda done: bar.update(task, completed=done)
