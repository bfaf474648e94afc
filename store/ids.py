"""Ids of records: UUIDv7 (RFC 9562) as 16 bytes, which sort by time: inserts stay at one end of an index.

A record that came without an id gets a derived one (UUIDv8): the same batch sent twice derives the same ids,
and the records of one batch lie side by side.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable

from store.clock import Clock

_TEXT_LENGTH, _ID_BYTES = 36, 16
_COUNTER_BITS = 12
_RANDOM_BITS = 62
_MAX_DERIVED_INDEX = 0xFFFF


class IdMaker:
    """Makes UUIDv7 that never go back, even where the clock does. Safe to share between threads."""

    def __init__(self, clock: Clock, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._random_bytes = random_bytes
        self._lock = threading.Lock()
        self._last = 0  # milliseconds and counter of the last id, as one number

    def new(self) -> bytes:
        """The next id, 16 bytes, greater than every id made before."""
        random = int.from_bytes(self._random_bytes(10), "big")
        with self._lock:
            start = (self._clock.now_ms() << _COUNTER_BITS) | (random >> 69)  # 11 bits leave room to count up
            self._last = max(start, self._last + 1)
            stamp: int = self._last
        milliseconds, counter = stamp >> _COUNTER_BITS, stamp & (2**_COUNTER_BITS - 1)
        value = (milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << _RANDOM_BITS)
        return int(value | (random & (2**_RANDOM_BITS - 1))).to_bytes(16, "big")


def id_text(value: bytes) -> str:
    """The usual text of a 16-byte id: lower case, with hyphens."""
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def parse_id(text: str) -> bytes:
    """The 16 bytes of a UUID's text (any version, either case). Raises ValueError for anything else."""
    hyphens = text[8:9] + text[13:14] + text[18:19] + text[23:24]
    try:
        value = bytes.fromhex(text.replace("-", ""))  # it lets spaces pass, which then miss from the 16 bytes
    except ValueError:
        value = b""
    if len(text) != _TEXT_LENGTH or hyphens != "----" or len(value) != _ID_BYTES:
        raise ValueError("not a UUID")
    return value


def derived_id(session_id: str, body_hash: bytes, index: int) -> bytes:
    """The id, 16 bytes, of the record at `index` (0..65535) of the body with this hash in this session."""
    if not 0 <= index <= _MAX_DERIVED_INDEX:
        raise ValueError("a batch has at most 65,536 records")
    seed = hashlib.sha256(body_hash + session_id.encode()).digest()
    made = bytearray(seed[:14] + index.to_bytes(2, "big"))
    made[6] = 0x80 | (made[6] & 0x0F)  # version 8: made by the application's own rule
    made[8] = 0x80 | (made[8] & 0x3F)  # variant of RFC 9562
    return bytes(made)
