"""Files and folders that have their name only once they are whole and on the disk."""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

from store.local.errors import StoreError
from store.local.folder import sync_folder

_PARTIAL = re.compile(r"\.([0-9]{1,10})\.partial$")


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


def remove_leftovers(folder: Path, name: str) -> None:
    """Removes what a process that was killed left of files or folders whose names start with `name`.

    What another process is writing stays; of this one's nothing is being written under such a name.
    """
    for found in folder.glob(f".{glob.escape(name)}*.partial"):
        parts = _PARTIAL.search(found.name)
        if parts is None or (int(parts[1]) != os.getpid() and psutil.pid_exists(int(parts[1]))):
            continue
        if found.is_dir():
            shutil.rmtree(found, ignore_errors=True)
        else:
            found.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.partial")


def _taken(target: Path) -> StoreError:
    return StoreError(
        f"There is something named {target} already.",
        "Choose another name; a file (not a folder) can be replaced with --force.",
    )
