"""Histograms in buckets of one relative width, after DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019).

Bucket 0 holds what is at most `SMALLEST`, bucket k what is over SMALLEST · 1.02^(k−1) and at most
SMALLEST · 1.02^k. A value is told as its bucket's middle, so it is right within ±1 %. Two histograms are
added by adding their buckets, so hours make days, and devices a team; what was added can be taken away
exactly.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping

GROWTH = 1.02
SMALLEST = 0.001  # of a millisecond, a byte or a tensor
RELATIVE_ERROR = (GROWTH - 1) / (GROWTH + 1)
DOUBLING = 35  # so many buckets are a factor of 1.9999
PAIR = "HI"  # bucket and how many, little-endian: 6 bytes
_PER_LOG = 1 / math.log(GROWTH)
_MOST_BUCKETS = 2**16 - 1


def bucket_of(value: float) -> int:
    """The bucket of a value from 0 on."""
    if value <= SMALLEST:
        return 0
    return min(math.ceil(math.log(value / SMALLEST) * _PER_LOG), _MOST_BUCKETS)


def upper_edge(bucket: int) -> float:
    """The largest value in a bucket."""
    return float(SMALLEST * GROWTH**bucket)


def lower_edge(bucket: int) -> float:
    """What is just too small for a bucket; 0 for the first."""
    return SMALLEST * GROWTH ** (bucket - 1) if bucket else 0.0


def middle(bucket: int) -> float:
    """The value that is within ±1 % of every value in a bucket; 0 for the first, which is next to nothing."""
    return 2 * upper_edge(bucket) / (GROWTH + 1) if bucket else 0.0


def pack(counts: Mapping[int, int]) -> bytes:
    """Buckets with how many each holds, sorted, empty ones left out."""
    flat = [number for pair in sorted(counts.items()) if pair[1] for number in pair]
    return struct.pack("<" + PAIR * (len(flat) // 2), *flat)


def unpack(packed: bytes) -> Iterable[tuple[int, int]]:
    """The pairs that `pack` packed."""
    return struct.iter_unpack("<" + PAIR, packed)


def added(packed: bytes, more: Mapping[int, int]) -> bytes:
    """A packed histogram with more (or, where negative, less) in its buckets."""
    counts = dict(unpack(packed))
    for bucket, n in more.items():
        counts[bucket] = counts.get(bucket, 0) + n
    return pack(counts)
