"""What the user of a device last said of each answer: the newest word that was not taken back."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from store.collector.database import Session
from store.ids import parse_id

_DAY_MS = 86_400_000
_RIGHT = "right"
_ANSWERS = """
SELECT event_id, recorded_at, recorded_original, model_version, picture, label, word, corrected FROM event
WHERE device_id = ? AND kind = 'inference' AND payload IS NOT NULL AND event_id """
_SAID = """
SELECT event_id, about, recorded_original, word, corrected, payload FROM event
WHERE device_id = ? AND kind = 'feedback' AND payload IS NOT NULL AND about """
_SPOKEN_OF = "SELECT DISTINCT about FROM event WHERE device_id = ? AND kind = 'feedback' AND about "
_FORGET = "DELETE FROM last_word WHERE device_id = ? AND event_id "
_FORGET_NAMES = """
UPDATE last_word SET picture = NULL, answer = NULL, named = NULL WHERE device_id = ? AND event_id """
_ADD = """
INSERT INTO last_word (device_id, event_id, day, model_version, picture, answer, word, named, blind, said_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class _Answer(NamedTuple):
    event_id: bytes
    recorded_at: int
    recorded_original: int
    model_version: str | None
    picture: bytes | None
    label: str | None
    word: str | None
    corrected: str | None


class _Word(NamedTuple):
    """One thing that was said; `at` by the device's own clock."""

    at: int
    event_id: bytes
    word: str
    corrected: str | None
    blind: bool


class _Beside(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """What has no column."""

    retracts: str | None = None
    blind: bool = False


_BESIDE = msgspec.json.Decoder(_Beside)


def spoken_of(session: Session, device_id: bytes, answers: Collection[bytes]) -> set[bytes]:
    """Those of these answers of which something was said apart from them."""
    if not answers:
        return set()
    rows = session.rows(_SPOKEN_OF + session.dialect.among, (device_id, session.array(answers)))
    return {bytes(about) for (about,) in rows}


def look_again(session: Session, device_id: bytes, answers: Collection[bytes]) -> None:
    """Finds the last word on each of these answers anew; an answer that is blank keeps what it had."""
    if not answers:
        return
    ids = session.array(answers)
    found = [_Answer(*row) for row in session.rows(_ANSWERS + session.dialect.among, (device_id, ids))]
    if not found:
        return
    said = _said(session, device_id, answers)
    forget(session, device_id, [answer.event_id for answer in found])
    rows = [(device_id, *row) for answer in found if (row := _row(answer, said)) is not None]
    if rows:
        session.change_many(_ADD, rows)


def forget(session: Session, device_id: bytes, answers: Collection[bytes]) -> None:
    """Takes what was said of these answers out of the figures."""
    if answers:
        session.change(_FORGET + session.dialect.among, (device_id, session.array(answers)))


def forget_names(session: Session, device_id: bytes, answers: Collection[bytes]) -> None:
    """Leaves of what was said of these answers only that it was right or wrong."""
    if answers:
        session.change(_FORGET_NAMES + session.dialect.among, (device_id, session.array(answers)))


class _Said(NamedTuple):
    """What was said of answers apart from them, by answer, and the ids of all that was taken back."""

    words: dict[bytes, list[_Word]]
    retracted: set[bytes]


def _said(session: Session, device_id: bytes, answers: Collection[bytes]) -> _Said:
    found = _Said({}, set())
    rows = session.rows(_SAID + session.dialect.among, (device_id, session.array(answers)))
    for event_id, about, at, word, corrected, payload in rows:
        beside = _beside(payload)
        if beside.retracts is not None:
            found.retracted.add(parse_id(beside.retracts))
        if word is not None:
            said = _Word(at, bytes(event_id), word, corrected, beside.blind)
            found.words.setdefault(bytes(about), []).append(said)
    return found


def _beside(payload: str) -> _Beside:
    try:
        beside = _BESIDE.decode(payload)
        if beside.retracts is not None:
            parse_id(beside.retracts)
    except ValueError:  # also msgspec's own
        return _Beside()
    return beside


def _row(answer: _Answer, said: _Said) -> tuple[object, ...] | None:
    words = list(said.words.get(answer.event_id, ()))
    if answer.word is not None:
        own = (answer.recorded_original, answer.event_id, answer.word, answer.corrected)
        words.append(_Word(*own, blind=False))
    last = max((word for word in words if word.event_id not in said.retracted), default=None)
    if last is None:
        return None
    return (
        answer.event_id,
        answer.recorded_at // _DAY_MS,
        answer.model_version,
        answer.picture,
        answer.label,
        last.word,
        last.corrected or (answer.label if last.word == _RIGHT else None),
        int(last.blind),
        answer.recorded_at - answer.recorded_original + last.at,
    )
