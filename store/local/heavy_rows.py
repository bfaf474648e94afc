"""Embeddings, thumbnails and crops as rows: they come with their inference, after it, before it or twice.

What is there stays: the first embedding of an inference and the first small pictures of a picture count.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import apsw

from store.local.connection import id_array
from store.local.rows import Heavy, Prepared

_EMBEDDING = """
INSERT INTO embedding (record, space_id, variant, backend, vector)
SELECT number, ?, ?, ?, ? FROM record WHERE id = ? ON CONFLICT (record) DO NOTHING
"""
_IMAGES = """
UPDATE picture SET thumbnail = coalesce(thumbnail, ?), crop = coalesce(crop, ?)
WHERE number = (SELECT picture FROM record WHERE id = ?)
"""
_WAIT = "INSERT INTO waiting_attachment (inference_id, embedding, thumbnail, crop) VALUES (?, ?, ?, ?)"
_ARRIVED = """
SELECT waiting_attachment.number, record.id, unhex(json_extract(record.payload, '$.spaceId')),
       json_extract(record.payload, '$.variant'), record.backend,
       waiting_attachment.embedding, waiting_attachment.thumbnail, waiting_attachment.crop
FROM waiting_attachment JOIN record ON record.id = waiting_attachment.inference_id
WHERE waiting_attachment.inference_id IN carray(?) AND record.kind = 'inference'
ORDER BY waiting_attachment.number
"""
_ANY_WAITING = "SELECT EXISTS (SELECT 1 FROM waiting_attachment)"
_SETTLED = "DELETE FROM waiting_attachment WHERE number = ?"


def insert(connection: apsw.Connection, fresh: Sequence[Prepared], repeated: Sequence[Prepared]) -> None:
    """Writes the heavy parts of new records, and what a repeated inference brings for the first time."""
    _insert_own(connection, [item for item in chain(fresh, repeated) if item.columns.kind == "inference"])
    _keep_waiting(connection, [item for item in fresh if item.columns.kind == "attachment"])
    if fresh and connection.execute(_ANY_WAITING).get:
        _settle(connection, fresh)


def _insert_own(connection: apsw.Connection, inferences: Sequence[Prepared]) -> None:
    heavy = [(item.id, item.parts.heavy) for item in inferences if item.parts.heavy is not None]
    _write(connection, heavy)


def _write(connection: apsw.Connection, heavy: Sequence[tuple[bytes, Heavy]]) -> None:
    vectors = [
        (part.space_id, part.variant, part.backend, part.embedding, inference_id)
        for inference_id, part in heavy
        if part.embedding is not None and part.space_id is not None
    ]
    images = [
        (part.thumbnail, part.crop, inference_id)
        for inference_id, part in heavy
        if part.thumbnail is not None or part.crop is not None
    ]
    if vectors:
        connection.executemany(_EMBEDDING, vectors)
    if images:
        connection.executemany(_IMAGES, images)


def _keep_waiting(connection: apsw.Connection, attachments: Sequence[Prepared]) -> None:
    rows = [
        (item.columns.inference_id, heavy.embedding, heavy.thumbnail, heavy.crop)
        for item in attachments
        if (heavy := item.parts.heavy) is not None
    ]
    if rows:
        connection.executemany(_WAIT, rows)


def _settle(connection: apsw.Connection, fresh: Sequence[Prepared]) -> None:
    """Moves what waits to its inference, for the inferences that this batch brings or speaks of.

    An embedding whose inference names no space is worth nothing, and small pictures need a picture: both are
    let go.
    """
    about = {item.columns.inference_id or item.id for item in fresh}
    arrived: list[Any] = connection.execute(_ARRIVED, (id_array(about),)).fetchall()
    heavy = [
        (inference_id, Heavy(embedding, thumbnail, crop, space_id, variant, backend))
        for _, inference_id, space_id, variant, backend, embedding, thumbnail, crop in arrived
    ]
    _write(connection, heavy)
    connection.executemany(_SETTLED, [(row[0],) for row in arrived])
