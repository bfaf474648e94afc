"""Histograms as they are read and merged, by numpy: a window is some hundred thousand buckets.

Loaded when figures are first asked for, since numpy takes a tenth of a second to import.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from store.local.figures import buckets
from store.local.figures.intervals import NOTHING, Estimate, mean, quantile_rank, quantile_ranks

K = TypeVar("K", bound=Hashable)
_PAIR = np.dtype([("bucket", "<u2"), ("n", "<u4")])
_DIGITS = 3


class Row(NamedTuple):
    """A histogram as a table holds it; `key` is all of its key but the time."""

    start: int
    key: tuple[str | int, ...]
    n: int
    total: int
    packed: bytes


@dataclass(frozen=True)
class Tally:
    """Merged histograms: how many values, their exact sum in whole units, and how many in each bucket from
    `first` on."""

    n: int
    total: int
    counts: NDArray[np.int64]
    first: int

    def quantile(self, p: float) -> Estimate:
        """A quantile within ±1 %, with 95 % bounds by order statistics that allow for the buckets' width."""
        if self.n == 0:
            return NOTHING
        rank, low, high = quantile_ranks(self.n, p)
        return Estimate(
            round(buckets.middle(self._bucket_at(rank)), _DIGITS),
            None if low is None else round(buckets.lower_edge(self._bucket_at(low)), _DIGITS),
            None if high is None else round(buckets.upper_edge(self._bucket_at(high)), _DIGITS),
        )

    def over(self, p: float) -> float:
        """What is slower than the quantile is over this: the largest value in its bucket."""
        edge = buckets.upper_edge(self._bucket_at(quantile_rank(self.n, p)))
        return math.ceil(edge * 1000) / 1000

    def at_most(self, bucket: int) -> int:
        """How many values are in a bucket or in one before."""
        return int(self.counts[: max(0, bucket - self.first + 1)].sum())

    def quick_quantile(self, p: float) -> float | None:
        """The quantile alone."""
        if self.n == 0:
            return None
        return round(buckets.middle(self._bucket_at(quantile_rank(self.n, p))), _DIGITS)

    def mean(self) -> Estimate:
        """The exact mean; its bounds from the variance among the buckets. In whole units."""
        if self.n == 0:
            return NOTHING
        used = np.flatnonzero(self.counts)
        values = np.array([buckets.middle(self.first + index) for index in used.tolist()])
        weights = self.counts[used]
        centre = float((values * weights).sum()) / self.n
        variance = float((weights * (values - centre) ** 2).sum()) / max(1, self.n - 1)
        return mean(self.n, self.total, variance)

    def largest(self) -> float:
        """The largest value within ±1 %; 0 for nothing."""
        return buckets.middle(self.first + int(np.flatnonzero(self.counts)[-1])) if self.n else 0.0

    def _bucket_at(self, rank: int) -> int:
        return self.first + int(self._cumulated.searchsorted(rank))

    @cached_property
    def _cumulated(self) -> NDArray[np.int64]:
        return self.counts.cumsum()


class Histograms:
    """Many histograms, to be merged by whatever part of their time and key."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: Sequence[Row] = list(rows)
        pairs = np.frombuffer(b"".join(row.packed for row in self.rows), dtype=_PAIR)
        lengths = np.array([len(row.packed) // _PAIR.itemsize for row in self.rows], dtype=np.int64)
        self._owners = np.repeat(np.arange(len(self.rows)), lengths)
        self._first = int(pairs["bucket"].min()) if len(pairs) else 0
        self._buckets = pairs["bucket"].astype(np.int64) - self._first
        self._counts = pairs["n"].astype(np.float64)  # exact to 2^53
        self._width = int(self._buckets.max()) + 1 if len(pairs) else 1

    def by(self, key: Callable[[Row], K | None]) -> dict[K, Tally]:
        """The histograms merged by `key`; those with None are left out."""
        places: dict[K, int] = {}
        n: list[int] = []
        total: list[int] = []
        place_of = np.empty(len(self.rows), dtype=np.int64)
        for index, row in enumerate(self.rows):
            name = key(row)
            if name is None:
                place_of[index] = -1
                continue
            place = places.setdefault(name, len(places))
            if place == len(n):
                n.append(0)
                total.append(0)
            n[place] += row.n
            total[place] += row.total
            place_of[index] = place
        matrix = self._matrix(place_of, len(places))
        return {
            name: Tally(n[place], total[place], matrix[place], self._first) for name, place in places.items()
        }

    def _matrix(self, place_of: NDArray[np.int64], height: int) -> NDArray[np.int64]:
        places = place_of[self._owners]
        used = places >= 0
        flat = places[used] * self._width + self._buckets[used]
        added = np.bincount(flat, weights=self._counts[used], minlength=height * self._width)
        return added.astype(np.int64).reshape(height, self._width)


EMPTY = Tally(0, 0, np.zeros(1, dtype=np.int64), 0)


def merged(tallies: Iterable[Tally]) -> Tally:
    """All of them as one; they come from one `by`, or are EMPTY."""
    chosen = [tally for tally in tallies if tally.n]
    if not chosen:
        return EMPTY
    counts = np.sum([tally.counts for tally in chosen], axis=0)
    n, total = sum(tally.n for tally in chosen), sum(tally.total for tally in chosen)
    return Tally(n, total, counts, chosen[0].first)
