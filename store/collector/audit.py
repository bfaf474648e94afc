"""Who did what at the collector: one row each, never changed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from store.clock import Clock
from store.collector.database import Session
from store.ids import IdMaker

_ADD = "INSERT INTO audit (id, at, who, what, details) VALUES (?, ?, ?, ?, ?)"
_LAST = "SELECT at, who, what, details FROM audit ORDER BY id DESC LIMIT ?"


class AuditEntry(msgspec.Struct, frozen=True):
    """One line of the log; `at` in milliseconds since the epoch."""

    at: int
    who: str
    what: str
    details: dict[str, object]


class Audit:
    """Writes the log inside of others' transactions."""

    def __init__(self, clock: Clock, ids: IdMaker) -> None:
        self._clock = clock
        self._ids = ids

    def note(self, session: Session, who: str, what: str, details: Mapping[str, object]) -> None:
        """Adds a line; `what` is a short name, such as `device-revoked`."""
        text = msgspec.json.encode(dict(details)).decode()
        session.change(_ADD, (self._ids.new(), self._clock.now_ms(), who, what, text))

    def last(self, session: Session, limit: int = 100) -> list[AuditEntry]:
        """The newest lines first."""
        return [
            AuditEntry(at, who, what, msgspec.json.decode(details))
            for at, who, what, details in session.rows(_LAST, (limit,))
        ]
