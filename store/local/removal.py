"""Takes records out of the memory with all that hangs on them, on the writer's thread.

Retention and erasure share this: whatever goes, goes from every table, and nothing is left that speaks of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import apsw
import msgspec

from store.local import erased_sent, outbox_rows
from store.local.connection import id_array, number_array
from store.local.figures import rollup

Reason = Literal["erased", "retention"]

# CROSS JOIN keeps the order of the tables: SQLite knows nothing of how few these numbers are.
_ABOUT = """
SELECT number FROM record WHERE number IN carray(?1)
UNION SELECT other.number FROM record CROSS JOIN record AS other ON other.inference_id = record.id
WHERE record.number IN carray(?1)
UNION SELECT other.number FROM record CROSS JOIN retraction ON retraction.retracted_by = record.id
CROSS JOIN record AS other ON other.id = retraction.retracted AND other.kind = 'feedback'
WHERE record.number IN carray(?1)
"""
_ROWS = """
SELECT record.number, record.id, record.kind, record.picture, octet_length(record.payload),
       octet_length(embedding.vector), record.inference_id
FROM record LEFT JOIN embedding ON embedding.record = record.number WHERE record.number IN carray(?)
"""
_FEEDBACK_GONE = """
DELETE FROM feedback WHERE id IN carray(?1) OR inference_id IN carray(?1)
OR id IN (SELECT retracted FROM retraction WHERE retracted_by IN carray(?1))
"""
_RETRACTIONS_GONE = "DELETE FROM retraction WHERE retracted_by IN carray(?1) OR retracted IN carray(?1)"
_WAITING = """
SELECT coalesce(sum(coalesce(octet_length(embedding), 0) + coalesce(octet_length(thumbnail), 0)
       + coalesce(octet_length(crop), 0)), 0)
FROM waiting_attachment WHERE inference_id IN carray(?)
"""
_WAITING_GONE = "DELETE FROM waiting_attachment WHERE inference_id IN carray(?)"
_QUEUED_GONE = "DELETE FROM queue_picture WHERE record_id IN carray(?)"
_RECORDS_GONE = "DELETE FROM record WHERE number IN carray(?)"
_LONELY = """
SELECT number, octet_length(thumbnail), octet_length(crop) FROM picture WHERE number IN carray(?)
AND NOT EXISTS (SELECT 1 FROM record WHERE record.picture = picture.number)
"""
_FEEDBACK_OF_LONELY = "UPDATE feedback SET picture = NULL WHERE picture IN carray(?)"
_PICTURES_GONE = "DELETE FROM picture WHERE number IN carray(?)"


class Amount(msgspec.Struct, frozen=True, gc=False):
    """So many things of so many bytes; bytes are those of the content, not of SQLite's pages."""

    count: int = 0
    bytes: int = 0

    def plus(self, other: Amount) -> Amount:
        """Both together."""
        return Amount(self.count + other.count, self.bytes + other.bytes)


class Amounts(msgspec.Struct, frozen=True):
    """What there is, goes or is gone, by kind."""

    answers: Amount = Amount()
    feedback: Amount = Amount()
    events: Amount = Amount()
    attachments: Amount = Amount()
    pictures: Amount = Amount()
    embeddings: Amount = Amount()
    thumbnails: Amount = Amount()
    crops: Amount = Amount()

    def plus(self, other: Amounts) -> Amounts:
        """Both together."""
        return Amounts(*(getattr(self, name).plus(getattr(other, name)) for name in KINDS))

    @property
    def bytes(self) -> int:
        """Of all kinds."""
        return sum(getattr(self, name).bytes for name in KINDS)

    @property
    def count(self) -> int:
        """Of all kinds."""
        return sum(getattr(self, name).count for name in KINDS)


KINDS = Amounts.__struct_fields__
_OF_RECORDS = {"inference": "answers", "feedback": "feedback", "event": "events", "attachment": "attachments"}


def with_what_is_about(connection: apsw.Connection, numbers: Sequence[int]) -> list[int]:
    """These records, those that speak of them, and what they took back: together they may go."""
    return [number for (number,) in connection.execute(_ABOUT, (number_array(numbers),))]


def remove_records(connection: apsw.Connection, numbers: Sequence[int], reason: Reason) -> Amounts:
    """Removes records and all that is about them, inside a writer's transaction; says what went.

    A picture goes with the last record about it. The figures forget what was erased, and go on counting what
    was only too old.
    """
    if not numbers:
        return Amounts()
    whole = with_what_is_about(connection, numbers)
    if not whole:  # all of them went with earlier ones
        return Amounts()
    rows: list[Any] = connection.execute(_ROWS, (number_array(whole),)).fetchall()
    outbox_rows.forget(connection, whole, reason)
    if reason == "erased":
        erased_sent.remember(connection, (row[1] for row in rows))
        rollup.forget_records(connection, whole)
    waited_for = {row[1] for row in rows} | {row[6] for row in rows if row[2] == "attachment"}
    gone = _amounts_of(rows, int(connection.execute(_WAITING, (id_array(waited_for),)).get))
    connection.execute(_WAITING_GONE, (id_array(waited_for),))
    for statement in (_FEEDBACK_GONE, _RETRACTIONS_GONE, _QUEUED_GONE):
        connection.execute(statement, (id_array(row[1] for row in rows),))
    connection.execute(_RECORDS_GONE, (number_array(whole),))
    pictures = {row[3] for row in rows if row[3] is not None}
    return gone.plus(_remove_lonely(connection, pictures)) if pictures else gone


def _amounts_of(rows: Sequence[Any], waiting: int) -> Amounts:
    found = dict.fromkeys(KINDS, Amount())
    for _, _, kind, _, size, embedding, _ in rows:
        name = _OF_RECORDS[kind]
        found[name] = found[name].plus(Amount(1, size))
        if embedding is not None:
            found["embeddings"] = found["embeddings"].plus(Amount(1, embedding))
    found["attachments"] = found["attachments"].plus(Amount(0, waiting))
    return Amounts(**found)


def _remove_lonely(connection: apsw.Connection, pictures: set[int]) -> Amounts:
    rows: list[Any] = connection.execute(_LONELY, (number_array(pictures),)).fetchall()
    if not rows:
        return Amounts()
    numbers = [row[0] for row in rows]
    connection.execute(_FEEDBACK_OF_LONELY, (number_array(numbers),))
    connection.execute(_PICTURES_GONE, (number_array(numbers),))
    return Amounts(
        pictures=Amount(len(rows), 0),
        thumbnails=_sizes(row[1] for row in rows),
        crops=_sizes(row[2] for row in rows),
    )


def _sizes(sizes: Any) -> Amount:  # noqa: ANN401 - numbers and None
    known = [size for size in sizes if size is not None]
    return Amount(len(known), sum(known))
