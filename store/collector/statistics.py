"""Batches in the seed's form, from programs that are not Whimbrel: the same ledger, without a queue.

A record without an id gets one from its session, the batch and its place, as on a device. There is no queue
that numbers could be from: all have the number 0 in an epoch of their own.
"""

from __future__ import annotations

from typing import NamedTuple

from store.collector import ledger
from store.collector.database import CollectorDatabase
from store.collector.incoming import CONTEXT_HASH_BYTES, Batch, Incoming
from store.collector.reading import NO_PARTS, Parts, read_record
from store.collector.reading import Refused as NotTaken
from store.collector.same_content import NOT_YET
from store.collector.tables import EventRow
from store.events import BatchResult, Rejection, StatisticsBatch
from store.local.decoding import Refused, decode
from store.local.rows import RECORD_COLUMNS, Origin, Prepared, device_row, prepare

EPOCH = bytes(16)
_PAYLOAD = RECORD_COLUMNS.index("payload")


class _Read(NamedTuple):
    events: list[Incoming]
    refused: list[Rejection]
    places: dict[bytes, tuple[int, str | None]]
    contexts: dict[bytes, str]


def record(
    database: CollectorDatabase, device_id: bytes, batch: StatisticsBatch, body_hash: bytes, now_ms: int
) -> BatchResult:
    """Keeps a batch; returns after the commit. `body_hash` makes the ids of records without.

    Raises TokenRefused where the token was revoked meanwhile, and what the database raises.
    """
    read = _read(device_id, batch, body_hash, now_ms)
    kept = Batch(device_id, EPOCH, 0, None, now_ms, 0, 0, read.events, [], read.contexts, [])
    outcome = ledger.take(database, kept)
    refused = list(read.refused)
    for each in outcome.rejected:
        index, text_id = read.places[each.event_id]
        refused.append(Rejection(index, text_id, each.code, each.reason))
    refused.sort(key=lambda each: each.index)
    return BatchResult(outcome.accepted, outcome.duplicate, refused)


def _read(device_id: bytes, batch: StatisticsBatch, body_hash: bytes, now_ms: int) -> _Read:
    device = None if batch.device_info is None else device_row(batch.device_info)
    origin = Origin(batch.session_id, body_hash, now_ms, device)
    read = _Read([], [], {}, {})
    for index, raw in enumerate(map(bytes, batch.statistics)):
        try:
            prepared = prepare(decode(raw), index, origin)
            event = _event(device_id, prepared, origin)
        except (Refused, NotTaken) as refused:
            read.refused.append(Rejection(index, getattr(refused, "id", None), refused.code, refused.reason))
            continue
        read.events.append(event)
        read.places.setdefault(prepared.id, (index, prepared.text_id))
        if prepared.device is not None:
            read.contexts[prepared.device[0][:CONTEXT_HASH_BYTES]] = prepared.device[1]
    return read


def _event(device_id: bytes, prepared: Prepared, origin: Origin) -> Incoming:
    payload = prepared.row[_PAYLOAD]
    content = read_record(str(payload).encode())
    row = EventRow(
        device_id=device_id,
        event_id=prepared.id,
        seq=0,
        kind=content.kind,
        session_id=origin.session_id,
        recorded_at=prepared.recorded_at,
        recorded_original=prepared.recorded_at,
        received_at=origin.received_at,
        mono_ms=None,
        boot_id=None,
        context=None if prepared.device is None else prepared.device[0][:CONTEXT_HASH_BYTES],
        content_hash=NOT_YET,
        model_version=content.model_version,
        label=content.label,
        probability=content.probability,
        picture=content.picture,
        about=content.about,
        word=content.word,
        corrected=content.corrected,
        payload=content.payload,
    )
    heavy = prepared.parts.heavy
    return Incoming(row, NO_PARTS if heavy is None else Parts(heavy.embedding, heavy.crop))
