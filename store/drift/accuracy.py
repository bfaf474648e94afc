"""How often answers are right, and whether they have become worse; all from counts, without a database."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from store.local.figures.intervals import NOTHING, Estimate, Z, difference, wilson

Way = Literal["volunteered", "reviewed", "open"]
Source = Literal["audited", "feedback"]
LEAST = 30  # answers with a word, or nothing is said of them
MOST = 400  # answers at the beginning and at the end that are compared


class Drawn(NamedTuple):
    """An answer that was drawn by chance: how it came to a word (`open`: it has none), and what was said."""

    way: Way
    right: bool | None


class Share(Struct, frozen=True, rename="camel"):
    """A share of right answers with its 95 % bounds, from `n` answers."""

    value: float
    low: float
    high: float
    n: int


class AccuracyChange(Struct, frozen=True, rename="camel"):
    """The first and the last answers of one version. `drop` is in points (hundredths), with 95 % bounds."""

    source: Source
    before: Share
    now: Share
    drop: float
    low: float
    high: float


def audited(drawn: Iterable[Drawn]) -> tuple[Estimate, int]:
    """The share of right answers among all that were drawn, and from how many words.

    People speak up sooner about an answer that is wrong. So those of whom they spoke by themselves stand for
    themselves alone, and those that were asked about stand for all the others, the open ones included: double
    sampling for stratification (Cochran 1977, Sampling Techniques, section 12.2), a sum of proportions with
    the strata's shares as weights. Its interval is by MOVER for such sums (Zou, Huang & Zhang 2009,
    Computational Statistics & Data Analysis 53:1080), and wider by how uncertain the shares are. No estimate
    while others are open and none of them was asked about.
    """
    counted = Counter(drawn)
    volunteered = [counted[Drawn("volunteered", right)] for right in (True, False)]
    reviewed = [counted[Drawn("reviewed", right)] for right in (True, False)]
    others = counted.total() - sum(volunteered)
    n = sum(volunteered) + sum(reviewed)
    if n == 0 or (others and not sum(reviewed)):
        return NOTHING, 0
    strata = [(sum(volunteered), wilson(volunteered[0], sum(volunteered)))]
    strata.append((others, wilson(reviewed[0], sum(reviewed))))
    return _weighted([(weight, found) for weight, found in strata if weight]), n


def _weighted(strata: Sequence[tuple[int, Estimate]]) -> Estimate:
    total = sum(weight for weight, _ in strata)
    value = squares = below = above = 0.0
    for weight, (middle, low, high) in strata:
        if middle is None or low is None or high is None:
            return NOTHING
        share = weight / total
        value += share * middle
        squares += share * middle * middle
        below += (share * (middle - low)) ** 2
        above += (share * (high - middle)) ** 2
    of_shares = Z * Z * max(0.0, squares - value * value) / total
    below, above = below + of_shares, above + of_shares
    return Estimate(value, max(0.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above)))


def audited_change(drawn: Sequence[Drawn]) -> AccuracyChange | None:
    """How the last drawn answers of a version (in their order) compare with its first; None: too few."""
    size = min(MOST, len(drawn) // 2)
    before, now = drawn[:size], drawn[len(drawn) - size :]
    return _change("audited", audited(before), audited(now))


def volunteered_change(right: Sequence[bool]) -> AccuracyChange | None:
    """The same from what people said by themselves: biased, but on both sides alike."""
    size = min(MOST, len(right) // 2)
    before, now = right[:size], right[len(right) - size :]
    return _change("feedback", (wilson(sum(before), size), size), (wilson(sum(now), size), size))


def _change(source: Source, before: tuple[Estimate, int], now: tuple[Estimate, int]) -> AccuracyChange | None:
    if min(before[1], now[1]) < LEAST:
        return None
    found = difference(before[0], now[0])
    if found is None or found.value is None or found.low is None or found.high is None:
        return None
    drop, low, high = (round(100 * number, 2) for number in (found.value, found.low, found.high))
    return AccuracyChange(source, _share(*before), _share(*now), drop, low, high)


def _share(found: Estimate, n: int) -> Share:
    return Share(found.value or 0.0, found.low or 0.0, found.high or 0.0, n)
