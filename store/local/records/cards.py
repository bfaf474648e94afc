"""Records as lists show them, and all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from store.events import AppEvent, DeviceInfo, Feedback, Inference, Picture, Prediction, Record
from store.ids import id_text
from store.local import feedback_rows
from store.local.connection import LocalDatabase, number_array
from store.local.picture_store import CardFeedback, CardPicture
from store.local.records.record_filters import Kind
from store.local.tables import FeedbackRow

_RECORD = msgspec.json.Decoder(Record)
_DEVICE = msgspec.json.Decoder(DeviceInfo)
_ROWS = """
SELECT record.number, record.id, record.kind, record.session_id, record.recorded_at, record.received_at,
       record.inference_id, record.payload, picture.thumbnail IS NOT NULL
FROM record LEFT JOIN picture ON picture.number = record.picture
WHERE record.number IN carray(?)
"""
_DETAILS = """
SELECT device.info, embedding.space_id, embedding.variant, embedding.backend, length(embedding.vector) / 2,
       picture.crop IS NOT NULL, record.project, record.site, record.deployment, record.observer,
       record.latitude, record.longitude, record.place_coarseness
FROM record
LEFT JOIN device ON device.hash = record.device
LEFT JOIN embedding ON embedding.record = record.number
LEFT JOIN picture ON picture.number = record.picture
WHERE record.number = ?
"""
_WORDS = """
SELECT id, is_correct, corrected_label, confidence, recorded_at, retracted_by
FROM feedback WHERE inference_id = ? ORDER BY recorded_at, id
"""


class CardEvent(msgspec.Struct, frozen=True):
    """What happened, where it was not an answer."""

    stage: str
    code: str
    detail: dict[str, str | float | bool | None]


class RecordCard(msgspec.Struct, frozen=True, rename="camel"):
    """One record of any kind: what does not go with the kind is null.

    Times are milliseconds since the epoch, durations milliseconds. `inference_id` is the record's own id for
    an answer, for a feedback or an attachment that of the answer which it speaks of. `feedback` is the last
    word on an answer, or what a feedback says.
    """

    id: str
    kind: Kind
    number: int
    session_id: str
    timestamp: int
    received_at: int
    inference_id: str | None
    has_thumbnail: bool
    model_version: str | None = None
    model_alpha: float | None = None
    backend: str | None = None
    source: str | None = None
    picture: CardPicture | None = None
    predictions: list[Prediction] = []
    inference_time: float | None = None
    preprocessing_time: float | None = None
    total_time: float | None = None
    feedback: CardFeedback | None = None
    event: CardEvent | None = None


class Said(msgspec.Struct, frozen=True, rename="camel"):
    """One word of the user's; `retracted_by` is the id of the feedback that took it back."""

    id: str
    is_correct: bool | None
    corrected_label: str | None
    confidence: float
    timestamp: int
    retracted_by: str | None


class KeptEmbedding(msgspec.Struct, frozen=True, rename="camel"):
    """That an embedding of so many float16 numbers is kept, and in which space it is."""

    numbers: int
    space_id: str
    variant: str | None
    backend: str | None


class FieldFacts(msgspec.Struct, frozen=True, rename="camel"):
    """Where and by whom the picture was taken; degrees (WGS 84), `place_coarseness` in metres."""

    project: str | None
    site: str | None
    deployment: str | None
    observer: str | None
    latitude: float | None
    longitude: float | None
    place_coarseness: float | None


class WholeRecord(msgspec.Struct, frozen=True, rename="camel"):
    """All that is known of one record; `record` is its JSON as it is kept."""

    card: RecordCard
    record: dict[str, Any]
    device: DeviceInfo | None
    said: list[Said]
    embedding: KeptEmbedding | None
    has_crop: bool
    field: FieldFacts


def cards(db: LocalDatabase, numbers: Sequence[int]) -> list[RecordCard]:
    """The cards of these records, in this order; one that is gone is left out."""
    if not numbers:
        return []
    rows = {row[0]: row for row in db.connection().execute(_ROWS, (number_array(numbers),))}
    answers = [bytes(row[1]) for row in rows.values() if row[2] == "inference"]
    words = feedback_rows.current(db, answers)
    return [_card(rows[number], words) for number in numbers if number in rows]


def whole(db: LocalDatabase, number: int) -> WholeRecord | None:
    """Everything about the record with this number."""
    found = cards(db, [number])
    if not found:
        return None
    connection = db.connection()
    (payload,) = connection.execute("SELECT payload FROM record WHERE number = ?", (number,)).fetchone()
    device, space_id, variant, backend, numbers, has_crop, *field = connection.execute(
        _DETAILS, (number,)
    ).fetchone()
    embedding = None if space_id is None else KeptEmbedding(numbers, space_id.hex(), variant, backend)
    card = found[0]
    about = bytes.fromhex((card.inference_id or card.id).replace("-", ""))
    return WholeRecord(
        card=card,
        record=msgspec.json.decode(payload),
        device=None if device is None else _DEVICE.decode(device),
        said=[_said(row) for row in connection.execute(_WORDS, (about,))],
        embedding=embedding,
        has_crop=bool(has_crop),
        field=FieldFacts(*field),
    )


def _said(row: tuple[Any, ...]) -> Said:
    feedback_id, is_correct, corrected_label, confidence, recorded_at, retracted_by = row
    word = None if is_correct is None else bool(is_correct)
    back = None if retracted_by is None else id_text(retracted_by)
    return Said(id_text(feedback_id), word, corrected_label, confidence, recorded_at, back)


def _card(row: tuple[Any, ...], words: dict[bytes, FeedbackRow]) -> RecordCard:
    number, record_id, kind, session_id, recorded_at, received_at, about, payload, has_thumbnail = row
    record = _RECORD.decode(payload)
    own = id_text(record_id)
    bare = RecordCard(
        id=own,
        kind=kind,
        number=number,
        session_id=session_id,
        timestamp=recorded_at,
        received_at=received_at,
        inference_id=own if kind == "inference" else None if about is None else id_text(about),
        has_thumbnail=bool(has_thumbnail),
    )
    if isinstance(record, Inference):
        return _answer(bare, record, words.get(bytes(record_id)))
    if isinstance(record, AppEvent):
        return _event(bare, record)
    if isinstance(record, Feedback) and record.user_feedback is not None:
        said = record.user_feedback
        word = CardFeedback(own, said.is_correct, said.corrected_label, said.confidence)
        return msgspec.structs.replace(bare, feedback=word)
    return bare


def _answer(bare: RecordCard, record: Inference, word: FeedbackRow | None) -> RecordCard:
    return msgspec.structs.replace(
        bare,
        model_version=record.model_version,
        model_alpha=record.model_alpha,
        backend=record.backend,
        source=record.source,
        picture=_picture(record.picture),
        predictions=sorted(record.predictions, key=lambda prediction: prediction.rank),
        inference_time=record.inference_time,
        preprocessing_time=record.preprocessing_time,
        total_time=record.total_time,
        feedback=None if word is None else _word(word),
    )


def _event(bare: RecordCard, record: AppEvent) -> RecordCard:
    return msgspec.structs.replace(
        bare,
        model_version=record.model_version,
        backend=record.backend,
        picture=_picture(record.picture),
        event=CardEvent(record.stage, record.code, record.detail),
    )


def _picture(picture: Picture | None) -> CardPicture | None:
    return None if picture is None else CardPicture(**msgspec.structs.asdict(picture))


def _word(row: FeedbackRow) -> CardFeedback:
    return CardFeedback(id_text(bytes(row.id)), row.is_correct, row.corrected_label, row.confidence)
