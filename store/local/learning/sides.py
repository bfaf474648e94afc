"""Gives pictures their side: what was taken in one burst, or is nearly the same, goes to one side together.

A side is given once. A burst that grows into an older one takes that one's side; the side of a new one comes
from the SHA-256 of its first picture, so that the same pictures fall alike in every memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from store.local.learning.example_forms import Side
from store.local.learning.example_rows import Facts, Placed
from store.local.learning.near import Array, Numbers, near_pairs

TRAIN_TO, CALIBRATION_TO = 0.60, 0.75  # of the range of hashes; what is left is held out
BURST_S = 60.0
_TAKEN = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")


def place(
    pictures: Sequence[int], units: Array, facts: Mapping[int, Facts], placed: Mapping[int, Placed]
) -> dict[int, Placed]:
    """Where each of the pictures that is not `placed` yet belongs.

    `pictures` ascend; `units` are their embeddings, of Euclidean length 1, [n, d]. A new burst that touches
    several old ones joins the oldest.
    """
    fresh = np.array([i for i, picture in enumerate(pictures) if picture not in placed], dtype=np.int64)
    bursts = _bursts(len(pictures), near_pairs(units, fresh), _burst_pairs(pictures, facts, placed))
    following = max((one.burst for one in placed.values()), default=0) + 1
    result: dict[int, Placed] = {}
    for members in bursts:
        ours = [pictures[i] for i in members]
        old = [placed[picture] for picture in ours if picture in placed]
        if len(old) == len(ours):
            continue
        found = (
            min(old, key=lambda one: one.burst) if old else Placed(side_of(facts[ours[0]].sha256), following)
        )
        following = max(following, found.burst + 1)
        result |= {picture: found for picture in ours if picture not in placed}
    return result


def side_of(sha256: bytes) -> Side:
    """60 % of all hashes are for training, 15 % for calibration, 25 % are held out."""
    place_in_range = int.from_bytes(sha256[:8]) / 2**64
    if place_in_range < TRAIN_TO:
        return "train"
    return "calibration" if place_in_range < CALIBRATION_TO else "holdout"


def taken_at(captured_at: str | None) -> float | None:
    """Seconds, by the camera's own clock, of a time as EXIF writes it; None where it is none."""
    parts = _TAKEN.match(captured_at or "")
    try:
        return None if parts is None else datetime(*map(int, parts.groups()), tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]  # six numbers
    except ValueError:
        return None


def _burst_pairs(
    pictures: Sequence[int], facts: Mapping[int, Facts], placed: Mapping[int, Placed]
) -> tuple[Numbers, Numbers]:
    """Pictures that follow one another within a minute, at least one of the two new."""
    timed = ((taken_at(facts[picture].captured_at), i) for i, picture in enumerate(pictures))
    ordered = sorted((taken, i) for taken, i in timed if taken is not None)
    pairs = [
        (i, j)
        for (one, i), (other, j) in pairwise(ordered)
        if other - one <= BURST_S and not (pictures[i] in placed and pictures[j] in placed)
    ]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _bursts(count: int, *links: tuple[Numbers, Numbers]) -> list[list[int]]:
    """What hangs together, each in order of its numbers."""
    first = np.concatenate([one for one, _ in links])
    second = np.concatenate([other for _, other in links])
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count, count))
    number, of = connected_components(graph, directed=False)
    members: list[list[int]] = [[] for _ in range(number)]
    for i, burst in enumerate(of):
        members[burst].append(i)
    return members
