"""The physical limit: the store's own SQLite and settings, rows that are ready made, a commit a batch.

One thread, no JSON, no checks, no look for duplicates: `executemany` into every table that a record touches.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec

from store.events import StatisticsBatch
from store.local.connection import LocalDatabase
from store.local.decoding import decode
from store.local.rows import RECORD_COLUMNS, DeviceRow, Origin, Row, device_row, prepare

_DEVICE = "INSERT OR IGNORE INTO device VALUES (?, ?)"
_PICTURE = "INSERT INTO picture VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
_RECORD = (
    f"INSERT INTO record (number, {', '.join(RECORD_COLUMNS)}, picture) "  # noqa: S608 - our own column names
    f"VALUES (?, {', '.join('?' * len(RECORD_COLUMNS))}, (SELECT number FROM picture WHERE sha256 = ?))"
)
_ENQUEUE = "INSERT INTO outbox (seq, bytes) VALUES (?, ?)"
_COUNT_IN = """
UPDATE outbox_state SET next_number = next_number + ?1, recorded = recorded + ?1, waiting = waiting + ?1,
    bytes = bytes + ?2
"""
_PAYLOAD = RECORD_COLUMNS.index("payload")


class Rows(NamedTuple):
    """What one batch becomes."""

    device: DeviceRow
    pictures: list[Row]
    records: list[Row]
    queued: list[tuple[int, int]]
    counts: tuple[int, int]


def make_rows(bodies: Sequence[bytes]) -> list[Rows]:
    """Rows of all bodies, by the store's own rules."""
    first = 1
    made: list[Rows] = []
    for body in bodies:
        batch = msgspec.json.decode(body, type=StatisticsBatch)
        made.append(_rows(batch, first))
        first += len(batch.statistics)
    return made


def _rows(batch: StatisticsBatch, first: int) -> Rows:
    if batch.device_info is None:
        raise ValueError("the benchmark's batches name their device")
    device = device_row(batch.device_info)
    origin = Origin(batch.session_id, b"", 1_700_000_000_000, device)
    prepared = [
        prepare(decode(bytes(record)), index, origin) for index, record in enumerate(batch.statistics)
    ]
    pictures: list[Row] = [tuple(item.parts.picture) for item in prepared if item.parts.picture]
    hashes = [item.parts.picture.sha256 if item.parts.picture else None for item in prepared]
    numbered = enumerate(zip(prepared, hashes, strict=True), first)
    records: list[Row] = [(number, *item.row, sha256) for number, (item, sha256) in numbered]
    payloads = [str(item.row[_PAYLOAD]) for item in prepared]
    queued = [(number, len(payload.encode())) for number, payload in enumerate(payloads, first)]
    return Rows(device, pictures, records, queued, (len(queued), sum(size for _, size in queued)))


def write(database: Path, batches: Sequence[Rows]) -> float:
    """Seconds for all batches into a database that has the schema already."""
    db = LocalDatabase(database)
    db.adopt_writer()
    db.connect()
    connection: apsw.Connection = db.connection()
    gc.collect()
    gc.freeze()
    try:
        begun = time.perf_counter()
        for batch in batches:
            _write_batch(connection, batch)
        return time.perf_counter() - begun
    finally:
        gc.unfreeze()
        db.close()


def _write_batch(connection: apsw.Connection, batch: Rows) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_DEVICE, batch.device)
    connection.executemany(_PICTURE, batch.pictures)
    connection.executemany(_RECORD, batch.records)
    connection.executemany(_ENQUEUE, batch.queued)
    connection.execute(_COUNT_IN, batch.counts)
    connection.execute("COMMIT")
