"""The ledger: every event of every device once, for ever, and what became of each that was sent.

(device_id, event_id) is unique in the database, so the same batch may come again, cut, doubled or by way of
another instance, and nothing changes. A batch is one transaction; whoever calls answers after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from store.collector import counting, tombstones
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import TokenRefused, WithdrawalsForgotten
from store.collector.incoming import Batch, Incoming, Rejection
from store.collector.reading import NO_PARTS
from store.collector.same_content import hash_of, hashes_not_written
from store.collector.tables import EventRow

_DEVICE = "SELECT 1 FROM device WHERE id = ? AND revoked_at IS NULL"
_FACTS = """
SELECT (SELECT number FROM queue_epoch WHERE device_id = ? AND epoch = ?),
    (SELECT max(number) FROM counted_day),
    (SELECT max(consent) FROM tombstone WHERE device_id = ?),
    EXISTS (SELECT 1 FROM rejected_event WHERE device_id = ?),
    EXISTS (SELECT 1 FROM erased_event WHERE device_id = ?),
    (SELECT etag FROM label_list)
"""
_SEEN = """
UPDATE device SET last_seen_at = ?, clock_offset_ms = ?, accepted = accepted + ?,
    waiting = coalesce(?, waiting)
WHERE id = ?
"""
_NEW_EPOCH = """
INSERT INTO queue_epoch (device_id, number, epoch, first_seen_at, last_seq)
SELECT ?, coalesce(max(number), 0) + 1, ?, ?, 0 FROM queue_epoch WHERE device_id = ? RETURNING number
"""
_LAST_SEQ = "UPDATE queue_epoch SET last_seq = ? WHERE device_id = ? AND number = ? AND last_seq < ?"
_KNOWN = """
SELECT event_id, content_hash, payload IS NULL, epoch, seq FROM event WHERE device_id = ? AND event_id """
_AGAIN = "INSERT INTO seen_again (device_id, epoch, seq, event_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_PART = """
INSERT INTO event_part (device_id, event_id, part, about, day, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_CONTEXT = "INSERT INTO context (device_id, hash, info) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_DROPPED = """
INSERT INTO dropped_range (device_id, epoch, from_seq, to_seq, reason, reported_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_REJECTED = """
INSERT INTO rejected_event (device_id, event_id, code, reason, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (device_id, event_id)
DO UPDATE SET code = excluded.code, reason = excluded.reason, at = excluded.at
"""
_ACCEPTED_AFTER_ALL = "DELETE FROM rejected_event WHERE device_id = ? AND event_id "
CONFLICT = "The collector has an event of this device with the same id and other content."
ERASED = "The user withdrew consent for this, or erased it."
_GONE = "SELECT event_id FROM erased_event WHERE device_id = ? AND event_id "


class Outcome(NamedTuple):
    """What became of a batch: every event of it is in exactly one of the three. `labels` is the entity tag of
    the shared label list, `withdrawn` the greatest consent of what the device withdrew."""

    accepted: int
    duplicate: int
    rejected: list[Rejection]
    labels: str | None = None
    withdrawn: int = 0


class _Facts(NamedTuple):
    """What the database says before a batch: its epoch's number, the day's, the greatest consent of what was
    withdrawn, and whether some things exist."""

    epoch: int
    day: int
    withdrawn: int | None
    any_rejected: bool
    any_erased: bool
    labels: str | None


class _Sorted(NamedTuple):
    fresh: list[Incoming]
    repeated: list[Incoming]
    rejected: list[Rejection]


def take(database: CollectorDatabase, batch: Batch) -> Outcome:
    """Keeps what is new of a batch; returns after the commit.

    Raises TokenRefused where the device was revoked meanwhile, WithdrawalsForgotten, and what
    `CollectorDatabase.write` raises.
    """
    with database.write() as session:
        return keep(session, batch)


def keep(session: Session, batch: Batch) -> Outcome:
    """As `take`, inside of the caller's transaction."""
    _hold_device(session, batch.device_id)
    facts = _facts(session, batch)
    found = _sort(session, batch, facts)
    _keep_parts(session, [*found.fresh, *found.repeated], facts.day)
    _keep_contexts(session, batch)
    _keep_dropped(session, batch, facts.epoch)
    _keep_rejections(session, batch, found, any_before=facts.any_rejected)
    seen = (batch.received_at, batch.offset_ms, len(found.fresh), batch.waiting, batch.device_id)
    with session.together():
        session.change(_LAST_SEQ, (batch.last_seq, batch.device_id, facts.epoch, batch.last_seq))
        session.change(_SEEN, seen)
        counting.note(session, [event.row for event in found.fresh], batch.received_at)
    withdrawn = facts.withdrawn or 0
    return Outcome(len(found.fresh), len(found.repeated), found.rejected, facts.labels, withdrawn)


def _hold_device(session: Session, device_id: bytes) -> None:
    """One batch of a device at a time, and none after its revocation."""
    if not session.rows(_DEVICE + session.dialect.for_update, (device_id,)):
        raise TokenRefused(
            "The collector does not know this device any more.", "Enrol it anew, with a fresh code."
        )


def _facts(session: Session, batch: Batch) -> _Facts:
    """Read after the device is held: the batch before this one may have changed them."""
    device = batch.device_id
    ((epoch, *rest),) = session.rows(_FACTS, (device, batch.epoch, device, device, device))
    day, withdrawn, any_rejected, any_erased, labels = rest
    if batch.withdrawn > (withdrawn or 0):
        raise WithdrawalsForgotten(
            "The collector does not know any more what this device took back.", "Take it back again first."
        )
    if epoch is None:
        ((epoch,),) = session.rows(_NEW_EPOCH, (device, batch.epoch, batch.received_at, device))
    return _Facts(epoch, day, withdrawn, bool(any_rejected), bool(any_erased), labels)


def _sort(session: Session, batch: Batch, facts: _Facts) -> _Sorted:
    """Inserts what is new, and says of the rest whether the collector has it, or why it may not have it."""
    any_withdrawn = facts.withdrawn is not None
    withdrawals = tombstones.standing(session, batch.device_id, batch.consent) if any_withdrawn else []
    erased = _erased(session, batch) if facts.any_erased and batch.events else set()
    candidates: dict[bytes, Incoming] = {}
    others: list[Incoming] = []
    for event in batch.events:
        if event.row.event_id in candidates:
            others.append(event)
        elif event.row.event_id in erased or (withdrawals and tombstones.is_erased(event, withdrawals)):
            others.append(event._replace(parts=NO_PARTS))
        else:
            kept = tombstones.stripped(event, withdrawals) if withdrawals else event
            candidates[event.row.event_id] = kept
    rows = [(*event.row, facts.epoch, facts.day) for event in candidates.values()]
    inserted = session.insert_events(rows) if rows else set()
    fresh = [event for event_id, event in candidates.items() if event_id in inserted]
    rest = [event for event_id, event in candidates.items() if event_id not in inserted]
    return _compared(session, batch, facts.epoch, fresh, [*rest, *others])


def _erased(session: Session, batch: Batch) -> set[bytes]:
    """Those of the batch that were erased at the device, one by one."""
    ids = session.array(event.row.event_id for event in batch.events)
    return {
        bytes(event_id) for (event_id,) in session.rows(_GONE + session.dialect.among, (batch.device_id, ids))
    }


def _compared(
    session: Session, batch: Batch, epoch: int, fresh: list[Incoming], others: Sequence[Incoming]
) -> _Sorted:
    """Those that were not inserted: the same as what is there, another, or not there since it was erased."""
    result = _Sorted(fresh, [], list(batch.rejected))
    if not others:
        return result
    ids = sorted({event.row.event_id for event in others})
    rows = session.rows(_KNOWN + session.dialect.among, (batch.device_id, session.array(ids)))
    known = {row[0]: row[1:] for row in rows}
    hashes = hashes_not_written(session, batch.device_id, ids)
    again = []
    for event in others:
        row = event.row
        if row.event_id not in known:
            result.rejected.append(Rejection(row.event_id, "erased", ERASED))
        elif hashes.get(row.event_id, known[row.event_id][0]) != _hash_of(row):
            result.rejected.append(Rejection(row.event_id, "conflict", CONFLICT))
        else:
            _, is_blank, *place = known[row.event_id]
            result.repeated.append(event._replace(parts=NO_PARTS) if is_blank else event)
            if place != [epoch, row.seq]:
                again.append((row.device_id, epoch, row.seq, row.event_id))
    if again:
        session.change_many(_AGAIN, again)
    return result


def _hash_of(row: EventRow) -> bytes:
    """Of what came: made before, where something was taken out of it since."""
    return row.content_hash or hash_of(row.payload or "")


def _keep_parts(session: Session, events: Sequence[Incoming], day: int) -> None:
    rows = [
        (event.row.device_id, event.row.event_id, part, event.row.about, day, body)
        for event in events
        if event.parts is not NO_PARTS
        for part, body in event.parts._asdict().items()
        if body is not None
    ]
    if rows:
        session.change_many(_PART, rows)


def _keep_contexts(session: Session, batch: Batch) -> None:
    if batch.contexts:
        rows = [(batch.device_id, key, info) for key, info in sorted(batch.contexts.items())]
        session.change_many(_CONTEXT, rows)


def _keep_dropped(session: Session, batch: Batch, epoch: int) -> None:
    if batch.dropped:
        rows = [(batch.device_id, epoch, *each, batch.received_at) for each in batch.dropped]
        session.change_many(_DROPPED, rows)


def _keep_rejections(session: Session, batch: Batch, found: _Sorted, *, any_before: bool) -> None:
    """What is refused stays on the list until the same event is accepted after all."""
    if found.fresh and any_before:
        ids = session.array(event.row.event_id for event in found.fresh)
        session.change(_ACCEPTED_AFTER_ALL + session.dialect.among, (batch.device_id, ids))
    if found.rejected:
        rows = [
            (batch.device_id, each.event_id, each.code, each.reason, batch.received_at)
            for each in found.rejected
        ]
        session.change_many(_REJECTED, rows)
