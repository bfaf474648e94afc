"""One page of a list: walks along an index, passes what fits, and stops after a bounded number of rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import apsw
import msgspec

from store.local.connection import number_array
from store.local.learning.label_book import mapping_of
from store.local.records.record_filters import RecordFilters
from store.local.records.walk import Place, walk

MOST_LOOKED_AT = 20_000
_LARGEST_CHUNK = 2_048
_SAID = """
LEFT JOIN feedback AS said ON said.id = (
    SELECT id FROM feedback WHERE inference_id = record.id AND retracted_by IS NULL
    ORDER BY recorded_at DESC, id DESC LIMIT 1
)
"""
_COUNTS_AS = """
CASE WHEN said.corrected_label IS NOT NULL THEN said.corrected_label
     WHEN said.is_correct = 0 THEN NULL ELSE record.label END
"""
_MARKS = {
    "right": "said.is_correct = 1",
    "wrong": "said.is_correct = 0",
    "unsure": "said.id IS NOT NULL AND said.is_correct IS NULL",
    "judged": "said.is_correct IS NOT NULL",
    "marked": "said.id IS NOT NULL",
    "unmarked": "record.kind = 'inference' AND said.id IS NULL",
}
_TIMES = {
    stage: f"record.kind = 'inference' AND json_extract(record.payload, '$.{stage}Time') > :slower_than"
    for stage in ("inference", "preprocessing", "total")
}
_CONDITIONS = {
    "kind": "record.kind = :kind",
    "from_ms": "record.recorded_at >= :from_ms",
    "to_ms": "record.recorded_at < :to_ms",
    "label": f"record.kind = 'inference' AND {_COUNTS_AS} IN (SELECT value FROM json_each(:labels))",  # noqa: S608 - our own text
    "model_version": "record.model_version = :model_version",
    "backend": "record.backend = :backend",
    "source": "record.source = :source",
    "session_id": "record.session_id = :session_id",
    "device": "record.device = :device",
    "stage": "record.kind = 'event' AND json_extract(record.payload, '$.stage') = :stage",
    "code": "record.kind = 'event' AND json_extract(record.payload, '$.code') = :code",
    "min_confidence": "record.probability >= :min_confidence",
    "max_confidence": "record.probability <= :max_confidence",
    "file_name": r"json_extract(record.payload, '$.picture.fileName') LIKE :file_name ESCAPE '\'",
    "sha256": "record.picture = (SELECT number FROM picture WHERE sha256 = :sha256)",
}


class Found(NamedTuple):
    """Numbers in the order of the list, and the last place looked at to go on from; None at the end."""

    numbers: list[int]
    following: Place | None


def find(
    connection: apsw.Connection,
    filters: RecordFilters,
    before: Place,
    limit: int,
    most: int = MOST_LOOKED_AT,
) -> Found:
    """At most `limit` records that pass, newest first, among at most `most` that are looked at.

    Fewer than `limit` with a place to go on from means that so many were looked at, not that this is all.
    """
    labels = _labels(connection, filters)
    places = walk(connection, filters, labels, before, most)
    statement, bindings = _passing(filters)
    bindings["labels"] = json.dumps(labels)
    found: list[int] = []
    looked_at, size = 0, limit
    while chunk := list(islice(places, min(size, most - looked_at))):
        looked_at += len(chunk)
        passing = _numbers(connection, statement, bindings, chunk)
        for place in chunk:
            if place.number in passing:
                found.append(place.number)
                if len(found) == limit:
                    return Found(found, _or_end(place, chunk, places))
        size = min(2 * size, _LARGEST_CHUNK)
        if looked_at == most:
            return Found(found, _or_end(chunk[-1], chunk, places))
    return Found(found, None)


def _labels(connection: apsw.Connection, filters: RecordFilters) -> list[str]:
    """The names that count as the label asked for: itself, and what was renamed or merged into it."""
    if filters.label is None:
        return []
    return sorted(mapping_of(connection).names(filters.label) | {filters.label})


def _or_end(place: Place, chunk: Sequence[Place], places: Iterator[Place]) -> Place | None:
    """The place, or None where the walk ends there."""
    ends = place == chunk[-1] and next(places, None) is None
    return None if ends else place


def _passing(filters: RecordFilters) -> tuple[str, dict[str, Any]]:
    """The statement that says which of `:numbers` pass, and what is bound in it beside them."""
    given = {name: value for name, value in msgspec.structs.asdict(filters).items() if value is not None}
    conditions = [text for name, text in _CONDITIONS.items() if name in given]
    if filters.mark is not None:
        conditions.append(_MARKS[filters.mark])
    if filters.corrected:
        conditions.append("said.corrected_label IS NOT NULL")
    if filters.drawn:
        conditions.append("record.number IN (SELECT record FROM audit_picture)")
    if filters.slower_than is not None:
        conditions.append(_TIMES[filters.timed_stage])
    statement = (
        "SELECT record.number FROM carray(:numbers) AS walked "  # noqa: S608 - our own text
        f"CROSS JOIN record ON record.number = walked.value {_SAID if filters.speaks_of_answers else ''} "
        f"WHERE {' AND '.join(conditions) or 'TRUE'}"
    )
    return statement, given | _as_stored(filters)


def _as_stored(filters: RecordFilters) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    for name in ("device", "sha256"):
        text = getattr(filters, name)
        if text is not None:
            stored[name] = bytes.fromhex(text)
    if filters.file_name is not None:
        escaped = filters.file_name.translate({ord(sign): f"\\{sign}" for sign in "\\%_"})
        stored["file_name"] = f"%{escaped}%"
    return stored


def _numbers(
    connection: apsw.Connection, statement: str, bindings: dict[str, Any], chunk: Sequence[Place]
) -> set[int]:
    walked = number_array(place.number for place in chunk)
    return {number for (number,) in connection.execute(statement, bindings | {"numbers": walked})}
