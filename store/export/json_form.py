"""JSON as one document, and JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from store.export.filters import Filters
from store.export.record_form import exported
from store.export.rows import Selected

SCHEMA = 1
_ENCODER = msgspec.json.Encoder()


def json_pieces(selection: Selected, filters: Filters, now_ms: int) -> Iterator[bytes]:
    """`{"schema": 1, "exportedAt": …, "filters": {…}, "statistics": […]}` in UTF-8, one record a line."""
    moment = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
    head = _ENCODER.encode({"schema": SCHEMA, "exportedAt": moment, "filters": filters})
    yield head[:-1] + b',"statistics":['
    before = b"\n"
    for rows in selection.chunks():
        if not rows:
            yield b""
            continue
        yield before + b",\n".join(_ENCODER.encode(exported(row)) for row in rows)
        before = b",\n"
    yield b"\n]}\n"


def json_lines_pieces(selection: Selected) -> Iterator[bytes]:
    """One record a line, in UTF-8."""
    for rows in selection.chunks():
        yield _ENCODER.encode_lines([exported(row) for row in rows])
