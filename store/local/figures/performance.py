"""Everything that `GET /api/metrics/performance` answers, from one snapshot of the memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw

from store.local.figures import storage
from store.local.figures.buckets import RELATIVE_ERROR
from store.local.figures.forms import Performance, StorageFigure
from store.local.figures.parts import Parts
from store.local.figures.rollup import behind
from store.local.figures.series import series
from store.local.figures.server_part import database_figures, retraining_figures, server_figures
from store.local.figures.snapshot import Snapshot, recorded_span
from store.local.figures.units import DAY
from store.local.figures.windows import Asked, Frame


def performance(
    connection: apsw.Connection, path: Path, asked: Asked, now_ms: int, folders: Sequence[StorageFigure]
) -> Performance:
    """The figures of a window; `path` is the database's file, `folders` what lies beside it."""
    frame = Frame.of(asked, now_ms, recorded_span(connection))
    now = Snapshot(connection, asked, frame.span, min(frame.bucket, DAY))
    before = None if frame.before is None else Snapshot(connection, asked, frame.before)
    parts = Parts(frame, now, before)
    sizes = storage.file_sizes(connection, path)
    return Performance(
        window=frame.window,
        previous=frame.previous,
        pending=behind(connection),
        relative_error=RELATIVE_ERROR,
        counts=parts.counts(),
        latency=parts.latency(),
        accuracy=parts.accuracy(),
        errors=parts.errors(),
        devices=parts.devices(),
        memory=parts.memory(),
        server=server_figures(frame, now, before),
        database=database_figures(now, sizes),
        storage=[*storage.in_file(connection), *folders],
        retraining=retraining_figures(connection, frame),
        series=series(frame, now),
    )
