"""How long the collector keeps what was sent, by kind of data. The ledger's keys are kept for ever.

An age is counted in days on which the collector ran (`days`). Without a limit a kind is kept for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

from store.collector import counting, days, last_words
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.withdrawal import STEP, blank

KINDS = ("payloads", "embeddings", "crops")
_PART = {"embeddings": "embedding", "crops": "crop"}
_LIMITS = "SELECT kind, days FROM retention"
_SET = """
INSERT INTO retention (kind, days) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET days = excluded.days
"""
_UNSET = "DELETE FROM retention WHERE kind = ?"
_OLD = "SELECT device_id, event_id FROM event WHERE day <= ? AND payload IS NOT NULL LIMIT ?"
_OLD_PARTS = "SELECT device_id, event_id FROM event_part WHERE part = ? AND day <= ? LIMIT ?"
_DELETE_PART = "DELETE FROM event_part WHERE device_id = ? AND event_id = ? AND part = ?"


class Retention:
    """The limits, and their keeping."""

    def __init__(self, database: CollectorDatabase, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def limits(self) -> dict[str, int | None]:
        """Days by kind; None where that is kept for ever."""
        with self._database.read() as session:
            found: Mapping[str, int] = dict(session.rows(_LIMITS))
        return {kind: found.get(kind) for kind in KINDS}

    def set_limit(self, kind: str, limit: int | None, who: str) -> None:
        """Keeps a kind of `KINDS` for so many days (at least 1) from now on, or for ever."""
        with self._database.write() as session:
            if limit is None:
                session.change(_UNSET, (kind,))
            else:
                session.change(_SET, (kind, limit))
            self._audit.note(session, who, "retention-set", {"kind": kind, "days": limit})

    def run(self) -> dict[str, int]:
        """Lets go of what is over its limit, in steps. Returns how much of each kind went."""
        return {kind: self._clear(kind, limit) for kind, limit in self.limits().items() if limit is not None}

    def _clear(self, kind: str, limit: int) -> int:
        gone = 0
        while step := self._step(kind, limit):
            gone += step
        return gone

    def _step(self, kind: str, limit: int) -> int:
        with self._database.write() as session:
            last = days.today(session) - limit
            if kind in _PART:
                rows = session.rows(_OLD_PARTS, (_PART[kind], last, STEP))
                session.change_many(_DELETE_PART, [(*row, _PART[kind]) for row in rows])
                return len(rows)
            rows = session.rows(_OLD, (last, STEP))
            for device_id in sorted({device_id for device_id, _ in rows}):
                _let_go(session, device_id, [event_id for owner, event_id in rows if owner == device_id])
            return len(rows)


def _let_go(session: Session, device_id: bytes, event_ids: list[bytes]) -> None:
    """What they say goes; the figures go on counting them."""
    counting.count_of_device(session, device_id)
    blank(session, device_id, event_ids)
    last_words.forget_names(session, device_id, event_ids)
