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
from store.local.figures.intervals import count_change
from store.local.figures.snapshot import Snapshot
from store.local.figures.storage import FileSizes
from store.local.figures.timings import COMMIT, DATABASE, HTTP, QUERY
from store.local.figures.units import Span
from store.local.figures.windows import Frame

FAILED = "5xx"
_CAUSES = """
SELECT cause, count(*) FROM trigger_decision
WHERE decision NOT IN ('baseline', 'used') AND decided_at >= ? AND decided_at < ? GROUP BY cause
"""


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
    counted = _counts(now, outcome)
    n, change = sum(count for _, count in counted), None
    if before is not None:
        earlier = _counts(before, outcome)
        spread = max(now.spread_of(counted), before.spread_of(earlier))
        found = count_change(n, sum(count for _, count in earlier), frame.share, spread)
        change = Change(found.value or 0.0, found.low or 0.0, found.high or 0.0)
    return Figure(n, n, change=change)


def _counts(snapshot: Snapshot, outcome: str | None) -> list[tuple[int, int]]:
    """How many requests there were, and when."""
    return [
        (row.start, row.n)
        for row in snapshot.timings.rows
        if row.key[0] == HTTP and outcome in (None, row.key[2])
    ]


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
