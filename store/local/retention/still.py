"""What of a plan still goes at this moment, on the writer's thread: what came or was checked since stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import apsw

from store.local.connection import number_array
from store.local.retention.doomed import CHECKED, PICTURE_CHECKED

Image = Literal["thumbnail", "crop"]

_RECORDS = f"""
SELECT number FROM record WHERE number IN carray(:these) AND (
    record.kind = 'event'
    OR (record.kind = 'inference' AND NOT {CHECKED} AND NOT EXISTS (
        SELECT 1 FROM record AS other WHERE other.inference_id = record.id AND other.number > :newest))
    OR (record.kind = 'attachment' AND NOT EXISTS (
        SELECT 1 FROM record AS other WHERE other.id = record.inference_id
        OR (other.inference_id = record.inference_id AND other.number > :newest)))
)
"""  # noqa: S608 - our own words, as below
_EMBEDDINGS = f"""
SELECT embedding.record, octet_length(embedding.vector)
FROM embedding JOIN record ON record.number = embedding.record
WHERE embedding.record IN carray(:these) AND (:checked OR NOT {CHECKED})
"""  # noqa: S608
_IMAGES = f"""
SELECT picture.number, octet_length(picture.{{column}}) FROM picture
WHERE picture.number IN carray(:these) AND picture.{{column}} IS NOT NULL
AND (:checked OR NOT {PICTURE_CHECKED})
AND (SELECT max(record.number) FROM record WHERE record.picture = picture.number) <= :newest
"""  # noqa: S608


def records(connection: apsw.Connection, these: Sequence[int], newest: int) -> list[int]:
    """The records of these that still go: nobody checked them, and nothing about them is newer."""
    rows: Any = connection.execute(_RECORDS, {"these": number_array(these), "newest": newest})
    return [number for (number,) in rows]


def embeddings(connection: apsw.Connection, these: Sequence[int], *, checked: bool) -> list[tuple[int, int]]:
    """Record numbers and bytes of the embeddings of these that still go; `checked` ones as they are."""
    values = {"these": number_array(these), "checked": checked}
    rows: Any = connection.execute(_EMBEDDINGS, values)
    return list(rows)


def images(
    connection: apsw.Connection, these: Sequence[int], column: Image, newest: int, *, checked: bool
) -> list[tuple[int, int]]:
    """Picture numbers and bytes of the images of these that still go; one that was seen again stays."""
    values = {"these": number_array(these), "checked": checked, "newest": newest}
    rows: Any = connection.execute(_IMAGES.format(column=column), values)
    return list(rows)
