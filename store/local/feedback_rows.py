"""What the user said, as rows. Taking back works in any order of arrival, since it only ever adds.

A feedback is retracted if any feedback names it in `retracts`; that is final. Who says the same again sends
a new feedback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw

from store.local.connection import LocalDatabase
from store.local.rows import Prepared
from store.local.tables import FeedbackRow

_FEEDBACK = """
INSERT INTO feedback (id, inference_id, is_correct, corrected_label, confidence, recorded_at, retracted_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT min(retracted_by) FROM retraction WHERE retracted = ?1))
"""
_RETRACTION = "INSERT INTO retraction (retracted, retracted_by) VALUES (?, ?)"
_RETRACT = """
UPDATE feedback SET retracted_by = (SELECT min(retracted_by) FROM retraction WHERE retracted = ?1)
WHERE id = ?1
"""
_ADOPT = """
UPDATE feedback SET picture = (SELECT record.picture FROM record WHERE record.id = feedback.inference_id)
WHERE inference_id IN carray(?) AND picture IS NULL
"""


def insert(connection: apsw.Connection, fresh: Sequence[Prepared]) -> None:
    """Writes the opinions and retractions of new records."""
    opinions = [item.parts.opinion for item in fresh if item.parts.opinion is not None]
    if opinions:
        connection.executemany(_FEEDBACK, opinions)
    retractions = [(item.parts.retracts, item.id) for item in fresh if item.parts.retracts is not None]
    if retractions:
        connection.executemany(_RETRACTION, retractions)
        connection.executemany(_RETRACT, [(retracted,) for retracted, _ in retractions])


def adopt(connection: apsw.Connection, inference_ids: apsw.CArrayBinding) -> None:
    """Gives feedback on these inferences (a `carray`) their pictures."""
    connection.execute(_ADOPT, (inference_ids,))


def current(db: LocalDatabase, inference_ids: Iterable[bytes]) -> dict[bytes, FeedbackRow]:
    """The last word of the user on each inference that has one: the newest that was not taken back."""
    query = (
        FeedbackRow.select()
        .where(FeedbackRow.inference_id.in_(list(inference_ids)) & FeedbackRow.retracted_by.is_null())
        .order_by(FeedbackRow.recorded_at, FeedbackRow.id)
    )
    return {bytes(row.inference_id): row for row in query.execute(db)}
