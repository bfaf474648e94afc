"""One batch in flight, on the writer's thread, inside its transaction: taken, halved, settled or given back.

A lease is over when its batch is not the one in `outbox_state`: only what is still LEASED then changes, so
that a record that was erased meanwhile stays what it is counted as.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, takewhile

import apsw

from store.local import outbox_drops
from store.local.connection import id_array, number_array, rows_of
from store.local.outbox_rows import ACKED, DEAD, READY
from store.local.outbox_values import (
    MAX_BYTES,
    MAX_RECORDS,
    Answer,
    Lease,
    QueuedRecord,
    Settled,
    check,
    in_flight,
    stale,
)

ENVELOPE_BYTES = 300  # of an event beside its record's JSON: id, seq, times, session

_STATE = "SELECT batch, epoch, ready_from FROM outbox_state"
_EPOCH = "SELECT epoch FROM outbox_state"
_READY = "SELECT seq, bytes FROM outbox WHERE seq >= ? AND state = 0 ORDER BY seq LIMIT ?"
_TAKE = "UPDATE outbox SET state = 1, attempts = attempts + 1 WHERE seq IN carray(?)"
_TAKEN = "UPDATE outbox_state SET batch = ?, ready_from = coalesce(?, ready_from)"
_RECORDS = """
SELECT seq, id, kind, session_id, recorded_at, received_at, device, payload, attempts
FROM outbox JOIN record ON record.number = outbox.seq WHERE seq IN carray(?) ORDER BY seq
"""
_DEVICES = "SELECT hash, info FROM device WHERE hash IN carray(?)"
_STILL_LEASED = "SELECT seq, bytes FROM outbox WHERE state <> 0 AND state = 1 ORDER BY seq"
_BATCH = "SELECT batch FROM outbox_state"
_SET = "UPDATE outbox SET state = ?, code = ? WHERE seq = ?"
_COUNT = """
UPDATE outbox_state SET batch = ?1, waiting = waiting - ?2 - ?3, accepted = accepted + ?2,
    rejected = rejected + ?3, bytes = bytes - ?4,
    ready_from = min(ready_from, ?5), spared_to = min(spared_to, ?5)
"""
_NEVER = 2**62  # above every number


def lease(connection: apsw.Connection, batch_id: bytes, most: int = MAX_RECORDS) -> Lease | None:
    """The oldest records that wait, at most `most`, and what was dropped; None where there is neither."""
    ((batch, epoch, ready_from),) = rows_of(connection, _STATE)
    if batch is not None:
        raise in_flight()
    seqs = _that_fit(rows_of(connection, _READY, (ready_from, min(most, MAX_RECORDS))))
    dropped = outbox_drops.report(connection, batch_id)
    if not seqs and not dropped:
        return None
    records = _take(connection, seqs)
    connection.execute(_TAKEN, (batch_id, seqs[-1] + 1 if seqs else None))
    return Lease(batch_id, epoch, records, dropped, _devices(connection, records))


def peek(connection: apsw.Connection, batch_id: bytes, most: int = MAX_RECORDS) -> Lease | None:
    """What `lease` would take now, taken from nobody: for showing it."""
    ((_, epoch, ready_from),) = rows_of(connection, _STATE)
    seqs = _that_fit(rows_of(connection, _READY, (ready_from, min(most, MAX_RECORDS))))
    dropped = outbox_drops.unconfirmed(connection)
    if not seqs and not dropped:
        return None
    records = _read(connection, seqs)
    return Lease(batch_id, epoch, records, dropped, _devices(connection, records))


def unheld(connection: apsw.Connection, batch_id: bytes, rows: Sequence[tuple[int, int]]) -> Lease:
    """A batch of the first of these rows (number and size, at least one) that fit, taken from nobody."""
    records = _read(connection, _that_fit(rows))
    return Lease(batch_id, connection.execute(_EPOCH).get, records, (), _devices(connection, records))


def _that_fit(rows: Sequence[tuple[int, int]]) -> list[int]:
    """The first of them that make one batch; at least one, however large."""
    totals = accumulate(size + ENVELOPE_BYTES for _, size in rows)
    fitting = sum(1 for _ in takewhile(lambda total: total <= MAX_BYTES, totals))
    return [seq for seq, _ in rows[: max(1, fitting)]]


def _take(connection: apsw.Connection, seqs: Sequence[int]) -> tuple[QueuedRecord, ...]:
    if not seqs:
        return ()
    connection.execute(_TAKE, (number_array(seqs),))
    return _read(connection, seqs)


def _read(connection: apsw.Connection, seqs: Sequence[int]) -> tuple[QueuedRecord, ...]:
    if not seqs:
        return ()
    rows = rows_of(connection, _RECORDS, (number_array(seqs),))
    return tuple(QueuedRecord(*row) for row in rows)


def _devices(connection: apsw.Connection, records: Sequence[QueuedRecord]) -> Mapping[bytes, str]:
    hashes = {record.device for record in records if record.device is not None}
    return dict(rows_of(connection, _DEVICES, (id_array(hashes),))) if hashes else {}


def halve(connection: apsw.Connection, held: Lease, batch_id: bytes) -> Lease | None:
    """The first half of a batch as a batch of its own; the rest waits again.

    None where all of its records were erased meanwhile: the lease is then over.
    """
    still = _still_leased(connection, held)
    kept = set(list(still)[: max(1, len(still) // 2)])
    states = {seq: (READY, None) for seq in still if seq not in kept}
    _apply(connection, still, states, batch_id if kept else None)
    if not kept:
        return None
    records = _take(connection, sorted(kept))
    return Lease(batch_id, held.epoch, records, outbox_drops.report(connection, batch_id), held.devices)


def settle(connection: apsw.Connection, held: Lease, answer: Answer) -> Settled:
    """Counts an answer: accepted, rejected by name, or not looked at."""
    check(answer, held)
    still = _still_leased(connection, held)
    ids = {record.seq: record.id for record in held.records}
    states: dict[int, tuple[int, str | None]] = {}
    for seq in still:
        code = answer.rejected.get(ids[seq])
        decided = seq <= answer.ack_seq
        states[seq] = (READY, None) if not decided else (ACKED, None) if code is None else (DEAD, code)
    _apply(connection, still, states, None)
    outbox_drops.confirm(connection, held.batch_id)
    found = [state for state, _ in states.values()]
    return Settled(found.count(ACKED), found.count(DEAD), found.count(READY))


def park(connection: apsw.Connection, held: Lease, code: str) -> int:
    """Puts what is left of a batch aside as rejected. Returns how many records that are."""
    return _end(connection, held, DEAD, code)


def release(connection: apsw.Connection, held: Lease, code: str) -> int:
    """Lets a batch wait again, as if it had not been sent, but for its attempts and `code`."""
    return _end(connection, held, READY, code)


def release_all(connection: apsw.Connection) -> None:
    """Ends whatever is in flight: the process that took it is no more."""
    still: dict[int, int] = dict(rows_of(connection, _STILL_LEASED))
    _apply(connection, still, dict.fromkeys(still, (READY, None)), None)


def _end(connection: apsw.Connection, held: Lease, state: int, code: str) -> int:
    still = _still_leased(connection, held)
    _apply(connection, still, dict.fromkeys(still, (state, code)), None)
    return len(still)


def _still_leased(connection: apsw.Connection, held: Lease) -> dict[int, int]:
    """Sizes by seq of what is left of a batch. Raises StaleLease."""
    if connection.execute(_BATCH).get != held.batch_id:
        raise stale()
    return dict(rows_of(connection, _STILL_LEASED))


def _apply(
    connection: apsw.Connection,
    sizes: Mapping[int, int],
    states: Mapping[int, tuple[int, str | None]],
    batch_id: bytes | None,
) -> None:
    """Gives leased rows their new states and codes, and sets the batch in flight."""
    connection.executemany(_SET, [(state, code, seq) for seq, (state, code) in states.items()])
    accepted = sum(state == ACKED for state, _ in states.values())
    dead = [seq for seq, (state, _) in states.items() if state == DEAD]
    first_ready = min((seq for seq, (state, _) in states.items() if state == READY), default=_NEVER)
    counts = (batch_id, accepted, len(dead), sum(sizes[seq] for seq in dead), first_ready)
    connection.execute(_COUNT, counts)
