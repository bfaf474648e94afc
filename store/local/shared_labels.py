"""The team's labels as its collector gave them last."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

import apsw
import msgspec

from store.local.connection import LocalDatabase, rows_of
from store.local.database import Database
from store.local.sync_store import PREFIX
from store.local.tables import SettingRow
from store.protocol_beside import SharedLabel

NOTE = "labels"
_ALL = "SELECT name, scientific, synonyms FROM shared_label ORDER BY name"
_CLEAR = "DELETE FROM shared_label"
_ADD = "INSERT OR REPLACE INTO shared_label (name, scientific, synonyms) VALUES (?, ?, ?)"


class SharedLabels:
    """Keeps them, with their entity tag among what sending notes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[SharedLabel]:
        """All of them by name."""
        with self._database.read() as db:
            return shared_labels_in(db.connection())

    def replace(self, labels: Sequence[SharedLabel], etag: str | None) -> Future[None]:
        """Keeps these instead, and their tag, both or neither."""
        rows = [
            (label.name, label.scientific, msgspec.json.encode(label.synonyms).decode()) for label in labels
        ]

        def write(db: LocalDatabase) -> None:
            db.connection().execute(_CLEAR)
            db.connection().executemany(_ADD, rows)
            if etag is None:
                SettingRow.delete().where(SettingRow.name == PREFIX + NOTE).execute(db)
            else:
                note = msgspec.json.encode(etag).decode()
                SettingRow.insert(name=PREFIX + NOTE, value=note).on_conflict_replace().execute(db)

        return self._database.submit(write)


def shared_labels_in(connection: apsw.Connection) -> list[SharedLabel]:
    """The same in the snapshot of a connection."""
    rows = rows_of(connection, _ALL)
    return [
        SharedLabel(name, scientific, msgspec.json.decode(synonyms, type=list[str]))
        for name, scientific, synonyms in rows
    ]
