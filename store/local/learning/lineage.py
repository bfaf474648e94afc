"""Which pictures made a version, and which versions a picture is in. On a connection of the caller's."""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from store.local.connection import rows_of
from store.local.learning.example_forms import (
    LineageFilter,
    LineagePage,
    LineagePicture,
    LineageRow,
    Side,
    VersionPart,
    Window,
)

# Only a picture that still has the side with which it was collected: its number may be another's by now.
_KEEP = """
INSERT OR REPLACE INTO version_picture (version_id, picture, side, label)
SELECT ?, picture, side, ? FROM example_side WHERE picture = ? AND side = ?
"""
_OF_VERSION = "SELECT picture, side, label FROM version_picture WHERE version_id = ? ORDER BY picture"
_OF_PICTURE = """
SELECT version_id, side, label FROM version_picture
WHERE picture = (SELECT number FROM picture WHERE sha256 = ?) ORDER BY version_id
"""
_PAGE = """
SELECT picture.number, lower(hex(picture.sha256)), picture.file_name, picture.thumbnail IS NOT NULL,
       version_picture.side, version_picture.label
FROM version_picture CROSS JOIN picture ON picture.number = version_picture.picture
WHERE version_picture.version_id = :version AND version_picture.picture > :after
  AND (:side IS NULL OR version_picture.side = :side)
  AND (:label IS NULL OR version_picture.label = :label)
ORDER BY version_picture.picture LIMIT :limit + 1
"""


def keep(connection: apsw.Connection, version_id: str, rows: Iterable[LineageRow]) -> None:
    """Writes down what made a version, on the writer's thread; the same again changes nothing."""
    connection.executemany(_KEEP, [(version_id, row.label, row.picture, row.side) for row in rows])


def of_version(connection: apsw.Connection, version_id: str) -> list[LineageRow]:
    """What made a version, of what is still there, by the pictures' numbers."""
    return [LineageRow(*row) for row in rows_of(connection, _OF_VERSION, (version_id,))]


def of_picture(connection: apsw.Connection, sha256: str) -> list[VersionPart]:
    """The versions that a picture (hexadecimal SHA-256) had a part in."""
    return [VersionPart(*row) for row in rows_of(connection, _OF_PICTURE, (bytes.fromhex(sha256),))]


def page(connection: apsw.Connection, version_id: str, passing: LineageFilter, window: Window) -> LineagePage:
    """The pictures of a version that pass, within the window."""
    values = {"version": version_id, **passing._asdict(), **window._asdict()}
    rows = rows_of(connection, _PAGE, values)
    shown = rows[: window.limit]
    following = shown[-1][0] if len(rows) > len(shown) else None
    return LineagePage([_shown(*facts) for _, *facts in shown], following)


def _shown(sha256: str, file_name: str, has_thumbnail: int, side: Side, label: str | None) -> LineagePicture:
    return LineagePicture(sha256, file_name, bool(has_thumbnail), side, label)
