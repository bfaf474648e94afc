"""The pictures that an export at the collector takes: device by device, a chunk at a time.

Each chunk is a snapshot of its own, so that a slow reader holds back nothing; events that arrive after the
start are left out. The forms are those of a device (`store.export`). What counts as the label is what the
team settled, else what the device's user said last, else the answer; a synonym counts as its label.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from store.collector.analytics import Analytics
from store.collector.database import Session
from store.collector.team_figures import WITH_SETTLEMENTS
from store.events import DeviceInfo, Inference, UserFeedback
from store.export.filters import Filters
from store.export.rows import ExportRow
from store.ids import id_text

log = logging.getLogger("whimbrel.collect")
_CHUNK = 256
_CHUNK_WITH_IMAGES = 32
_CHUNK_OF_LABELS = 1024
_NO_NAME = "unknown"
_SURE, _UNSURE = 1.0, 0.5  # how sure whoever said it was, where the collector does not know better
_DEVICES = "SELECT id FROM device ORDER BY id"
_NEWEST = "SELECT coalesce(max(received_at), 0) FROM event"
_ROWS = f"""
SELECT event.event_id, event.session_id, event.recorded_at, event.payload, context.info, last_word.word,
    CASE WHEN last_word.named <> last_word.answer OR last_word.word = 'wrong'
        THEN coalesce(named_means.label, last_word.named) END,
    settled.id IS NOT NULL, coalesce(settled_means.label, settled.label),
    coalesce(label_means.label, event.label)
FROM event
LEFT JOIN context ON context.device_id = event.device_id AND context.hash = event.context
LEFT JOIN last_word ON last_word.device_id = event.device_id AND last_word.event_id = event.event_id
{WITH_SETTLEMENTS.replace("last_word.picture", "event.picture")}
LEFT JOIN label_synonym AS named_means ON named_means.synonym = last_word.named
LEFT JOIN label_synonym AS label_means ON label_means.synonym = event.label
WHERE event.device_id = ? AND event.event_id > ? AND event.kind = 'inference' AND event.payload IS NOT NULL
    AND event.received_at <= ?
"""  # noqa: S608 - our own text
_ORDER = " ORDER BY event.event_id LIMIT ?"
_PARTS = "SELECT event_id, part, body FROM event_part WHERE device_id = ? AND event_id "
_LATER_PARTS = "SELECT about, part, body FROM event_part WHERE device_id = ? AND about "
_DEVICE = msgspec.json.Decoder(DeviceInfo)
_INFERENCE = msgspec.json.Decoder(Inference)


class _Row(NamedTuple):
    event_id: bytes
    session_id: str
    recorded_at: int
    payload: str
    device: str | None
    word: str | None
    corrected: str | None
    is_settled: bool
    settled: str | None
    answer: str | None


class CollectorSelection:
    """The rows that pass the filters among the events that are there now; as `store.export.selection`.

    `only_labelled` leaves out what has no label. Safe to use from one thread after the other. Everything
    raises what `Analytics.read` raises.
    """

    def __init__(
        self, analytics: Analytics, filters: Filters, *, images: bool = False, only_labelled: bool = False
    ) -> None:
        self._analytics = analytics
        self._filters = filters
        self._images = images
        self._only_labelled = only_labelled
        with analytics.read() as session:
            self._devices = [bytes(device_id) for (device_id,) in session.rows(_DEVICES)]
            self._until = int(session.rows(_NEWEST)[0][0])
        self._narrowed, self._values = _narrowed(filters)
        self.rows = 0

    def chunks(self) -> Iterator[list[ExportRow]]:
        """The rows; a chunk may be empty. `rows` counts those that were given."""
        size = _CHUNK_WITH_IMAGES if self._images else _CHUNK
        for rows in self._walk(size, heavy=True):
            self.rows += len(rows)
            yield rows

    def labels(self) -> Iterator[list[str | None]]:
        """The labels of the rows that `chunks` gives, in the same order, without counting."""
        for rows in self._walk(_CHUNK_OF_LABELS, heavy=False):
            yield [row.label for row in rows]

    def _walk(self, size: int, *, heavy: bool) -> Iterator[list[ExportRow]]:
        for device_id in self._devices:
            after: bytes | None = b""
            while after is not None:
                with self._analytics.read() as session:
                    values = (device_id, after, self._until, *self._values, size)
                    found = [_Row(*row) for row in session.rows(_ROWS + self._narrowed + _ORDER, values)]
                    parts = _parts(session, device_id, found, self._images) if heavy else {}
                after = bytes(found[-1].event_id) if found else None
                yield self._fitting(found, parts)

    def _fitting(self, found: Sequence[_Row], parts: dict[tuple[bytes, str], bytes]) -> list[ExportRow]:
        rows = (_export_row(row, parts, self._filters) for row in found)
        return [
            row
            for row in rows
            if row is not None
            and _fits(row, self._filters)
            and (row.label is not None or not self._only_labelled)
        ]


def _narrowed(filters: Filters) -> tuple[str, list[object]]:
    """What of the filters the database can tell by its columns."""
    conditions: list[tuple[str, object]] = [
        (" AND event.recorded_at >= ?", filters.from_ms),
        (" AND event.recorded_at < ?", filters.to_ms),
        (" AND event.model_version = ?", filters.model_version),
        (" AND event.session_id = ?", filters.session_id),
    ]
    given = [(condition, value) for condition, value in conditions if value is not None]
    return "".join(condition for condition, _ in given), [value for _, value in given]


def _parts(
    session: Session, device_id: bytes, found: Sequence[_Row], images: bool
) -> dict[tuple[bytes, str], bytes]:
    """Heavy parts by event and kind, whether they came with it or later."""
    if not found:
        return {}
    ids = session.array(row.event_id for row in found)
    return {
        (bytes(event_id), part): bytes(body)
        for statement in (_LATER_PARTS, _PARTS)
        for event_id, part, body in session.rows(statement + session.dialect.among, (device_id, ids))
        if images or part != "crop"
    }


def _export_row(row: _Row, parts: dict[tuple[bytes, str], bytes], filters: Filters) -> ExportRow | None:
    """None for what no Whimbrel of today wrote: one such event must not end an export."""
    inference = _inference(row.payload)
    if inference is None:
        log.warning("event %s is not exported: it does not have the form of a record", id_text(row.event_id))
        return None
    feedback = _feedback(row) if filters.include_user_feedback else None
    return ExportRow(
        id_text(bytes(row.event_id)),
        row.session_id,
        row.recorded_at,
        inference,
        None if row.device is None else _device(row.device),
        feedback,
        _label(row) if filters.include_user_feedback else row.answer,
        parts.get((bytes(row.event_id), "embedding")),
        parts.get((bytes(row.event_id), "crop")),
    )


def _feedback(row: _Row) -> UserFeedback | None:
    if row.word is None:
        return None
    if row.word == "unsure":
        return UserFeedback(None, None, _UNSURE)
    return UserFeedback(row.word == "right", row.corrected, _SURE)


def _label(row: _Row) -> str | None:
    if row.is_settled:
        return row.settled
    if row.corrected is not None:
        return row.corrected
    return None if row.word == "wrong" else row.answer


def _inference(payload: str) -> Inference | None:
    """The record; a name that was not shared is empty."""
    try:
        fields: dict[str, Any] = msgspec.json.decode(payload)
        picture = fields.get("picture")
        nameless = isinstance(picture, dict) and not picture.get("fileName")
        if isinstance(picture, dict) and nameless:
            fields["picture"] = picture | {"fileName": _NO_NAME}
        inference = _INFERENCE.decode(msgspec.json.encode(fields))
    except (msgspec.MsgspecError, AttributeError):
        return None
    if nameless and inference.picture is not None:
        bare = msgspec.structs.replace(inference.picture, file_name="")
        return msgspec.structs.replace(inference, picture=bare)
    return inference


@lru_cache(maxsize=64)
def _device(info: str) -> DeviceInfo | None:
    try:
        return _DEVICE.decode(info)
    except msgspec.MsgspecError:
        return None


def _fits(row: ExportRow, filters: Filters) -> bool:
    """Whether a row passes what the database did not look at."""
    said, inference = row.feedback, row.inference
    corrected = said is not None and said.corrected_label is not None
    sure = max(prediction.probability for prediction in inference.predictions)
    wanted = (
        filters.min_confidence is None or sure >= filters.min_confidence or corrected,
        filters.label is None or row.label == filters.label,
        filters.source is None or inference.source == filters.source,
        filters.backend is None or inference.backend == filters.backend,
        corrected or not filters.only_corrected,
        filters.mark is None or _is_marked(said, filters.mark),
    )
    return all(wanted)


def _is_marked(said: UserFeedback | None, mark: str) -> bool:
    if said is None:
        return mark == "unmarked"
    word = {True: "right", False: "wrong", None: "unsure"}[said.is_correct]
    return mark in {word, "marked"} or (mark == "judged" and word != "unsure")
