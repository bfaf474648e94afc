"""A disk that forgets: what SQLite wrote and did not sync may be lost, reordered or torn when the power goes.

`FragileDisk` is an apsw file system over the real one that remembers, for each file, what a sync has made
durable and what came after. `image` is one of the states in which a power cut now could leave the files.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

import apsw

SECTOR = 512
Change = tuple[int, bytes | None]  # place and data; None cuts the file off at that place


class Durable:
    """One file: what is certain, and what only the system's memory knows."""

    def __init__(self, content: bytes) -> None:
        self.certain = content
        self.pending: list[Change] = []

    def sync(self) -> None:
        """Makes everything certain."""
        content = bytearray(self.certain)
        for change in self.pending:
            _apply(content, change)
        self.certain, self.pending = bytes(content), []

    def after_a_cut(self, rng: random.Random) -> bytes:
        """Some of what was pending, in any order, some of it torn."""
        content = bytearray(self.certain)
        survivors = [change for change in self.pending if rng.random() < 0.7]
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
    if data is None or rng.random() < 0.7:
        return [change]
    sectors = range(0, len(data), SECTOR)
    return [(place + start, data[start : start + SECTOR]) for start in sectors if rng.random() < 0.5]


class FragileDisk(apsw.VFS):
    """The file system. `watch` is called before every write, cut and sync, on the thread that makes it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: dict[str, Durable] = {}
        self.lock = threading.RLock()
        self.watch: Callable[[str, str], None] = lambda operation, path: None
        super().__init__(name, "")

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if name is None:  # a temporary file, which nobody misses after a cut
            return apsw.VFSFile("", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _FragileFile(self, path, name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(name, syncdir)
        with self.lock:
            self.files.pop(name, None)

    def image(self, folder: Path, rng: random.Random) -> None:
        """Writes what a power cut now could leave into a new folder, by the files' own names."""
        folder.mkdir(parents=True)
        with self.lock:
            for path, state in self.files.items():
                (folder / Path(path).name).write_bytes(state.after_a_cut(rng))


class _FragileFile(apsw.VFSFile):
    def __init__(self, disk: FragileDisk, path: str, name: apsw.URIFilename | str, flags: list[int]) -> None:
        self._disk = disk
        self._path = path
        existing = Path(path).read_bytes() if Path(path).exists() else b""
        with disk.lock:
            self._state = disk.files.setdefault(path, Durable(existing))
        super().__init__("", name, flags)

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

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.watch("sync", self._path)
        with self._disk.lock:
            self._state.sync()  # the real sync is left out: nothing here outlives the test
