"""What the tables of figures hold about one span of time, for one choice of version and backend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import apsw

from store.drift.accuracy import audited
from store.local.figures.groups import Group, slice_name
from store.local.figures.histograms import Histograms, Row, Tally
from store.local.figures.intervals import Estimate, dispersion
from store.local.figures.units import DAY, HOUR, Span
from store.local.figures.windows import Asked
from store.local.learning import audit_rows
from store.local.learning.label_book import mapping_of

_COUNTS = "SELECT start, what, grp, detail, n FROM figure_count WHERE unit = ? AND start >= ? AND start < ?"
_HISTOGRAMS = """
SELECT start, measure, grp, n, total, buckets FROM figure_histogram
WHERE unit = ? AND start >= ? AND start < ?
"""
_TIMINGS = """
SELECT start, area, name, outcome, n, total, buckets FROM figure_timing
WHERE unit = ? AND start >= ? AND start < ?
"""
_DISTINCT = """
SELECT coalesce(sum(n), 0) FROM figure_distinct
WHERE what = ? AND slice = ? AND start >= ? AND start < ? AND following >= ?
"""
_RECORDED = """
SELECT (SELECT min(start) FROM figure_{table} WHERE unit = {unit}),
       (SELECT max(start) FROM figure_{table} WHERE unit = {unit})
"""
_SEVERAL = 3  # so many whole days, or their hours are taken to tell how events spread


class Count(NamedTuple):
    """A row of `figure_count`; `day` whether it is about a whole day."""

    start: int
    day: bool
    what: str
    group: Group
    detail: str
    n: int


def recorded_span(connection: apsw.Connection) -> Span | None:
    """The hours from the first record to the last, None before the first one."""
    starts = [
        start
        for table in ("count", "timing")
        for start in next(connection.execute(_RECORDED.format(table=table, unit=HOUR)))
        if start is not None
    ]
    return Span(min(starts), max(starts) + HOUR) if starts else None


@dataclass(frozen=True)
class Snapshot:
    """Counts and histograms of a span; `longest` is how long the pieces may be that they are read in."""

    connection: apsw.Connection
    asked: Asked
    span: Span
    longest: int = DAY

    @cached_property
    def groups(self) -> dict[int, Group]:
        """The groups that are asked for."""
        rows = self.connection.execute("SELECT number, version, backend FROM figure_group")
        return {
            number: Group(version, backend)
            for number, version, backend in rows
            if self.asked.model_version in (None, version) and self.asked.backend in (None, backend)
        }

    @cached_property
    def counts(self) -> list[Count]:
        """All counts, at the hours or the day that they are of."""
        return [
            Count(start, unit == DAY, what, self.groups[group], detail, n)
            for unit, *bounds in self.span.pieces(self.longest)
            for start, what, group, detail, n in self.connection.execute(_COUNTS, (unit, *bounds))
            if group in self.groups
        ]

    @cached_property
    def audited(self) -> tuple[Estimate, int]:
        """The share of right answers among those drawn by chance, and from how many words."""
        found = audit_rows.drawn(
            self.connection,
            mapping_of(self.connection),
            version=self.asked.model_version,
            backend=self.asked.backend,
            span=self.span,
        )
        return audited(found)

    def count(self, *what: str) -> int:
        """How many of these there were."""
        return sum(one.n for one in self.counts if one.what in what)

    def spread(self, *what: str) -> float:
        """How much more the counts of equal pieces of time vary than if these came alone."""
        return self.spread_of((one.start, one.n) for one in self.counts if one.what in what)

    def spread_of(self, counts: Iterable[tuple[int, int]]) -> float:
        """The same of counts at the starts of hours and days."""
        days = (self.span.end - self.span.start) // DAY
        unit = DAY if days > _SEVERAL else HOUR
        pieces: Counter[int] = Counter()
        for start, n in counts:
            pieces[(start - self.span.start) // unit] += n
        return dispersion(pieces.values(), (self.span.end - self.span.start) // unit)

    def distinct(self, what: str) -> int:
        """How many different pictures or sessions there were."""
        name = slice_name(self.asked.model_version, self.asked.backend)
        bounds = (what, name, self.span.start, self.span.end, self.span.end)
        return int(self.connection.execute(_DISTINCT, bounds).get)

    @cached_property
    def histograms(self) -> Histograms:
        """Latency and memory; keys are (measure, group's number)."""
        return Histograms(self._histogram_rows())

    def _histogram_rows(self) -> Iterator[Row]:
        for unit, *bounds in self.span.pieces(self.longest):
            for start, measure, group, n, total, packed in self.connection.execute(
                _HISTOGRAMS, (unit, *bounds)
            ):
                if group in self.groups:
                    yield Row(start, (measure, group), n, total, packed)

    @cached_property
    def tallies(self) -> dict[tuple[str, Group], Tally]:
        """The whole span by measure and group."""
        return self.histograms.by(lambda row: (str(row.key[0]), self.groups[int(row.key[1])]))

    @cached_property
    def timings(self) -> Histograms:
        """What the server and the database took; keys are (area, name, outcome)."""
        return Histograms(
            Row(start, (area, name, outcome), n, total, packed)
            for unit, *bounds in self.span.pieces(self.longest)
            for start, area, name, outcome, n, total, packed in self.connection.execute(
                _TIMINGS, (unit, *bounds)
            )
        )
