"""Compares what a device believes to be here with what is here, by ranges of its numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from store.collector.database import CollectorDatabase, Row, Session
from store.protocol import MOST_IDS, Range

# What was erased at the device is in no range of it any more.
_NOT_ERASED = """
AND NOT EXISTS (SELECT 1 FROM erased_event AS gone
    WHERE gone.device_id = {0}.device_id AND gone.event_id = {0}.event_id)
"""
_HELD = f"""
SELECT seq, event_id FROM event
WHERE device_id = ? AND epoch = ? AND seq BETWEEN ? AND ? {_NOT_ERASED.format("event")}
UNION SELECT seq, event_id FROM seen_again
WHERE device_id = ? AND epoch = ? AND seq BETWEEN ? AND ? {_NOT_ERASED.format("seen_again")}
ORDER BY seq, event_id LIMIT ?
"""  # noqa: S608 - our own names
_OF_ANY_EPOCH = """
SELECT seq, event_id FROM event WHERE device_id = ? AND seq BETWEEN ? AND ?
    AND epoch IN (SELECT number FROM queue_epoch WHERE queue_epoch.device_id = event.device_id)
UNION SELECT seq, event_id FROM seen_again WHERE device_id = ? AND seq BETWEEN ? AND ?
ORDER BY seq, event_id LIMIT ?
"""
_EPOCH = "SELECT number FROM queue_epoch WHERE device_id = ? AND epoch = ?"


class Compared(NamedTuple):
    """Indices of the ranges that are the same on both sides, and of the others."""

    same: list[int]
    different: list[int]


def compare(database: CollectorDatabase, device_id: bytes, epoch: bytes, ranges: Sequence[Range]) -> Compared:
    """Which ranges hold exactly the events that the device says, by their count and digest."""
    result = Compared([], [])
    with database.read() as session:
        number = _number_of(session, device_id, epoch)
        for index, each in enumerate(ranges):
            held = _held(session, device_id, number, (each.from_seq, each.to_seq), each.count + 1)
            fits = len(held) == each.count and _digest(held) == each.digest
            (result.same if fits else result.different).append(index)
    return result


def ids(database: CollectorDatabase, device_id: bytes, from_seq: int, to_seq: int) -> list[tuple[int, bytes]]:
    """Number and id of each event of a range that is here under whichever epoch, ascending, at most
    `MOST_IDS`."""
    place = (device_id, from_seq, to_seq)
    with database.read() as session:
        return [(seq, event_id) for seq, event_id in session.rows(_OF_ANY_EPOCH, (*place, *place, MOST_IDS))]


def _number_of(session: Session, device_id: bytes, epoch: bytes) -> int | None:
    rows = session.rows(_EPOCH, (device_id, epoch))
    return int(rows[0][0]) if rows else None


def _held(
    session: Session, device_id: bytes, epoch: int | None, ends: tuple[int, int], most: int
) -> list[Row]:
    """What the device sent of a range, at its first place or where it showed it again."""
    if epoch is None:
        return []
    place = (device_id, epoch, *ends)
    return session.rows(_HELD, (*place, *place, min(most, MOST_IDS + 1)))


def _digest(held: Sequence[Row]) -> str:
    told = hashlib.sha256()
    for seq, event_id in held:
        told.update(int(seq).to_bytes(8, "big") + event_id)
    return told.hexdigest()
