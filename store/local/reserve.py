"""Room that is put by: a file that is given back to a full disk, so that the memory can still be tidied."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("whimbrel.disk")
FILE_NAME = "reserve"
RESERVE_BYTES = 32 * 1024 * 1024
_PIECE = 1024 * 1024


def _fill(descriptor: int, size: int) -> None:
    """Takes the room for real: by the system's own call, else by bytes that no file system packs."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    piece = random.Random(0).randbytes(_PIECE)  # noqa: S311 - filler
    for start in range(0, size, _PIECE):
        os.write(descriptor, piece[: min(_PIECE, size - start)])


class Reserve:
    """The file `reserve` of a data folder."""

    def __init__(
        self, folder: Path, size: int = RESERVE_BYTES, fill: Callable[[int, int], None] = _fill
    ) -> None:
        self._path = folder / FILE_NAME
        self.size = size
        self._fill = fill

    @property
    def is_there(self) -> bool:
        """Whether the room is put by."""
        try:
            return self._path.stat().st_size == self.size
        except OSError:
            return False

    def make(self) -> bool:
        """Puts the room by, if it is not; False where the disk has none to give."""
        if self.is_there:
            return True
        partial = self._path.with_name(f"{FILE_NAME}.partial")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                self._fill(descriptor, self.size)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            partial.replace(self._path)
        except OSError as error:
            log.warning("no reserve could be put by: %s", error)
            partial.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Gives the room back to the disk; False where there was none."""
        try:
            self._path.unlink()
        except OSError:
            return False
        log.warning("the disk is full: the reserve of %d MiB is given back", self.size // 2**20)
        return True
