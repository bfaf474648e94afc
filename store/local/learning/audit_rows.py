"""The answers that were drawn by chance, with the last word on each."""

from __future__ import annotations

from typing import Any

import apsw

from store.drift.accuracy import Drawn, Way
from store.local.connection import rows_of
from store.local.figures.units import Span
from store.local.learning.label_mapping import LabelMapping

_WORD = """
SELECT {what} FROM feedback WHERE feedback.inference_id = record.id AND feedback.retracted_by IS NULL
ORDER BY feedback.recorded_at DESC, feedback.id DESC LIMIT 1
"""
_DRAWN = f"""
SELECT audit_picture.state, record.label, ({_WORD.format(what="is_correct")}),
       ({_WORD.format(what="corrected_label")})
FROM audit_picture CROSS JOIN record ON record.number = audit_picture.record
WHERE (:version IS NULL OR record.model_version = :version)
  AND (:backend IS NULL OR record.backend = :backend)
  AND (:start IS NULL OR record.recorded_at >= :start AND record.recorded_at < :end)
ORDER BY audit_picture.record
"""  # noqa: S608 - our own text


def drawn(
    connection: apsw.Connection,
    mapping: LabelMapping,
    *,
    version: str | None = None,
    backend: str | None = None,
    span: Span | None = None,
) -> list[Drawn]:
    """All that were drawn, in their order: of a version, a backend and a span, where they are given."""
    start, end = (None, None) if span is None else span
    values = {"version": version, "backend": backend, "start": start, "end": end}
    return [_drawn(row, mapping) for row in rows_of(connection, _DRAWN, values)]


def _drawn(row: tuple[Any, ...], mapping: LabelMapping) -> Drawn:
    state, answered, is_correct, corrected = row
    right = is_right(answered, is_correct, corrected, mapping)
    if right is None:
        return Drawn("open", None)
    way: Way = "reviewed" if state == "answered" else "volunteered"
    return Drawn(way, right)


def is_right(
    answered: str | None, is_correct: int | None, corrected: str | None, mapping: LabelMapping
) -> bool | None:
    """What a word says of an answer: right too if it names the same label; None where it does not know."""
    if corrected is not None and answered is not None:
        return mapping.of(corrected) == mapping.of(answered)
    return None if is_correct is None else bool(is_correct)
