"""Consent taken back: what is here goes, its keys stay, and a tombstone keeps later ones out.

The tombstone comes first, in a transaction of its own; then the erasing goes in steps, so that no other
device waits for a large one. Whoever is interrupted asks again, or `finish` ends it: a tombstone without
`done_at` is not ended.
"""

from __future__ import annotations

from typing import NamedTuple

from store.clock import Clock
from store.collector import counting
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.same_content import write_hashes
from store.collector.tombstones import NAMES_OF, PART_OF, greatest, without_names
from store.ids import IdMaker

STEP = 500
_FIRST_ID = b""
_OPEN_ONE = """
SELECT id, erased FROM tombstone
WHERE device_id = ? AND scope = ? AND consent = ? AND coalesce(from_ms, ?) = ? AND done_at IS NULL
"""
_ENDED = """
SELECT id FROM tombstone
WHERE device_id = ? AND scope = ? AND consent >= ? AND coalesce(from_ms, ?) <= ? AND done_at IS NOT NULL
ORDER BY consent DESC LIMIT 1
"""
_OPEN = "SELECT id, device_id, scope, from_ms FROM tombstone WHERE done_at IS NULL ORDER BY id"
_ADD = (
    "INSERT INTO tombstone (id, device_id, scope, from_ms, at, consent, erased) VALUES (?, ?, ?, ?, ?, ?, 0)"
)
_COUNT = "UPDATE tombstone SET erased = erased + ? WHERE id = ?"
_DONE = "UPDATE tombstone SET done_at = ? WHERE id = ?"
_ERASED = "SELECT erased FROM tombstone WHERE id = ?"
_DEVICE = "SELECT 1 FROM device WHERE id = ?"
_STEP_OF = """
SELECT event_id, payload FROM event
WHERE device_id = ? AND event_id > ? AND payload IS NOT NULL AND recorded_original >= ?
ORDER BY event_id LIMIT ?
"""
_BLANK = """
UPDATE event SET payload = NULL, session_id = '', mono_ms = NULL, boot_id = NULL, context = NULL,
    model_version = NULL, label = NULL, probability = NULL, picture = NULL, about = NULL, word = NULL,
    corrected = NULL
WHERE device_id = ? AND event_id """
_PARTS = "DELETE FROM event_part WHERE device_id = ? AND event_id "
_ONE_PART = "DELETE FROM event_part WHERE device_id = ? AND part = ? AND event_id "
_HAS_PART = """
SELECT event_part.event_id FROM event_part
JOIN event ON event.device_id = event_part.device_id AND event.event_id = event_part.event_id
WHERE event_part.device_id = ? AND event_part.event_id > ? AND event_part.part = ?
  AND event.recorded_original >= ?
ORDER BY event_part.event_id LIMIT ?
"""
_REWRITE = "UPDATE event SET payload = ? WHERE device_id = ? AND event_id = ?"
_UNUSED_CONTEXTS = """
DELETE FROM context WHERE device_id = ? AND NOT EXISTS (
    SELECT 1 FROM event WHERE event.device_id = context.device_id AND event.context = context.hash
)
"""
_PICTURES = "SELECT DISTINCT picture FROM event WHERE device_id = ? AND picture IS NOT NULL AND event_id "
_UNKNOWN_BY_NOW = """
DELETE FROM settlement WHERE picture {among}
    AND NOT EXISTS (SELECT 1 FROM event WHERE event.picture = settlement.picture)
"""
_EVER = -(2**62)


class Erased(NamedTuple):
    """How many events something was erased from, and the tombstone that keeps it so."""

    events: int
    tombstone_id: bytes


class Withdrawals:
    """Erases what devices take back."""

    def __init__(self, database: CollectorDatabase, clock: Clock, ids: IdMaker, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._audit = audit

    def withdraw(self, device_id: bytes, scope: str, since: int | None, consent: int) -> Erased:
        """Erases what the device recorded (by its own clock) from `since` on, and keeps it erased.

        `consent` is the device's count: what comes with a greater one was agreed to anew.
        """
        tombstone_id = self._begin(device_id, scope, since, consent)
        self._erase(tombstone_id, device_id, scope, since)
        with self._database.read() as session:
            return Erased(int(session.rows(_ERASED, (tombstone_id,))[0][0]), tombstone_id)

    def repeat(self, device_id: bytes, scope: str, since: int | None, consent: int) -> Erased:
        """As `withdraw`, where the collector does not know of it: was it erased before, then what came since
        was agreed to anew, and nothing is erased."""
        from_ms = _EVER if since is None else since
        with self._database.read() as session:
            ended = session.rows(_ENDED, (device_id, scope, consent, _EVER, from_ms))
        return Erased(0, bytes(ended[0][0])) if ended else self.withdraw(device_id, scope, since, consent)

    def greatest(self, device_id: bytes) -> int:
        """The greatest consent of what a device withdrew; 0 where it withdrew nothing."""
        with self._database.read() as session:
            return greatest(session, device_id)

    def finish(self) -> int:
        """Ends what was interrupted. Returns how many withdrawals that were."""
        with self._database.read() as session:
            unfinished = session.rows(_OPEN)
        for tombstone_id, device_id, scope, since in unfinished:
            self._erase(tombstone_id, device_id, scope, since)
        return len(unfinished)

    def _begin(self, device_id: bytes, scope: str, since: int | None, consent: int) -> bytes:
        """The tombstone; that of the same withdrawal, if it was begun before."""
        with self._database.write() as session:
            session.rows(_DEVICE + session.dialect.for_update, (device_id,))
            from_ms = _EVER if since is None else since
            begun = session.rows(_OPEN_ONE, (device_id, scope, consent, _EVER, from_ms))
            if begun:
                return bytes(begun[0][0])
            tombstone_id = self._ids.new()
            session.change(_ADD, (tombstone_id, device_id, scope, since, self._clock.now_ms(), consent))
            details = {"scope": scope, "since": since, "tombstone": tombstone_id.hex()}
            self._audit.note(session, device_id.hex(), "consent-withdrawn", details)
            return tombstone_id

    def _erase(self, tombstone_id: bytes, device_id: bytes, scope: str, since: int | None) -> None:
        from_ms = _EVER if since is None else since
        after: bytes | None = _FIRST_ID
        while after is not None:
            with self._database.write() as session:
                step = _step(session, device_id, after, from_ms, scope)
                session.change(_COUNT, (step.events, tombstone_id))
                after = step.last
        with self._database.write() as session:
            forget_contexts(session, device_id)
            session.change(_DONE, (self._clock.now_ms(), tombstone_id))


class _Step(NamedTuple):
    events: int
    last: bytes | None


def _step(session: Session, device_id: bytes, after: bytes, from_ms: int, scope: str) -> _Step:
    """Erases from the next events behind `after`, at most `STEP`."""
    if scope in PART_OF:
        return _parts_step(session, device_id, after, from_ms, PART_OF[scope])
    rows = session.rows(_STEP_OF, (device_id, after, from_ms, STEP))
    if not rows:
        return _Step(0, None)
    if scope in NAMES_OF:
        changed = [
            (kept, device_id, event_id)
            for event_id, payload in rows
            if (kept := without_names(payload, scope)) != payload
        ]
        write_hashes(session, device_id, [event_id for _, _, event_id in changed])
        session.change_many(_REWRITE, changed)
        return _Step(len(changed), rows[-1][0])
    erase(session, device_id, [event_id for event_id, _ in rows])
    return _Step(len(rows), rows[-1][0])


def _parts_step(session: Session, device_id: bytes, after: bytes, from_ms: int, part: str) -> _Step:
    rows = session.rows(_HAS_PART, (device_id, after, part, from_ms, STEP))
    if not rows:
        return _Step(0, None)
    ids = session.array(event_id for (event_id,) in rows)
    session.change(_ONE_PART + session.dialect.among, (device_id, part, ids))
    return _Step(len(rows), rows[-1][0])


def forget_contexts(session: Session, device_id: bytes) -> None:
    """Lets go of what is known of a device's machine where no event speaks of it any more."""
    session.change(_UNUSED_CONTEXTS, (device_id,))


def erase(session: Session, device_id: bytes, event_ids: list[bytes]) -> None:
    """Lets go of all that these events say, in the figures, too."""
    count_the_rest = counting.take_back(session, device_id, event_ids)
    ids = (device_id, session.array(event_ids))
    pictures = [bytes(row[0]) for row in session.rows(_PICTURES + session.dialect.among, ids)]
    blank(session, device_id, event_ids)
    count_the_rest()
    if pictures:
        of_these = session.dialect.among
        session.change(_UNKNOWN_BY_NOW.format(among=of_these), (session.array(pictures),))


def blank(session: Session, device_id: bytes, event_ids: list[bytes]) -> None:
    """Lets go of all that these events say; their keys, their places and their hashes stay."""
    write_hashes(session, device_id, event_ids)
    ids = session.array(event_ids)
    session.change(_BLANK + session.dialect.among, (device_id, ids))
    session.change(_PARTS + session.dialect.among, (device_id, ids))
