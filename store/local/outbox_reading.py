"""What the outbox tells, from one snapshot. Nothing here walks over what merely waits."""

from __future__ import annotations

import hashlib

import apsw

from store.local.connection import rows_of
from store.local.outbox_values import Accepted, Accounts, Rejected

_HELD = "SELECT bytes FROM outbox_state"
_STATE = "SELECT coalesce(epoch, x''), recorded, accepted, waiting, bytes FROM outbox_state"
_LEASED = "SELECT count(*) FROM outbox WHERE state <> 0 AND state = 1"
_CODES = "SELECT code, count(*) FROM outbox WHERE state <> 0 AND state = 3 GROUP BY code"
_DROPPED = "SELECT reason, count FROM outbox_dropped"
_UNREPORTED = "SELECT coalesce(sum(to_seq - from_seq + 1), 0) FROM outbox_drop"
_REJECTED = """
SELECT seq, id, kind, recorded_at, attempts, code FROM outbox JOIN record ON record.number = outbox.seq
WHERE state <> 0 AND state = 3 AND seq > ? ORDER BY seq LIMIT ?
"""
_ACCEPTED = """
SELECT seq, id FROM outbox JOIN record ON record.number = outbox.seq
WHERE state <> 0 AND state = 2 AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ?
"""
_LAST = 2**62


def held_bytes(connection: apsw.Connection) -> int:
    """What counts against the cap by size."""
    return int(connection.execute(_HELD).get)


def accounts(connection: apsw.Connection) -> Accounts:
    """The counters, and the reasons beside them."""
    ((epoch, recorded, accepted, waiting, held),) = rows_of(connection, _STATE)
    return Accounts(
        epoch=epoch,
        recorded=recorded,
        accepted=accepted,
        waiting=waiting,
        leased=connection.execute(_LEASED).get,
        rejected=dict(rows_of(connection, _CODES)),
        dropped=dict(rows_of(connection, _DROPPED)),
        unreported_drops=connection.execute(_UNREPORTED).get,
        bytes=held,
    )


def rejected(connection: apsw.Connection, after_seq: int, limit: int) -> list[Rejected]:
    """A page of the rejected records."""
    rows = rows_of(connection, _REJECTED, (after_seq, limit))
    return [Rejected(*row) for row in rows]


def next_accepted(connection: apsw.Connection, after_seq: int, size: int) -> Accepted | None:
    """The next accepted records, as a range with its digest."""
    rows = rows_of(connection, _ACCEPTED, (after_seq + 1, _LAST, size))
    if not rows:
        return None
    digest = hashlib.sha256(b"".join(seq.to_bytes(8, "big") + record_id for seq, record_id in rows))
    return Accepted(rows[0][0], rows[-1][0], len(rows), digest.digest())


def accepted_ids(connection: apsw.Connection, from_seq: int, to_seq: int) -> list[tuple[int, bytes]]:
    """The accepted records of a range."""
    rows = rows_of(connection, _ACCEPTED, (from_seq, to_seq, -1))
    return [(seq, record_id) for seq, record_id in rows]
