"""Adds what came in to the figures: how long answers took, and what users last said of each.

A batch leaves the ids of its new events in `uncounted`, in its own transaction. They are counted later, by
whichever instance comes first, in a transaction that also takes them out of there: each event once. The
device's row is held meanwhile, so that nothing of it is counted twice, or erased in the middle.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from store.collector import last_words
from store.collector.database import CollectorDatabase, Row, Session
from store.collector.tables import EventRow
from store.local.figures import buckets
from store.local.figures.sums import Histogram

DAY_MS = 86_400_000
MEASURES = ("pictures", "inference", "preprocessing", "total")
COUNTED_KINDS = frozenset({"inference", "feedback"})
BATCHES_A_STEP = 4
_ID_BYTES = 16
_LARGEST_MS = 86_400_000.0  # of one answer, as everywhere; what a stranger sends beyond that is no time
_ADD = "INSERT INTO uncounted (id, device_id, events) VALUES (?, ?, ?)"
_DEVICES = "SELECT id FROM device"
_NOTED_AT_ONCE = 500
_NEXT = """
SELECT event_id FROM event WHERE device_id = ? AND event_id > ? AND kind IN ('inference', 'feedback')
    AND payload IS NOT NULL ORDER BY event_id LIMIT ?
"""
_SOMEBODY = "SELECT device_id FROM uncounted ORDER BY id LIMIT 1"
_HELD = "SELECT 1 FROM device WHERE id = ?"
_OF_DEVICE = "SELECT id, events FROM uncounted WHERE device_id = ? ORDER BY id LIMIT ?"
_DONE = "DELETE FROM uncounted WHERE id "
_EVENTS = """
SELECT event_id, kind, recorded_at, model_version, word, about, payload FROM event
WHERE device_id = ? AND payload IS NOT NULL AND event_id """
_LEFT = "SELECT count(*) FROM uncounted"
_KEY = "day = ? AND device_id = ? AND model_version = ? AND measure = ?"
_FIND = f"SELECT n, total, buckets FROM timing WHERE {_KEY}"  # noqa: S608 - our own names
_DROP = f"DELETE FROM timing WHERE {_KEY}"  # noqa: S608
_PUT = """
INSERT INTO timing (day, device_id, model_version, measure, n, total, buckets) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (day, device_id, model_version, measure)
DO UPDATE SET n = excluded.n, total = excluded.total, buckets = excluded.buckets
"""


class _Event(NamedTuple):
    event_id: bytes
    kind: str
    recorded_at: int
    model_version: str | None
    word: str | None
    about: bytes | None
    payload: str


class _Timed(msgspec.Struct, frozen=True, rename="camel", gc=False):
    inference_time: float | None = None
    preprocessing_time: float | None = None
    total_time: float | None = None


_TIMED = msgspec.json.Decoder(_Timed)
_Key = tuple[int, bytes, str, str]


def note(session: Session, fresh: Sequence[EventRow], received_at: int) -> None:
    """Leaves the ids of a device's new events to be counted."""
    ids = b"".join(row.event_id for row in fresh if row.kind in COUNTED_KINDS)
    if ids:
        name = max(0, received_at).to_bytes(8, "big") + secrets.token_bytes(8)
        session.change(_ADD, (name, fresh[0].device_id, ids))


def note_all(session: Session, now_ms: int) -> None:
    """Leaves all that is there to be counted: for a database that counted nothing before."""
    for (device_id,) in session.rows(_DEVICES):
        last: bytes | None = b""
        while last is not None:
            rows = session.rows(_NEXT, (device_id, last, _NOTED_AT_ONCE))
            last = rows[-1][0] if rows else None
            if rows:
                name = max(0, now_ms).to_bytes(8, "big") + secrets.token_bytes(8)
                session.change(_ADD, (name, device_id, b"".join(event_id for (event_id,) in rows)))


def count(database: CollectorDatabase, steps: int = 1000) -> int:
    """Counts what waits, in at most so many steps. Returns how many batches still wait."""
    for _ in range(steps):
        with database.write() as session:
            waiting = session.rows(_SOMEBODY)
            if not waiting:
                return 0
            count_of_device(session, waiting[0][0], BATCHES_A_STEP)
    with database.read() as session:
        return int(session.rows(_LEFT)[0][0])


def count_of_device(session: Session, device_id: bytes, most: int = 2**31) -> None:
    """Counts what waits of one device, and holds its row until the transaction ends."""
    session.rows(_HELD + session.dialect.for_update, (device_id,))
    batches = session.rows(_OF_DEVICE, (device_id, most))
    for _, events in batches:
        _add(session, device_id, _ids_in(bytes(events)))
    if batches:
        session.change(_DONE + session.dialect.among, (session.array(name for name, _ in batches),))


def take_back(session: Session, device_id: bytes, event_ids: Collection[bytes]) -> Callable[[], None]:
    """Takes events out of the figures, to be called before they are blanked, with the device's row held.

    What it returns is to be called afterwards: what else was said of the same answers counts again.
    """
    count_of_device(session, device_id)
    events = _read(session, device_id, event_ids)
    _change_timings(session, device_id, events, -1)
    last_words.forget(session, device_id, event_ids)
    spoken_of = {event.about for event in events if event.about is not None} - set(event_ids)
    return lambda: last_words.look_again(session, device_id, spoken_of)


def _add(session: Session, device_id: bytes, ids: Collection[bytes]) -> None:
    events = _read(session, device_id, ids)
    _change_timings(session, device_id, events, 1)
    answers = {event.event_id for event in events if event.kind == "inference"}
    said = {event.event_id for event in events if event.kind == "inference" and event.word is not None}
    spoken_of = {event.about for event in events if event.about is not None}
    late = last_words.spoken_of(session, device_id, answers - spoken_of)
    last_words.look_again(session, device_id, said | spoken_of | late)


def _ids_in(packed: bytes) -> list[bytes]:
    return [packed[start : start + _ID_BYTES] for start in range(0, len(packed), _ID_BYTES)]


def _read(session: Session, device_id: bytes, ids: Collection[bytes]) -> list[_Event]:
    if not ids:
        return []
    rows = session.rows(_EVENTS + session.dialect.among, (device_id, session.array(ids)))
    return [_Event(*row) for row in rows]


def _change_timings(session: Session, device_id: bytes, events: Iterable[_Event], sign: int) -> None:
    changes: dict[_Key, Histogram] = {}
    for event in events:
        if event.kind == "inference":
            for measure, milliseconds in _times(event.payload):
                key = (event.recorded_at // DAY_MS, device_id, event.model_version or "", measure)
                histogram = changes.setdefault(key, Histogram())
                if milliseconds is None:
                    histogram.n += sign
                else:
                    histogram.add(milliseconds, round(1000 * milliseconds), sign)
    for key in sorted(changes):
        _change_one(session, key, changes[key])


def _change_one(session: Session, key: _Key, change: Histogram) -> None:
    found: list[Row] = session.rows(_FIND, key)
    n, total, packed = found[0] if found else (0, 0, b"")
    if n + change.n > 0:
        packed = buckets.added(bytes(packed), change.buckets)
        session.change(_PUT, (*key, n + change.n, total + change.total, packed))
    else:
        session.change(_DROP, key)


def _times(payload: str) -> list[tuple[str, float | None]]:
    """The measures of one answer; "pictures" has no value, it is only counted."""
    found: list[tuple[str, float | None]] = [("pictures", None)]
    try:
        timed = _TIMED.decode(payload)
    except msgspec.MsgspecError:
        return found
    values: tuple[Any, ...] = (timed.inference_time, timed.preprocessing_time, timed.total_time)
    for measure, value in zip(MEASURES[1:], values, strict=True):
        if value is not None and 0 <= value <= _LARGEST_MS:
            found.append((measure, value))
    return found
