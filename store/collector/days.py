"""The age of what is kept, told by days that were counted: no jump of a clock makes anything old.

Every calendar day (UTC) on which the collector ran gets the next number, once. A clock that jumps ten years
ahead adds one day, one that jumps back adds none, and whatever arrives carries the number of the newest.
"""

from __future__ import annotations

from store.clock import Clock
from store.collector.database import Session

DAY_MS = 24 * 3_600_000
_TODAY = "SELECT max(number) FROM counted_day"
_COUNT = """
INSERT INTO counted_day (number, wall_day, first_at)
SELECT coalesce(max(number), 0) + 1, ?, ? FROM counted_day WHERE true ON CONFLICT DO NOTHING
"""


def count(session: Session, clock: Clock) -> None:
    """Gives the present day its number if it has none."""
    now = clock.now_ms()
    session.change(_COUNT, (now // DAY_MS, now))


def today(session: Session) -> int:
    """The newest day's number."""
    return int(session.rows(_TODAY)[0][0])
