"""Prepared records → rows, on the writer's thread, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import apsw

from store.local import feedback_rows, heavy_rows, outbox_rows
from store.local.connection import LocalDatabase, id_array
from store.local.folder_queue import ending
from store.local.learning import audit_marks
from store.local.rows import RECORD_COLUMNS, PictureFacts, Prepared

# Joined and not `IN carray(?)`, which copies the array into a table of its own first.
_KNOWN = "SELECT id, content_hash FROM carray(?) AS given CROSS JOIN record ON record.id = given.value"
_DEVICE = "INSERT INTO device (hash, info) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING"
_PICTURE = """
INSERT INTO picture (number, sha256, file_name, path, width, height, bytes, captured_at, first_seen)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING
"""
_NEXT_PICTURE = "SELECT coalesce(max(number), 0) + 1 FROM picture"
_PICTURE_NUMBERS = """
SELECT sha256, number FROM carray(?) AS given CROSS JOIN picture ON picture.sha256 = given.value
"""
_RECORD = (
    f"INSERT INTO record (number, {', '.join(RECORD_COLUMNS)}, picture) "  # noqa: S608 - our own column names
    f"VALUES (?, {', '.join('?' * len(RECORD_COLUMNS))}, ?)"
)
_ANY_WITHOUT_PICTURE = """
SELECT EXISTS (
    SELECT 1 FROM carray(?1) AS given CROSS JOIN record ON record.inference_id = given.value
    WHERE record.picture IS NULL
) OR EXISTS (
    SELECT 1 FROM carray(?1) AS given CROSS JOIN feedback ON feedback.inference_id = given.value
    WHERE feedback.picture IS NULL
)
"""
_ADOPT = """
UPDATE record SET picture = (SELECT about.picture FROM record AS about WHERE about.id = record.inference_id)
WHERE inference_id IN carray(?) AND picture IS NULL
"""


class Sorted(NamedTuple):
    """The records of a batch by what becomes of them; `second` ones are of pictures of the folder queue that
    have their record already."""

    fresh: list[Prepared]
    repeated: list[Prepared]
    conflicting: list[Prepared]
    second: Sequence[Prepared] = ()


def ingest(db: LocalDatabase, batch: Sequence[Prepared]) -> Sorted:
    """Writes what is new of a batch, fills in heavy parts of what is not, and tells which was which."""
    if not batch:
        return Sorted([], [], [])
    connection = db.connection()
    sorted_batch = _sort(connection, batch)
    fresh = sorted_batch.fresh
    _insert_records(connection, fresh)
    feedback_rows.insert(connection, fresh)
    audit_marks.follow(connection, fresh)
    ending.follow(connection, fresh)
    if any(item.parts.retracts is not None for item in fresh):
        outbox_rows.look_again_for_corrections(connection)
    heavy_rows.insert(connection, fresh, sorted_batch.repeated)
    _adopt(connection, fresh)
    return sorted_batch


def _sort(connection: apsw.Connection, batch: Sequence[Prepared]) -> Sorted:
    seen: dict[bytes, bytes] = dict(connection.execute(_KNOWN, (id_array(item.id for item in batch),)))
    result = Sorted([], [], [])
    for item in batch:
        before = seen.get(item.id)
        if before is None:
            seen[item.id] = item.content_hash
            result.fresh.append(item)
        elif before == item.content_hash:
            result.repeated.append(item)
        else:
            result.conflicting.append(item)
    queued = ending.of_queue(connection, result.conflicting)
    if not queued:
        return result
    second = [item for item in result.conflicting if item.id in queued]
    others = [item for item in result.conflicting if item.id not in queued]
    return result._replace(conflicting=others, second=second)


def _insert_records(connection: apsw.Connection, fresh: Sequence[Prepared]) -> None:
    if not fresh:
        return
    connection.executemany(_DEVICE, {item.device for item in fresh if item.device is not None})
    pictures = _insert_pictures(connection, [item.parts.picture for item in fresh])
    first = outbox_rows.next_number(connection)
    numbers = range(first, first + len(fresh))
    rows = [
        (number, *item.row, picture) for number, item, picture in zip(numbers, fresh, pictures, strict=True)
    ]
    connection.executemany(_RECORD, rows)
    outbox_rows.enqueue(connection, first, len(fresh))


def _insert_pictures(
    connection: apsw.Connection, pictures: Sequence[PictureFacts | None]
) -> Sequence[int | None]:
    """Writes the pictures that are new and gives the number of each; where all are new, none is looked up."""
    facts = [picture for picture in pictures if picture is not None]
    if not facts:
        return [None] * len(pictures)
    first: int = connection.execute(_NEXT_PICTURE).get
    before = connection.total_changes()
    connection.executemany(_PICTURE, [(number, *picture) for number, picture in enumerate(facts, first)])
    if connection.total_changes() - before == len(pictures):
        return range(first, first + len(pictures))
    hashes = id_array(picture.sha256 for picture in facts)
    known: dict[bytes, int] = dict(connection.execute(_PICTURE_NUMBERS, (hashes,)))
    return [None if picture is None else known[picture.sha256] for picture in pictures]


def _adopt(connection: apsw.Connection, fresh: Sequence[Prepared]) -> None:
    """Gives records about an inference its picture, whichever of the two came first."""
    spoken_of = {item.columns.inference_id for item in fresh if item.columns.inference_id is not None}
    with_picture = {item.id for item in fresh if item.parts.picture is not None}
    about = spoken_of | with_picture
    if about and connection.execute(_ANY_WITHOUT_PICTURE, (id_array(about),)).get:
        connection.execute(_ADOPT, (id_array(about),))
        feedback_rows.adopt(connection, id_array(about))
