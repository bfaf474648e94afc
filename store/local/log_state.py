"""Whether the write-ahead log is still all there after a crash: SQLite itself takes a shorter one in silence.

SQLite reads its log up to the first frame that does not check, and forgets what comes after: right after a
power cut, where that was never answered for, and wrong where the log was deleted, cut off or damaged later.
The index beside the log (`-shm`, https://sqlite.org/walformat.html section 2) tells the two apart: it counts
a commit only once the log is synced (`synchronous=FULL`), and outlives a killed process. It may be old or
missing after a power cut; then it proves nothing, and nothing is said.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

_HEADER = struct.Struct("=IIIBBHII2I8s2I")  # SQLite's WalIndexHdr, in the machine's own byte order
_VERSION = 3_007_000
_BACKFILLED = struct.Struct("=I")


class LogState(NamedTuple):
    """What the index says: committed frames of the log, how many of them are in the file, and whose."""

    frames: int
    in_file: int
    salt: bytes

    def missing_from(self, found: LogState) -> int:
        """How many committed frames are missing from a log that was found in this state.

        A log that is gone as a whole is missed only where not all of it had reached the file; one that is
        shorter would bring old pages back over new ones.
        """
        same = found.salt == self.salt and found.frames > 0
        if same:
            return max(0, self.frames - found.frames)
        return self.frames - self.in_file


NOTHING = LogState(0, 0, b"")


def log_state(path: Path) -> LogState:
    """What the index of the database at `path` says now: NOTHING where it is missing or not whole."""
    try:
        with path.with_name(path.name + "-shm").open("rb") as handle:
            first, second = handle.read(_HEADER.size), handle.read(_HEADER.size)
            backfilled = handle.read(_BACKFILLED.size)
    except OSError:
        return NOTHING
    if first != second or len(backfilled) < _BACKFILLED.size:
        return NOTHING
    version, _, _, initialised, _, _, frames, _, _, _, salt, *_ = _HEADER.unpack(first)
    if version != _VERSION or not initialised:
        return NOTHING
    return LogState(frames, min(frames, _BACKFILLED.unpack(backfilled)[0]), salt)
