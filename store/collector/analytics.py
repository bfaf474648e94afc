"""Where statistics and exports read: the collector's own database, or a replica of it that may be behind.

A replica is opened when it is first asked, so that a collector takes what devices send whether it is there or
not. Its age is told by the beat that the collector writes once a minute.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from store.clock import Clock
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import CollectorError, Unreachable, WrongSchema, of_replica
from store.collector.migrations import require_schema

AGAIN_S = 10.0
_ID = "SELECT collector_id FROM collector"
_BEAT = "SELECT at FROM beat"
_UNCOUNTED = "SELECT count(*) FROM uncounted"


class AsOf(NamedTuple):
    """How fresh what is read is: when the database was last looked after (ms since the epoch, None: never),
    how long ago that is, whether it is a replica, and how many batches are not counted yet."""

    at: int | None
    age_ms: int | None
    replica: bool
    uncounted: int


class Analytics:
    """Reads only. `open_replica` opens the replica, None where there is none."""

    def __init__(
        self,
        database: CollectorDatabase,
        clock: Clock,
        open_replica: Callable[[], CollectorDatabase] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._open_replica = open_replica
        self._opening = threading.Lock()
        self._replica: CollectorDatabase | None = None
        self._failed: tuple[float, CollectorError] | None = None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent snapshot. Raises Unreachable, Busy, and WrongSchema for a replica of another one."""
        try:
            with self._source().read() as session:
                yield session
        except Unreachable as error:
            raise (of_replica(error) if self._open_replica else error) from None

    def as_of(self) -> AsOf:
        """How fresh it is."""
        with self.read() as session:
            found = session.rows(_BEAT)
            uncounted = int(session.rows(_UNCOUNTED)[0][0])
        at = int(found[0][0]) if found else None
        age = None if at is None else max(0, self._clock.now_ms() - at)
        return AsOf(at, age, self._open_replica is not None, uncounted)

    def close(self) -> None:
        """Closes the replica."""
        with self._opening:
            replica, self._replica = self._replica, None
        if replica is not None:
            replica.close()

    def _source(self) -> CollectorDatabase:
        if self._open_replica is None:
            return self._database
        with self._opening:
            if self._replica is None:
                self._replica = self._opened(self._open_replica)
            return self._replica

    def _opened(self, open_replica: Callable[[], CollectorDatabase]) -> CollectorDatabase:
        """One that can't be opened is left alone for a while: who waits for it holds a thread."""
        now = self._clock.monotonic()
        if self._failed is not None and now < self._failed[0] + AGAIN_S:
            raise self._failed[1]
        try:
            return self._checked(open_replica())
        except CollectorError as error:
            self._failed = (now, error)
            raise

    def _checked(self, replica: CollectorDatabase) -> CollectorDatabase:
        try:
            require_schema(replica, or_newer=True)
            with self._database.read() as ours, replica.read() as theirs:
                if ours.rows(_ID) != theirs.rows(_ID):
                    raise WrongSchema(
                        "The database for statistics is another collector's.",
                        "Name a replica of this one with --analytics-url.",
                    )
        except BaseException:
            replica.close()
            raise
        return replica
