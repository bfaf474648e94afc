"""Files and folders that have their name only once they are whole and on the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from store.local.errors import StoreError
from store.local.folder import sync_folder


@contextmanager
def finished_file(target: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """A file to write into, named `target` when the block ends well, and gone when it does not.

    Raises StoreError where there is something of that name (but for a file, where `replace` allows it).
    """
    if target.is_dir() or (target.exists() and not replace):
        raise _taken(target)
    made = _beside(target)
    try:
        with made.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        made.replace(target)
        sync_folder(target.parent)
    finally:
        made.unlink(missing_ok=True)


@contextmanager
def finished_folder(target: Path) -> Iterator[Path]:
    """A folder to write files into, named `target` when the block ends well, and gone when it does not.

    Raises StoreError where there is something of that name, but for an empty folder.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise _taken(target)
    made = _beside(target)
    made.mkdir()
    try:
        yield made
        for file in made.iterdir():
            with file.open("rb+") as written:
                os.fsync(written.fileno())
        sync_folder(made)
        if target.exists():
            target.rmdir()
        made.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.partial")


def _taken(target: Path) -> StoreError:
    return StoreError(
        f"There is something named {target} already.",
        "Choose another name; a file (not a folder) can be replaced with --force.",
    )
