"""The examples as rows: one a picture, with the user's last word that stands, by one query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import apsw

from store.local.connection import number_array
from store.local.learning.example_forms import Side
from store.local.learning.label_mapping import LabelMapping

Word = Literal["confirmed", "corrected", "none"]

# The index of records by picture gives the newest first, so that no more than one embedding is looked at.
_NEWEST = """
SELECT embedding.record FROM record AS seen CROSS JOIN embedding ON embedding.record = seen.number
WHERE seen.picture = picture.number AND seen.kind = 'inference'
  AND (:space IS NULL OR embedding.space_id = :space)
ORDER BY seen.recorded_at DESC, seen.number DESC LIMIT 1
"""
_OWN = """
SELECT record FROM embedding WHERE record = about.number AND (:space IS NULL OR space_id = :space)
"""
_EXAMPLES = f"""
WITH said AS MATERIALIZED (
    SELECT picture, inference_id, is_correct, corrected_label, confidence,
           row_number() OVER (PARTITION BY picture ORDER BY recorded_at DESC, id DESC) AS place
    FROM feedback WHERE picture IS NOT NULL AND retracted_by IS NULL
), found AS MATERIALIZED (
    SELECT picture.number AS picture, said.is_correct, said.corrected_label, about.label, said.confidence,
           picture.crop IS NOT NULL AS has_crop, coalesce(({_OWN}), ({_NEWEST})) AS record
    FROM said CROSS JOIN record AS about ON about.id = said.inference_id
    CROSS JOIN picture ON picture.number = said.picture
    WHERE said.place = 1 AND (said.is_correct IS NOT NULL OR said.corrected_label IS NOT NULL)
)
SELECT found.picture, found.is_correct, found.corrected_label, found.label, found.confidence, found.has_crop,
       coalesce(octet_length(embedding.vector), 0), {{more}}
FROM found LEFT JOIN embedding ON embedding.record = found.record
LEFT JOIN example_side ON example_side.picture = found.picture
ORDER BY found.picture
"""  # noqa: S608 - our own text
_COUNTED = _EXAMPLES.format(more="NULL, example_side.side")
_WHOLE = _EXAMPLES.format(more="embedding.vector, example_side.side")
_OTHERS_WITH_SIDE = f"""
SELECT picture.number, example_side.side, example_side.burst,
       CASE WHEN octet_length(embedding.vector) = :length THEN embedding.vector END
FROM example_side CROSS JOIN picture ON picture.number = example_side.picture
LEFT JOIN embedding ON embedding.record = ({_NEWEST})
WHERE picture.number NOT IN carray(:but)
"""  # noqa: S608
_BURSTS = "SELECT picture, side, burst FROM example_side WHERE picture IN carray(?)"
_FACTS = "SELECT number, sha256, captured_at FROM picture WHERE number IN carray(?)"


class Example(NamedTuple):
    """One picture with the user's last word.

    `label` is what it counts as now, None for "none of these". `length` is how many bytes its embedding has
    (little-endian float16), 0 without one; `vector` is that embedding where it was asked for.
    """

    picture: int
    word: Word
    label: str | None
    confidence: float
    has_crop: bool
    length: int
    vector: bytes | None
    side: Side | None


class Placed(NamedTuple):
    """The side of a picture, and the number of the burst that goes to one side together."""

    side: Side
    burst: int


class Facts(NamedTuple):
    """What tells pictures of one burst: the SHA-256, and the time as the camera wrote it."""

    sha256: bytes
    captured_at: str | None


def examples(
    connection: apsw.Connection, mapping: LabelMapping, space: bytes | None, *, whole: bool = False
) -> list[Example]:
    """All examples by their picture's number, `whole` with their embedding in the space (None: in any).

    An embedding of another length than most have in the space counts as none.
    """
    rows = connection.execute(_WHOLE if whole else _COUNTED, {"space": space})
    found = [_example(row, mapping) for row in rows]
    if space is None:
        return found
    usual = _usual(example.length for example in found)
    return [one if one.length == usual else one._replace(length=0, vector=None) for one in found]


def _example(row: Sequence[Any], mapping: LabelMapping) -> Example:
    picture, is_correct, corrected, answered, confidence, has_crop, length, vector, side = row
    word: Word
    if corrected is not None:
        word, label = "corrected", mapping.of(corrected)
    elif is_correct and answered is not None:
        word, label = "confirmed", mapping.of(answered)
    else:
        word, label = "none", None
    return Example(picture, word, label, confidence, bool(has_crop), length, vector, side)


def _usual(lengths: Iterable[int]) -> int:
    """The most frequent length but for 0; the greatest of those that are equally frequent."""
    counted = Counter(length for length in lengths if length)
    return max(counted, key=lambda length: (counted[length], length), default=0)


def others_with_side(
    connection: apsw.Connection, space: bytes, length: int, but: Iterable[int]
) -> list[tuple[int, Placed, bytes | None]]:
    """Every other picture that has a side, an example or not any more, with its embedding in the space."""
    values = {"space": space, "length": length, "but": number_array(but)}
    rows = connection.execute(_OTHERS_WITH_SIDE, values)
    return [(number, Placed(side, burst), vector) for number, side, burst, vector in rows]


def placed(connection: apsw.Connection, pictures: Iterable[int]) -> dict[int, Placed]:
    """Side and burst of these pictures, of those that have one."""
    rows = connection.execute(_BURSTS, (number_array(pictures),))
    return {number: Placed(side, burst) for number, side, burst in rows}


def facts(connection: apsw.Connection, pictures: Iterable[int]) -> dict[int, Facts]:
    """What is known of these pictures, of those that are there."""
    found = connection.execute(_FACTS, (number_array(pictures),))
    return {number: Facts(sha256, captured_at) for number, sha256, captured_at in found}
