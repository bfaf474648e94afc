"""The examples: pictures with the user's last word that stands, and what was made of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from store.local.connection import number_array, rows_of
from store.local.database import Database
from store.local.learning import example_rows, lineage
from store.local.learning.example_forms import (
    ExampleSet,
    LabelCount,
    LabelMean,
    LineageFilter,
    LineagePage,
    LineageRow,
    NoneCount,
    VersionPart,
    Window,
)
from store.local.learning.example_rows import Example
from store.local.learning.label_book import mapping_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPREAD = 8  # the background is taken from so many times as many pictures

_UNLABELLED = """
SELECT embedding.record, record.picture
FROM embedding CROSS JOIN record ON record.number = embedding.record
WHERE embedding.space_id = :space AND record.picture IS NOT NULL
  AND octet_length(embedding.vector) = (
      SELECT octet_length(vector) FROM embedding WHERE space_id = :space ORDER BY record DESC LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM feedback WHERE feedback.picture = record.picture
                  AND feedback.retracted_by IS NULL AND feedback.is_correct IS NOT NULL)
ORDER BY embedding.record DESC LIMIT :most
"""
_VECTORS = "SELECT record, vector FROM embedding WHERE record IN carray(?)"
_CROPS = "SELECT number, crop FROM picture WHERE number IN carray(?) AND crop IS NOT NULL"


class ExampleStore:
    """Reads examples, gives them sides, and keeps which of them made which version.

    Safe on any thread but the writer's; calls block. `space_id` is hexadecimal.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._collecting = threading.Lock()

    def counts(self, space_id: str | None) -> list[LabelCount]:
        """Every label that a picture has, the most frequent first; embeddings of the space (None: of any)."""
        return self.counted(space_id)[0]

    def counted(self, space_id: str | None) -> tuple[list[LabelCount], NoneCount]:
        """`counts`, and how many pictures are "none of these", of one moment."""
        space = None if space_id is None else bytes.fromhex(space_id)
        with self._database.read() as db:
            connection = db.connection()
            found = example_rows.examples(connection, mapping_of(connection), space)
        return _label_counts(found), _none_count(found)

    def collect(self, space_id: str) -> ExampleSet:
        """All examples with an embedding in the space; pictures without a side are given one for ever."""
        from store.local.learning.collecting import collect  # noqa: PLC0415 - loads numpy and scipy

        with self._collecting:
            return collect(self._database, bytes.fromhex(space_id))

    def means(self, space_id: str) -> list[LabelMean]:
        """The mean direction of each label in the space, by label."""
        from store.local.learning.collecting import means  # noqa: PLC0415

        return means(self._database, bytes.fromhex(space_id))

    def background(self, space_id: str, limit: int) -> NDArray[np.float32]:
        """Embeddings of at most `limit` pictures about which nothing was said, [m, d].

        They are spread evenly over the newest `8 * limit`, the newest first, so that one session is not all.
        """
        from store.local.learning.collecting import matrix  # noqa: PLC0415

        with self._database.read() as db:
            connection = db.connection()
            values = {"space": bytes.fromhex(space_id), "most": SPREAD * limit}
            newest = {
                picture: record for record, picture in reversed(rows_of(connection, _UNLABELLED, values))
            }
            chosen = _spread(sorted(newest.values(), reverse=True), limit)
            vectors = dict(rows_of(connection, _VECTORS, (number_array(chosen),))) if chosen else {}
        return matrix([vectors[record] for record in chosen])

    def crops(self, pictures: Iterable[int]) -> dict[int, bytes]:
        """The kept squares of these pictures, of those that have one, by number."""
        numbers = list(pictures)
        if not numbers:
            return {}
        with self._database.read() as db:
            return dict(rows_of(db.connection(), _CROPS, (number_array(numbers),)))

    def keep_lineage(self, version_id: str, rows: Iterable[LineageRow]) -> None:
        """Writes down which pictures made a version; those that were erased meanwhile are left out."""
        kept = list(rows)
        self._database.submit(
            lambda db: lineage.keep(db.connection(), version_id, kept), size=64 * len(kept) + 1024
        ).result()

    def lineage(self, version_id: str) -> list[LineageRow]:
        """Which pictures made a version, of those that are still there."""
        with self._database.read() as db:
            return lineage.of_version(db.connection(), version_id)

    def lineage_page(self, version_id: str, passing: LineageFilter, window: Window) -> LineagePage:
        """Those of them that pass, within the window."""
        with self._database.read() as db:
            return lineage.page(db.connection(), version_id, passing, window)

    def versions_of(self, sha256: str) -> list[VersionPart]:
        """The versions that a picture (hexadecimal SHA-256) had a part in."""
        with self._database.read() as db:
            return lineage.of_picture(db.connection(), sha256)


def _label_counts(found: Iterable[Example]) -> list[LabelCount]:
    counted: dict[str, Counter[str]] = {}
    for example in found:
        if example.label is not None:
            counter = counted.setdefault(example.label, Counter())
            counter[example.word] += 1
            counter["embeddings"] += example.length > 0
            counter["crops"] += example.has_crop
    kinds = ("confirmed", "corrected", "embeddings", "crops")
    labels = [LabelCount(label, *(counter[kind] for kind in kinds)) for label, counter in counted.items()]
    return sorted(labels, key=lambda one: (-one.confirmed - one.corrected, one.label))


def _none_count(found: Iterable[Example]) -> NoneCount:
    nothing = [example for example in found if example.label is None]
    return NoneCount(
        len(nothing), sum(one.length > 0 for one in nothing), sum(one.has_crop for one in nothing)
    )


def _spread(items: Sequence[int], limit: int) -> list[int]:
    """At most `limit` of them in their order, the first always."""
    count = min(limit, len(items))
    return [items[place * len(items) // count] for place in range(count)]
