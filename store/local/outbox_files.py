"""What goes into a file for a collector, and what a receipt says of it. No batch is in flight for it: the
same records may go by network meanwhile, and whichever answer comes first counts.

`drops` and `receive` are for the writer's thread, inside its transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import apsw

from store.local import outbox_drops, outbox_lease
from store.local.connection import id_array, rows_of
from store.local.outbox_rows import ACKED, DEAD
from store.local.outbox_values import MAX_RECORDS, DroppedRange, Lease, Settled

_EPOCH = "SELECT epoch FROM outbox_state"
_WAITING = "SELECT seq, bytes FROM outbox WHERE seq > ? AND state IN (0, 1) ORDER BY seq LIMIT ?"
_NAMED = """
SELECT seq, id, bytes FROM record JOIN outbox ON outbox.seq = record.number
WHERE record.id IN carray(?) AND outbox.state IN (0, 1)
"""
_SET = "UPDATE outbox SET state = ?, code = ? WHERE seq = ?"
_COUNT = """
UPDATE outbox_state SET waiting = waiting - ?1 - ?2, accepted = accepted + ?1, rejected = rejected + ?2,
    bytes = bytes - ?3
"""


def page(connection: apsw.Connection, batch_id: bytes, after_seq: int, most: int) -> Lease | None:
    """The next records that no collector has decided about, as many as make one batch."""
    rows = rows_of(connection, _WAITING, (after_seq, min(most, MAX_RECORDS)))
    if not rows:
        return None
    return outbox_lease.unheld(connection, batch_id, rows)


def drops(connection: apsw.Connection, batch_id: bytes, after_seq: int) -> Lease | None:
    """The next runs that no collector confirmed, marked as told in this batch."""
    runs = outbox_drops.report(connection, batch_id, after_seq)
    if not runs:
        return None
    return Lease(batch_id, connection.execute(_EPOCH).get, (), runs)


def receive(
    connection: apsw.Connection,
    held: Collection[bytes],
    rejected: Mapping[bytes, str],
    dropped: Collection[DroppedRange],
) -> Settled:
    """Gives the records that still wait, or are in flight, their new states; the answer to their batch then
    decides about the others alone."""
    named = {*held, *rejected}
    rows = rows_of(connection, _NAMED, (id_array(named),)) if named else []
    states = [(*_state(record_id, rejected), seq) for seq, record_id, _ in rows]
    connection.executemany(_SET, states)
    dead = [size for _, record_id, size in rows if record_id in rejected]
    accepted = len(rows) - len(dead)
    connection.execute(_COUNT, (accepted, len(dead), sum(dead)))
    outbox_drops.known(connection, dropped)
    return Settled(accepted, len(dead), len(named) - len(rows))


def _state(record_id: bytes, rejected: Mapping[bytes, str]) -> tuple[int, str | None]:
    code = rejected.get(record_id)
    return (ACKED, None) if code is None else (DEAD, code)
