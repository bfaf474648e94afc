"""Embeddings, thumbnails and crops that go by an age or a size of their own, of what stays otherwise.

The tables `gone` and `lonely` say what goes anyhow: what only that kept young does not count any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import apsw

from store.local.retention import doomed
from store.local.retention.doomed import CHECKED, PICTURE_CHECKED

PartKind = Literal["embeddings", "thumbnails", "crops"]
PARTS: tuple[PartKind, ...] = ("embeddings", "thumbnails", "crops")

# Each with its number, the last record that speaks for it, its bytes, and whether it was checked.
_EMBEDDINGS = f"""
SELECT embedding.record AS number, embedding.record AS last, octet_length(embedding.vector) AS size,
       {CHECKED} AS checked
FROM embedding JOIN record ON record.number = embedding.record
WHERE NOT EXISTS (SELECT 1 FROM gone WHERE gone.number = embedding.record)
"""  # noqa: S608 - our own words, as below
_IMAGES = f"""
SELECT picture.number AS number, octet_length(picture.{{column}}) AS size, {PICTURE_CHECKED} AS checked, (
    SELECT max(record.number) FROM record WHERE record.picture = picture.number
    AND NOT EXISTS (SELECT 1 FROM gone WHERE gone.number = record.number)
) AS last
FROM picture WHERE picture.{{column}} IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM lonely WHERE lonely.number = picture.number)
"""  # noqa: S608
_THINGS = {
    "embeddings": _EMBEDDINGS,
    "thumbnails": _IMAGES.format(column="thumbnail"),
    "crops": _IMAGES.format(column="crop"),
}
_BY_AGE = """
INSERT INTO part (kind, number, checked)
SELECT :kind, number, 0 FROM ({things}) WHERE last <= :through AND NOT checked
"""
_OLDEST = """
SELECT number, size FROM ({things}) WHERE checked = :checked AND (checked OR last > :through) ORDER BY last
"""
_BYTES = "SELECT bytes FROM figure_storage WHERE kind = ?"
_ADD = "INSERT INTO part (kind, number, checked) VALUES (?, ?, ?)"


def fill(connection: apsw.Connection, kind: PartKind, through: int, limit: int | None) -> None:
    """Puts into the table `part` what goes: unchecked things through a record number, and what is too much.

    Of what is over `limit` bytes the oldest go, the unchecked first.
    """
    if through > 0:
        connection.execute(_BY_AGE.format(things=_THINGS[kind]), {"kind": kind, "through": through})
    if limit is None:
        return
    going = doomed.share_of_part(connection, kind).amount.bytes
    surplus = int(connection.execute(_BYTES, (kind,)).get) - going - limit
    statement = _OLDEST.format(things=_THINGS[kind])
    for checked in (0, 1):
        numbers, surplus = oldest(connection, statement, {"checked": checked, "through": through}, surplus)
        connection.executemany(_ADD, [(kind, number, checked) for number in numbers])


def oldest(
    connection: apsw.Connection, statement: str, values: Mapping[str, int], surplus: int
) -> tuple[list[int], int]:
    """The first things of a statement that are together as large as the surplus, and what is left of it."""
    taken: list[int] = []
    if surplus <= 0:
        return taken, surplus
    rows: Any = connection.execute(statement, values)
    for number, size in rows:
        taken.append(number)
        surplus -= size
        if surplus <= 0:
            break
    return taken, surplus
