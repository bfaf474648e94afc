"""What goes in a retention or an erasure, in temporary tables of a reader, and how much that is.

`gone` has the records: those that go by a rule, those that are about them, and what they took back. `lonely`
has the pictures that lose their last record, `part` the embeddings and images that go by a rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import apsw

from store.local.removal import Amount, Amounts

CHECKED = """
EXISTS (SELECT 1 FROM feedback WHERE feedback.inference_id = record.id AND feedback.retracted_by IS NULL)
"""
PICTURE_CHECKED = """
EXISTS (SELECT 1 FROM feedback WHERE feedback.picture = picture.number AND feedback.retracted_by IS NULL)
"""
_TABLES = {
    "gone": "number INTEGER PRIMARY KEY, by_rule INTEGER NOT NULL DEFAULT 1",
    "lonely": "number INTEGER PRIMARY KEY",
    "part": "kind TEXT, number INTEGER, checked INTEGER, PRIMARY KEY (kind, number)",
}
_FIND_ABOUT = """
INSERT OR IGNORE INTO gone
SELECT other.number, 0 FROM gone
CROSS JOIN record ON record.number = gone.number AND record.kind = 'inference'
CROSS JOIN record AS other ON other.inference_id = record.id
"""
_FIND_TAKEN_BACK = """
INSERT OR IGNORE INTO gone
SELECT other.number, 0 FROM gone
CROSS JOIN record ON record.number = gone.number AND record.kind = 'feedback'
CROSS JOIN retraction ON retraction.retracted_by = record.id
CROSS JOIN record AS other ON other.id = retraction.retracted AND other.kind = 'feedback'
"""
_FIND_LONELY = """
INSERT INTO lonely
SELECT DISTINCT record.picture FROM gone CROSS JOIN record ON record.number = gone.number
WHERE record.picture IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM record AS other WHERE other.picture = record.picture
    AND NOT EXISTS (SELECT 1 FROM gone AS going WHERE going.number = other.number))
"""
_RECORDS = """
SELECT record.kind, count(*), sum(octet_length(record.payload)), min(record.recorded_at),
       max(record.recorded_at)
FROM gone JOIN record ON record.number = gone.number GROUP BY record.kind
"""
_WAITING = """
SELECT coalesce(sum(coalesce(octet_length(embedding), 0) + coalesce(octet_length(thumbnail), 0)
       + coalesce(octet_length(crop), 0)), 0)
FROM waiting_attachment WHERE inference_id IN (
    SELECT record.inference_id FROM gone CROSS JOIN record ON record.number = gone.number
    WHERE record.kind = 'attachment')
"""
_EMBEDDINGS = """
SELECT count(*), coalesce(sum(octet_length(embedding.vector)), 0), min(record.recorded_at),
       max(record.recorded_at)
FROM (SELECT number FROM gone UNION ALL SELECT number FROM part WHERE kind = 'embeddings') AS going
CROSS JOIN embedding ON embedding.record = going.number CROSS JOIN record ON record.number = going.number
"""
_IMAGES = """
SELECT count(*), coalesce(sum(octet_length(picture.{column})), 0), min(picture.first_seen),
       max(picture.first_seen)
FROM (SELECT number FROM lonely UNION ALL SELECT number FROM part WHERE kind = '{column}s') AS going
CROSS JOIN picture ON picture.number = going.number WHERE picture.{column} IS NOT NULL
"""
_PICTURES = """
SELECT count(*), 0, min(first_seen), max(first_seen)
FROM lonely CROSS JOIN picture ON picture.number = lonely.number
"""
_PARTS = {
    "embeddings": _EMBEDDINGS,
    "thumbnails": _IMAGES.format(column="thumbnail"),
    "crops": _IMAGES.format(column="crop"),
}


class Share(NamedTuple):
    """How much of one kind goes, and the times (ms) of the first and the last of it, None where none goes."""

    amount: Amount
    first: int | None
    last: int | None


NOTHING = Share(Amount(), None, None)


@contextmanager
def going(connection: apsw.Connection, find: str, values: Mapping[str, Any]) -> Iterator[None]:
    """The tables, filled by a statement that puts records into `gone`; inside a transaction."""
    for name, columns in _TABLES.items():
        connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
    try:
        connection.execute(find, values)
        for statement in (_FIND_TAKEN_BACK, _FIND_ABOUT, _FIND_LONELY):
            connection.execute(statement)
        yield
    finally:
        for name in _TABLES:
            connection.execute(f"DROP TABLE temp.{name}")


def shares(connection: apsw.Connection) -> dict[str, Share]:
    """What the tables hold, by the kinds of `Amounts`."""
    return (
        _shares_of_records(connection)
        | {"pictures": _share(connection, _PICTURES)}
        | {kind: share_of_part(connection, kind) for kind in _PARTS}
    )


def share_of_part(connection: apsw.Connection, kind: str) -> Share:
    """How much goes of the embeddings, thumbnails or crops."""
    return _share(connection, _PARTS[kind])


def amounts_of(found: dict[str, Share]) -> Amounts:
    """The amounts alone."""
    return Amounts(**{kind: share.amount for kind, share in found.items()})


def _shares_of_records(connection: apsw.Connection) -> dict[str, Share]:
    found = {
        kind: Share(Amount(count, size), first, last)
        for kind, count, size, first, last in connection.execute(_RECORDS)
    }
    attachments = found.get("attachment", NOTHING)
    waiting = int(connection.execute(_WAITING).get)
    return {
        "answers": found.get("inference", NOTHING),
        "feedback": found.get("feedback", NOTHING),
        "events": found.get("event", NOTHING),
        "attachments": attachments._replace(amount=attachments.amount.plus(Amount(0, waiting))),
    }


def _share(connection: apsw.Connection, statement: str) -> Share:
    count, size, first, last = connection.execute(statement).get
    return Share(Amount(count, size), first, last)
