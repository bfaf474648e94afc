"""How large something is, as it lies there and as it travels."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_GZIP = 31  # zlib's number for a window of 32 KB with gzip's header
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Size:
    """Bytes on the disk, and when each file is compressed with gzip."""

    plain: int
    gzipped: int

    def to_json(self) -> dict[str, int]:
        """The form that stands in a version's metrics and in job results."""
        return {"bytes": self.plain, "gzipped": self.gzipped}


def size_of(folder: Path) -> Size:
    """Of all files in a folder; raises OSError."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Size(sum(path.stat().st_size for path in files), sum(gzipped(_chunks(path)) for path in files))


def gzipped(chunks: Iterable[bytes]) -> int:
    """How many bytes they are when they are compressed together."""
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    return sum(len(packer.compress(chunk)) for chunk in chunks) + len(packer.flush())


def _chunks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
