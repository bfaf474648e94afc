"""Which rows a plan takes: the same statements for the preview, on a reader, and for the run.

The preview counts what the run would remove one step after the other: records with what is about them and the
pictures that lose their last record, then embeddings, thumbnails and crops of what stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import apsw

from store.local.connection import number_array
from store.local.removal import Amount, Amounts
from store.local.retention.plan import CHECKED, LAST_RECORD, PICTURE_CHECKED, Plan, Reach

Image = Literal["thumbnail", "crop"]

_RECORD = f"""(
    (record.kind = 'inference' AND record.number <= :answers AND NOT {CHECKED})
    OR (record.kind = 'event' AND record.number <= :events)
    OR (record.kind = 'attachment' AND record.number <= :waiting AND NOT EXISTS (
        SELECT 1 FROM record AS other WHERE other.id = record.inference_id
        OR (other.inference_id = record.inference_id AND other.kind = 'attachment'
            AND other.number > :waiting)
    ))
)"""  # noqa: S608 - our own words, as below
_EMBEDDING = f"""(
    (record.number <= :embeddings AND NOT {CHECKED})
    OR (record.number <= :embeddings_checked AND {CHECKED})
)"""
_IMAGE = f"""(picture.{{column}} IS NOT NULL AND (
    ({LAST_RECORD} <= :{{column}}s AND NOT {PICTURE_CHECKED})
    OR ({LAST_RECORD} <= :{{column}}s_checked AND {PICTURE_CHECKED})
))"""
_LONELY = """(
    picture.number IN (SELECT record.picture FROM gone JOIN record ON record.number = gone.number)
    AND NOT EXISTS (SELECT 1 FROM record WHERE record.picture = picture.number
                    AND record.number NOT IN (SELECT number FROM gone))
)"""
_NEW = "CREATE TEMP TABLE gone (number INTEGER PRIMARY KEY)"
_FIND = f"""
INSERT INTO gone SELECT number FROM record
WHERE record.number <= max(:answers, :events, :waiting) AND {_RECORD}
"""  # noqa: S608
_FIND_ABOUT = """
INSERT OR IGNORE INTO gone
SELECT other.number FROM gone
CROSS JOIN record ON record.number = gone.number AND record.kind = 'inference'
CROSS JOIN record AS other ON other.inference_id = record.id
"""
_FIND_TAKEN_BACK = """
INSERT OR IGNORE INTO gone
SELECT other.number FROM gone
CROSS JOIN record ON record.number = gone.number AND record.kind = 'feedback'
CROSS JOIN retraction ON retraction.retracted_by = record.id
CROSS JOIN record AS other ON other.id = retraction.retracted AND other.kind = 'feedback'
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
_EMBEDDINGS = f"""
SELECT count(*), coalesce(sum(octet_length(embedding.vector)), 0), min(record.recorded_at),
       max(record.recorded_at)
FROM embedding JOIN record ON record.number = embedding.record
WHERE (embedding.record <= max(:embeddings, :embeddings_checked) AND {_EMBEDDING})
OR embedding.record IN (SELECT number FROM gone)
"""  # noqa: S608
_IMAGES = f"""
SELECT count(*), coalesce(sum(octet_length(picture.{{column}})), 0), min(picture.first_seen),
       max(picture.first_seen)
FROM picture WHERE picture.{{column}} IS NOT NULL AND ({_IMAGE} OR {_LONELY})
"""  # noqa: S608
_EMBEDDINGS_OF_GONE = """
SELECT count(*), coalesce(sum(octet_length(embedding.vector)), 0), min(record.recorded_at),
       max(record.recorded_at)
FROM gone JOIN record ON record.number = gone.number JOIN embedding ON embedding.record = gone.number
"""
_IMAGES_OF_LONELY = f"""
SELECT count(*), coalesce(sum(octet_length(picture.{{column}})), 0), min(picture.first_seen),
       max(picture.first_seen)
FROM picture WHERE picture.{{column}} IS NOT NULL AND {_LONELY}
"""  # noqa: S608
_PICTURES = f"SELECT count(*), 0, min(first_seen), max(first_seen) FROM picture WHERE {_LONELY}"  # noqa: S608

_LIST_RECORDS = f"""
SELECT number FROM record WHERE record.number <= max(:answers, :events, :waiting) AND {_RECORD}
ORDER BY number
"""  # noqa: S608
_LIST_EMBEDDINGS = f"""
SELECT embedding.record FROM embedding JOIN record ON record.number = embedding.record
WHERE embedding.record <= max(:embeddings, :embeddings_checked) AND {_EMBEDDING} ORDER BY embedding.record
"""  # noqa: S608
_LIST_IMAGES = f"SELECT picture.number FROM picture WHERE {_IMAGE} ORDER BY picture.number"  # noqa: S608
_STILL_RECORDS = f"SELECT number FROM record WHERE number IN carray(:these) AND {_RECORD}"  # noqa: S608
_STILL_EMBEDDINGS = f"""
SELECT embedding.record, octet_length(embedding.vector)
FROM embedding JOIN record ON record.number = embedding.record
WHERE embedding.record IN carray(:these) AND {_EMBEDDING}
"""  # noqa: S608
_STILL_IMAGES = f"""
SELECT picture.number, octet_length(picture.{{column}}) FROM picture
WHERE picture.number IN carray(:these) AND {_IMAGE}
"""  # noqa: S608


class Share(NamedTuple):
    """How much of one kind goes, and the times (ms) of the first and the last of it, None where none goes."""

    amount: Amount
    first: int | None
    last: int | None


NOTHING = Share(Amount(), None, None)


def shares(
    connection: apsw.Connection, plan: Plan, find: str = _FIND, more: Mapping[str, Any] | None = None
) -> dict[str, Share]:
    """What the plan would take now, by the kinds of `Amounts`; on a reader, inside a transaction.

    An erasure says in another way which records go first: by a statement that fills `gone`, and its values.
    """
    numbers = plan.numbers()
    with _gone(connection, find, numbers if more is None else more):
        found = _shares_of_records(connection)
        embeddings = _EMBEDDINGS if plan.embeddings != Reach() else _EMBEDDINGS_OF_GONE
        found["embeddings"] = _share(connection, embeddings, numbers)
        found["pictures"] = _share(connection, _PICTURES, numbers)
        for kind, column in (("thumbnails", "thumbnail"), ("crops", "crop")):
            images = _IMAGES if getattr(plan, kind) != Reach() else _IMAGES_OF_LONELY
            found[kind] = _share(connection, images.format(column=column), numbers)
    return found


def amounts_of(found: dict[str, Share]) -> Amounts:
    """The amounts alone."""
    return Amounts(**{kind: share.amount for kind, share in found.items()})


@contextmanager
def _gone(connection: apsw.Connection, find: str, values: Mapping[str, Any]) -> Iterator[None]:
    """A temporary table of the records that go, with those that are about them and those they took back."""
    connection.execute(_NEW)
    try:
        connection.execute(find, values)
        connection.execute(_FIND_TAKEN_BACK)
        connection.execute(_FIND_ABOUT)
        yield
    finally:
        connection.execute("DROP TABLE temp.gone")


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


def _share(connection: apsw.Connection, statement: str, numbers: dict[str, int]) -> Share:
    count, size, first, last = connection.execute(statement, numbers).get
    return Share(Amount(count, size), first, last)


def doomed_records(connection: apsw.Connection, plan: Plan) -> list[int]:
    """The numbers of the records that go, without those that only go with them."""
    return _list(connection, _LIST_RECORDS, plan)


def doomed_embeddings(connection: apsw.Connection, plan: Plan) -> list[int]:
    """The numbers of the records whose embeddings go."""
    return _list(connection, _LIST_EMBEDDINGS, plan)


def doomed_images(connection: apsw.Connection, plan: Plan, column: Image) -> list[int]:
    """The numbers of the pictures whose thumbnail or crop goes."""
    return _list(connection, _LIST_IMAGES.format(column=column), plan)


def _list(connection: apsw.Connection, statement: str, plan: Plan) -> list[int]:
    return [number for (number,) in connection.execute(statement, plan.numbers())]


def still(connection: apsw.Connection, statement: str, plan: Plan, these: Sequence[int]) -> list[Any]:
    """Those of `these` that the plan takes at this moment, on the writer's thread."""
    return connection.execute(statement, plan.numbers() | {"these": number_array(these)}).fetchall()


def still_records(connection: apsw.Connection, plan: Plan, these: Sequence[int]) -> list[int]:
    """The records of these that still go."""
    return [number for (number,) in still(connection, _STILL_RECORDS, plan, these)]


def still_embeddings(connection: apsw.Connection, plan: Plan, these: Sequence[int]) -> list[tuple[int, int]]:
    """Record numbers and bytes of the embeddings of these that still go."""
    return still(connection, _STILL_EMBEDDINGS, plan, these)


def still_images(
    connection: apsw.Connection, plan: Plan, these: Sequence[int], column: Image
) -> list[tuple[int, int]]:
    """Picture numbers and bytes of the images of these that still go."""
    return still(connection, _STILL_IMAGES.format(column=column), plan, these)
