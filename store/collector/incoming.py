"""A batch as it came → what is to be kept of it, what is refused, and what makes it no batch at all."""

from __future__ import annotations

import hashlib
import itertools
from typing import NamedTuple

import msgspec
from msgspec import Struct

from store.collector.reading import ESCAPED_NUL, Content, Parts, Refused, read_record
from store.collector.same_content import NOT_YET
from store.collector.tables import EventRow
from store.protocol import Event, EventsRequest, HexId, Number

SKEW_MS = 120_000  # a device's clock that is less wrong than this is left alone
MOST_CONTEXT_BYTES = 64 * 1024
CONTEXT_HASH_BYTES = 16
ID_BYTES = 16
_EVENT = msgspec.json.Decoder(Event)


class WrongBatch(Exception):  # noqa: N818 - reads as the answer that it becomes
    """Something is wrong that no single event can be blamed for; the text says what, for people."""


class _Named(Struct, frozen=True):
    """What must be readable of an event for it to be refused alone."""

    event_id: HexId
    seq: Number


_NAMED = msgspec.json.Decoder(_Named)


class Incoming(NamedTuple):
    """One event that can be kept."""

    row: EventRow
    parts: Parts


class Rejection(NamedTuple):
    """One event that is not kept, and why."""

    event_id: bytes
    code: str
    reason: str


class Batch(NamedTuple):
    """A batch, read."""

    device_id: bytes
    epoch: bytes
    consent: int
    waiting: int | None
    received_at: int
    offset_ms: int
    last_seq: int
    events: list[Incoming]
    rejected: list[Rejection]
    contexts: dict[bytes, str]
    dropped: list[tuple[int, int, str]]
    withdrawn: int = 0


def read_batch(request: EventsRequest, received_at: int) -> Batch:
    """Reads every event of a batch. Raises WrongBatch."""
    contexts = {key: bytes(info) for key, info in request.contexts.items() if len(info) <= MOST_CONTEXT_BYTES}
    batch = Batch(
        device_id=bytes.fromhex(request.device_id),
        epoch=bytes.fromhex(request.queue_epoch),
        consent=request.consent,
        waiting=request.waiting,
        received_at=received_at,
        offset_ms=received_at - request.sent_at,
        last_seq=request.last_seq,
        events=[],
        rejected=[],
        contexts={_hash(info): info.decode() for info in contexts.values()},
        dropped=[(each.from_seq, each.to_seq, each.reason) for each in request.dropped],
        withdrawn=request.withdrawn,
    )
    hashes = {key: _hash(info) for key, info in contexts.items()}
    seqs = [_read_into(batch, bytes(raw), hashes) for raw in request.events]
    _check_order(request, seqs)
    return batch


def _read_into(batch: Batch, raw: bytes, contexts: dict[str, bytes]) -> int:
    """Adds an event to those that are kept or to those that are refused. Returns its number."""
    try:
        event = _decoded(raw)
    except (msgspec.ValidationError, RecursionError) as error:
        named = _named(raw)
        reason = f"The event does not have the expected form: {error}."
        batch.rejected.append(Rejection(bytes.fromhex(named.event_id), "malformed", reason[:400]))
        return named.seq
    event_id = bytes.fromhex(event.event_id)
    try:
        content = read_record(bytes(event.record))
    except Refused as refused:
        batch.rejected.append(Rejection(event_id, refused.code, refused.reason))
    else:
        batch.events.append(Incoming(_row(batch, event, content, contexts), content.parts))
    return event.seq


def _decoded(raw: bytes) -> Event:
    """Raises ValidationError, also for what `Event` leaves to its reader."""
    event = _EVENT.decode(raw)
    _check_id(event.event_id)
    if event.boot_id is not None:
        _check_id(event.boot_id)
    if ESCAPED_NUL in raw and any(
        "\0" in text for text in (event.kind, event.session_id, event.context or "")
    ):
        raise msgspec.ValidationError("a text has the character U+0000")
    return event


def _check_id(text: str) -> None:
    try:
        size = len(bytes.fromhex(text))
    except ValueError:
        size = 0
    if size != ID_BYTES:
        raise msgspec.ValidationError("an id is not 32 digits in hex")


def _named(raw: bytes) -> _Named:
    try:
        return _NAMED.decode(raw)
    except (msgspec.ValidationError, RecursionError) as error:
        raise WrongBatch(f"an event can't be told from the others: {error}") from None


def _row(batch: Batch, event: Event, content: Content, contexts: dict[str, bytes]) -> EventRow:
    skewed = abs(batch.offset_ms) > SKEW_MS
    return EventRow(
        batch.device_id,
        bytes.fromhex(event.event_id),
        event.seq,
        content.kind,
        event.session_id,
        event.ts + batch.offset_ms if skewed else event.ts,
        event.ts,
        batch.received_at,
        event.mono_ms,
        None if event.boot_id is None else bytes.fromhex(event.boot_id),
        None if event.context is None else contexts.get(event.context),
        NOT_YET,
        content.model_version,
        content.label,
        content.probability,
        content.picture,
        content.about,
        content.word,
        content.corrected,
        content.payload,
    )


def _check_order(request: EventsRequest, seqs: list[int]) -> None:
    """Raises WrongBatch unless the numbers ascend from `first_seq` to `last_seq`, and drops are ranges."""
    ends = (seqs[0], seqs[-1]) if seqs else (0, 0)
    if ends != (request.first_seq, request.last_seq):
        raise WrongBatch("first_seq and last_seq are not those of the events")
    if any(later <= earlier for earlier, later in itertools.pairwise(seqs)):
        raise WrongBatch("the events are not in the order of their seq")
    if any(each.to_seq - each.from_seq + 1 != each.count for each in request.dropped):
        raise WrongBatch("a dropped range does not hold as many records as it says")


def _hash(info: bytes) -> bytes:
    return hashlib.sha256(info).digest()[:CONTEXT_HASH_BYTES]
