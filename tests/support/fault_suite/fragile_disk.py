"""A disk that forgets: what was written and not synced may be lost, reordered or torn when the power goes.

`FragileDisk` stands between SQLite and the real file system, below the sums of pages, and remembers, for each
file, what a sync has made durable and what came after; and for the names in the folders, which of them a
synced folder holds. `image` is one of the states in which a power cut now could leave the folder:

- of each file's unsynced writes some survive, in any order, some of them torn between sectors;
- of the unsynced changes of names (a file made, renamed, removed) the first few survive, in their order, as
  on a journalled file system. SQLite syncs the folder when it has made a log; our own code has to.
"""

from __future__ import annotations

import functools
import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import apsw

from store.local import page_sums

SECTOR = 512
Change = tuple[int, bytes | None]  # place and data; None cuts the file off at that place
_SURVIVES = 0.7
_SYSTEM = "unix"


class Durable:
    """One file: what is certain, and what only the system's memory knows."""

    def __init__(self, content: bytes) -> None:
        self.certain = content
        self.pending: list[Change] = []

    def sync(self) -> None:
        """Makes everything certain."""
        if self.pending:
            content = bytearray(self.certain)
            for change in self.pending:
                _apply(content, change)
            self.certain, self.pending = bytes(content), []

    def after_a_cut(self, rng: random.Random) -> bytes:
        """Some of what was pending, in any order, some of it torn."""
        content = bytearray(self.certain)
        survivors = [change for change in self.pending if rng.random() < _SURVIVES]
        rng.shuffle(survivors)
        for change in survivors:
            for part in _torn(change, rng):
                _apply(content, part)
        return bytes(content)


def _apply(content: bytearray, change: Change) -> None:
    place, data = change
    if data is None:
        del content[place:]
        return
    if len(content) < place:
        content.extend(bytes(place - len(content)))
    content[place : place + len(data)] = data


def _torn(change: Change, rng: random.Random) -> list[Change]:
    """The change, whole or with some of its sectors missing."""
    place, data = change
    if data is None or rng.random() < _SURVIVES:
        return [change]
    sectors = range(0, len(data), SECTOR)
    return [(place + start, data[start : start + SECTOR]) for start in sectors if rng.random() < 0.5]


Names = dict[str, Durable]
NameChange = tuple[str, Durable | None]  # the path and what it names from now on; None: nothing


class FragileDisk:
    """The file system below `root`. `watch` is called before every change, on the thread that makes it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = threading.RLock()
        self.watch: Callable[[str, str], None] = lambda operation, path: None
        self.files: Names = {
            str(path): Durable(path.read_bytes()) for path in root.rglob("*") if path.is_file()
        }
        self._certain: Names = dict(self.files)
        self._pending: list[NameChange] = []
        _board().put(self)

    def unregister(self) -> None:
        """From now on what lies below `root` is on the real file system alone."""
        _board().take(self)

    def state_of(self, path: str) -> Durable:
        """What is known of a file; of a new one neither the name nor the content is certain."""
        with self.lock:
            if path not in self.files:
                state = Durable(b"")
                if Path(path).exists():
                    state.pending.append((0, Path(path).read_bytes()))
                self.named(path, state)
            return self.files[path]

    def named(self, path: str, state: Durable | None) -> None:
        """From now on this path names that, once the folder is synced."""
        with self.lock:
            self._pending.append((path, state))
            if state is None:
                self.files.pop(path, None)
            else:
                self.files[path] = state

    def sync_names(self) -> None:
        """Makes all names certain."""
        with self.lock:
            self._certain, self._pending = dict(self.files), []

    def image(self, folder: Path, rng: random.Random) -> None:
        """Writes what a power cut now could leave into a new folder."""
        folder.mkdir(parents=True)
        with self.lock:
            names = dict(self._certain)
            for path, state in self._pending[: rng.randint(0, len(self._pending))]:
                names.pop(path, None)
                if state is not None:
                    names[path] = state
            for path, state in names.items():
                target = folder / Path(path).relative_to(self.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(state.after_a_cut(rng))

    @contextmanager
    def watching_python(self) -> Iterator[None]:
        """Also sees what Python itself syncs, renames and removes below `root`."""
        fsync, replace, unlink = os.fsync, os.replace, os.unlink

        def seen_fsync(handle: Any) -> None:
            number = handle if isinstance(handle, int) else handle.fileno()
            path = Path(f"/proc/self/fd/{number}").readlink()
            if path.is_relative_to(self.root):
                self.watch("sync", str(path))
                self._synced_by_python(path)
            else:
                fsync(handle)

        def seen_replace(source: Any, target: Any) -> None:
            self.watch("rename", str(target))
            replace(source, target)
            if Path(target).is_relative_to(self.root):
                state = self.state_of(str(source))
                self.named(str(target), state)
                self.named(str(source), None)

        def seen_unlink(path: Any, **more: Any) -> None:
            self.watch("delete", str(path))
            unlink(path, **more)
            if str(path) in self.files:
                self.named(str(path), None)

        with (
            patch.object(os, "fsync", seen_fsync),
            patch.object(os, "replace", seen_replace),
            patch.object(os, "rename", seen_replace),
            patch.object(os, "unlink", seen_unlink),
        ):
            yield

    def _synced_by_python(self, path: Path) -> None:
        if path.is_dir():
            self.sync_names()
            return
        state = self.state_of(str(path))
        state.certain, state.pending = path.read_bytes(), []


class _Board(apsw.VFS):
    """The file system that SQLite sees while there are disks: each file is on the disk that it lies on."""

    def __init__(self) -> None:
        self._disks: list[FragileDisk] = []
        super().__init__("fragile", _SYSTEM)

    def put(self, disk: FragileDisk) -> None:
        self._disks.append(disk)
        _lay_below_sums("fragile")

    def take(self, disk: FragileDisk) -> None:
        self._disks.remove(disk)
        if not self._disks:
            _lay_below_sums(_SYSTEM)

    def take_all(self) -> None:
        for disk in list(self._disks):
            self.take(disk)

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        disk = self._disk_of(path)
        if path is None or name is None or disk is None:  # or a temporary file, which nobody misses
            return apsw.VFSFile(_SYSTEM, name, flags)
        return _FragileFile(disk, path, name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        disk = self._disk_of(name)
        if disk is None:
            super().xDelete(name, syncdir)
            return
        disk.watch("delete", name)
        super().xDelete(name, syncdir)
        disk.named(name, None)
        if syncdir:
            disk.sync_names()

    def _disk_of(self, path: str | None) -> FragileDisk | None:
        found = (disk for disk in self._disks if path is not None and Path(path).is_relative_to(disk.root))
        return next(found, None)


def take_all() -> None:
    """Puts the real file system back alone, whatever a test left that did not come to its end."""
    _board().take_all()


@functools.cache
def _board() -> _Board:
    return _Board()


def _lay_below_sums(name: str) -> None:
    """Loaded again, the file system that keeps the sums stands on what is the default then."""
    if "cksmvfs" in apsw.vfs_names():
        apsw.unregister_vfs("cksmvfs")
    apsw.set_default_vfs(name)
    page_sums.stand_in_front.cache_clear()
    page_sums.stand_in_front()


class _FragileFile(apsw.VFSFile):
    def __init__(self, disk: FragileDisk, path: str, name: apsw.URIFilename | str, flags: list[int]) -> None:
        self._disk = disk
        self._path = path
        self._state = disk.state_of(path)
        self._name_is_due = path.endswith(("-wal", "-journal"))
        super().__init__(_SYSTEM, name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.watch("write", self._path)
        super().xWrite(data, offset)
        with self._disk.lock:
            self._state.pending.append((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.watch("cut", self._path)
        super().xTruncate(newsize)
        with self._disk.lock:
            self._state.pending.append((newsize, None))

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.watch("read", self._path)
        return super().xRead(amount, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """The real sync is left out: nothing here outlives the run. A log's first one syncs the folder."""
        self._disk.watch("sync", self._path)
        with self._disk.lock:
            self._state.sync()
            if self._name_is_due:
                self._disk.sync_names()
                self._name_is_due = False
