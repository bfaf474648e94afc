"""Fills a memory with millions of records quickly: made inside SQLite, as the way in would have left them.

Ids grow with time, every record has a picture of its own, and labels and payloads are like those of the
benchmark's bodies. Of the outbox the newest records are there, as many as its cap keeps; the others count as
dropped. The figures count as added up already (they are not what is measured).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec

from benchmarks._ingest_bodies import BodyMaker
from store.clock import SystemClock
from store.local.connection import LocalDatabase
from store.local.outbox_values import Caps

_STEP = 200_000
_CACHE = "PRAGMA cache_size = -2000000"  # 2 GB: the random parts of the indexes stay in it
_NUMBERS = "WITH RECURSIVE n (i) AS (VALUES (?1) UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
_PICTURES = f"""
INSERT INTO picture (number, sha256, file_name, width, height, bytes, first_seen)
{_NUMBERS} SELECT i, randomblob(32), printf('IMG_%05d.jpg', i), 4000, 3000, 3456789, ?3 + i FROM n
"""  # noqa: S608 - our own text
_RECORDS = f"""
INSERT INTO record (number, id, content_hash, session_id, recorded_at, received_at, payload, device, kind,
    model_version, label, probability, backend, source, picture)
{_NUMBERS}
SELECT i, unhex(printf('%012x7000', ?3 + i) || hex(randomblob(8))), randomblob(16), 'bench', ?3 + i, ?3 + i,
    ?4, NULL, 'inference', 'efficientnet-lite0-imagenet-1a2b3c4d', printf('class %d', i % 1000), 0.9, 'wasm',
    'file', i
FROM n
"""  # noqa: S608
_OUTBOX = f"INSERT INTO outbox (seq, bytes) {_NUMBERS} SELECT i, ?3 FROM n"  # noqa: S608
_STATE = """
UPDATE outbox_state SET next_number = ?1 + 1, recorded = ?1, waiting = ?2, bytes = ?2 * ?3, ready_from = ?4
"""
_DROPPED = "INSERT INTO outbox_dropped (reason, count) VALUES ('size', ?)"
_DROPS = "INSERT INTO outbox_drop (from_seq, to_seq, reason) VALUES (1, ?, 'size')"


def fill(database: Path, rows: int, say: Callable[[str], None]) -> None:
    """Puts `rows` records into an empty memory that has the schema; durable at the end, not before."""
    db = LocalDatabase(database)
    db.adopt_writer()
    db.connect()
    connection: apsw.Connection = db.connection()
    for setting in (_CACHE, "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF"):
        connection.execute(setting)
    started_at = SystemClock().now_ms() - rows - 1
    payload = msgspec.json.encode(BodyMaker().record()).decode()
    for first in range(1, rows + 1, _STEP):
        last = min(rows, first + _STEP - 1)
        with connection:
            connection.execute(_PICTURES, (first, last, started_at))
            connection.execute(_RECORDS, (first, last, started_at, payload))
        if last % 1_000_000 == 0:
            say(f"{last:,} records are in")
    _queue(connection, rows, len(payload.encode()))
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    db.close()


def _queue(connection: apsw.Connection, rows: int, size: int) -> None:
    kept = min(rows, Caps().max_bytes // size)
    with connection:
        connection.execute(_OUTBOX, (rows - kept + 1, rows, size))
        connection.execute(_STATE, (rows, kept, size, rows - kept + 1))
        if kept < rows:
            connection.execute(_DROPPED, (rows - kept,))
            connection.execute(_DROPS, (rows - kept,))
        connection.execute("UPDATE figure_state SET value = ? WHERE name = 'rolled'", (rows,))
