"""What a version in the shadow would have answered, as rows beside the answers that were given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import apsw

from store.local.connection import rows_of

LATE = 2_000  # so many records back an embedding may still come after its record

_NEW = """
SELECT embedding.record, embedding.vector FROM embedding
WHERE embedding.record > max(:since, :last - :late) AND embedding.space_id = :space
  AND NOT EXISTS (SELECT 1 FROM shadow_answer WHERE record = embedding.record AND version_id = :version)
ORDER BY embedding.record LIMIT :most
"""
_LAST = "SELECT last_record FROM shadow_progress WHERE version_id = ?"
_NEWEST = "SELECT coalesce(max(number), 0) FROM record"
_ANSWER = """
INSERT INTO shadow_answer (record, version_id, label, probability)
SELECT number, ?, ?, ? FROM record WHERE number = ? ON CONFLICT DO NOTHING
"""
_REACHED = """
INSERT INTO shadow_progress (version_id, last_record) VALUES (?1, ?2)
ON CONFLICT (version_id) DO UPDATE SET last_record = max(last_record, ?2)
"""
_SAID = """
SELECT is_correct, corrected_label FROM feedback
WHERE inference_id = record.id AND retracted_by IS NULL ORDER BY recorded_at DESC, id DESC LIMIT 1
"""
_COMPARED = f"""
SELECT record.number, record.id, record.label, record.probability, record.model_version,
       shadow_answer.label, shadow_answer.probability,
       (SELECT is_correct FROM ({_SAID})), (SELECT corrected_label FROM ({_SAID})),
       picture.sha256, picture.file_name, picture.thumbnail IS NOT NULL
FROM shadow_answer CROSS JOIN record ON record.number = shadow_answer.record
LEFT JOIN picture ON picture.number = record.picture
WHERE shadow_answer.version_id = ?1 AND record.model_version IS NOT ?1 AND record.label IS NOT NULL
ORDER BY record.number DESC
"""  # noqa: S608 - our own text


class Compared(NamedTuple):
    """An answer that was given, what the shadow would have said, and the user's last word on it."""

    number: int
    id: bytes
    label: str
    probability: float
    version: str | None
    other: str
    other_probability: float
    is_correct: int | None
    corrected: str | None
    sha256: bytes | None
    file_name: str | None
    has_thumbnail: int | None


class Fresh(NamedTuple):
    """Records with embeddings that a version has not answered; how far it had looked, and has with them."""

    records: list[tuple[int, bytes]]
    before: int
    reached: int


def fresh(connection: apsw.Connection, version_id: str, space: bytes, since: int, most: int) -> Fresh:
    """At most `most` embeddings of the space that came after the record `since`, oldest first."""
    last = connection.execute(_LAST, (version_id,)).get
    last = since if last is None else int(last)
    named = {"version": version_id, "space": space, "since": since, "late": LATE, "last": last, "most": most}
    found: list[Any] = connection.execute(_NEW, named).fetchall()
    newest = newest_record(connection)
    return Fresh(found, last, found[-1][0] if len(found) == most else newest)


def newest_record(connection: apsw.Connection) -> int:
    """The number of the newest record, 0 without one."""
    return int(connection.execute(_NEWEST).get)


def keep(
    connection: apsw.Connection, version_id: str, reached: int, answers: Sequence[tuple[int, str, float]]
) -> None:
    """Writes (record, label, probability) of records that are still there, and how far the version is."""
    connection.executemany(
        _ANSWER, [(version_id, label, probability, record) for record, label, probability in answers]
    )
    connection.execute(_REACHED, (version_id, reached))


def compared(connection: apsw.Connection, version_id: str) -> list[Compared]:
    """Every answer of another version that this one answered in the shadow, newest first."""
    return [Compared(*row) for row in rows_of(connection, _COMPARED, (version_id,))]
