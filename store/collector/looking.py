"""What the team looks at: what came in, and what was refused. A page at a time, newest first."""

from __future__ import annotations

import msgspec

from store.collector.database import CollectorDatabase

PAGE = 100
_INCOMING = """
SELECT device.name, event.kind, event.recorded_at, event.received_at, event.label, event.probability,
    event.word, event.corrected, event.model_version, event.payload IS NULL
FROM event JOIN device ON device.id = event.device_id
WHERE event.day >= (SELECT max(number) FROM counted_day) - ?
ORDER BY event.received_at DESC, event.device_id, event.seq DESC LIMIT ?
"""
_REJECTED = """
SELECT device.name, rejected_event.event_id, rejected_event.code, rejected_event.reason, rejected_event.at
FROM rejected_event JOIN device ON device.id = rejected_event.device_id
ORDER BY rejected_event.at DESC, rejected_event.event_id LIMIT ?
"""


class Arrived(msgspec.Struct, frozen=True):
    """One event that came in; times in milliseconds since the epoch."""

    device: str
    kind: str
    recorded_at: int
    received_at: int
    label: str | None
    probability: float | None
    word: str | None
    corrected: str | None
    model_version: str | None
    blank: bool


class Rejected(msgspec.Struct, frozen=True):
    """One event that was refused and not accepted since."""

    device: str
    event_id: bytes
    code: str
    reason: str
    at: int


class Looking:
    """Reads for the team's pages."""

    def __init__(self, database: CollectorDatabase) -> None:
        self._database = database

    def incoming(self, last_days: int = 7, limit: int = PAGE) -> list[Arrived]:
        """What came in on the last days that were counted."""
        with self._database.read() as session:
            rows = session.rows(_INCOMING, (last_days, limit))
        return [Arrived(*row) for row in rows]

    def rejected(self, limit: int = PAGE) -> list[Rejected]:
        """What was refused."""
        with self._database.read() as session:
            return [Rejected(*row) for row in session.rows(_REJECTED, (limit,))]
