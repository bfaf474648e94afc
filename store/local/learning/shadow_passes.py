"""What a version over another backbone would have answered: pages run it over a share of their pictures.

Its embeddings are of another space than those that are kept, so it needs the picture again. What these passes
cost is kept in the version's metrics (`shadowPasses`: how many, milliseconds in all).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from store.local.connection import LocalDatabase
from store.local.tables import ModelVersionRow
from store.models.errors import ModelError

PASSES = "shadowPasses"
_RECORD = "SELECT number FROM record WHERE id = ? AND kind = 'inference'"
_ANSWER = """
INSERT INTO shadow_answer (record, version_id, label, probability) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""


class Pass(Struct, frozen=True):
    """A version's first answer to the picture of an inference, and the milliseconds from its file to that."""

    inference_id: UUID
    label: str
    probability: float
    ms: float


class Cost(Struct, frozen=True):
    """How many pictures a version was run over by itself, and the mean milliseconds of one."""

    pictures: int
    ms: float


def keep(version_id: str, passes: Sequence[Pass], db: LocalDatabase) -> list[UUID]:
    """Writes answers that are new, within the writer's transaction; the inferences that are not there (yet).

    Raises ModelError for a version that does not run in the shadow.
    """
    metrics = _metrics(version_id, db)
    connection = db.connection()
    unknown: list[UUID] = []
    before = metrics.get(PASSES, {"n": 0, "ms": 0.0})
    count, ms = before["n"], before["ms"]
    for each in passes:
        number = connection.execute(_RECORD, (each.inference_id.bytes,)).get
        if number is None:
            unknown.append(each.inference_id)
            continue
        connection.execute(_ANSWER, (number, version_id, each.label, each.probability))
        if connection.changes():
            count, ms = count + 1, ms + each.ms
    if count > before["n"]:
        changed = msgspec.json.encode({**metrics, PASSES: {"n": count, "ms": ms}}).decode()
        ModelVersionRow.update(metrics=changed).where(ModelVersionRow.id == version_id).execute(db)
    return unknown


def cost(metrics: dict[str, Any]) -> Cost | None:
    """What a version's passes cost, None before the first."""
    found = metrics.get(PASSES)
    return None if found is None else Cost(found["n"], found["ms"] / found["n"])


def _metrics(version_id: str, db: LocalDatabase) -> dict[str, Any]:
    table = ModelVersionRow
    query = table.select(table.metrics).where(table.id == version_id, table.state == "shadow")
    for (text,) in list(query.tuples().execute(db)):
        found: dict[str, Any] = msgspec.json.decode(text)
        return found
    raise ModelError("This model does not run in the shadow.", "Begin that first.")
