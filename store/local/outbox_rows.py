"""The outbox as rows, on the writer's thread, inside its transaction: in, out, and the counters beside it.

recorded = accepted + waiting + rejected + dropped, after every function here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import apsw

from store.local import outbox_drops
from store.local.connection import number_array, rows_of

READY, LEASED, ACKED, DEAD = range(4)

_NEXT_NUMBER = "SELECT next_number FROM outbox_state"
_APPEND = """
INSERT INTO outbox (seq, bytes)
SELECT number, octet_length(payload) FROM record WHERE number >= ? ORDER BY number
"""
_COUNT_IN = """
UPDATE outbox_state SET next_number = next_number + ?2, recorded = recorded + ?2, waiting = waiting + ?2,
    bytes = bytes + (SELECT sum(bytes) FROM outbox WHERE seq >= ?1)
"""
_LOOK_UP = "SELECT seq, state, bytes FROM outbox WHERE seq IN carray(?) ORDER BY seq"
_REMOVE = "DELETE FROM outbox WHERE seq IN carray(?)"
_COUNT_OUT = "UPDATE outbox_state SET waiting = waiting - ?, rejected = rejected - ?, bytes = bytes - ?"
_SEND = "UPDATE outbox SET state = 0, code = NULL WHERE seq IN carray(?)"
_COUNT_BACK = """
UPDATE outbox_state SET waiting = waiting + ?1 + ?2, accepted = accepted - ?1, rejected = rejected - ?2,
    bytes = bytes + ?3, ready_from = min(ready_from, ?4), spared_to = min(spared_to, ?4)
"""
_ACCEPTED = "SELECT seq FROM outbox WHERE state <> 0 AND state = 2 AND seq >= ? AND seq <= ?"
_SPARE_NOTHING = "UPDATE outbox_state SET spared_to = 1"


def next_number(connection: apsw.Connection) -> int:
    """The number that the next record is to have; every number is given once, also after erasing."""
    return int(connection.execute(_NEXT_NUMBER).get)


def enqueue(connection: apsw.Connection, first: int, count: int) -> None:
    """Appends the records `first` .. `first + count - 1`, just inserted; `first` is `next_number`."""
    connection.execute(_APPEND, (first,))
    connection.execute(_COUNT_IN, (first, count))


def look_again_for_corrections(connection: apsw.Connection) -> None:
    """To be called where a correction may have ceased to be one: what it protected may go again."""
    connection.execute(_SPARE_NOTHING)


def forget(connection: apsw.Connection, numbers: Sequence[int], reason: str) -> None:
    """Takes records out of the queue that are about to be deleted: to be called before their rows go.

    What the collector has not accepted counts as dropped for `reason` from now on.
    """
    take_out(connection, numbers, reason)
    look_again_for_corrections(connection)


def take_out(connection: apsw.Connection, seqs: Collection[int], reason: str) -> int:
    """Takes these records out of the queue, whatever their state; those without a place in it are ignored.

    Accepted ones only leave; the others count as dropped for `reason`. Returns how many those are.
    """
    rows = _look_up(connection, seqs)
    if not rows:
        return 0
    connection.execute(_REMOVE, (number_array(seq for seq, _, _ in rows),))
    waiting = sum(state in (READY, LEASED) for _, state, _ in rows)
    dead = sum(state == DEAD for _, state, _ in rows)
    size = sum(size for _, state, size in rows if state != DEAD)
    connection.execute(_COUNT_OUT, (waiting, dead, size))
    outbox_drops.note(connection, [seq for seq, state, _ in rows if state != ACKED], reason)
    return waiting + dead


def send_again(connection: apsw.Connection, seqs: Collection[int], states: Sequence[int]) -> int:
    """Makes those of these records that are in one of `states` (ACKED, DEAD) READY. Returns how many."""
    rows = [row for row in _look_up(connection, seqs) if row[1] in states]
    if not rows:
        return 0
    connection.execute(_SEND, (number_array(seq for seq, _, _ in rows),))
    accepted = sum(state == ACKED for _, state, _ in rows)
    size = sum(size for _, state, size in rows if state == DEAD)
    connection.execute(_COUNT_BACK, (accepted, len(rows) - accepted, size, rows[0][0]))
    return len(rows)


def discard(connection: apsw.Connection, seqs: Collection[int]) -> int:
    """Drops those of these records that are DEAD. Returns how many."""
    dead = [seq for seq, state, _ in _look_up(connection, seqs) if state == DEAD]
    return take_out(connection, dead, "discarded")


def leave(connection: apsw.Connection, from_seq: int, to_seq: int) -> int:
    """Takes the accepted ones among these records out of the queue. Returns how many."""
    seqs = [seq for (seq,) in rows_of(connection, _ACCEPTED, (from_seq, to_seq))]
    take_out(connection, seqs, "reconciled")
    return len(seqs)


def _look_up(connection: apsw.Connection, seqs: Collection[int]) -> list[tuple[int, int, int]]:
    """Number, state and size of those that have a place in the queue, ascending."""
    return rows_of(connection, _LOOK_UP, (number_array(seqs),)) if seqs else []
