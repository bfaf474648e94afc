"""Erases single events that were erased at their device; each stays out for ever, whenever it comes."""

from __future__ import annotations

from collections.abc import Sequence

from store.clock import Clock
from store.collector import withdrawal
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session

_HELD = "SELECT 1 FROM device WHERE id = ?"
_MARK = "INSERT INTO erased_event (device_id, event_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_MARKED = "SELECT event_id FROM erased_event WHERE device_id = ? AND event_id "
_PRESENT = "SELECT event_id FROM event WHERE device_id = ? AND payload IS NOT NULL AND event_id "
_NOT_REJECTED = "DELETE FROM rejected_event WHERE device_id = ? AND event_id "


class Erasing:
    """Carries out what devices ask. The same request again changes nothing."""

    def __init__(self, database: CollectorDatabase, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def erase(self, device_id: bytes, event_ids: Sequence[bytes]) -> int:
        """Lets go of what these events say, and keeps them out from now on; their keys stay.

        Returns how many of them said something; all of it is gone when this returns.
        """
        if not event_ids:
            return 0
        with self._database.write() as session:
            session.rows(_HELD + session.dialect.for_update, (device_id,))
            fresh = self._mark(session, device_id, event_ids)
            ids = (device_id, session.array(event_ids))
            present = [bytes(row[0]) for row in session.rows(_PRESENT + session.dialect.among, ids)]
            session.change(_NOT_REJECTED + session.dialect.among, ids)
            if present:
                withdrawal.erase(session, device_id, present)
                withdrawal.forget_contexts(session, device_id)
            if fresh:
                details = {"events": fresh, "erased": len(present)}
                self._audit.note(session, device_id.hex(), "erased-at-device", details)
        return len(present)

    def _mark(self, session: Session, device_id: bytes, event_ids: Sequence[bytes]) -> int:
        """Marks them; how many were not marked before."""
        ids = (device_id, session.array(event_ids))
        marked = {bytes(row[0]) for row in session.rows(_MARKED + session.dialect.among, ids)}
        fresh = set(event_ids) - marked
        now = self._clock.now_ms()
        session.change_many(_MARK, [(device_id, event_id, now) for event_id in sorted(fresh)])
        return len(fresh)
