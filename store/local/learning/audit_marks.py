"""What is said of pictures drawn by chance marks them as checked, in the transaction that keeps the word."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from store.local.rows import Prepared

_ANSWERED = """
UPDATE audit_picture SET state = 'answered' WHERE record = (SELECT number FROM record WHERE id = ?)
"""
_AGAIN = """
UPDATE audit_picture SET state = 'waiting'
WHERE state = 'answered' AND record = (SELECT number FROM record WHERE id = ?1)
  AND NOT EXISTS (SELECT 1 FROM feedback WHERE inference_id = ?1 AND retracted_by IS NULL)
"""


def follow(connection: apsw.Connection, fresh: Sequence[Prepared]) -> None:
    """Marks what was named blind as answered, and has it wait again where its only word was taken back.

    `fresh` are records whose words are rows already. A word on a picture that was not drawn marks nothing.
    """
    named = [(item.columns.inference_id,) for item in fresh if item.parts.blind and item.parts.opinion]
    if named:
        connection.executemany(_ANSWERED, named)
    taken_back = [(item.columns.inference_id,) for item in fresh if item.parts.retracts is not None]
    if taken_back:
        connection.executemany(_AGAIN, taken_back)
