"""The inferences that an export takes, in the order of their arrival, a chunk at a time.

Each chunk is a read transaction of its own, so that a slow reader holds back no checkpoint; records that
arrive after the start are left out. What the user says while an export runs may or may not be in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from store.events import DeviceInfo, Inference, UserFeedback
from store.export.filters import Filters
from store.export.rows import ExportRow
from store.ids import id_text
from store.local.database import Database
from store.local.learning.label_book import mapping_of

_CHUNK = 256
_CHUNK_WITH_IMAGES = 32  # an image may have 384 KiB
_CHUNK_OF_LABELS = 4096
_INFERENCE = msgspec.json.Decoder(Inference)
_DEVICE = msgspec.json.Decoder(DeviceInfo)
_NEWEST = "SELECT coalesce(max(number), 0) FROM record"
_WINDOW = """
SELECT number FROM record WHERE number > ? AND number <= ? ORDER BY number LIMIT 1 OFFSET ?
"""
_LABEL = """
CASE WHEN said.corrected_label IS NOT NULL THEN said.corrected_label
     WHEN said.is_correct = 0 THEN NULL ELSE record.label END
"""
# `IS NULL OR` keeps each filter off the indexes: the walk by number is what bounds a chunk.
_SELECTED = f"""
FROM record
LEFT JOIN feedback AS said ON :with_feedback AND said.id = (
    SELECT id FROM feedback WHERE inference_id = record.id AND retracted_by IS NULL
    ORDER BY recorded_at DESC, id DESC LIMIT 1
)
LEFT JOIN device ON device.hash = record.device
LEFT JOIN embedding ON embedding.record = record.number
LEFT JOIN picture ON :images AND picture.number = record.picture
WHERE record.number > :after AND record.number <= :until AND record.kind = 'inference'
  AND (:min_confidence IS NULL OR record.probability >= :min_confidence OR said.corrected_label IS NOT NULL)
  AND (:from_ms IS NULL OR record.recorded_at >= :from_ms)
  AND (:to_ms IS NULL OR record.recorded_at < :to_ms)
  AND (:model_version IS NULL OR record.model_version = :model_version)
  AND (:source IS NULL OR record.source = :source)
  AND (:backend IS NULL OR record.backend = :backend)
  AND (:session_id IS NULL OR record.session_id = :session_id)
  AND (:mark IS NULL OR CASE :mark
      WHEN 'right' THEN said.is_correct = 1 WHEN 'wrong' THEN said.is_correct = 0
      WHEN 'unsure' THEN said.id IS NOT NULL AND said.is_correct IS NULL
      WHEN 'judged' THEN said.is_correct IS NOT NULL
      WHEN 'marked' THEN said.id IS NOT NULL ELSE said.id IS NULL END)
  AND (:label IS NULL OR {_LABEL} IN (SELECT value FROM json_each(:label)))
  AND (NOT :only_corrected OR said.corrected_label IS NOT NULL)
  AND (NOT :only_labelled OR {_LABEL} IS NOT NULL)
ORDER BY record.number
"""  # noqa: S608 - our own text
_ROWS = f"""
SELECT record.id, record.session_id, record.recorded_at, record.payload, device.info,
       said.id, said.is_correct, said.corrected_label, said.confidence, {_LABEL},
       embedding.vector, coalesce(picture.crop, picture.thumbnail)
{_SELECTED}
"""
_LABELS = f"SELECT {_LABEL} {_SELECTED}"


class Selection:
    """The rows that pass the filters among the records that are there now.

    `only_labelled` leaves out what the user called wrong without saying what it is. Safe to use from one
    thread after the other. Everything raises what `Database.read` raises.
    """

    def __init__(
        self, database: Database, filters: Filters, *, images: bool = False, only_labelled: bool = False
    ) -> None:
        self._database = database
        self._size = _CHUNK_WITH_IMAGES if images else _CHUNK
        with database.read() as db:
            self._until = int(db.connection().execute(_NEWEST).get)
            self._mapping = mapping_of(db.connection())
        narrowed = {"images": images, "only_labelled": only_labelled, "label": self._names(filters.label)}
        self._bindings = _bindings(filters) | narrowed
        self._reached = 0
        self.rows = 0

    @property
    def progress(self) -> float:
        """How much of the memory `chunks` has walked over, 0..1."""
        return self._reached / self._until if self._until else 1.0

    def chunks(self) -> Iterator[list[ExportRow]]:
        """The rows, oldest arrival first; a chunk may be empty. `rows` counts those that were given."""
        for after, until in self._windows(self._size):
            rows = self._rows(after, until)
            self.rows += len(rows)
            self._reached = until
            yield rows

    def labels(self) -> Iterator[list[str | None]]:
        """The labels of the rows that `chunks` gives, in the same order, without counting."""
        for after, until in self._windows(_CHUNK_OF_LABELS):
            yield [self._counts_as(label) for (label,) in self._fetch(_LABELS, after, until)]

    def spread(self, count: int) -> Iterator[tuple[list[ExportRow], float]]:
        """The rows of at most `count` (2 or more) chunks, evenly spread, each with its share of all."""
        if self._until <= count * self._size:
            yield self._rows(0, self._until), 1.0
            return
        for place in range(count):
            after = place * (self._until - self._size) // (count - 1)
            yield self._rows(after, after + self._size), self._size / self._until

    def _names(self, label: str | None) -> str | None:
        """The names that count as a label, and itself, as JSON."""
        return None if label is None else json.dumps(sorted(self._mapping.names(label) | {label}))

    def _counts_as(self, label: str | None) -> str | None:
        return None if label is None else self._mapping.of(label)

    def _rows(self, after: int, until: int) -> list[ExportRow]:
        rows = [_row(values) for values in self._fetch(_ROWS, after, until)]
        return [row._replace(label=self._counts_as(row.label)) for row in rows]

    def _windows(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges (after, until] of `size` records each, however many were erased between them."""
        after = 0
        while after < self._until:
            with self._database.read() as db:
                window = (after, self._until, size - 1)
                until: int | None = db.connection().execute(_WINDOW, window).get
            until = self._until if until is None else until
            yield after, until
            after = until

    def _fetch(self, statement: str, after: int, until: int) -> list[tuple[Any, ...]]:
        with self._database.read() as db:
            bindings = self._bindings | {"after": after, "until": until}
            return list(db.connection().execute(statement, bindings))


def _bindings(filters: Filters) -> dict[str, Any]:
    fields = msgspec.structs.asdict(filters)
    return {**fields, "with_feedback": fields.pop("include_user_feedback")}


def _row(values: tuple[Any, ...]) -> ExportRow:
    record_id, session_id, recorded_at, payload, device, *said, label, embedding, image = values
    return ExportRow(
        id_text(record_id),
        session_id,
        recorded_at,
        _INFERENCE.decode(payload),
        None if device is None else _device(device),
        _feedback(*said),
        label,
        embedding,
        image,
    )


@lru_cache(maxsize=64)
def _device(info: str) -> DeviceInfo:
    return _DEVICE.decode(info)


def _feedback(
    feedback_id: bytes | None, is_correct: int | None, corrected_label: str | None, confidence: float
) -> UserFeedback | None:
    if feedback_id is None:
        return None
    return UserFeedback(None if is_correct is None else bool(is_correct), corrected_label, confidence)
