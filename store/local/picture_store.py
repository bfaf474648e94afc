"""The pictures of the past, as the strip shows them."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from peewee import SQL, ModelSelect, NodeList, Value, fn

from store.events import Inference, Picture, Prediction
from store.ids import id_text
from store.local import feedback_rows
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import UnknownCursor
from store.local.tables import FeedbackRow, PictureRow, RecordRow

MAX_PAGE = 1000
_CURSOR = re.compile(r"([0-9]{1,16})\.([0-9]{1,18})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_INFERENCE = msgspec.json.Decoder(Inference)


class CardPicture(msgspec.Struct, frozen=True, rename="camel"):
    """What is known of a picture; every key is there in JSON."""

    sha256: str
    file_name: str
    path: str | None
    width: int | None
    height: int | None
    bytes: int | None
    captured_at: str | None


class CardFeedback(msgspec.Struct, frozen=True, rename="camel"):
    """The last word of the user on an answer; to take it back, send a feedback that `retracts` this id."""

    id: str
    is_correct: bool | None
    corrected_label: str | None
    confidence: float


class PictureCard(msgspec.Struct, frozen=True, rename="camel"):
    """The newest answer about one picture; `timestamp` is milliseconds since the epoch."""

    inference_id: str
    timestamp: int
    model_version: str
    model_alpha: float | None
    backend: str | None
    source: str | None
    picture: CardPicture
    predictions: list[Prediction]
    inference_time: float
    total_time: float
    feedback: CardFeedback | None
    has_thumbnail: bool


class PictureStore:
    """Reads what was recognised before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self, limit: int, before: str | None) -> tuple[list[PictureCard], str | None]:
        """At most `limit` (1..1000) cards, one a picture, newest first, and the next page's cursor or None.

        `before` is the cursor of the page before. Raises UnknownCursor for a text that is none.
        """
        page = max(1, min(limit, MAX_PAGE))
        query = _newest_answers(_parse_cursor(before)).limit(page + 1)
        with self._database.read() as db:
            rows = list(query.tuples().execute(db))
            cards = _cards(db, rows[:page])
        following = None
        if len(rows) > page:
            number, _, recorded_at, *_ = rows[page - 1]
            following = f"{recorded_at}.{number}"
        return cards, following

    def thumbnail(self, sha256: str) -> bytes | None:
        """The small copy of the picture with this hash (64 hexadecimal digits), None where there is none."""
        if _SHA256.fullmatch(sha256) is None:
            return None
        query = PictureRow.select(PictureRow.thumbnail).where(PictureRow.sha256 == bytes.fromhex(sha256))
        with self._database.read() as db:
            row = query.tuples().first(db)
        return None if row is None or row[0] is None else bytes(row[0])


def _parse_cursor(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    parts = _CURSOR.fullmatch(text)
    if parts is None:
        raise UnknownCursor("That is not a place in the list of pictures.", "Ask again without `before`.")
    return int(parts[1]), int(parts[2])


def _newest_answers(before: tuple[int, int] | None) -> ModelSelect[RecordRow]:
    """Inferences that are the newest of their picture, newest first, older than `before` (time, number)."""
    record, later = RecordRow, RecordRow.alias()
    is_later = (later.recorded_at >= record.recorded_at) & (  # the first half is what the index can use
        (later.recorded_at > record.recorded_at) | (later.number > record.number)
    )
    same = (later.picture == record.picture) & (later.kind == "inference")
    # The plus keeps SQLite from walking the index of pictures and sorting: the index of times is the order.
    has_picture = NodeList((SQL("+"), record.picture, SQL("IS NOT NULL")))
    wanted = (record.kind == "inference") & has_picture
    wanted &= ~fn.EXISTS(later.select(Value(1)).where(same & is_later))
    if before is not None:
        time, number = before
        wanted &= record.recorded_at <= time
        wanted &= (record.recorded_at < time) | (record.number < number)
    thumbnail = PictureRow.select(PictureRow.thumbnail.is_null(False)).where(
        PictureRow.number == record.picture
    )
    return (
        record.select(record.number, record.id, record.recorded_at, record.payload, thumbnail)
        .where(wanted)
        .order_by(record.recorded_at.desc(), record.number.desc())
    )


def _cards(db: LocalDatabase, rows: list[tuple[Any, ...]]) -> list[PictureCard]:
    feedback = feedback_rows.current(db, [bytes(row[1]) for row in rows])
    return [
        _card(bytes(record_id), recorded_at, payload, feedback.get(bytes(record_id)), bool(has_thumbnail))
        for _, record_id, recorded_at, payload, has_thumbnail in rows
    ]


def _card(
    record_id: bytes, recorded_at: int, payload: str, feedback: FeedbackRow | None, has_thumbnail: bool
) -> PictureCard:
    inference = _INFERENCE.decode(payload)
    return PictureCard(
        inference_id=id_text(record_id),
        timestamp=recorded_at,
        model_version=inference.model_version,
        model_alpha=inference.model_alpha,
        backend=inference.backend,
        source=inference.source,
        picture=_picture(inference.picture),
        predictions=inference.predictions,
        inference_time=inference.inference_time,
        total_time=inference.total_time,
        feedback=None if feedback is None else _feedback(feedback),
        has_thumbnail=has_thumbnail,
    )


def _picture(picture: Picture | None) -> CardPicture:
    if picture is None:
        raise AssertionError("a record with a picture's number has the picture in its JSON")
    return CardPicture(**msgspec.structs.asdict(picture))


def _feedback(row: FeedbackRow) -> CardFeedback:
    return CardFeedback(id_text(bytes(row.id)), row.is_correct, row.corrected_label, row.confidence)
