"""TFRecord framing and `tf.train.Example`, by hand: the base installation has no TensorFlow.

Framing: tensorflow/core/lib/io/record_writer.h (length, masked CRC-32C of the length, content, masked CRC-32C
of the content; little-endian). Messages: tensorflow/core/example/{example,feature}.proto, in the wire format
of https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

import google_crc32c
import numpy as np

_MASK_DELTA = 0xA282EAD8
_UINT32 = 0xFFFFFFFF
_SEVEN_BITS = 0x7F
_LENGTH_DELIMITED = 2
_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3


def framed(content: bytes) -> bytes:
    """One record of a TFRecord file."""
    length = struct.pack("<Q", len(content))
    return b"".join((length, _masked_crc(length), content, _masked_crc(content)))


def _masked_crc(content: bytes) -> bytes:
    crc = int(google_crc32c.value(content))
    rotated = (crc >> 15) | (crc << 17)
    return struct.pack("<I", (rotated + _MASK_DELTA) & _UINT32)


def example(features: Mapping[str, bytes]) -> bytes:
    """A serialized `tf.train.Example`; the values come from `bytes_feature` and its like."""
    entries = (_field(1, _field(1, name.encode()) + _field(2, feature)) for name, feature in features.items())
    return _field(1, b"".join(entries))


def bytes_feature(value: bytes) -> bytes:
    """A serialized `Feature` with one byte string."""
    return _field(_BYTES_LIST, _field(1, value))


def int_feature(value: int) -> bytes:
    """A serialized `Feature` with one int64."""
    return _field(_INT64_LIST, _field(1, _varint(value)))


def floats_feature(half_floats: bytes) -> bytes:
    """A serialized `Feature` with the float32 values of little-endian float16 numbers; may be empty."""
    values = np.frombuffer(half_floats, dtype="<f2").astype("<f4").tobytes()
    return _field(_FLOAT_LIST, _field(1, values) if values else b"")


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | _LENGTH_DELIMITED]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Base-128; a negative number as its two's complement in 64 bits, which is ten bytes."""
    if 0 <= value <= _SEVEN_BITS:  # nearly always
        return bytes((value,))
    left = value & 0xFFFF_FFFF_FFFF_FFFF
    made = bytearray()
    while left > _SEVEN_BITS:
        made.append(left & _SEVEN_BITS | 0x80)
        left >>= 7
    made.append(left)
    return bytes(made)


def records(examples: Iterable[bytes]) -> bytes:
    """The framed records one after another."""
    return b"".join(map(framed, examples))
