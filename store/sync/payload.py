"""The exact body that goes to a collector: made here alone, for sending and for showing it before.

Pure. What the user did not agree to is not in it; thumbnails and paths never are.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from store.local.outbox_values import Lease, QueuedRecord
from store.local.sync_store import Parts
from store.protocol import SCHEMA, Dropped, Event, EventsRequest
from store.record_core import HEAVY, OF_A_FAILURE, PLACES
from store.sync.forms import Consent, Sharing

COARSE_DEGREES = 1  # decimals: 0.1° are some 11 km
_NEVER = frozenset({"thumbnail", "path"})


class PartsOf(Protocol):
    """Where heavy parts come from."""

    def __call__(self, records: tuple[QueuedRecord, ...]) -> Mapping[bytes, Parts]:
        """What there is of these records, by id."""


class Sender(Struct, frozen=True):
    """Who sends, when by this machine's clock (ms), how many records wait behind this batch, and the greatest
    number that was withdrawn there."""

    device_id: str
    sent_at: int
    waiting: int
    withdrawn: int = 0


def body_of(lease: Lease, consent: Consent, sender: Sender, parts_of: PartsOf) -> bytes:
    """The body of `POST /api/sync/v1/events`, before it is compressed."""
    sharing = consent.sharing
    heavy = parts_of(lease.records) if sharing.embeddings or sharing.crops else {}
    request = EventsRequest(
        schema=SCHEMA,
        batch_id=lease.batch_id.hex(),
        device_id=sender.device_id,
        queue_epoch=lease.epoch.hex(),
        sent_at=sender.sent_at,
        first_seq=lease.first_seq or 0,
        last_seq=lease.last_seq or 0,
        consent=consent.number,
        waiting=sender.waiting,
        withdrawn=sender.withdrawn,
        dropped=[Dropped(one.reason, one.from_seq, one.to_seq, one.count) for one in lease.dropped],
        contexts={key.hex(): msgspec.Raw(info.encode()) for key, info in lease.devices.items()},
        events=[_event(record, sharing, heavy.get(record.id)) for record in lease.records],
    )
    return msgspec.json.encode(request)


def _event(record: QueuedRecord, sharing: Sharing, parts: Parts | None) -> msgspec.Raw:
    event = Event(
        event_id=record.id.hex(),
        seq=record.seq,
        kind=record.kind,
        session_id=record.session_id,
        ts=record.recorded_at,
        received_at=record.received_at,
        record=msgspec.Raw(shared_record(record.payload, sharing, parts)),
        context=None if record.device is None else record.device.hex(),
    )
    return msgspec.Raw(msgspec.json.encode(event))


def shared_record(payload: str, sharing: Sharing, parts: Parts | None = None) -> bytes:
    """A record's JSON with what its user agreed to share, and nothing else."""
    record: dict[str, Any] = msgspec.json.decode(payload)
    kept = {name: value for name, value in record.items() if name not in HEAVY}
    for part, filtered in _PARTS.items():
        if isinstance(found := kept.get(part), dict):
            kept[part] = filtered(found, sharing)
    if parts is not None and sharing.embeddings and parts.embedding is not None:
        kept["embedding"] = _base64(parts.embedding)
    if parts is not None and sharing.crops and parts.crop is not None:
        kept["crop"] = _base64(parts.crop)
    return msgspec.json.encode(kept)


def _picture(picture: dict[str, Any], sharing: Sharing) -> dict[str, Any]:
    kept = {name: value for name, value in picture.items() if name not in _NEVER}
    if not sharing.file_names and "fileName" in kept:
        kept["fileName"] = ""
    return _placed(kept, sharing)


def _failure(detail: dict[str, Any], sharing: Sharing) -> dict[str, Any]:
    hidden = _NEVER if sharing.file_names else OF_A_FAILURE
    return {name: value for name, value in detail.items() if name not in hidden}


def _placed(picture: dict[str, Any], sharing: Sharing) -> dict[str, Any]:
    if sharing.places == "exact":
        return picture
    rest = {name: value for name, value in picture.items() if name not in PLACES}
    if sharing.places == "off":
        return rest
    return rest | {name: _coarse(picture[name]) for name in ("latitude", "longitude") if name in picture}


def _coarse(degrees: object) -> float | None:
    return round(degrees, COARSE_DEGREES) if isinstance(degrees, float | int) else None


_PARTS: Mapping[str, Callable[[dict[str, Any], Sharing], dict[str, Any]]] = {
    "picture": _picture,
    "detail": _failure,
}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
