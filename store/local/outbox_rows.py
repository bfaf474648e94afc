"""The outbox as rows, on the writer's thread, inside its transaction: in, out, and the counters beside it.

recorded = accepted + waiting + rejected + dropped, after every function here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from store.local import outbox_drops
from store.local.connection import number_array

READY, LEASED, ACKED, DEAD = range(4)

_NEXT_NUMBER = "SELECT next_number FROM outbox_state"
_APPEND = """
INSERT INTO outbox (seq, bytes)
SELECT number, octet_length(payload) FROM record WHERE number >= ? ORDER BY number
"""
_COUNT_IN = """
UPDATE outbox_state SET next_number = next_number + ?2, recorded = recorded + ?2, waiting = waiting + ?2,
    bytes = bytes + (SELECT sum(bytes) FROM outbox WHERE seq >= ?1)
RETURNING bytes
"""
_LOOK_UP = "SELECT seq, state, bytes FROM outbox WHERE seq IN carray(?) ORDER BY seq"
_REMOVE = "DELETE FROM outbox WHERE seq IN carray(?)"
_COUNT_OUT = "UPDATE outbox_state SET waiting = waiting - ?, rejected = rejected - ?, bytes = bytes - ?"


def next_number(connection: apsw.Connection) -> int:
    """The number that the next record is to have; every number is given once, also after erasing."""
    return int(connection.execute(_NEXT_NUMBER).get)


def enqueue(connection: apsw.Connection, first: int, count: int) -> int:
    """Appends the records `first` .. `first + count - 1`, just inserted; `first` is `next_number`.

    Returns the bytes that now count against the cap.
    """
    connection.execute(_APPEND, (first,))
    return int(connection.execute(_COUNT_IN, (first, count)).get)


def forget(connection: apsw.Connection, numbers: Sequence[int], reason: str) -> None:
    """Takes records out of the queue that are about to be deleted: to be called before their rows go.

    What the collector has not accepted counts as dropped for `reason` from now on.
    """
    if not numbers:
        return
    rows: list[Any] = connection.execute(_LOOK_UP, (number_array(numbers),)).fetchall()
    if not rows:
        return
    connection.execute(_REMOVE, (number_array(seq for seq, _, _ in rows),))
    waiting = sum(state in (READY, LEASED) for _, state, _ in rows)
    dead = sum(state == DEAD for _, state, _ in rows)
    size = sum(size for _, state, size in rows if state != DEAD)
    connection.execute(_COUNT_OUT, (waiting, dead, size))
    outbox_drops.note(connection, [seq for seq, state, _ in rows if state != ACKED], reason)
