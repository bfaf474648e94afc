"""Counts and histograms that are about to be added to the tables, or taken away from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import apsw

from store.local.figures import buckets
from store.local.figures.units import UNITS, floor_to

_ADD_COUNT = """
INSERT INTO figure_count VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (unit, start, what, grp, detail) DO UPDATE SET n = n + excluded.n
"""
_DROP_COUNT = """
DELETE FROM figure_count WHERE unit = ? AND start = ? AND what = ? AND grp = ? AND detail = ? AND n = 0
"""
_HISTOGRAM_KEY = "unit = ? AND start = ? AND measure = ? AND grp = ?"
_FIND_HISTOGRAM = f"SELECT n, total, buckets FROM figure_histogram WHERE {_HISTOGRAM_KEY}"  # noqa: S608
_PUT_HISTOGRAM = "INSERT OR REPLACE INTO figure_histogram VALUES (?, ?, ?, ?, ?, ?, ?)"
_DROP_HISTOGRAM = f"DELETE FROM figure_histogram WHERE {_HISTOGRAM_KEY}"  # noqa: S608
_STORE = "UPDATE figure_storage SET bytes = bytes + ?, count = count + ? WHERE kind = ?"


class CountKey(NamedTuple):
    """What is counted: `start` is the hour, `detail` a device, or stage and code of an error."""

    start: int
    what: str
    group: int
    detail: str


class HistogramKey(NamedTuple):
    """What is measured: `start` is the hour."""

    start: int
    measure: str
    group: int


@dataclass
class Histogram:
    """How many values, their exact sum in whole units, and their buckets."""

    n: int = 0
    total: int = 0
    buckets: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, value: float, whole: int, sign: int = 1) -> None:
        """Adds (or with −1 takes away) one value; `whole` is what it adds to the sum."""
        self.n += sign
        self.total += sign * whole
        self.buckets[buckets.bucket_of(value)] += sign

    def merge(self, other: Histogram) -> None:
        """Adds all of another one."""
        self.n += other.n
        self.total += other.total
        for bucket, n in other.buckets.items():
            self.buckets[bucket] += n


class Sums:
    """What a job changes, by the hour; `write` puts it into the rows of hours and of days."""

    def __init__(self) -> None:
        self.counts: Counter[CountKey] = Counter()
        self.histograms: dict[HistogramKey, Histogram] = {}
        self.storage: dict[str, tuple[int, int]] = {}

    def histogram(self, key: HistogramKey) -> Histogram:
        """The histogram of this key, an empty one at first."""
        found = self.histograms.get(key)
        if found is None:
            found = self.histograms[key] = Histogram()
        return found

    def store(self, kind: str, size: int) -> None:
        """Counts one stored thing of `size` bytes."""
        before, count = self.storage.get(kind, (0, 0))
        self.storage[kind] = before + size, count + 1

    def write(self, connection: apsw.Connection) -> None:
        """Adds everything to the tables; rows that come to nothing go."""
        for unit in UNITS:
            _write_counts(connection, unit, self.counts)
            _write_histograms(connection, unit, self.histograms)
        connection.executemany(_STORE, [(*change, kind) for kind, change in self.storage.items()])


def _write_counts(connection: apsw.Connection, unit: int, counts: Counter[CountKey]) -> None:
    folded: Counter[CountKey] = Counter()
    for key, n in counts.items():
        folded[key._replace(start=floor_to(unit, key.start))] += n
    connection.executemany(_ADD_COUNT, [(unit, *key, n) for key, n in folded.items() if n])
    connection.executemany(_DROP_COUNT, [(unit, *key) for key, n in folded.items() if n < 0])


def _write_histograms(
    connection: apsw.Connection, unit: int, histograms: dict[HistogramKey, Histogram]
) -> None:
    folded: dict[HistogramKey, Histogram] = {}
    for key, histogram in histograms.items():
        folded.setdefault(key._replace(start=floor_to(unit, key.start)), Histogram()).merge(histogram)
    for key, histogram in folded.items():
        row = (unit, *key)
        n, total, packed = next(iter(connection.execute(_FIND_HISTOGRAM, row)), (0, 0, b""))
        if n + histogram.n > 0:
            packed = buckets.added(packed, histogram.buckets)
            connection.execute(_PUT_HISTOGRAM, (*row, n + histogram.n, total + histogram.total, packed))
        else:
            connection.execute(_DROP_HISTOGRAM, row)
