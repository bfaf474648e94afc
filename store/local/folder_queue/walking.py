"""Finds the pictures under what the user opened, by name, and counts what it passes by."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from store.local.folder_queue.forms import LeftOut
from store.local.folder_queue.picture_files import is_hidden, may_be_picture

CHUNK = 250


class Found(NamedTuple):
    """A picture that was found; `path` as the file system calls it."""

    path: bytes
    in_folder: bool
    size: int
    modified_ns: int


class WalkEnded(Exception):  # noqa: N818 - not an error
    """Nobody wants the rest of a walk any more."""


class Walk:
    """One walk through files and folders. Links are followed, a folder is entered once.

    `go_on` is asked before each file; where it says no, the walk raises WalkEnded.
    """

    def __init__(self, go_on: Callable[[], bool]) -> None:
        self._go_on = go_on
        self._counts: Counter[str] = Counter()
        self._entered: set[tuple[int, int]] = set()

    @property
    def left_out(self) -> LeftOut:
        """What it passed by until now."""
        return LeftOut(**self._counts)

    def chunks(self, paths: Sequence[str]) -> Iterator[list[Found]]:
        """The pictures under these paths, some at a time."""
        found = self._found(paths)
        while chunk := list(islice(found, CHUNK)):
            yield chunk

    def _found(self, paths: Sequence[str]) -> Iterator[Found]:
        for path in paths:
            status = self._status(path)
            if status is not None and stat.S_ISDIR(status.st_mode):
                yield from self._under(path)
            elif status is not None:
                yield from self._picture(path, status, in_folder=False)

    def _under(self, folder: str) -> Iterator[Found]:
        """Depth first, with a list and not by recursion: nobody knows how deep folders go."""
        open_folders = [self._names(folder)]
        while open_folders:
            path = next(open_folders[-1], None)
            if path is None:
                open_folders.pop()
                continue
            status = self._status(path)
            if status is None:
                continue
            if is_hidden(os.path.basename(path), status):  # noqa: PTH119 - a name that need not be UTF-8
                self._counts["hidden"] += 1
            elif stat.S_ISDIR(status.st_mode):
                open_folders.append(self._names(path))
            else:
                yield from self._picture(path, status, in_folder=True)

    def _names(self, folder: str) -> Iterator[str]:
        """What is in a folder, by name; nothing of one that was entered before or may not be read."""
        try:
            status = os.stat(folder)  # noqa: PTH116
            place = (status.st_dev, status.st_ino)
            if place in self._entered:
                self._counts["again"] += 1
                return iter(())
            self._entered.add(place)
            names = sorted(os.listdir(folder))  # noqa: PTH208 - tens of thousands of names, none to be parsed
        except OSError as error:
            self._passed_by(error)
            return iter(())
        return (os.path.join(folder, name) for name in names)  # noqa: PTH118

    def _picture(self, path: str, status: os.stat_result, *, in_folder: bool) -> Iterator[Found]:
        try:
            wanted = stat.S_ISREG(status.st_mode) and may_be_picture(path)
        except OSError as error:
            self._passed_by(error)
            return
        if wanted:
            yield Found(os.fsencode(path), in_folder, status.st_size, status.st_mtime_ns)
        else:
            self._counts["other"] += 1

    def _status(self, path: str) -> os.stat_result | None:
        if not self._go_on():
            raise WalkEnded
        try:
            return os.stat(path)  # noqa: PTH116
        except OSError as error:
            self._passed_by(error)
            return None

    def _passed_by(self, error: OSError) -> None:
        self._counts["gone" if isinstance(error, FileNotFoundError) else "unreadable"] += 1
