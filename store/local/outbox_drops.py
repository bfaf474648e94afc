"""What left the queue unsent: exact runs of numbers, each kept until a collector confirmed that it knows.

Runs never overlap, so every dropped record is in exactly one until that is confirmed; the totals by reason
stay for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import apsw

from store.local.connection import rows_of
from store.local.outbox_values import DroppedRange

RUNS_A_BATCH = 200
_COUNT = """
INSERT INTO outbox_dropped (reason, count) VALUES (?, ?)
ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count
"""
_BEFORE = """
SELECT from_seq FROM outbox_drop
WHERE from_seq = (SELECT max(from_seq) FROM outbox_drop WHERE from_seq < ?1)
  AND to_seq = ?1 - 1 AND reason = ?2 AND batch IS NULL
"""
_AFTER = """
DELETE FROM outbox_drop WHERE from_seq = ? + 1 AND reason = ? AND batch IS NULL RETURNING to_seq
"""
_EXTEND = "UPDATE outbox_drop SET to_seq = ? WHERE from_seq = ?"
_ADD = "INSERT INTO outbox_drop (from_seq, to_seq, reason) VALUES (?, ?, ?)"
_REPORT = """
UPDATE outbox_drop SET batch = ?
WHERE from_seq IN (SELECT from_seq FROM outbox_drop WHERE from_seq > ? ORDER BY from_seq LIMIT ?)
RETURNING from_seq, to_seq, reason
"""
_KNOWN = "DELETE FROM outbox_drop WHERE from_seq = ? AND to_seq = ? AND reason = ?"
_UNCONFIRMED = "SELECT from_seq, to_seq, reason FROM outbox_drop ORDER BY from_seq LIMIT ?"


def note(connection: apsw.Connection, seqs: Sequence[int], reason: str) -> None:
    """Accounts for records that were dropped just now, in ascending order."""
    if not seqs:
        return
    connection.execute(_COUNT, (reason, len(seqs)))
    for first, last in _runs(seqs):
        _add_run(connection, first, last, reason)


def _runs(seqs: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = seqs[0]
    for seq in seqs[1:]:
        if seq != last + 1:
            yield first, last
            first = seq
        last = seq
    yield first, last


def _add_run(connection: apsw.Connection, first: int, last: int, reason: str) -> None:
    """Joins a run with its neighbours, as long as those were not reported yet."""
    after: int | None = connection.execute(_AFTER, (last, reason)).get
    last = last if after is None else after
    before: int | None = connection.execute(_BEFORE, (first, reason)).get
    if before is None:
        connection.execute(_ADD, (first, last, reason))
    else:
        connection.execute(_EXTEND, (last, before))


def report(connection: apsw.Connection, batch_id: bytes, after_seq: int = 0) -> tuple[DroppedRange, ...]:
    """The oldest runs (beyond `after_seq`) that no collector confirmed, marked as told in this batch: they
    grow no more."""
    rows = rows_of(connection, _REPORT, (batch_id, after_seq, RUNS_A_BATCH))
    return tuple(DroppedRange(reason, first, last) for first, last, reason in sorted(rows))


def unconfirmed(connection: apsw.Connection) -> tuple[DroppedRange, ...]:
    """What `report` would tell now."""
    rows = rows_of(connection, _UNCONFIRMED, (RUNS_A_BATCH,))
    return tuple(DroppedRange(reason, first, last) for first, last, reason in rows)


def known(connection: apsw.Connection, runs: Collection[DroppedRange]) -> None:
    """The collector knows of these; one that grew since it was told is another run, and is told again."""
    connection.executemany(_KNOWN, [(run.from_seq, run.to_seq, run.reason) for run in runs])


def confirm(connection: apsw.Connection, batch_id: bytes) -> None:
    """The collector knows what this batch told it."""
    connection.execute("DELETE FROM outbox_drop WHERE batch = ?", (batch_id,))
