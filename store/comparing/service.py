"""Compares versions of the registry on what the memory holds. Light to import."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import apsw

from store.comparing.forms import Choice, Comparison, JudgedPicture, JudgedPictures
from store.events import ModelVersion
from store.local.connection import number_array, rows_of
from store.local.database import Database
from store.local.learning import example_rows, lineage
from store.local.learning.label_book import mapping_of
from store.models.gate_words import gates_of
from store.models.registry import ModelRegistry

if TYPE_CHECKING:
    from store.comparing.judged import Judged

SHOWN = 200
_PICTURES = """
SELECT number, lower(hex(sha256)), file_name, thumbnail IS NOT NULL FROM picture WHERE number IN carray(?)
"""
_FEEDBACK = """
SELECT coalesce(sum(is_correct), 0), count(*) FROM (
    SELECT feedback.is_correct,
           row_number() OVER (PARTITION BY record.id
                              ORDER BY feedback.recorded_at DESC, feedback.id DESC) AS place
    FROM record JOIN feedback ON feedback.inference_id = record.id
    WHERE record.model_version = ? AND record.kind = 'inference' AND feedback.retracted_by IS NULL)
WHERE place = 1 AND is_correct IS NOT NULL
"""


class VersionComparing:
    """Reads only. Safe on any thread but the writer's; calls block."""

    def __init__(self, database: Database, registry: ModelRegistry) -> None:
        self._database = database
        self._registry = registry

    def compare(self, a: ModelVersion, b: ModelVersion) -> Comparison:
        """Both on the pictures held back that both have answered; raises ModelError for a damaged head."""
        from store.comparing.measures import compared, side  # noqa: PLC0415 - loads numpy

        with self._database.read() as db:
            connection = db.connection()
            first, second = self._pair(connection, a, b)
            said = [_feedback(connection, version) for version in (a, b)]
        return compared(side(a, first, said[0]), side(b, second, said[1]), first, second)

    def pictures(self, version: ModelVersion, choice: Choice, beside: ModelVersion | None) -> JudgedPictures:
        """The pictures of a gate or of a cell of the confusion beside another version; raises ModelError."""
        with self._database.read() as db:
            connection = db.connection()
            if choice.gate is not None:
                judged = self._of_gate(connection, version, choice.gate)
            else:
                judged, _ = self._pair(connection, version, beside or version)
            return _shown(connection, judged, choice)

    def _pair(self, connection: apsw.Connection, a: ModelVersion, b: ModelVersion) -> tuple[Judged, Judged]:
        first, second = self._judged(connection, a), self._judged(connection, b)
        return first.among(second.pictures), second.among(first.pictures)

    def _judged(self, connection: apsw.Connection, version: ModelVersion) -> Judged:
        """By the version's head, unless its training kept more pictures than have an embedding for it."""
        from store.comparing.judged import answered_now  # noqa: PLC0415 - loads numpy

        mapping = mapping_of(connection)
        examples = example_rows.examples(connection, mapping, bytes.fromhex(version.space_id), whole=True)
        now = answered_now(self._registry.folder, version, examples, mapping.of)
        then = self._kept(connection, version)
        return now if len(now.right) >= len(then.right) else then

    def _kept(self, connection: apsw.Connection, version: ModelVersion) -> Judged:
        from store.comparing.judged import answered_then  # noqa: PLC0415
        from store.models.head_set import load_head  # noqa: PLC0415

        labels = [label.name for label in load_head(self._registry.folder, version.head_id).labels]
        rows = lineage.of_version(connection, version.id)
        return answered_then(labels, version.metrics, rows, mapping_of(connection).of)

    def _of_gate(self, connection: apsw.Connection, version: ModelVersion, name: str) -> Judged:
        """Those pictures of a gate that had a part in the version: a number may be given again."""
        import numpy as np  # noqa: PLC0415

        of_gate = (gate.get("pictures", []) for gate in gates_of(version) if gate.get("name") == name)
        numbers = list(chain.from_iterable(of_gate))
        return self._kept(connection, version).among(np.array(numbers, dtype=np.int64))


def _feedback(connection: apsw.Connection, version: ModelVersion) -> tuple[int, int]:
    [(right, marked)] = rows_of(connection, _FEEDBACK, (version.id,))
    return right, marked


def _shown(connection: apsw.Connection, judged: Judged, choice: Choice) -> JudgedPictures:
    places = [
        place
        for place in range(len(judged.truth))
        if choice.label in (None, judged.truth[place]) and choice.answered in (None, judged.answered[place])
    ]
    known = _known(connection, [int(judged.pictures[place]) for place in places[:SHOWN]])
    shown = [
        JudgedPicture(*facts, judged.truth[place], judged.answered[place], bool(judged.right[place]))
        for place in places[:SHOWN]
        if (facts := known.get(int(judged.pictures[place]))) is not None
    ]
    return JudgedPictures(shown, len(places))


def _known(connection: apsw.Connection, numbers: list[int]) -> dict[int, tuple[str, str, bool]]:
    if not numbers:
        return {}
    rows = rows_of(connection, _PICTURES, (number_array(numbers),))
    return {number: (sha256, name, bool(small)) for number, sha256, name, small in rows}
