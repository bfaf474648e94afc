"""The list of records for the API: pages by a cursor, one record, and what to filter by."""

from __future__ import annotations

import re
import threading
from typing import NamedTuple

from store.clock import Clock
from store.ids import parse_id
from store.local.database import Database
from store.local.errors import UnknownCursor
from store.local.records.cards import RecordCard, WholeRecord, cards, whole
from store.local.records.facets import Facets, facets
from store.local.records.finding import MOST_LOOKED_AT, find
from store.local.records.record_filters import RecordFilters
from store.local.records.walk import END, Place

_CURSOR = re.compile(r"([0-9]{1,16})\.([0-9]{1,18})")
_FACETS_KEPT_S = 30.0  # what was erased meanwhile may be offered for so long, and finds nothing
_NEWEST = "SELECT coalesce(max(number), 0) FROM record"


class RecordPage(NamedTuple):
    """Records, newest first, and the cursor to go on from; None at the end.

    A page that is not full and has a cursor has looked at all that one request may look at.
    """

    records: list[RecordCard]
    next: str | None


class _Kept(NamedTuple):
    key: tuple[int, int | None, int | None]
    until: float
    facets: Facets


class RecordStore:
    """Reads records of every kind. `most_looked_at` bounds the rows that one page looks at."""

    def __init__(self, database: Database, clock: Clock, most_looked_at: int = MOST_LOOKED_AT) -> None:
        self._database = database
        self._clock = clock
        self._most = most_looked_at
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def page(self, filters: RecordFilters, limit: int, before: str | None) -> RecordPage:
        """At most `limit` records that pass the filters. Raises UnknownCursor where `before` is none."""
        place = _parse_cursor(before)
        with self._database.read() as db:
            found = find(db.connection(), filters, place, limit, self._most)
            listed = cards(db, found.numbers)
        following = found.following
        return RecordPage(
            listed, None if following is None else f"{following.recorded_at}.{following.number}"
        )

    def get(self, record_id: str) -> WholeRecord | None:
        """All that is known of one record; None where there is none of this id (a UUID)."""
        try:
            own = parse_id(record_id)
        except ValueError:
            return None
        with self._database.read() as db:
            number: int | None = db.connection().execute("SELECT number FROM record WHERE id = ?", (own,)).get
            return None if number is None else whole(db, number)

    def facets(self, from_ms: int | None, to_ms: int | None) -> Facets:
        """The values to filter by in a window of time; found anew where records came in, or after 30 s."""
        with self._database.read() as db:
            connection = db.connection()
            key = (int(connection.execute(_NEWEST).get), from_ms, to_ms)
            with self._lock:
                kept = self._kept
            if kept is not None and kept.key == key and self._clock.monotonic() < kept.until:
                return kept.facets
            found = facets(connection, from_ms, to_ms)
        with self._lock:
            self._kept = _Kept(key, self._clock.monotonic() + _FACETS_KEPT_S, found)
        return found


def _parse_cursor(text: str | None) -> Place:
    if text is None:
        return END
    parts = _CURSOR.fullmatch(text)
    if parts is None:
        raise UnknownCursor("That is not a place in the list of records.", "Ask again without `before`.")
    return Place(int(parts[1]), int(parts[2]))
