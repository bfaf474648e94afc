"""The parts of an answer about the server, the database and trainings: no records stand behind them."""

from __future__ import annotations

from collections import Counter

import apsw

from store.local.figures.forms import (
    Cause,
    Change,
    DatabaseFigures,
    Figure,
    RetrainingFigures,
    RouteFigure,
    ServerFigures,
    Timing,
)
from store.local.figures.histograms import EMPTY, Tally
from store.local.figures.intervals import count_change, dispersion
from store.local.figures.snapshot import Snapshot
from store.local.figures.storage import FileSizes
from store.local.figures.timings import COMMIT, DATABASE, HTTP, QUERY
from store.local.figures.units import Span
from store.local.figures.windows import Frame

FAILED = "5xx"
_CAUSES = "SELECT cause, count(*) FROM retraining_trigger WHERE at >= ? AND at < ? GROUP BY cause"


def server_figures(frame: Frame, now: Snapshot, before: Snapshot | None) -> ServerFigures:
    """Requests of the window by route, the busiest first."""
    routes = now.timings.by(lambda row: row.key if row.key[0] == HTTP else None)
    return ServerFigures(
        requests=_requests(frame, now, before, None),
        errors=_requests(frame, now, before, FAILED),
        routes=[
            _route(str(name), str(outcome), tally)
            for (_, name, outcome), tally in sorted(routes.items(), key=lambda item: -item[1].n)
        ],
    )


def _requests(frame: Frame, now: Snapshot, before: Snapshot | None, outcome: str | None) -> Figure:
    counted = _by_hour(now, outcome)
    change = None
    if before is not None:
        earlier = _by_hour(before, outcome)
        spread = max(dispersion(list(counted.values())), dispersion(list(earlier.values())))
        found = count_change(counted.total(), earlier.total(), frame.share, spread)
        change = Change(found.value or 0.0, found.low or 0.0, found.high or 0.0)
    return Figure(counted.total(), counted.total(), change=change)


def _by_hour(snapshot: Snapshot, outcome: str | None) -> Counter[int]:
    found = Counter[int]()
    for row in snapshot.timings.rows:
        if row.key[0] == HTTP and outcome in (None, row.key[2]):
            found[row.start] += row.n
    return found


def _route(name: str, outcome: str, tally: Tally) -> RouteFigure:
    method, _, route = name.partition(" ")
    p50, p95, p99 = percentiles(tally)
    return RouteFigure(method, route, outcome, tally.n, p50, p95, p99)


def percentiles(tally: Tally) -> tuple[float | None, float | None, float | None]:
    """P50, P95 and P99 within ±1 %."""
    return tally.quick_quantile(0.5), tally.quick_quantile(0.95), tally.quick_quantile(0.99)


def database_figures(now: Snapshot, sizes: FileSizes) -> DatabaseFigures:
    """The file as it is, and what was measured in the window."""
    timed = now.timings.by(lambda row: row.key[1] if row.key[0] == DATABASE else None)
    commit, query = (timed.get(name, EMPTY) for name in (COMMIT, QUERY))
    return DatabaseFigures(
        *sizes, Timing(commit.n, *percentiles(commit)), Timing(query.n, *percentiles(query))
    )


def retraining_figures(connection: apsw.Connection, frame: Frame) -> RetrainingFigures:
    """What called for a training in the window."""
    now = _causes(connection, frame.span)
    change = None
    if frame.before is not None:
        found = count_change(now.total(), _causes(connection, frame.before).total(), frame.share, 1.0)
        change = Change(found.value or 0.0, found.low or 0.0, found.high or 0.0)
    return RetrainingFigures(
        Figure(now.total(), now.total(), change=change),
        [Cause(cause, count) for cause, count in now.most_common()],
    )


def _causes(connection: apsw.Connection, span: Span) -> Counter[str]:
    return Counter(dict(connection.execute(_CAUSES, span)))
