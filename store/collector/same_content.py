"""Whether an event says the same as the one that is kept under its id: by the hash of its core.

Nearly every event comes once, and hashing costs a third of reading it. So `content_hash` is empty as long as
the payload is there to make it of, and is written before that goes or changes.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.collector.database import Session
from store.record_core import core_hash

NOT_YET = b""
_AT_ONCE = 50  # payloads of up to a MiB each
_UNHASHED = """
SELECT event_id, payload FROM event
WHERE device_id = ? AND payload IS NOT NULL AND length(content_hash) = 0 AND event_id """
_WRITE = "UPDATE event SET content_hash = ? WHERE device_id = ? AND event_id = ?"


def hash_of(payload: str) -> bytes:
    """Of a record's JSON, with or without what consent decides about."""
    return core_hash(payload.encode())


def hashes_not_written(session: Session, device_id: bytes, event_ids: Sequence[bytes]) -> dict[bytes, bytes]:
    """The hashes of those of these events that have none yet, made of their payloads."""
    found: dict[bytes, bytes] = {}
    for start in range(0, len(event_ids), _AT_ONCE):
        ids = session.array(event_ids[start : start + _AT_ONCE])
        rows = session.rows(_UNHASHED + session.dialect.among, (device_id, ids))
        found |= {bytes(event_id): hash_of(payload) for event_id, payload in rows}
    return found


def write_hashes(session: Session, device_id: bytes, event_ids: Sequence[bytes]) -> None:
    """To be called before the payloads of these events go or change."""
    found = hashes_not_written(session, device_id, event_ids)
    if found:
        session.change_many(_WRITE, [(made, device_id, event_id) for event_id, made in found.items()])
