"""How long this process took for its answers; Prometheus adds the processes up."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

EDGES_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Timed(NamedTuple):
    """The answers of one kind: how many took at most each of `EDGES_S`, how many in all, and the seconds."""

    labels: tuple[str, str, str]
    at_most: list[tuple[float, int]]
    n: int
    total_s: float


class RequestTimes:
    """Counts answers by method, route and status. One thread uses it."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], Counter[int]] = {}
        self._totals: Counter[tuple[str, str, str]] = Counter()
        self._seconds: dict[tuple[str, str, str], float] = {}

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answer."""
        labels = (method, route, str(status))
        self._counts.setdefault(labels, Counter())[bisect_left(EDGES_S, seconds)] += 1
        self._totals[labels] += 1
        self._seconds[labels] = self._seconds.get(labels, 0.0) + seconds

    def found(self) -> Iterator[Timed]:
        """All kinds so far."""
        for labels, counts in self._counts.items():
            so_far, steps = 0, []
            for place, edge in enumerate(EDGES_S):
                so_far += counts[place]
                steps.append((edge, so_far))
            yield Timed(labels, steps, self._totals[labels], self._seconds[labels])
