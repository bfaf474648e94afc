"""Makes a backup a day by itself, on a thread of its own, whatever the clock on the wall says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from store.clock import Clock
from store.local.backups import Backups
from store.local.errors import StoreError, StoreFull

log = logging.getLogger("whimbrel.backups")
DAY_S = 86_400.0
FIRST_LOOK_S = 60.0  # a start is not the moment for it
LOOK_S = 900.0
SHORTEST_S = DAY_S / 4
AGAIN_S = 3600.0  # after one that failed


class BackupSchedule:
    """Whether a backup is due, and one when it is.

    One is due when the newest is older than a day or comes from a future that the clock has left, and in any
    case after a day of running. Between two of one run lie six hours of the time that never jumps, so that a
    clock that leaps makes no storm of copies.
    """

    def __init__(self, backups: Backups, clock: Clock, is_empty: Callable[[], bool]) -> None:
        """`is_empty` tells whether there is nothing yet that is worth a copy."""
        self._backups = backups
        self._clock = clock
        self._is_empty = is_empty
        self._since = clock.monotonic()
        self._pause = 0.0

    def due(self) -> bool:
        """Whether a backup should be made now."""
        running = self._clock.monotonic() - self._since
        wanted = running >= DAY_S or (running >= self._pause and self._is_old())
        return wanted and not self._is_empty()

    def look(self) -> None:
        """Makes a backup if one is due; what keeps it from that is a line in the log."""
        if not self.due():
            return
        self._pause = SHORTEST_S
        try:
            self._backups.make("daily")
        except StoreFull as error:
            log.warning("backup skipped: %s", error.sentence)
            self._pause = AGAIN_S
        except Exception as error:
            log.error("backup failed: %s", error.sentence if isinstance(error, StoreError) else repr(error))
            self._pause = AGAIN_S
        self._since = self._clock.monotonic()

    def _is_old(self) -> bool:
        newest = next(iter(self._backups.list()), None)
        return newest is None or not 0 <= self._clock.now_ms() - newest.made_at < DAY_S * 1000


class BackupThread:
    """Looks now and then whether a backup is due.

    `before` is called before each look; `wait(seconds)` sleeps and says whether to end instead.
    """

    def __init__(
        self,
        schedule: BackupSchedule,
        wait: Callable[[float], bool] | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._schedule = schedule
        self._before = before
        self._ended = threading.Event()
        self._wait = wait or self._ended.wait
        self._thread = threading.Thread(target=self._run, name="whimbrel-backups", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; `Backups.close` first gives up what it is at."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = FIRST_LOOK_S
        while not self._wait(pause):
            self._before()
            self._schedule.look()
            pause = LOOK_S
