"""Reads a bundle, in the memory of one part: all of it is found sound before anybody sees a part."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from store.bundles.forms import (
    BUNDLE,
    MOST_LINE_BYTES,
    Seal,
    damaged,
    no_such_file,
    read_seal,
    split_line,
    unreadable,
)
from store.bundles.signing import is_signed

_KIND = "bundle"


@dataclass(frozen=True)
class Head:
    """The signed line of a bundle: its seal, as it was read and as it was written, and the signature."""

    seal: Seal
    text: bytes
    signature: str

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether the owner of this key (raw Ed25519) signed it."""
        return is_signed(public_key, BUNDLE, self.text, self.signature)


def head_of(text: bytes, signature: str) -> Head:
    """A head whose own key signed it. Raises BundleError for anything else."""
    seal = read_seal(text)
    if seal is None:
        raise damaged(_KIND)
    head = Head(seal, text, signature)
    try:
        key = base64.b64decode(seal.public_key, validate=True)
    except ValueError:
        key = b""
    if not head.is_signed_by(key):
        raise damaged(_KIND)
    return head


class BundleFile:
    """An open bundle that was read through and found whole."""

    def __init__(self, head: Head, file: IO[bytes], starts: list[int]) -> None:
        self.head = head
        self._file = file
        self._starts = starts

    def part(self, index: int) -> bytes:
        """A part as it lies in the file. Raises BundleError where it changed since."""
        self._file.seek(self._starts[index])
        packed = self._file.read(self.head.seal.parts[index].size)
        check_part(self.head.seal, index, packed)
        return packed


def check_part(seal: Seal, index: int, packed: bytes) -> None:
    """Raises BundleError unless these bytes are the part `index` that the seal names."""
    if not 0 <= index < len(seal.parts) or hashlib.sha256(packed).hexdigest() != seal.parts[index].sha256:
        raise damaged(_KIND)


@contextmanager
def open_bundle(path: Path) -> Iterator[BundleFile]:
    """Opens a bundle after reading all of it. Raises BundleError."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error
    with file:
        try:
            found = _checked(file)
        except OSError as error:
            raise unreadable(path, error) from error
        yield found


def _checked(file: IO[bytes]) -> BundleFile:
    head = _read_head(file)
    starts, place = list[int](), file.tell()
    for part in head.seal.parts:
        starts.append(place)
        place += part.size
    if os.fstat(file.fileno()).st_size != place:
        raise damaged(_KIND)
    found = BundleFile(head, file, starts)
    for index in range(len(starts)):
        found.part(index)
    return found


def _read_head(file: IO[bytes]) -> Head:
    first = file.read(len(BUNDLE))
    if first != BUNDLE:
        raise damaged(_KIND) if BUNDLE.startswith(first) else no_such_file(_KIND)
    line = split_line(file.readline(MOST_LINE_BYTES))
    if line is None:
        raise damaged(_KIND)
    signature, text = line
    return head_of(text, signature)


def pack(body: bytes) -> bytes:
    """A body as a part; the same body gives the same bytes."""
    return gzip.compress(body, 6, mtime=0)


def unpack(packed: bytes, most: int) -> bytes:
    """The body of a part, at most `most` bytes. Raises BundleError for more, and where it is no gzip."""
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            body = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(_KIND) from error
    if len(body) > most:
        raise damaged(_KIND)
    return body
