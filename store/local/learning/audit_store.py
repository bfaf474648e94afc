"""Draws answers by chance and hands them out to be checked, without saying what was answered."""

from __future__ import annotations

import functools
import hashlib
import threading
from typing import Literal

from msgspec import Struct

from store.ids import id_text, parse_id
from store.local.connection import LocalDatabase, rows_of
from store.local.database import Database
from store.local.setting_store import SettingStore

AuditState = Literal["waiting", "answered", "skipped"]
MOST_AT_ONCE = 5000  # records that are looked at together
MOST_TOLD = 10  # pictures that are told of together, so that the page has the next one at hand

_STARTED = "SELECT coalesce(max(record), 0) FROM audit_picture"
_FRESH = """
SELECT number, id, kind = 'inference' AND picture IS NOT NULL AND label IS NOT NULL FROM record
WHERE number > ? ORDER BY number LIMIT ?
"""
_DRAW = """
INSERT INTO audit_picture (record, asked_at, state) SELECT number, ?2, 'waiting' FROM record AS drawn
WHERE number = ?1 AND NOT EXISTS (
    SELECT 1 FROM record CROSS JOIN audit_picture ON audit_picture.record = record.number
    WHERE record.picture = drawn.picture
)
"""
# What has a word already needs no other one, and what cannot be shown cannot be judged.
_WAITING = """
FROM audit_picture CROSS JOIN record ON record.number = audit_picture.record
CROSS JOIN picture ON picture.number = record.picture
WHERE audit_picture.state = 'waiting' AND picture.thumbnail IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM feedback WHERE feedback.inference_id = record.id
                  AND feedback.retracted_by IS NULL)
"""
_NEXT = f"""
SELECT record.id, lower(hex(picture.sha256)), picture.width, picture.height, record.recorded_at {_WAITING}
ORDER BY record.number LIMIT {MOST_TOLD}
"""
_COUNT = f"SELECT count(*) {_WAITING}"
_MARK = """
UPDATE audit_picture SET state = ?2 WHERE record = (SELECT number FROM record WHERE id = ?1)
RETURNING record
"""


class AuditPicture(Struct, frozen=True, rename="camel"):
    """A picture to be checked. `id` is that of the answer, which is not told; `timestamp` is when it was
    recognised, in ms since the epoch."""

    id: str
    sha256: str
    width: int | None
    height: int | None
    timestamp: int


class AuditQueue(Struct, frozen=True):
    """The picture to be checked next (null: none waits), some that follow it, and how many wait in all."""

    picture: AuditPicture | None
    waiting: int
    following: list[AuditPicture] = []


class AuditStore:
    """Whether an answer is drawn is of its id alone: the same one is drawn on every machine and every time.

    Calls block. Safe on any thread but the writer's.
    """

    def __init__(self, database: Database, settings: SettingStore) -> None:
        self._database = database
        self._settings = settings
        self._lock = threading.Lock()
        self._looked: int | None = None

    def next(self) -> AuditQueue:
        """Draws among what is new, and gives the picture that waits longest."""
        self.draw()
        with self._database.read() as db:
            connection = db.connection()
            found = rows_of(connection, _NEXT)
            [(waiting,)] = rows_of(connection, _COUNT)
        pictures = [AuditPicture(id_text(record_id), *others) for record_id, *others in found]
        return AuditQueue(pictures[0] if pictures else None, waiting, pictures[1:])

    def mark(self, record_id: str, state: AuditState) -> bool:
        """Says what became of a picture; False where that answer was not drawn. Its label comes as any other
        word does, before or after."""

        def write(db: LocalDatabase) -> bool:
            connection = db.connection()
            return bool(rows_of(connection, _MARK, (parse_id(record_id), state)))

        return self._database.submit(write).result()

    def draw(self) -> None:
        """Draws among the answers that were not looked at yet; a picture is drawn once."""
        share = self._settings.all()["auditShare"]
        if not isinstance(share, int | float) or share <= 0:
            return
        with self._lock:
            while rows := self._fresh():
                now = self._database.clock.now_ms()
                chosen = [(number, now) for number, answer, fits in rows if fits and is_drawn(answer, share)]
                if chosen:
                    self._database.submit(functools.partial(_draw, chosen)).result()
                self._looked = rows[-1][0]

    def _fresh(self) -> list[tuple[int, bytes, int]]:
        """The records after the last one that was looked at: number, id, and whether it can be drawn."""
        with self._database.read() as db:
            connection = db.connection()
            if self._looked is None:
                self._looked = int(rows_of(connection, _STARTED)[0][0])
            return rows_of(connection, _FRESH, (self._looked, MOST_AT_ONCE))


def _draw(chosen: list[tuple[int, int]], db: LocalDatabase) -> None:
    db.connection().executemany(_DRAW, chosen)


def is_drawn(record_id: bytes, share: float) -> bool:
    """Whether an answer belongs to the share: by SHA-256 of its id, as good as chance."""
    number = int.from_bytes(hashlib.sha256(b"audit" + record_id).digest()[:8], "big")
    return number < share * 2**64
