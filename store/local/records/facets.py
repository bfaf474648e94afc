"""The values that records can be filtered by: found by leaps along an index, or among the newest records."""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from store.local.records.walk import END

MOST_LOOKED_AT = 20_000
MOST_COUNTED = 1_000
MOST_SESSIONS = 100
MOST_LABELS = 500
_MOST_LEAPS = 10_000

_LEAPS = """
WITH RECURSIVE leap (value) AS (
    SELECT min({column}) FROM record WHERE {column} IS NOT NULL
    UNION ALL
    SELECT (SELECT min({column}) FROM record WHERE {column} > leap.value)
    FROM leap WHERE leap.value IS NOT NULL LIMIT :leaps
)
"""
_WITHIN = "{column} = leap.value AND recorded_at >= :from_ms AND recorded_at < :to_ms"
_THERE = "SELECT value FROM leap WHERE value IS NOT NULL AND EXISTS (SELECT 1 FROM record WHERE {within})"
_COUNTED = """
SELECT value, (SELECT count(*) FROM (SELECT 1 FROM record WHERE {within} LIMIT :counted)) AS found
FROM leap WHERE value IS NOT NULL AND found > 0 ORDER BY found DESC, value LIMIT :labels
"""
VERSIONS = (_LEAPS + _THERE).format(column="model_version", within=_WITHIN.format(column="model_version"))
LABELS = (_LEAPS + _COUNTED).format(column="label", within=_WITHIN.format(column="label"))
SESSIONS = """
WITH RECURSIVE leap (value) AS (
    SELECT min(session_id) FROM record
    UNION ALL
    SELECT (SELECT min(session_id) FROM record WHERE session_id > leap.value)
    FROM leap WHERE leap.value IS NOT NULL LIMIT :leaps
), last (session_id, number) AS (
    SELECT value, (SELECT max(number) FROM record WHERE session_id = value) FROM leap WHERE value IS NOT NULL
)
SELECT last.session_id,
       (SELECT recorded_at FROM record WHERE number = (
           SELECT min(number) FROM record WHERE session_id = last.session_id)),
       (SELECT recorded_at FROM record WHERE number = last.number)
FROM last ORDER BY last.number DESC LIMIT :sessions
"""
TYPED = """
WITH RECURSIVE leap (value) AS (
    SELECT min(corrected_label) FROM feedback WHERE corrected_label IS NOT NULL AND retracted_by IS NULL
    UNION ALL
    SELECT (SELECT min(corrected_label) FROM feedback
            WHERE corrected_label > leap.value AND retracted_by IS NULL)
    FROM leap WHERE leap.value IS NOT NULL LIMIT :leaps
)
SELECT value FROM leap WHERE value IS NOT NULL
"""
NEWEST = """
SELECT DISTINCT kind, backend, source,
       CASE kind WHEN 'event' THEN json_extract(payload, '$.stage') END,
       CASE kind WHEN 'event' THEN json_extract(payload, '$.code') END
FROM (
    SELECT kind, backend, source, payload FROM record INDEXED BY record_time
    WHERE recorded_at >= :from_ms AND recorded_at < :to_ms ORDER BY recorded_at DESC LIMIT :looked_at
)
"""


class SessionFacet(msgspec.Struct, frozen=True, rename="camel"):
    """One session, from its first record to its last; milliseconds since the epoch."""

    id: str
    first_at: int
    last_at: int


class LabelFacet(msgspec.Struct, frozen=True):
    """A label and how many answers have it; 1,000 stands for that many or more."""

    label: str
    count: int


class CodeFacet(msgspec.Struct, frozen=True):
    """What can go wrong, or happen, and at which stage."""

    stage: str
    code: str


class Facets(msgspec.Struct, frozen=True, rename="camel"):
    """Values that there are in a window of time.

    Versions are complete; labels are the 500 most frequent, and those that the user has typed; sessions are
    the last 100 of all times; backends, sources and codes are those of the newest 20,000 records.
    """

    model_versions: list[str]
    backends: list[str]
    sources: list[str]
    sessions: list[SessionFacet]
    labels: list[LabelFacet]
    codes: list[CodeFacet]


def facets(connection: apsw.Connection, from_ms: int | None, to_ms: int | None) -> Facets:
    """What there is to filter by."""
    bindings = {
        "from_ms": 0 if from_ms is None else from_ms,
        "to_ms": END.recorded_at if to_ms is None else to_ms,
        "leaps": _MOST_LEAPS,
        "counted": MOST_COUNTED,
        "labels": MOST_LABELS,
        "sessions": MOST_SESSIONS,
        "looked_at": MOST_LOOKED_AT,
    }
    newest = _rows(connection, NEWEST, bindings)
    return Facets(
        model_versions=[version for (version,) in _rows(connection, VERSIONS, bindings)],
        backends=sorted({backend for _, backend, *_ in newest if backend is not None}),
        sources=sorted({source for _, _, source, *_ in newest if source is not None}),
        sessions=[SessionFacet(*row) for row in _rows(connection, SESSIONS, bindings)],
        labels=_labels(connection, bindings),
        codes=[CodeFacet(*pair) for pair in sorted({row[3:] for row in newest if row[0] == "event"})],
    )


def _labels(connection: apsw.Connection, bindings: dict[str, Any]) -> list[LabelFacet]:
    found = [LabelFacet(*row) for row in _rows(connection, LABELS, bindings)]
    known = {facet.label for facet in found}
    typed = [label for (label,) in _rows(connection, TYPED, bindings)]
    return [*found, *(LabelFacet(label, 0) for label in typed if label not in known)]


def _rows(connection: apsw.Connection, statement: str, bindings: dict[str, Any]) -> list[tuple[Any, ...]]:
    return list(connection.execute(statement, bindings))
