"""Records that were erased here and may be at a collector: remembered by their ids until it has heard."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import Future

import apsw

from store.local.connection import id_array, rows_of
from store.local.database import Database

_BELONGS = "SELECT EXISTS (SELECT 1 FROM setting WHERE name IN ('sync.enrolment', 'sync.left'))"
_ADD = "INSERT OR IGNORE INTO erased_sent (event_id) VALUES (?)"
_NEXT = "SELECT event_id FROM erased_sent ORDER BY event_id LIMIT ?"
_COUNT = "SELECT count(*) FROM erased_sent"
_HEARD = "DELETE FROM erased_sent WHERE event_id IN carray(?)"


def remember(connection: apsw.Connection, event_ids: Iterable[bytes]) -> None:
    """To be called in the transaction that erases them; a device that never belonged to a collector has
    nobody to tell."""
    if connection.execute(_BELONGS).get:
        connection.executemany(_ADD, [(event_id,) for event_id in event_ids])


class ErasedSent:
    """What a collector has yet to hear."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> int:
        """How many records those are."""
        with self._database.read() as db:
            return int(db.connection().execute(_COUNT).get)

    def next(self, most: int) -> list[bytes]:
        """The ids of some."""
        with self._database.read() as db:
            return [bytes(event_id) for (event_id,) in rows_of(db.connection(), _NEXT, (most,))]

    def heard(self, event_ids: Collection[bytes]) -> Future[None]:
        """The collector let go of these."""
        ids = list(event_ids)
        return self._database.submit(lambda db: _forget(db.connection(), ids))


def _forget(connection: apsw.Connection, event_ids: list[bytes]) -> None:
    connection.execute(_HEARD, (id_array(event_ids),))
