"""Examples as arrays, each picture with its side; who has none yet is given one."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np

from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.learning import example_rows
from store.local.learning.example_forms import SIDES, ExampleSet, LabelMean, Side
from store.local.learning.example_rows import Example, Facts, Placed
from store.local.learning.label_book import mapping_of
from store.local.learning.near import Array, units
from store.local.learning.sides import place

# A number is given again after its picture was erased: the hash tells whether it is the same.
_PLACE = """
INSERT INTO example_side (picture, side, burst)
SELECT number, ?, ? FROM picture WHERE number = ? AND sha256 = ? ON CONFLICT DO NOTHING
"""


def collect(database: Database, space: bytes) -> ExampleSet:
    """All examples with an embedding in the space. Not to be run twice at once.

    Raises what `Database.read` and `Database.submit` raise.
    """
    with database.read() as db:
        found = _read(db, space)
        fresh = [example.picture for example in found if example.side is None]
        placed, facts = _placed(db, space, found) if fresh else ({}, {})
    if fresh:
        sides = database.submit(functools.partial(_keep, placed, facts)).result()
        found = [one if one.side else one._replace(side=sides.get(one.picture)) for one in found]
        found = [one for one in found if one.side]  # erased meanwhile
    return _as_arrays(found)


def means(database: Database, space: bytes) -> list[LabelMean]:
    """The mean direction of each label's embeddings, by label; "none of these" has none."""
    with database.read() as db:
        found = _read(db, space)
    of_label: dict[str, list[int]] = {}
    for row, example in enumerate(found):
        if example.label is not None:
            of_label.setdefault(example.label, []).append(row)
    rows = units(matrix([example.vector for example in found]))
    return [
        LabelMean(label, len(these), units(rows[these].sum(axis=0, keepdims=True)).astype("<f4").tobytes())
        for label, these in sorted(of_label.items())
    ]


def matrix(vectors: Sequence[bytes | None]) -> Array:
    """Little-endian float16 vectors of one length as float32 rows; None becomes a row of zeros."""
    length = max((len(vector) for vector in vectors if vector is not None), default=0)
    empty = bytes(length)
    joined = b"".join(empty if vector is None else vector for vector in vectors)
    return np.frombuffer(joined, dtype="<f2").reshape(len(vectors), length // 2).astype(np.float32)


def _read(db: LocalDatabase, space: bytes) -> list[Example]:
    connection = db.connection()
    found = example_rows.examples(connection, mapping_of(connection), space, whole=True)
    return [example for example in found if example.vector is not None]


def _placed(
    db: LocalDatabase, space: bytes, found: Sequence[Example]
) -> tuple[dict[int, Placed], dict[int, Facts]]:
    """The sides of the pictures that have none, beside all that have one; and what is known of them."""
    connection = db.connection()
    ours = [example.picture for example in found]
    others = example_rows.others_with_side(connection, space, found[0].length, ours)
    known = example_rows.placed(connection, ours) | {number: placed for number, placed, _ in others}
    vectors = {example.picture: example.vector for example in found}
    vectors |= {number: vector for number, _, vector in others}
    pictures = sorted(vectors)
    facts = example_rows.facts(connection, pictures)
    rows = units(matrix([vectors[picture] for picture in pictures]))
    return place(pictures, rows, facts, known), facts


def _keep(placed: Mapping[int, Placed], facts: Mapping[int, Facts], db: LocalDatabase) -> dict[int, Side]:
    """Writes what was found; the sides that these pictures then have."""
    connection = db.connection()
    rows = [(one.side, one.burst, picture, facts[picture].sha256) for picture, one in placed.items()]
    connection.executemany(_PLACE, rows)
    return {picture: one.side for picture, one in example_rows.placed(connection, placed).items()}


def _as_arrays(found: Sequence[Example]) -> ExampleSet:
    number = {side: index for index, side in enumerate(SIDES)}
    return ExampleSet(
        pictures=np.array([example.picture for example in found], dtype=np.int64),
        labels=[example.label for example in found],
        confidence=np.array([example.confidence for example in found], dtype=np.float32),
        embeddings=matrix([example.vector for example in found]),
        sides=np.array([number[example.side] for example in found if example.side], dtype=np.uint8),
    )
