"""What was erased must not come back with a batch that was still on its way.

For seven days of counted time there are salted hashes of what was erased: of the picture's own hash and its
answers' ids, of the session, or a mark for everything. A record about an erased answer is refused; one about
an erased picture, of an erased session, or any after an erasure of all is refused only if it was made before
the erasure, so that the same picture may be recognised anew. If the wall clock has gone back since, "before"
means nothing any more, and nothing is refused for it: rather too much is kept than a new record lost.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import apsw

from store.local.clock_watch import DAY_MS, Watched
from store.local.erasure.scope import Scope
from store.local.rows import Prepared

KEPT_MS = 7 * DAY_MS
MOST_BACK_MS = 60_000
ALWAYS = 2**62  # refused whenever it was made
_EVERYTHING = b"everything"

_SALT = "SELECT salt FROM erased LIMIT 1"
_ADD = "INSERT OR REPLACE INTO erased (mark, salt, before_ms, counted_ms) VALUES (?, ?, ?, ?)"
_READ = "SELECT mark, salt, before_ms, counted_ms FROM erased"
_EXPIRE = "DELETE FROM erased WHERE counted_ms < ?"
_IDS = """
SELECT record.id FROM record JOIN picture ON picture.number = record.picture
WHERE picture.sha256 = unhex(?) AND record.kind = 'inference'
"""


class _Mark(NamedTuple):
    before_ms: int
    counted_ms: int


def leave(connection: apsw.Connection, scope: Scope, now: Watched) -> None:
    """Marks what is about to be erased, inside the writer's transaction and before the rows go."""
    found: Any = connection.execute(_SALT).get
    salt = bytes(found or os.urandom(16))
    marks = [(_hashed(salt, name), salt, now.wall, now.counted) for name in _names(scope)]
    if scope.picture_sha256 is not None:
        ids: Any = connection.execute(_IDS, (scope.picture_sha256,)).fetchall()
        marks += [(_hashed(salt, record_id), salt, ALWAYS, now.counted) for (record_id,) in ids]
    connection.executemany(_ADD, marks)


def expire(connection: apsw.Connection, now: Watched) -> None:
    """Takes marks away that are old enough."""
    connection.execute(_EXPIRE, (now.counted - KEPT_MS,))


def sift(
    connection: apsw.Connection, batch: Sequence[Prepared], session_id: str, now: Callable[[], Watched]
) -> tuple[list[Prepared], list[Prepared]]:
    """The records of a batch that may be stored, and those that speak of what was erased."""
    rows: Any = connection.execute(_READ).fetchall()
    if not rows:
        return list(batch), []
    marks = {mark: _Mark(before_ms, counted_ms) for mark, _, before_ms, counted_ms in rows}
    salts = {salt for _, salt, _, _ in rows}
    present, refused = now(), []
    for item in batch:
        found = [marks.get(_hashed(salt, name)) for salt in salts for name in _names_of(item, session_id)]
        if any(mark is not None and _holds(mark, item.recorded_at, present) for mark in found):
            refused.append(item)
    gone = {id(item) for item in refused}
    return [item for item in batch if id(item) not in gone], refused


def _holds(mark: _Mark, recorded_at: int, now: Watched) -> bool:
    if mark.before_ms == ALWAYS:
        return True
    went_back = now.wall < mark.before_ms + (now.counted - mark.counted_ms) - MOST_BACK_MS
    return recorded_at < mark.before_ms and not went_back


def _names(scope: Scope) -> Iterable[bytes]:
    if scope.picture_sha256 is not None:
        yield bytes.fromhex(scope.picture_sha256)
    elif scope.session_id is not None:
        yield b"session " + scope.session_id.encode()
    else:
        yield _EVERYTHING


def _names_of(item: Prepared, session_id: str) -> Iterable[bytes]:
    yield _EVERYTHING
    yield b"session " + session_id.encode()
    yield item.id
    if item.parts.picture is not None:
        yield item.parts.picture.sha256
    if item.columns.inference_id is not None:
        yield item.columns.inference_id


def _hashed(salt: bytes, name: bytes) -> bytes:
    return hashlib.blake2b(name, digest_size=16, key=salt).digest()
