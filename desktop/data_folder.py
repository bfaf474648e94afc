"""The data folder: made and tried before anything else, held by one instance, and the small files in it.

`port` is the port that is remembered (a new port is a new origin, and loses the page's caches and
permissions); `running.json` says where the instance that holds the folder answers now.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from desktop.errors import PlainError

_PRIVATE_FOLDER = 0o700


class FolderInUseError(Exception):
    """Another instance holds the data folder."""


@dataclass(frozen=True)
class Instance:
    """The instance that holds a data folder: its process id and the port on which it answers."""

    pid: int
    port: int


@dataclass(frozen=True)
class DataFolder:
    """Names of what lies in a data folder."""

    path: Path

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.path / "logs"

    @property
    def models(self) -> Path:
        """Folder of the model files."""
        return self.path / "models"

    @property
    def downloads(self) -> Path:
        """Folder of unfinished and finished downloads."""
        return self.path / "downloads"

    @property
    def runs(self) -> Path:
        """Folder of trainings that are under way; empty between them."""
        return self.path / "runs"

    @property
    def browser_storage(self) -> Path:
        """Folder in which the window's browser keeps its caches and permissions."""
        return self.path / "window"

    @property
    def window_notes(self) -> Path:
        """File in which the window notes its size and place."""
        return self.path / "window.json"

    def prepare(self) -> None:
        """Make the folder and try to write in it. Raises PlainError where that can't be done."""
        try:
            self.path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            probe = self.path / f".probe-{os.getpid()}"
            try:
                probe.write_bytes(b"\0" * 4096)
            finally:
                probe.unlink(missing_ok=True)
        except OSError as error:
            raise _cannot_write(self.path, error) from None

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the folder for this process. Raises FolderInUseError where another one does."""
        lock = FileLock(self.path / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise FolderInUseError(str(self.path)) from None
        except OSError as error:
            raise _cannot_write(self.path, error) from None
        try:
            yield
        finally:
            lock.release()

    def remembered_port(self) -> int | None:
        """The port that this folder's page has lived on so far."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.path / "port").read_text(encoding="ascii"))
        return None

    def remember_port(self, port: int) -> None:
        """Keep the port for the next starts."""
        self._put("port", f"{port}\n")

    def running(self) -> Instance | None:
        """What the instance that holds this folder wrote, None where there is nothing to read."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            written = json.loads((self.path / "running.json").read_text(encoding="ascii"))
            return Instance(int(written["pid"]), int(written["port"]))
        return None

    def say_running(self, port: int) -> Callable[[], None]:
        """Write where this process answers; the returned function takes that away again."""
        self._put("running.json", json.dumps({"pid": os.getpid(), "port": port}))
        return lambda: (self.path / "running.json").unlink(missing_ok=True)

    def _put(self, name: str, text: str) -> None:
        temporary = self.path / f".{name}.{os.getpid()}"
        temporary.write_text(text, encoding="ascii")
        temporary.replace(self.path / name)


def _cannot_write(path: Path, error: OSError) -> PlainError:
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return PlainError(
            f"The data folder {path} is a file, or lies in one.", "Name a folder with --data-dir."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return PlainError(
            f"The disk of the data folder {path} is full.", "Free some space there, then start again."
        )
    return PlainError(
        f"Whimbrel can't write in its data folder {path} ({os.strerror(error.errno or 0)}).",
        "Make it writable, or name another folder with --data-dir.",
    )
