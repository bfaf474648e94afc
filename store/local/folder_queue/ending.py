"""The record of a picture ends its wait in the queue, in the transaction that keeps the record.

So a picture of the queue is done exactly if its record is there, whatever was killed when: there is no moment
at which one of the two is on the disk and the other is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw
import msgspec

from store.local.connection import id_array
from store.local.rows import RECORD_COLUMNS, Prepared

_PAYLOAD = RECORD_COLUMNS.index("payload")
_RECEIVED = RECORD_COLUMNS.index("received_at")
_KINDS = ("inference", "event")
# Joined and not `IN carray(?)`, which copies the array into a table of its own first.
_AWAITED = """
SELECT given.value, picture.number FROM carray(?) AS given
CROSS JOIN queue_picture AS picture ON picture.record_id = given.value
WHERE picture.state IN ('waiting', 'taken')
"""
_OF_QUEUE = """
SELECT given.value FROM carray(?) AS given
CROSS JOIN queue_picture AS picture ON picture.record_id = given.value
"""
_END = "UPDATE queue_picture SET state = ?, reason = ?, sentence = ? WHERE number = ?"
_END_JOBS = """
UPDATE queue_job SET state = 'done', ended_at = ?
WHERE state IN ('running', 'paused') AND walked = 1 AND NOT EXISTS (
    SELECT 1 FROM queue_picture WHERE job = queue_job.number AND state IN ('waiting', 'taken')
)
"""


class _Event(msgspec.Struct):
    code: str
    detail: dict[str, Any] = {}


def follow(connection: apsw.Connection, fresh: Sequence[Prepared]) -> None:
    """Ends the wait of the pictures whose records these are, and the jobs that have none left.

    An inference is a picture done, an event (`store.events.AppEvent`) one that failed for its reason.
    """
    records = {item.id: item for item in fresh if item.columns.kind in _KINDS}
    if not records:
        return
    awaited: list[Any] = connection.execute(_AWAITED, (id_array(records),)).fetchall()
    if not awaited:
        return
    connection.executemany(_END, [(*_outcome(records[bytes(of)]), number) for of, number in awaited])
    end_jobs(connection, max(int(records[bytes(of)].row[_RECEIVED] or 0) for of, _ in awaited))


def end_jobs(connection: apsw.Connection, now_ms: int) -> None:
    """Ends every job whose folders were walked through and that has no picture left to do."""
    connection.execute(_END_JOBS, (now_ms,))


def of_queue(connection: apsw.Connection, items: Sequence[Prepared]) -> set[bytes]:
    """Those ids that are of pictures of the queue: a second record of one is nothing to complain of."""
    if not items:
        return set()
    rows: Any = connection.execute(_OF_QUEUE, (id_array(item.id for item in items),))
    return {bytes(of) for (of,) in rows}


def _outcome(item: Prepared) -> tuple[str, str | None, str | None]:
    if item.columns.kind == "inference":
        return "done", None, None
    event = msgspec.json.decode(str(item.row[_PAYLOAD]), type=_Event)
    said = event.detail.get("says")
    return "failed", event.code, said if isinstance(said, str) else ""
