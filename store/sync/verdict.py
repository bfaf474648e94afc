"""The table of answers: what a response to a batch means. Pure, and the one place that decides it.

| response | meaning |
|---|---|
| 200, JSON, our batch_id, our collector_id, adds up | counted |
| 200 with anything else, 3xx, bad TLS, another collector_id | not the collector: offline |
| 400, 422 of our collector | bisect until the poison record stands alone |
| 413 | halve; a record that is alone and large is `oversize` |
| 401, 403 of our collector | pause and ask |
| 409 of our collector, which forgot what was withdrawn | that is told again first |
| 426 of our collector | update needed, all is kept |
| 429, 503 | wait as long as Retry-After says |
| everything else | backoff, for ever |

A proxy or a captive portal may answer with any status. What changes something about a record, or stops
sending, counts only where the problem document carries our collector's id.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from store.local.outbox_values import Answer, Lease, WrongAnswer, check
from store.protocol import FORGOTTEN, EventsAnswer, Refusal
from store.sync.retry_after import retry_after_s

T = TypeVar("T")
_OK = 200
_MULTIPLE, _BAD = 300, 400
_POISON = frozenset({400, 422})
_STOPS = frozenset({401, 403})
_MISSING, _CONFLICT, _TOO_LARGE, _UPDATE = 404, 409, 413, 426
NOT_THERE = "not-found"  # our collector, which is older than this device, does not know the address
_LATER = frozenset({429, 503})
SMALL_BYTES = 64 * 1024  # nobody refuses a body of this size for its size


class Response(Struct, frozen=True):
    """What came back, or in `failure` why nothing did: offline, tls, timeout, cut, nonsense or too-long."""

    status: int = 0
    content_type: str = ""
    body: bytes = b""
    retry_after: str | None = None
    date: str | None = None
    failure: str = ""


class Counted(Struct, frozen=True):
    """The collector has decided about the batch."""

    answer: Answer
    told: EventsAnswer


class Bisect(Struct, frozen=True):
    """One of these records is poison."""

    code: str


class Halve(Struct, frozen=True):
    """Too much at once. `lone` says whether a single record may be put aside as too large."""

    lone: bool


class Stop(Struct, frozen=True):
    """The collector does not know this device any more, or does not let it in."""

    code: str


class UpdateNeeded(Struct, frozen=True):
    """The collector speaks another version of the protocol."""

    min_schema: int | None
    max_schema: int | None


class Retry(Struct, frozen=True):
    """Try again: after so many seconds, or with backoff where it is None."""

    code: str
    after_s: float | None = None


class Stranger(Struct, frozen=True):
    """Somebody else answered, or nobody: this is offline, whatever it says."""

    code: str


Verdict = Counted | Bisect | Halve | Stop | UpdateNeeded | Retry | Stranger
Refused = Bisect | Halve | Stop | UpdateNeeded | Retry | Stranger


def verdict(response: Response, lease: Lease, collector_id: str, sent_bytes: int, now_ms: int) -> Verdict:
    """What the response to a batch means; `sent_bytes` is the size of the body that went out."""
    told = answered(response, collector_id, EventsAnswer, sent_bytes, now_ms)
    if not isinstance(told, EventsAnswer):
        return told
    try:
        answer = _answer(told)
        check(answer, lease)
    except (WrongAnswer, ValueError):
        return Stranger("wrong-answer")
    return Counted(answer, told)


def answered(
    response: Response, collector_id: str, kind: type[T], sent_bytes: int, now_ms: int
) -> T | Refused:
    """The body as a `kind` where our collector sent it; else what the response means."""
    if response.failure:
        return Stranger(response.failure)
    if response.status == _OK:
        return _told(response, collector_id, kind)
    if _OK < response.status < _BAD:
        return Stranger("redirect" if response.status >= _MULTIPLE else "nonsense")
    if response.status in _LATER:
        return Retry(f"http-{response.status}", retry_after_s(response.retry_after, response.date, now_ms))
    refusal = _refusal(response)
    ours = refusal is not None and refusal.collector_id == collector_id
    if response.status == _TOO_LARGE:
        return Halve(lone=ours or sent_bytes > SMALL_BYTES)
    return _refused(response.status, refusal) if ours and refusal else _unknown(response)


def _refused(status: int, refusal: Refusal) -> Refused:
    code = refusal.code or f"http-{status}"
    if status in _POISON:
        return Bisect(code)
    if status in _STOPS:
        return Stop(code)
    if status == _UPDATE:
        return UpdateNeeded(refusal.min_schema, refusal.max_schema)
    if status == _CONFLICT and code == FORGOTTEN:
        return Retry(FORGOTTEN)
    return Retry(NOT_THERE if status == _MISSING and refusal.code == NOT_THERE else f"http-{status}")


def _unknown(response: Response) -> Refused:
    decides = response.status in _POISON | _STOPS | {_UPDATE}
    return Stranger(f"http-{response.status}") if decides else Retry(f"http-{response.status}")


def _told(response: Response, collector_id: str, kind: type[T]) -> T | Stranger:
    if not _is_json(response.content_type):
        return Stranger("not-json")
    try:
        told = msgspec.json.decode(response.body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return Stranger("not-json")
    if getattr(told, "collector_id", None) != collector_id:
        return Stranger("other-collector")
    return told


def _refusal(response: Response) -> Refusal | None:
    if not _is_json(response.content_type):
        return None
    try:
        return msgspec.json.decode(response.body, type=Refusal)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _is_json(content_type: str) -> bool:
    media = content_type.partition(";")[0].strip().lower()
    return media in ("application/json", "application/problem+json")


def _answer(told: EventsAnswer) -> Answer:
    """Raises ValueError for an id that is none, or that stands there twice."""
    rejected = {bytes.fromhex(one.event_id): one.code for one in told.rejected}
    if len(rejected) != len(told.rejected):
        raise ValueError("an event is rejected twice")
    return Answer(bytes.fromhex(told.batch_id), told.accepted, told.duplicate, rejected, told.ack_seq)
