"""How much time has really passed, for rules that delete by age, on machines whose clock may jump by years.

Ages are never differences of wall-clock times. They are read from a count of time that this module keeps in
the memory: it grows with the monotonic clock while Whimbrel runs, and by the wall clock's jumps forward (the
laptop was off or asleep) only where they can be believed:

| unexplained step of the wall clock | what happens |
|---|---|
| forward, up to 4 days | counted at once |
| forward, up to 183 days | age rules pause; counted after 24 h of running, or when the user confirms |
| forward, more | age rules pause as long; never counted: what is there only looks old |
| back, up to 1 day | not counted; later steps forward make it good first |
| back, more | age rules pause until the clock returns, 24 h of running, or the user confirms the date |

A mark every few hours says how many records there were when: older than a year are those of the last mark
that lies a year of *counted* time back. A record made while the clock stood in 2016 is therefore not ten
years old the day the clock is put right.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future

import msgspec

from store.clock import Clock
from store.local.connection import LocalDatabase
from store.local.database import Database

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SMALL_STEP_MS = 4 * DAY_MS
LONGEST_STEP_MS = 183 * DAY_MS
SMALL_STEP_BACK_MS = DAY_MS
STEADY_MS = DAY_MS
MARK_EVERY_MS = 6 * HOUR_MS

_READ = "SELECT wall_ms, counted_ms, gap_ms, steady_ms FROM clock_watch"
_WRITE = "INSERT OR REPLACE INTO clock_watch VALUES (1, ?, ?, ?, ?)"
_MARK = """
INSERT INTO clock_mark (counted_ms, last_record)
SELECT ?1, coalesce((SELECT max(number) FROM record), 0)
WHERE NOT EXISTS (SELECT 1 FROM clock_mark WHERE counted_ms > ?1 - ?2)
"""
_OLDER = "SELECT coalesce(max(last_record), 0) FROM clock_mark WHERE counted_ms <= ?"


class Watched(msgspec.Struct, frozen=True):
    """What is known of time, all in milliseconds.

    `wall` is the wall clock when last seen, `counted` the time that passed, `gap` the wall clock's steps that
    are not counted (negative after a step back), `steady` how long Whimbrel has run since a step too large.
    """

    wall: int
    counted: int = 0
    gap: int = 0
    steady: int = 0

    @property
    def paused(self) -> bool:
        """Whether age rules wait."""
        return self.gap > SMALL_STEP_MS or self.gap < -SMALL_STEP_BACK_MS


def advance(before: Watched, wall: int, running: int) -> Watched:
    """What is known when the wall clock shows `wall`, after `running` ms by the monotonic clock."""
    step = wall - before.wall - running
    gap = before.gap + step
    counted = before.counted + running
    now = Watched(wall, counted, gap)
    if now.paused:
        jumped = step > SMALL_STEP_MS or step < -SMALL_STEP_BACK_MS
        steady = 0 if jumped else before.steady + running
        now = msgspec.structs.replace(now, steady=steady)
        return settled(now) if steady >= STEADY_MS else now
    return settled(now) if gap > 0 else now


def settled(now: Watched) -> Watched:
    """Takes the wall clock as it is: a believable step forward counts as time, every other one does not."""
    believed = now.gap if 0 < now.gap <= LONGEST_STEP_MS else 0
    return Watched(now.wall, now.counted + believed)


class ClockWatch:
    """Says whether anything may be deleted for its age, and what is old enough. Safe on any thread."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Watched | None = None
        self._seen_at = clock.monotonic()

    def may_judge_age(self) -> bool:
        """Whether rules by age may run now."""
        return not self.now().paused

    def why_not(self) -> str | None:
        """One sentence on why rules by age wait and one on what ends that; None where they need not."""
        now = self.now()
        if not now.paused:
            return None
        way = "ahead" if now.gap > 0 else "back"
        left = max(1, round((STEADY_MS - now.steady) / HOUR_MS))
        return (
            f"This machine's clock went {way} by {_span(abs(now.gap))} since Whimbrel last saw it. "
            f"Nothing is removed for its age until Whimbrel has run for {left} more "
            f"{'hour' if left == 1 else 'hours'}, or until you say that the date is right."
        )

    def older_than(self, age_ms: int) -> int:
        """The number up to which every record is at least `age_ms` old; 0 where there is none, or in a pause.

        May be asked on the writer's thread inside its transaction, too.
        """
        now = self.now()
        if now.paused:
            return 0
        with self._database.read() as db:
            return int(db.execute_sql(_OLDER, (now.counted - age_ms,)).fetchone()[0])

    def observe(self, db: LocalDatabase) -> None:
        """Writes down what is known, on the writer's thread; to be called at the start and every few minutes.

        What is not written is lost with the process: it then looks like time in which the machine was off.
        """
        now = self.now()
        connection = db.connection()
        connection.execute(_WRITE, (now.wall, now.counted, now.gap, now.steady))
        connection.execute(_MARK, (now.counted, MARK_EVERY_MS))

    def confirm(self) -> Future[None]:
        """The user says that the date is right: age rules go on. The result comes when that is written."""
        with self._lock:
            self._known = settled(self._advanced())
        return self._database.submit(self.observe)

    def now(self) -> Watched:
        """What is known of time at this moment."""
        with self._lock:
            self._known = self._advanced()
            return self._known

    def _advanced(self) -> Watched:
        wall, seen = self._clock.now_ms(), self._clock.monotonic()
        known = self._known or self._read(wall)
        running = 0 if self._known is None else max(0, round((seen - self._seen_at) * 1000))
        self._seen_at = seen
        return advance(known, wall, running)

    def _read(self, wall: int) -> Watched:
        with self._database.read() as db:
            row = db.execute_sql(_READ).fetchone()
        return Watched(wall) if row is None else Watched(*row)


def _span(milliseconds: int) -> str:
    days = round(milliseconds / DAY_MS)
    return f"{days} days" if days < 2 * 365 else f"{round(days / 365.25)} years"
