"""Figures over time: one point a bucket in which something was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable

from store.local.figures.forms import (
    AccuracyPoint,
    CountPoint,
    LatencyPoint,
    MemoryPoint,
    RequestPoint,
    Series,
)
from store.local.figures.histograms import EMPTY, Row, Tally, merged
from store.local.figures.intervals import wilson
from store.local.figures.rollup import ANSWER, BYTES, ERROR, TENSORS
from store.local.figures.server_part import percentiles
from store.local.figures.snapshot import Snapshot
from store.local.figures.timings import HTTP
from store.local.figures.windows import Frame

TIMED_STAGE = "inference"


def series(frame: Frame, now: Snapshot) -> Series:
    """Every series of a window."""
    return Series(
        latency=_latency(frame, now),
        accuracy=_accuracy(frame, now),
        memory=_memory(frame, now),
        answers=_counted(frame, now, ANSWER),
        errors=_counted(frame, now, ERROR),
        requests=_requests(frame, now),
    )


def _latency(frame: Frame, now: Snapshot) -> list[LatencyPoint]:
    def key(row: Row) -> tuple[int, str] | None:
        measure, group = row.key
        return (frame.point(row.start), now.groups[int(group)].backend) if measure == TIMED_STAGE else None

    found = now.histograms.by(key)
    together: dict[int, list[Tally]] = defaultdict(list)
    for (at, _), tally in found.items():
        together[at].append(tally)
    points = [LatencyPoint(at, None, *_timed(merged(parts))) for at, parts in together.items()]
    points += [LatencyPoint(at, backend, *_timed(tally)) for (at, backend), tally in found.items() if backend]
    return sorted(points, key=lambda point: (point.at, point.backend or ""))


def _timed(tally: Tally) -> tuple[int, float | None, float | None, float | None]:
    return tally.n, *percentiles(tally)


def _accuracy(frame: Frame, now: Snapshot) -> list[AccuracyPoint]:
    right, wrong = _points(frame, now, "right"), _points(frame, now, "wrong")
    points = []
    for at in sorted(right.keys() | wrong.keys()):
        n = right[at] + wrong[at]
        points.append(AccuracyPoint(at, n, right[at], *wilson(right[at], n)))
    return points


def _memory(frame: Frame, now: Snapshot) -> list[MemoryPoint]:
    def key(row: Row) -> Hashable | None:
        return (row.key[0], frame.point(row.start)) if row.key[0] in (BYTES, TENSORS) else None

    found = now.histograms.by(key)
    points = []
    for at in sorted({frame.point(row.start) for row in now.histograms.rows if row.key[0] == BYTES}):
        held, tensors = found.get((BYTES, at), EMPTY), found.get((TENSORS, at), EMPTY)
        means = (tally.total / max(1, tally.n) for tally in (held, tensors))
        mean_bytes, mean_tensors = means
        points.append(MemoryPoint(at, held.n, mean_bytes, held.largest(), mean_tensors, tensors.largest()))
    return points


def _counted(frame: Frame, now: Snapshot, what: str) -> list[CountPoint]:
    return [CountPoint(at, n) for at, n in sorted(_points(frame, now, what).items())]


def _points(frame: Frame, now: Snapshot, what: str) -> Counter[int]:
    found = Counter[int]()
    for one in now.counts:
        if one.what == what:
            found[frame.point(one.start)] += one.n
    return found


def _requests(frame: Frame, now: Snapshot) -> list[RequestPoint]:
    found = now.timings.by(lambda row: frame.point(row.start) if row.key[0] == HTTP else None)
    return [RequestPoint(at, *_timed(tally)) for at, tally in sorted(found.items())]
