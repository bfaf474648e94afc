"""What the collector's devices agreed to share of what their users said: pictures as numbers, with labels.

A picture counts once, whoever recognised it: as the team settled it, else as everybody who named it did; one
that is named differently and not settled is left out. Synonyms count as their label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from store.collector.counting import count
from store.collector.database import CollectorDatabase, Session

_AT_ONCE = 500
_SAID = """
SELECT last_word.picture, coalesce(means.label, last_word.named)
FROM last_word LEFT JOIN label_synonym AS means ON means.synonym = last_word.named
WHERE last_word.picture IS NOT NULL AND (last_word.named IS NOT NULL OR last_word.word = 'wrong')
"""
_SETTLED = "SELECT picture, label FROM settlement WHERE undone_at IS NULL"
_PARTS = """
SELECT event.picture, event.payload, event_part.body FROM event
JOIN event_part ON event_part.device_id = event.device_id AND event_part.{by} = event.event_id
WHERE event_part.part = 'embedding' AND event.payload IS NOT NULL AND event.picture """
_UNSAID = """
SELECT event.payload, event_part.body FROM event_part
JOIN event ON event.device_id = event_part.device_id AND event.event_id = event_part.event_id
WHERE event_part.part = 'embedding' AND event.payload IS NOT NULL AND event.picture IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM last_word WHERE last_word.picture = event.picture)
ORDER BY event.event_id DESC LIMIT ?
"""


class Lesson(NamedTuple):
    """One picture (its SHA-256): what it shows (None: nothing with a name), its numbers (little-endian
    float16), and when it was taken, as the camera wrote it."""

    picture: bytes
    label: str | None
    embedding: bytes
    captured_at: str | None


class _Picture(msgspec.Struct, frozen=True, rename="camel", gc=False):
    captured_at: str | None = None


class _Answer(msgspec.Struct, frozen=True, rename="camel", gc=False):
    space_id: str | None = None
    picture: _Picture | None = None


_ANSWER = msgspec.json.Decoder(_Answer)


def lessons(database: CollectorDatabase, space_id: str) -> list[Lesson]:
    """All of one space, by the pictures' hashes."""
    count(database)
    with database.read() as session:
        labels = _labels(session)
        found = {
            lesson.picture: lesson
            for pictures in _batches(sorted(labels))
            for lesson in _of(session, pictures, labels, space_id)
        }
    return [found[picture] for picture in sorted(found)]


def unlabelled(database: CollectorDatabase, space_id: str, limit: int) -> list[bytes]:
    """The numbers of at most `limit` pictures of a space about which nobody said anything, the newest."""
    with database.read() as session:
        rows = session.rows(_UNSAID, (limit,))
    answers = ((_read(payload), bytes(body)) for payload, body in rows)
    return [body for answer, body in answers if answer is not None and answer.space_id == space_id]


def _batches(pictures: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (pictures[first : first + _AT_ONCE] for first in range(0, len(pictures), _AT_ONCE))


def _labels(session: Session) -> dict[bytes, str | None]:
    """What each picture shows, of those about which there is one opinion."""
    said: dict[bytes, set[str | None]] = {}
    for picture, label in session.rows(_SAID):
        said.setdefault(bytes(picture), set()).add(label)
    agreed = {picture: next(iter(labels)) for picture, labels in said.items() if len(labels) == 1}
    settled = {bytes(picture): label for picture, label in session.rows(_SETTLED)}
    agreed |= {picture: label for picture, label in settled.items() if label is not None}
    return {picture: label for picture, label in agreed.items() if settled.get(picture, "") is not None}


def _of(
    session: Session, pictures: Sequence[bytes], labels: dict[bytes, str | None], space_id: str
) -> Iterator[Lesson]:
    for by in ("about", "event_id"):  # what came with the answer itself stands last, and stays
        statement = _PARTS.format(by=by) + session.dialect.among
        for picture, payload, body in session.rows(statement, (session.array(pictures),)):
            answer = _read(payload)
            if answer is not None and answer.space_id == space_id:
                taken = answer.picture.captured_at if answer.picture else None
                yield Lesson(bytes(picture), labels[bytes(picture)], bytes(body), taken)


def _read(payload: str) -> _Answer | None:
    try:
        return _ANSWER.decode(payload)
    except msgspec.MsgspecError:
        return None
