"""Writes and reads receipts: one signed line for each part of a bundle, all of them or it is none."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from store.bundles.forms import (
    MOST_LINE_BYTES,
    RECEIPT,
    RECEIPT_ENDING,
    Taken,
    damaged,
    no_such_file,
    signed_line,
    split_line,
    unreadable,
    unwritable,
)
from store.bundles.signing import is_signed, sign
from store.export.finished_files import finished_file

_KIND = "receipt"


def receipt_beside(bundle: Path) -> Path:
    """Where the receipt of a bundle goes."""
    return bundle.with_name(bundle.name + RECEIPT_ENDING)


def line_of(taken: Taken, private_key: bytes) -> bytes:
    """The signed line for a part; the key is the collector's, raw."""
    content = msgspec.json.encode(taken)
    return signed_line(sign(private_key, RECEIPT, content), content)


def read_line(line: bytes, public_key: bytes) -> Taken:
    """What a signed line says. Raises BundleError unless the owner of this key signed it, byte for byte."""
    found = split_line(line)
    if found is None or not is_signed(public_key, RECEIPT, found[1], found[0]):
        raise damaged(_KIND)
    try:
        return msgspec.json.decode(found[1], type=Taken)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise no_such_file(_KIND) from None


def write_receipt(target: Path, lines: Iterable[bytes]) -> None:
    """Writes the lines as a receipt, whole or not at all, also over an older one. Raises BundleError."""
    try:
        with finished_file(target, replace=True) as file:
            file.write(RECEIPT)
            for line in lines:
                file.write(line)
    except OSError as error:
        raise unwritable(target, error) from error


class ReceiptFile:
    """An open receipt that was read through and found whole. `first` is what its first line says."""

    def __init__(self, file: IO[bytes], public_key: bytes) -> None:
        self._file = file
        self._public_key = public_key
        self.first = self._check()

    def lines(self) -> Iterator[Taken]:
        """What it says of each part, in their order. Raises BundleError where it is not whole."""
        self._file.seek(0)
        begins = self._file.read(len(RECEIPT))
        if begins != RECEIPT:
            raise damaged(_KIND) if RECEIPT.startswith(begins) else no_such_file(_KIND)
        first: Taken | None = None
        for part in itertools.count():
            line = self._file.readline(MOST_LINE_BYTES)
            if first is not None and part == first.parts:
                if line:
                    raise damaged(_KIND)
                return
            taken = read_line(line, self._public_key)
            first = first or taken
            if (taken.part, *_of_all(taken)) != (part, *_of_all(first)):
                raise damaged(_KIND)
            yield taken

    def _check(self) -> Taken:
        """Reads all of it."""
        first: Taken | None = None
        for taken in self.lines():
            first = first or taken
        if first is None:
            raise damaged(_KIND)
        return first


def _of_all(taken: Taken) -> tuple[str, str, str, int]:
    """What all lines of a receipt have in common."""
    return taken.collector_id, taken.device_id, taken.bundle_id, taken.parts


@contextmanager
def open_receipt(path: Path, public_key: bytes) -> Iterator[ReceiptFile]:
    """Opens a receipt after reading all of it; the key is the collector's, raw. Raises BundleError."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error
    with file:
        try:
            found = ReceiptFile(file, public_key)
        except OSError as error:
            raise unreadable(path, error) from error
        yield found
