"""Everything since the beginning, for `GET /metrics`: counts and histograms, as can be added over devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec

from store.local.figures import buckets
from store.local.figures.histograms import Tally
from store.local.figures.rollup import ANSWER, BYTES, ERROR, STAGES, behind
from store.local.figures.snapshot import Snapshot, recorded_span
from store.local.figures.storage import FileSizes, file_sizes, in_file
from store.local.figures.timings import DATABASE, HTTP
from store.local.figures.units import Span
from store.local.figures.windows import Asked
from store.local.figures.words import CORRECTED, WORDS

# Whole buckets, so that nothing is estimated: from 1.02 ms to 67 s, and from 1.07 MB to 4.4 TB, each about
# twice the one before.
TIME_EDGES = tuple(range(10 * buckets.DOUBLING, 27 * buckets.DOUBLING, buckets.DOUBLING))
SIZE_EDGES = tuple(range(30 * buckets.DOUBLING, 53 * buckets.DOUBLING, buckets.DOUBLING))
_OUTBOX = "SELECT recorded, accepted, waiting, rejected FROM outbox_state"
_DROPPED = "SELECT reason, count FROM outbox_dropped"
_CAUSES = (
    "SELECT cause, count(*) FROM trigger_decision WHERE decision NOT IN ('baseline', 'used') GROUP BY cause"
)


class Distribution(NamedTuple):
    """A histogram in seconds or bytes: how many were at most each edge, and the exact sum."""

    labels: tuple[str, ...]
    at_most: list[tuple[float, int]]
    n: int
    total: float


class Counted(NamedTuple):
    """A count and what it is of."""

    labels: tuple[str, ...]
    n: int


class Totals(NamedTuple):
    """Labels: answers (version, backend); words (version, backend, word); errors (stage, code); stages
    (stage, version, backend); memory (version, backend); requests (method, route, status); database
    (operation); storage (kind), in bytes and things; outbox (state, reason), '' but for what was dropped."""

    answers: list[Counted]
    words: list[Counted]
    errors: list[Counted]
    stages: list[Distribution]
    memory: list[Distribution]
    requests: list[Distribution]
    database: list[Distribution]
    sizes: FileSizes
    storage_bytes: list[Counted]
    storage_count: list[Counted]
    recorded: int
    outbox: list[Counted]
    triggers: list[Counted]
    pending: int


def totals(connection: apsw.Connection, path: Path) -> Totals:
    """All of it, from one snapshot of the memory."""
    span = recorded_span(connection) or Span(0, 0)
    now = Snapshot(connection, Asked("all"), span)
    storage = in_file(connection)
    ((recorded, *queued),) = connection.execute(_OUTBOX)
    timings = now.timings.by(lambda row: row.key)
    return Totals(
        answers=_counts((one.group, one.n) for one in now.counts if one.what == ANSWER),
        words=_counts(
            ((*one.group, one.what), one.n) for one in now.counts if one.what in (*WORDS.values(), CORRECTED)
        ),
        errors=_counts((_error(one.detail), one.n) for one in now.counts if one.what == ERROR),
        stages=[
            _times((stage, *group), tally) for (stage, group), tally in now.tallies.items() if stage in STAGES
        ],
        memory=[_sizes(group, tally) for (measure, group), tally in now.tallies.items() if measure == BYTES],
        requests=[
            _times((*str(name).split(" ", 1), str(outcome)), tally)
            for (area, name, outcome), tally in timings.items()
            if area == HTTP
        ],
        database=[
            _times((str(name),), tally) for (area, name, _), tally in timings.items() if area == DATABASE
        ],
        sizes=file_sizes(connection, path),
        storage_bytes=[Counted((one.kind,), one.bytes) for one in storage],
        storage_count=[Counted((one.kind,), one.count) for one in storage if one.kind != "other"],
        recorded=recorded,
        outbox=_outbox(connection, *queued),
        triggers=[Counted((cause,), n) for cause, n in connection.execute(_CAUSES)],
        pending=behind(connection),
    )


def _counts(pairs: Iterable[tuple[tuple[str, ...], int]]) -> list[Counted]:
    found = Counter[tuple[str, ...]]()
    for labels, n in pairs:
        found[tuple(labels)] += n
    return [Counted(labels, n) for labels, n in sorted(found.items())]


def _error(detail: str) -> tuple[str, str]:
    return msgspec.json.decode(detail, type=tuple[str, str])


def _outbox(connection: apsw.Connection, accepted: int, waiting: int, rejected: int) -> list[Counted]:
    states = {"accepted": accepted, "waiting": waiting, "rejected": rejected}
    dropped = [Counted(("dropped", reason), n) for reason, n in connection.execute(_DROPPED)]
    return [*(Counted((state, ""), n) for state, n in states.items()), *dropped]


def _times(labels: tuple[str, ...], tally: Tally) -> Distribution:
    """Buckets are of milliseconds, the sum of whole microseconds."""
    at_most = [(buckets.upper_edge(edge) / 1000, tally.at_most(edge)) for edge in TIME_EDGES]
    return Distribution(labels, at_most, tally.n, tally.total / 1_000_000)


def _sizes(labels: tuple[str, ...], tally: Tally) -> Distribution:
    at_most = [(buckets.upper_edge(edge), tally.at_most(edge)) for edge in SIZE_EDGES]
    return Distribution(tuple(labels), at_most, tally.n, float(tally.total))
