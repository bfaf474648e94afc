"""How long the server's answers and the database's work took, kept in memory until they are written."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import NamedTuple

import apsw

from store.clock import Clock
from store.local.figures import buckets
from store.local.figures.sums import Histogram
from store.local.figures.units import HOUR, UNITS, floor_to

HTTP, DATABASE = "http", "database"
COMMIT, QUERY = "commit", "query"
_KEY = "unit = ? AND start = ? AND area = ? AND name = ? AND outcome = ?"
_FIND = f"SELECT n, total, buckets FROM figure_timing WHERE {_KEY}"  # noqa: S608
_PUT = "INSERT OR REPLACE INTO figure_timing VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class TimingKey(NamedTuple):
    """What took time: `start` is the hour; `http`, "GET /api/session", "2xx" or `database`, `commit`, ''."""

    start: int
    area: str
    name: str
    outcome: str


Taken = Mapping[TimingKey, Histogram]


class Timings:
    """Takes measurements from any thread, in about a microsecond each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[TimingKey, Histogram] = {}

    def note(self, area: str, name: str, outcome: str, seconds: float) -> None:
        """Notes one measurement."""
        key = TimingKey(floor_to(HOUR, self._clock.now_ms()), area, name, outcome)
        with self._lock:
            histogram = self._waiting.get(key)
            if histogram is None:
                histogram = self._waiting[key] = Histogram()
            histogram.add(1000 * seconds, round(1_000_000 * seconds))

    def take(self) -> Taken:
        """What was noted since the last call; who takes it writes it, or gives it back."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        return taken

    def give_back(self, taken: Taken) -> None:
        """Keeps what could not be written for the next time."""
        with self._lock:
            for key, histogram in taken.items():
                self._waiting.setdefault(key, Histogram()).merge(histogram)


def write(connection: apsw.Connection, taken: Taken) -> None:
    """Adds measurements to the tables, inside a writer's transaction."""
    for unit in UNITS:
        folded: dict[TimingKey, Histogram] = {}
        for key, histogram in taken.items():
            folded.setdefault(key._replace(start=floor_to(unit, key.start)), Histogram()).merge(histogram)
        for key, histogram in folded.items():
            row = (unit, *key)
            n, total, packed = next(iter(connection.execute(_FIND, row)), (0, 0, b""))
            packed = buckets.added(packed, histogram.buckets)
            connection.execute(_PUT, (*row, n + histogram.n, total + histogram.total, packed))
