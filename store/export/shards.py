"""TFRecord shards with their label map, as pieces of named files, and a tar of such files as one stream."""

from __future__ import annotations

import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import IO

from store.export.example_form import example_of
from store.export.rows import ExportRow, Selected
from store.export.tfrecord import records

ROWS_PER_SHARD = 2048  # about 50 MB with crops and embeddings: what a tar needs on the disk while it is made
LABEL_MAP = "label_map.txt"
_GZIP_WINDOW = 31  # zlib's way to ask for a gzip header
_COPIED = 256 * 1024
_END_OF_TAR = bytes(2 * tarfile.BLOCKSIZE)

Piece = tuple[str, bytes]
NOTHING: Piece = ("", b"")  # given now and then while there is nothing to write, so that a reader can stop


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces as one gzip stream (without a time in it: the same content gives the same bytes)."""
    compressor = zlib.compressobj(wbits=_GZIP_WINDOW)
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()


def _fast_compressor() -> zlib._Compress:
    """For shards, which are JPEG and numbers for the most part: a search for repetitions finds none there and
    takes three times as long."""
    return zlib.compressobj(wbits=_GZIP_WINDOW, strategy=zlib.Z_HUFFMAN_ONLY)


class LabelMap:
    """Places of labels, from 0: those known at the start in their alphabet's order, later ones after them."""

    def __init__(self, labels: Iterable[str]) -> None:
        self._places = {label: place for place, label in enumerate(sorted(labels))}

    def place(self, label: str) -> int:
        """The place of a label; a new one gets the next."""
        return self._places.setdefault(label, len(self._places))

    def text(self) -> bytes:
        """One label a line, in order, in UTF-8; a label with line breaks has spaces for them."""
        return "".join(f"{' '.join(label.splitlines())}\n" for label in self._places).encode()


class _Shards:
    """The files that rows go into, in turn; `gzip` is as TensorFlow's compression_type="GZIP"."""

    def __init__(self, total: int, gzip: bool) -> None:
        self._count = max(1, -(-total // ROWS_PER_SHARD))
        self._size = max(1, -(-total // self._count))
        self._gzip = gzip
        self._current = -1
        self._rows = 0
        self._compressor = _fast_compressor()

    def write(self, rows: Iterable[tuple[ExportRow, int]]) -> Iterator[Piece]:
        """The pieces that these rows (with the places of their labels) become."""
        numbered = ((self._of(number), *pair) for number, pair in enumerate(rows, self._rows))
        for shard, group in groupby(numbered, key=lambda item: item[0]):
            yield from self._go_to(shard)
            examples = [example_of(row, label) for _, row, label in group]
            self._rows += len(examples)
            content = records(examples)
            yield self._name(), self._compressor.compress(content) if self._gzip else content

    def end(self) -> Iterator[Piece]:
        """What is left of the shards; one that got no row is an empty file."""
        yield from self._go_to(self._count)

    def _of(self, number: int) -> int:
        return min(number // self._size, self._count - 1)

    def _go_to(self, shard: int) -> Iterator[Piece]:
        while self._current < shard:
            if self._current >= 0:
                yield self._name(), self._compressor.flush() if self._gzip else b""
            self._current += 1
            self._compressor = _fast_compressor()

    def _name(self) -> str:
        return f"whimbrel-{self._current:05}-of-{self._count:05}.tfrecord{'.gz' if self._gzip else ''}"


def tfrecord_pieces(selection: Selected, *, gzip: bool) -> Iterator[Piece]:
    """Pieces of the shards, then of the label map; the pieces of one file come one after another.

    The selection must have `only_labelled`. Labels and the number of shards are found in a first, light walk.
    """
    labels, total = set[str](), 0
    for found in selection.labels():
        labels.update(label for label in found if label is not None)
        total += len(found)
        yield NOTHING
    label_map, shards = LabelMap(labels), _Shards(total, gzip)
    for rows in selection.chunks():
        yield NOTHING
        yield from shards.write([(row, label_map.place(row.label or "")) for row in rows])
    yield from shards.end()
    yield LABEL_MAP, label_map.text()


def tar_pieces(pieces: Iterable[Piece], scratch: Path | None, now_ms: int) -> Iterator[bytes]:
    """A tar of the files: each is kept in a nameless file in `scratch` (None: the system's folder for such)
    until its size is known."""
    current = ""
    with tempfile.TemporaryFile(dir=scratch) as kept:
        for name, piece in pieces:
            if name and name != current:
                yield from _member(current, kept, now_ms)
                current = name
            kept.write(piece)
            yield b""
        yield from _member(current, kept, now_ms)
    yield _END_OF_TAR


def _member(name: str, kept: IO[bytes], now_ms: int) -> Iterator[bytes]:
    """One file of a tar; leaves `kept` empty."""
    if not name:
        return
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = kept.tell(), now_ms // 1000, 0o644
    yield info.tobuf(tarfile.USTAR_FORMAT)
    kept.seek(0)
    while piece := kept.read(_COPIED):
        yield piece
    yield bytes(-info.size % tarfile.BLOCKSIZE)
    kept.seek(0)
    kept.truncate()
