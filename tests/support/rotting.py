"""Files that change behind the store's back: bits, words, and the sums of pages."""

from __future__ import annotations

import struct
from pathlib import Path

from store.local.folder import parts
from store.local.page_sums import SUM_BYTES

PAGE = 4096
_IN_JSON = b'G_0007.jpg"'  # in the record's own words alone, not in the picture's row
_WORD = 0xFFFFFFFF


def flip_bit(path: Path, place: int) -> None:
    """Turns over the lowest bit of the byte at `place`."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def rot(path: Path) -> None:
    """Flips a bit in the name of picture 7 in a closed file, and makes the page's sum fit: as a bug would
    change it, and not the disk. A second time puts it right again."""
    assert parts(path) == [path]
    place = path.read_bytes().rindex(_IN_JSON) - 1
    flip_bit(path, place)
    seal(path, place // PAGE)


def seal(path: Path, number: int) -> None:
    """Makes the sum of a page (from 0) that of what the page holds (https://sqlite.org/cksumvfs.html)."""
    content = bytearray(path.read_bytes())
    end = (number + 1) * PAGE - SUM_BYTES
    first = second = 0
    for one, two in struct.iter_unpack("<II", content[number * PAGE : end]):
        first = (first + one + second) & _WORD
        second = (second + two + first) & _WORD
    content[end : end + SUM_BYTES] = struct.pack("<II", first, second)
    path.write_bytes(content)
