"""A decoded record → the rows that it becomes, ready for executemany, made before the writer's turn comes."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from store.events import AppEvent, Attachment, DeviceInfo, Feedback, Inference, Picture, Record, UserFeedback
from store.ids import derived_id, parse_id
from store.local.decoding import Refused
from store.local.heavy_parts import embedding_bytes, image_bytes

HASH_BYTES = 16
DIGEST_BYTES = 32
_ENCODER = msgspec.json.Encoder()
Row = tuple[bytes | str | int | float | None, ...]

RECORD_COLUMNS = (
    "id", "content_hash", "session_id", "recorded_at", "received_at", "payload", "device",
    "kind", "model_version", "label", "probability", "backend", "source", "inference_id", "captured_at",
)  # fmt: skip


DeviceRow = tuple[bytes, str]


class Origin(NamedTuple):
    """What the records of one batch share; `device` is the batch's own, hash and JSON."""

    session_id: str
    body_hash: bytes
    received_at: int
    device: DeviceRow | None


class Columns(NamedTuple):
    """The columns that queries need, in the order of the last of RECORD_COLUMNS."""

    kind: str
    model_version: str | None = None
    label: str | None = None
    probability: float | None = None
    backend: str | None = None
    source: str | None = None
    inference_id: bytes | None = None
    captured_at: str | None = None


class PictureFacts(NamedTuple):
    """A row of `picture` but for its blobs."""

    sha256: bytes
    file_name: str
    path: str | None
    width: int | None
    height: int | None
    bytes_of_file: int | None
    captured_at: str | None
    first_seen: int


class Heavy(NamedTuple):
    """Decoded heavy parts, and for an inference the space, variant and backend of its embedding."""

    embedding: bytes | None
    thumbnail: bytes | None
    crop: bytes | None
    space_id: bytes | None = None
    variant: str | None = None
    backend: str | None = None


class Opinion(NamedTuple):
    """A row of `feedback` but for its picture."""

    id: bytes
    inference_id: bytes
    is_correct: bool | None
    corrected_label: str | None
    confidence: float
    recorded_at: int


class Parts(msgspec.Struct, frozen=True, gc=False):
    """What a record brings beside its own row."""

    picture: PictureFacts | None = None
    heavy: Heavy | None = None
    opinion: Opinion | None = None
    retracts: bytes | None = None
    blind: bool = False


class Prepared(msgspec.Struct, gc=False):
    """One record as rows; `text_id` is the id as it was sent."""

    index: int
    text_id: str | None
    id: bytes
    content_hash: bytes
    recorded_at: int
    row: Row
    device: DeviceRow | None
    columns: Columns
    parts: Parts


def prepare(record: Record, index: int, origin: Origin) -> Prepared:
    """Checks what the types alone cannot, and makes the rows. Raises Refused with `bad_id` or `invalid`."""
    if record.id is None:
        record_id = derived_id(origin.session_id, origin.body_hash, index)
    else:
        record_id = _uuid(record.id, "id")
    recorded_at = origin.received_at if record.timestamp is None else record.timestamp
    columns, parts = _read(record, record_id, recorded_at)
    payload, content_hash = _payload(record)
    own = record.device_info if isinstance(record, Inference) else None
    device = device_row(own) if own is not None else origin.device
    shared: Row = (record_id, content_hash, origin.session_id, recorded_at, origin.received_at, payload)
    row = (*shared, device[0] if device else None, *columns)
    return Prepared(index, record.id, record_id, content_hash, recorded_at, row, device, columns, parts)


def _uuid(text: str, field: str) -> bytes:
    try:
        return parse_id(text)
    except ValueError:
        reason = f"Change `{field}`: it must be a UUID, as 0190163d-8694-739b-aea5-966c26f8ad91."
        raise Refused("bad_id", reason) from None


def _read(record: Record, record_id: bytes, recorded_at: int) -> tuple[Columns, Parts]:
    if isinstance(record, Inference):
        return _inference(record, record_id, recorded_at)
    if isinstance(record, Feedback):
        return _feedback(record, record_id, recorded_at)
    if isinstance(record, Attachment):
        return _attachment(record)
    return _event(record, recorded_at)


def _inference(record: Inference, record_id: bytes, recorded_at: int) -> tuple[Columns, Parts]:
    best = record.predictions[0]
    if best.rank != 1:
        best = min(record.predictions, key=lambda prediction: prediction.rank)
    taken_at = record.picture.captured_at if record.picture else None
    answer = (record.model_version, best.class_name, best.probability)
    columns = Columns("inference", *answer, record.backend, record.source, None, taken_at)
    said = record.user_feedback
    opinion = _opinion(said, record_id, record_id, recorded_at) if said else None
    space_id = None if record.space_id is None else _digest(record.space_id, "spaceId")
    return columns, Parts(_facts(record.picture, recorded_at), _heavy_of_inference(record, space_id), opinion)


def _digest(text: str, field: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != DIGEST_BYTES or digest.hex() != text:  # it lets capitals and spaces pass
        raise Refused("invalid", f"Change {field}: it must be 64 hexadecimal digits in lower case.")
    return digest


def _facts(picture: Picture | None, recorded_at: int) -> PictureFacts | None:
    if picture is None:
        return None
    return PictureFacts(
        _digest(picture.sha256, "picture.sha256"),
        picture.file_name,
        picture.path,
        picture.width,
        picture.height,
        picture.bytes,
        picture.captured_at,
        recorded_at,
    )


def _heavy_of_inference(record: Inference, space_id: bytes | None) -> Heavy | None:
    heavy = _heavy(record)
    if heavy is None:
        return None
    if heavy.embedding and space_id is None:
        raise Refused(
            "invalid", "Add `spaceId`: an embedding is worth nothing without the space that it is in."
        )
    if (heavy.thumbnail or heavy.crop) and record.picture is None:
        raise Refused("invalid", "Add `picture`: a thumbnail or crop belongs to a picture with its SHA-256.")
    return heavy._replace(space_id=space_id, variant=record.variant, backend=record.backend)


def _heavy(record: Inference | Attachment) -> Heavy | None:
    if record.embedding is None and record.thumbnail is None and record.crop is None:
        return None
    return Heavy(
        embedding_bytes(record.embedding),
        image_bytes(record.thumbnail, "thumbnail"),
        image_bytes(record.crop, "crop"),
    )


def _opinion(said: UserFeedback, feedback_id: bytes, inference_id: bytes, recorded_at: int) -> Opinion:
    return Opinion(
        feedback_id, inference_id, said.is_correct, said.corrected_label, said.confidence, recorded_at
    )


def _feedback(record: Feedback, record_id: bytes, recorded_at: int) -> tuple[Columns, Parts]:
    said = record.user_feedback
    if said is None and record.retracts is None:
        raise Refused("invalid", "Add `userFeedback` or `retracts`: this feedback says nothing.")
    inference_id = _uuid(record.inference_id, "inferenceId")
    retracts = _uuid(record.retracts, "retracts") if record.retracts is not None else None
    if retracts == record_id:
        raise Refused("invalid", "Change `retracts`: a feedback cannot take itself back.")
    opinion = _opinion(said, record_id, inference_id, recorded_at) if said else None
    parts = Parts(opinion=opinion, retracts=retracts, blind=record.blind)
    return Columns("feedback", inference_id=inference_id), parts


def _attachment(record: Attachment) -> tuple[Columns, Parts]:
    heavy = _heavy(record)
    if heavy is None:
        raise Refused("invalid", "Add `embedding`, `thumbnail` or `crop`: this attachment is empty.")
    return Columns("attachment", inference_id=_uuid(record.inference_id, "inferenceId")), Parts(heavy=heavy)


def _event(record: AppEvent, recorded_at: int) -> tuple[Columns, Parts]:
    columns = Columns(
        kind="event",
        model_version=record.model_version,
        backend=record.backend,
        captured_at=record.picture.captured_at if record.picture else None,
    )
    return columns, Parts(picture=_facts(record.picture, recorded_at))


def _payload(record: Record) -> tuple[str, bytes]:
    """The JSON that is kept, and the hash of the content.

    An inference may be sent again with or without its heavy parts, and in a batch with another device:
    neither makes it another content. An attachment is nothing but its heavy parts.
    """
    if isinstance(record, Inference):
        payload = _ENCODER.encode(_light(record))
        own_device = b"" if record.device_info is None else _ENCODER.encode(record.device_info)
        return payload.decode(), _hash(payload + own_device)
    whole = _ENCODER.encode(record)
    if isinstance(record, Attachment):
        light_part = msgspec.structs.replace(record, embedding=None, thumbnail=None, crop=None)
        return _ENCODER.encode(light_part).decode(), _hash(whole)
    return whole.decode(), _hash(whole)


def _light(record: Inference) -> Inference:
    if not (record.device_info or record.embedding or record.thumbnail or record.crop):
        return record  # copying it takes a third as long as encoding it
    return msgspec.structs.replace(record, device_info=None, embedding=None, thumbnail=None, crop=None)


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:HASH_BYTES]


def device_row(info: DeviceInfo) -> DeviceRow:
    """Hash and JSON of a device."""
    text = _ENCODER.encode(info)
    return _hash(text), text.decode()
