"""About how many records an export will take and how long: by reading a few chunks spread over the memory."""

from __future__ import annotations

import msgspec

from store.clock import Clock
from store.export.csv_form import cells
from store.export.selection import Selection

CHUNKS = 16


class Preview(msgspec.Struct, frozen=True, rename="camel"):
    """`exact` where all were counted; `seconds` is about what reading and writing them as text takes."""

    records: int
    exact: bool
    seconds: float


def preview(selection: Selection, clock: Clock) -> Preview:
    """Reads at most 16 chunks, spread evenly, and reckons with as many in what lies between."""
    started = clock.monotonic()
    found, share = 0, 0.0
    for rows, part in selection.spread(CHUNKS):
        found += len([cells(row) for row in rows])
        share += part
    took = clock.monotonic() - started
    if share >= 1:
        return Preview(found, True, took)
    return Preview(round(found / share), False, took / share)
