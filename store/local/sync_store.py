"""What the memory keeps for sending: a few notes by name, and the heavy parts of records that go out.

The notes are rows of the settings' table under names that no setting has, so that they go where the memory
goes (backup, salvage, a copy) and no page changes them among the settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import apsw
import msgspec
from msgspec import Struct

from store.local.connection import LocalDatabase, id_array, number_array, rows_of
from store.local.database import Database
from store.local.outbox_values import QueuedRecord
from store.local.tables import SettingRow

PREFIX = "sync."
_NOTES = "SELECT name, value FROM setting WHERE name >= 'sync.' AND name < 'sync/'"
_OF_INFERENCES = """
SELECT record.id, embedding.vector, picture.crop FROM record
LEFT JOIN embedding ON embedding.record = record.number
LEFT JOIN picture ON picture.number = record.picture
WHERE record.id IN carray(?)
"""
_PAYLOADS = "SELECT number, payload FROM record WHERE number IN carray(?)"
_ABOUT = "SELECT id, inference_id FROM record WHERE id IN carray(?) AND inference_id IS NOT NULL"


class Parts(Struct, frozen=True, gc=False):
    """The heavy parts of a record that may go out: float16 numbers, little-endian, and an image's bytes."""

    embedding: bytes | None = None
    crop: bytes | None = None


class SyncStore:
    """Notes and heavy parts. Reading blocks; what writes gives a future, set after its commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def notes(self) -> dict[str, str]:
        """All that was noted, as JSON by name."""
        with self._database.read() as db:
            return notes_in(db)

    def put(self, notes: Mapping[str, object]) -> Future[None]:
        """Notes values under names, all of them or none; None takes a note away."""
        texts = {
            PREFIX + name: value and msgspec.json.encode(value).decode() for name, value in notes.items()
        }

        def write(db: LocalDatabase) -> None:
            for name, text in texts.items():
                if text is None:
                    SettingRow.delete().where(SettingRow.name == name).execute(db)
                else:
                    SettingRow.insert(name=name, value=text).on_conflict_replace().execute(db)

        return self._database.submit(write)

    def parts_of(self, records: Sequence[QueuedRecord]) -> dict[bytes, Parts]:
        """What there is of heavy parts, by record id; an attachment has those of its inference.

        Where a batch has both, they go with the inference alone.
        """
        with self._database.read() as db:
            return _parts_of(db.connection(), records)

    def payloads_of(self, seqs: Sequence[int]) -> dict[int, str]:
        """The JSON of records by their number, as they are stored."""
        if not seqs:
            return {}
        with self._database.read() as db:
            return dict(rows_of(db.connection(), _PAYLOADS, (number_array(seqs),)))


def notes_in(db: LocalDatabase) -> dict[str, str]:
    """All that was noted in a memory that is open to be read."""
    rows = rows_of(db.connection(), _NOTES)
    return {name.removeprefix(PREFIX): value for name, value in rows}


def _text(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _parts_of(connection: apsw.Connection, records: Sequence[QueuedRecord]) -> dict[bytes, Parts]:
    inferences = {record.id for record in records if record.kind == "inference"}
    attached = [record.id for record in records if record.kind == "attachment"]
    about = dict(rows_of(connection, _ABOUT, (id_array(attached),))) if attached else {}
    wanted = inferences | set(about.values())
    if not wanted:
        return {}
    rows = rows_of(connection, _OF_INFERENCES, (id_array(wanted),))
    found = {row_id: Parts(vector, crop) for row_id, vector, crop in rows if vector or crop}
    own = {row_id: parts for row_id, parts in found.items() if row_id in inferences}
    late = {ours: found[its] for ours, its in about.items() if its in found and its not in inferences}
    return own | late
