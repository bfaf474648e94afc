"""In which order records are looked at: newest first, along the index that leads nearest to what is wanted.

A walk gives places (time, number) and reads nothing but an index. Where few records can pass at all (one
session, one picture, what the user marked) it is these, sorted; a larger set is no rarity on the index of
times, which is walked instead.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import apsw

from store.local.records.record_filters import RecordFilters


class Place(NamedTuple):
    """Where a record stands in the list: its time (milliseconds since the epoch), then its number."""

    recorded_at: int
    number: int


END = Place(2**63 - 1, 2**63 - 1)
_BEFORE_ALL_OF_ITS_TIME = -1

# The row value in one comparison would let SQLite seek by the time alone as well; so it is said twice.
_ALONG = """
SELECT recorded_at, number FROM record INDEXED BY {index}
WHERE {key} recorded_at <= :time AND recorded_at >= :from_ms
  AND (recorded_at < :time OR number < :number)
ORDER BY recorded_at DESC, number DESC
"""
ALONG_TIMES = _ALONG.format(index="record_time", key="")
ALONG_VERSION = _ALONG.format(index="record_version", key="model_version = :model_version AND")
ALONG_LABEL = _ALONG.format(index="record_label", key="label = :label AND")

OF_PICTURE = """
SELECT recorded_at, number FROM record
WHERE picture = (SELECT number FROM picture WHERE sha256 = :sha256) LIMIT :most + 1
"""
OF_SESSION = "SELECT recorded_at, number FROM record WHERE session_id = :session_id LIMIT :most + 1"
_ABOUT = """
SELECT record.recorded_at, record.number
FROM (SELECT DISTINCT inference_id FROM ({said})) AS about CROSS JOIN record ON record.id = about.inference_id
"""
SAID = "SELECT inference_id FROM feedback LIMIT :most / 4 + 1"  # a quarter: each is sought by its id
DRAWN = """
SELECT record.recorded_at, record.number FROM audit_picture
CROSS JOIN record ON record.number = audit_picture.record LIMIT :most + 1
"""
CORRECTED = """
SELECT inference_id FROM feedback INDEXED BY feedback_label
WHERE corrected_label IS NOT NULL AND retracted_by IS NULL LIMIT :most / 4 + 1
"""
CORRECTED_TO = """
SELECT inference_id FROM feedback INDEXED BY feedback_label
WHERE corrected_label IN (SELECT value FROM json_each(:labels)) AND retracted_by IS NULL LIMIT :most / 4 + 1
"""


def walk(
    connection: apsw.Connection, filters: RecordFilters, labels: Sequence[str], before: Place, most: int
) -> Iterator[Place]:
    """Places before `before`, newest first, that hold every record which passes the filters.

    `labels` are the names that count as the filter's label, none without one.
    Reads lazily from the connection's open transaction; at most about `most` rows more than are taken.
    """
    if filters.to_ms is not None:  # one upper bound, since SQLite seeks by only one
        before = min(before, Place(filters.to_ms, _BEFORE_ALL_OF_ITS_TIME))
    bindings = _bindings(filters, before, most) | {"labels": json.dumps(labels)}
    few = _few(connection, filters, bindings)
    if few is not None:
        return iter(_before(few, bindings))
    if filters.label is not None:
        corrected = _set(connection, CORRECTED_TO, bindings)
        if corrected is not None:
            along = (_along(connection, ALONG_LABEL, bindings | {"label": label}) for label in labels)
            return _merged(*along, _before(corrected, bindings))
    elif filters.model_version is not None:
        return _along(connection, ALONG_VERSION, bindings)
    return _along(connection, ALONG_TIMES, bindings)


def _bindings(filters: RecordFilters, before: Place, most: int) -> dict[str, Any]:
    return {
        "time": before.recorded_at,
        "number": before.number,
        "from_ms": 0 if filters.from_ms is None else filters.from_ms,
        "model_version": filters.model_version,
        "session_id": filters.session_id,
        "sha256": None if filters.sha256 is None else bytes.fromhex(filters.sha256),
        "most": most,
    }


def _few(connection: apsw.Connection, filters: RecordFilters, bindings: dict[str, Any]) -> list[Place] | None:
    """The set of places that one of the filters leaves, None where none leaves few."""
    if filters.sha256 is not None:
        found = _limited(connection, OF_PICTURE, bindings)
    elif filters.session_id is not None:
        found = _limited(connection, OF_SESSION, bindings)
    elif filters.drawn:
        found = _limited(connection, DRAWN, bindings)
    elif filters.corrected:
        found = _set(connection, CORRECTED if filters.label is None else CORRECTED_TO, bindings)
    elif filters.mark not in (None, "unmarked"):
        found = _set(connection, SAID, bindings)
    else:
        found = None
    return found


def _limited(connection: apsw.Connection, statement: str, bindings: dict[str, Any]) -> list[Place] | None:
    found = [Place(*row) for row in connection.execute(statement, bindings)]
    return found if len(found) <= bindings["most"] else None


def _set(connection: apsw.Connection, said: str, bindings: dict[str, Any]) -> list[Place] | None:
    """The answers that this feedback speaks of."""
    count = connection.execute(f"SELECT count(*) FROM ({said})", bindings).get  # noqa: S608 - our own text
    if count > bindings["most"] // 4:
        return None
    return [Place(*row) for row in connection.execute(_ABOUT.format(said=said), bindings)]


def _before(places: Iterable[Place], bindings: dict[str, Any]) -> list[Place]:
    before = Place(bindings["time"], bindings["number"])
    first = bindings["from_ms"]
    return sorted((place for place in places if place < before and first <= place.recorded_at), reverse=True)


def _along(connection: apsw.Connection, statement: str, bindings: dict[str, Any]) -> Iterator[Place]:
    return (Place(*row) for row in connection.execute(statement, bindings))


def _merged(*walks: Iterable[Place]) -> Iterator[Place]:
    """Places of several walks in order, each once."""
    return (place for place, _ in groupby(heapq.merge(*walks, reverse=True)))
