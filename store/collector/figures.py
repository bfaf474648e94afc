"""What the collector holds, in totals that cost little: for its metrics and its pages."""

from __future__ import annotations

from typing import NamedTuple

from store.collector import days
from store.collector.database import CollectorDatabase, Load

_DEVICES = """
SELECT CASE WHEN revoked_at IS NULL THEN 'enrolled' ELSE 'revoked' END, count(*), sum(accepted),
    sum(CASE WHEN revoked_at IS NULL THEN coalesce(waiting, 0) ELSE 0 END)
FROM device GROUP BY revoked_at IS NULL
"""
_REJECTED = "SELECT code, count(*) FROM rejected_event GROUP BY code"
_DROPPED = "SELECT reason, sum(to_seq - from_seq + 1) FROM dropped_range GROUP BY reason"
_LAST_SEEN = "SELECT max(last_seen_at) FROM device"
_UNCOUNTED = "SELECT count(*) FROM uncounted"
_UNFINISHED = "SELECT count(*) FROM tombstone WHERE done_at IS NULL"


class Totals(NamedTuple):
    """`devices` by state, `rejected` by code, `dropped` by reason; `waiting` as the devices last said."""

    devices: dict[str, int]
    accepted: int
    waiting: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    last_seen_at: int | None
    unfinished_withdrawals: int
    uncounted: int
    day: int
    load: Load


class Figures:
    """Reads totals."""

    def __init__(self, database: CollectorDatabase) -> None:
        self._database = database

    def totals(self) -> Totals:
        """From one snapshot."""
        with self._database.read() as session:
            devices = session.rows(_DEVICES)
            return Totals(
                devices={state: int(n) for state, n, _, _ in devices},
                accepted=sum(int(accepted) for _, _, accepted, _ in devices),
                waiting=sum(int(waiting) for _, _, _, waiting in devices),
                rejected={code: int(n) for code, n in session.rows(_REJECTED)},
                dropped={reason: int(n) for reason, n in session.rows(_DROPPED)},
                last_seen_at=session.rows(_LAST_SEEN)[0][0],
                unfinished_withdrawals=int(session.rows(_UNFINISHED)[0][0]),
                uncounted=int(session.rows(_UNCOUNTED)[0][0]),
                day=days.today(session),
                load=self._database.load(),
            )
