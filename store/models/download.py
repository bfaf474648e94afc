"""Downloads one file: resumed where it was cut off, checked by its SHA-256, through the environment's proxy.

httpx with the system's certificates (truststore): company proxies and certificates work.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from store.models.transfer import CutOff, DownloadCancelled, DownloadError, Job, Progress, Transfer, beside

if TYPE_CHECKING:
    import httpx

__all__ = ["DownloadCancelled", "DownloadError", "Downloader", "sha256_of"]

CONNECT_SECONDS = 4.0
READ_SECONDS = 30.0
ATTEMPTS_WITHOUT_PROGRESS = 3


class Downloader:
    """Fetches files over HTTP. `free_bytes` and `sleep` are the machine's own unless a test brings others."""

    def __init__(
        self,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._free_bytes = free_bytes
        self._sleep = sleep

    def fetch(
        self,
        url: str,
        target: Path,
        *,
        sha256: str | None,
        largest: int,
        progress: Progress | None = None,
        cancelled: Event | None = None,
    ) -> str:
        """Downloads `url` to `target`, at most `largest` bytes; the file's SHA-256 in hex.

        `progress` gets (bytes so far, bytes in all or None). Raises DownloadError, DownloadCancelled.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(target), self._client() as client:
            transfer = Transfer(client, Job(url, target, largest, progress, cancelled), self._free_bytes)
            self._until_complete(transfer)
        return _finish(target, sha256)

    def _until_complete(self, transfer: Transfer) -> None:
        """Goes on after each cut, for as long as each attempt brings something."""
        fruitless = 0
        while True:
            before = transfer.size
            try:
                transfer.attempt()
                return
            except CutOff as error:
                fruitless = 0 if transfer.size > before else fruitless + 1
                if fruitless >= ATTEMPTS_WITHOUT_PROGRESS:
                    raise transfer.given_up(error) from error
                self._sleep(float(fruitless))

    @contextmanager
    def _client(self) -> Iterator[httpx.Client]:
        import ssl  # noqa: PLC0415

        import httpx  # noqa: PLC0415 - the server must start without it
        import truststore  # noqa: PLC0415

        timeout = httpx.Timeout(self._read_seconds, connect=self._connect_seconds)
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with httpx.Client(
            verify=context, timeout=timeout, trust_env=True, follow_redirects=True, max_redirects=5
        ) as client:
            yield client


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _finish(target: Path, sha256: str | None) -> str:
    """Checks what has arrived and gives it its name; a wrong file is thrown away."""
    part, note = beside(target, ".part"), beside(target, ".part.json")
    found = sha256_of(part)
    note.unlink(missing_ok=True)
    if sha256 is not None and found != sha256:
        part.unlink()
        raise DownloadError(
            f"What was downloaded is not {target.name} (its SHA-256 is {found[:12]}…, not {sha256[:12]}…).",
            "Perhaps a login page of the network answered: open a browser first, then try again.",
        )
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    return found


@contextmanager
def _only_one(target: Path) -> Iterator[None]:
    """Two processes do not download the same file."""
    from filelock import FileLock, Timeout  # noqa: PLC0415

    try:
        with FileLock(beside(target, ".lock"), timeout=0):
            yield
    except Timeout:
        raise DownloadError(f"{target.name} is being downloaded already.", "Wait for it to end.") from None
