"""Keeps the queue within its caps, a small step at a time, on the writer's thread inside its transaction.

What goes leaves the queue alone; the record stays in the memory. The order: what was accepted already, the
oldest without a correction, and only when nothing else is left the corrections. A correction is an opinion
that says "wrong" and stands; all that is about the same inference goes with it, and so does a retraction,
without which a collector would go on believing what it takes back.

Age spares corrections: they are the dearest and the smallest, and the cap by size bounds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

from store.local import outbox_rows
from store.local.connection import rows_of

ROWS_A_STEP = 1000
_SLACK = 64  # over the cap, one part in so many is cleared beyond it: not every record pays for a step

_CORRECTED = """
(EXISTS (
    SELECT 1 FROM feedback
    WHERE feedback.inference_id = coalesce(record.inference_id, record.id) AND feedback.retracted_by IS NULL
      AND (feedback.is_correct = 0 OR feedback.corrected_label IS NOT NULL)
) OR (record.kind = 'feedback' AND json_extract(record.payload, '$.retracts') IS NOT NULL))
"""
_LIMITS = "SELECT bytes, ready_from, spared_to FROM outbox_state"
_ACCEPTED = "SELECT seq, bytes FROM outbox WHERE state <> 0 AND state = 2 ORDER BY seq LIMIT ?"
_READY = "SELECT seq, bytes FROM outbox WHERE seq >= ? AND state = 0 ORDER BY seq LIMIT ?"
_UNSPARED = f"""
SELECT seq, bytes, {_CORRECTED} FROM outbox JOIN record ON record.number = outbox.seq
WHERE seq >= ? AND state = 0 ORDER BY seq LIMIT ?
"""  # noqa: S608 - our own text
_SPARED_TO = "UPDATE outbox_state SET spared_to = ?"
_AGED = f"""
SELECT seq, state = 0 AND {_CORRECTED} FROM outbox JOIN record ON record.number = outbox.seq
WHERE seq >= ? AND seq <= ? AND state IN (0, 2) ORDER BY seq LIMIT ?
"""  # noqa: S608 - our own text


def clear_size(connection: apsw.Connection, max_bytes: int) -> bool:
    """One step towards the cap by size, where the queue is over it. Returns whether it still is."""
    ((held, ready_from, spared_to),) = rows_of(connection, _LIMITS)
    if held <= max_bytes:
        return False
    need = held - (max_bytes - max_bytes // _SLACK)
    accepted = rows_of(connection, _ACCEPTED, (ROWS_A_STEP,))
    if accepted:
        outbox_rows.take_out(connection, _until(accepted, need), "size")
    elif not _clear_unspared(connection, spared_to, need):
        rows = rows_of(connection, _READY, (ready_from, ROWS_A_STEP))
        outbox_rows.take_out(connection, _until(rows, need), "size")
        if not rows:  # all of it is in flight
            return False
    return bool(rows_of(connection, _LIMITS)[0][0] > max_bytes)


def _clear_unspared(connection: apsw.Connection, spared_to: int, need: int) -> bool:
    """Drops the oldest that no correction protects; False where no row is left that could be one."""
    rows = rows_of(connection, _UNSPARED, (spared_to, ROWS_A_STEP))
    if not rows:
        return False
    going = _until([(seq, size) for seq, size, corrected in rows if not corrected], need)
    outbox_rows.take_out(connection, going, "size")
    all_examined = len(going) == sum(not corrected for _, _, corrected in rows)
    reached = rows[-1][0] if all_examined else going[-1]
    connection.execute(_SPARED_TO, (reached + 1,))
    return True


def _until(rows: Sequence[Any], need: int) -> list[int]:
    """The first of them that have `need` bytes together."""
    taken: list[int] = []
    for seq, size in rows:
        if need <= 0:
            break
        taken.append(seq)
        need -= size
    return taken


def clear_age(connection: apsw.Connection, first: int, last: int) -> int | None:
    """One step over the records `first` .. `last`, which are too old. Returns where to go on, if anywhere."""
    rows = rows_of(connection, _AGED, (first, last, ROWS_A_STEP))
    outbox_rows.take_out(connection, [seq for seq, corrected in rows if not corrected], "age")
    return rows[-1][0] + 1 if len(rows) == ROWS_A_STEP else None
