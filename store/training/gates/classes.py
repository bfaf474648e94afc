"""Does a candidate lose a label, or offer one that it does not recognise?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.training.gates.accuracy import MOST_PICTURES
from store.training.gates.gate import Gate, Version

Right = NDArray[np.bool_]
Integers = NDArray[np.integer]

LEVEL = 0.05
ENOUGH = 5  # pictures held back of one label: fewer cannot show a fall
REST = "the rarer labels together"


@dataclass(frozen=True)
class Fall:
    """How a label fares: pictures, right by the candidate and by the active version, and by chance alone.

    `fallen` is the probability that a version which is as good loses at least so many and gains no more.
    `unknown` is the probability that answers which have nothing to do with the label hit it as often.
    """

    label: str
    count: int
    candidate: int
    active: int
    fallen: float
    unknown: float

    @property
    def failed(self) -> bool:
        """Whether it fell by more than its interval, or is offered and not recognised."""
        return self.fallen < LEVEL or self.unknown >= LEVEL


def classes_gate(
    truth: Sequence[str | None], candidate: Version, right: Right, active: Right, pictures: Integers
) -> Gate:
    """Passes where no label with five pictures held back falls by more than its interval.

    `truth` is [h], as are who was right (`right` the candidate) and the pictures' numbers. A fall is
    McNemar's exact test, one-sided, at 5 %: the interval of the difference lies below nought. Labels with
    fewer pictures are judged together. A label of the candidate's that it misses more often than not, and
    says of its pictures no more often than of others (Fisher's exact test), fails, too: the active version
    may not know it, and so cannot have been better.
    """
    groups, said = _groups(truth), candidate.first()
    falls = []
    for label, places in groups.items():
        unknown = _unknown(label, places, said) if label in candidate.labels else 0.0
        falls.append(_fall(label, right[places], active[places], unknown))
    if not falls:
        return Gate("classes", None, "No label has enough pictures held back to be judged by itself.")
    failed = [fall for fall in falls if fall.failed]
    lost = [place for fall in failed for place in groups[fall.label] if not right[place]]
    worst = min((fall.candidate - fall.active) / fall.count for fall in falls)
    shown = pictures[np.array(lost, dtype=np.int64)][:MOST_PICTURES].tolist()
    return Gate("classes", not failed, _sentence(failed, len(falls)), worst, 0.0, shown)


def _groups(truth: Sequence[str | None]) -> dict[str, list[int]]:
    """The places [h] of each label that has enough, and of all others together where these are enough."""
    places: dict[str, list[int]] = {}
    for place, label in enumerate(truth):
        if label is not None:
            places.setdefault(label, []).append(place)
    rest = [place for found in places.values() if len(found) < ENOUGH for place in found]
    judged = {label: found for label, found in places.items() if len(found) >= ENOUGH}
    return judged | ({REST: rest} if len(rest) >= ENOUGH else {})


def _fall(label: str, candidate: Right, active: Right, unknown: float) -> Fall:
    """Of the label's own pictures."""
    lost, gained = int((active & ~candidate).sum()), int((candidate & ~active).sum())
    fallen = binomial_tail(lost + gained, lost)
    return Fall(label, len(candidate), int(candidate.sum()), int(active.sum()), fallen, unknown)


def _unknown(label: str, places: Sequence[int], said: Sequence[str]) -> float:
    hits = sum(said[place] == label for place in places)
    if 2 * hits >= len(places):
        return 0.0
    return hypergeometric_tail(len(said), sum(name == label for name in said), len(places), hits)


def binomial_tail(count: int, least: int) -> float:
    """P(X >= least) for X of `count` fair coins; exact."""
    ways = sum(math.comb(count, hits) for hits in range(least, count + 1))
    return float(ways / (1 << count))


def hypergeometric_tail(total: int, marked: int, drawn: int, least: int) -> float:
    """P(X >= least) for X marked among `drawn` of `total`, `marked` of them marked; exact."""
    ways = sum(
        math.comb(marked, hits) * math.comb(total - marked, drawn - hits)
        for hits in range(least, min(marked, drawn) + 1)
    )
    return ways / math.comb(total, drawn)


def _sentence(failed: list[Fall], count: int) -> str:
    if not failed:
        return f"None of the {count:,} labels that can be judged falls by more than chance."
    told = [
        f"“{fall.label}” {fall.candidate:,} of {fall.count:,} right (the model at work {fall.active:,})"
        for fall in sorted(failed, key=lambda fall: fall.candidate - fall.active)
    ]
    more = f" and {len(told) - 3:,} more" if len(told) > 3 else ""  # noqa: PLR2004
    return f"It does not recognise what it should: {', '.join(told[:3])}{more}."
