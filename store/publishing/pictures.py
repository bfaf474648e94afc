"""On which pictures exports and smaller forms are measured: kept ones where there are enough."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from store.local.learning.example_forms import SIDES
from store.models.exporting import Seen, Subject
from store.models.fidelity import Pictures, made_pictures
from store.training.gates.gate import right_answers

if TYPE_CHECKING:
    from store.local.learning.example_forms import ExampleSet
    from store.local.learning.label_mapping import LabelMapping

ENOUGH = 16  # kept pictures, for a measurement to be made on them
MOST = 100
HELD_BACK, KEPT = "pictures held back", "kept pictures"


class Examples(Protocol):
    """What is read of the memory; `store.local.learning.example_store` is it."""

    def collect(self, space_id: str) -> ExampleSet:
        """All examples with an embedding in the space, each with its side."""

    def crops(self, pictures: Iterable[int]) -> dict[int, bytes]:
        """The kept squares of pictures, of those that have one."""


def pictures_for(given: Subject, examples: Examples, names: LabelMapping) -> Seen:
    """Those held back, whose label is known, to measure on; others to find ranges of values on.

    Where too few are kept: all that are kept, without their labels, and else pictures made by formula.
    """
    size = given.backbone.preprocessing.size
    found = examples.collect(given.version.space_id)
    held = found.sides == SIDES.index("holdout")
    judged = _decoded(examples, found.pictures[held], size)
    learned = _decoded(examples, found.pictures[~held], size)
    made = made_pictures(size)
    kept = _pictures(judged | learned, KEPT, made)
    measured = kept
    if len(judged) >= ENOUGH:
        truth = dict(zip(found.pictures.tolist(), found.labels, strict=True))
        right = _places(given, names, [truth[number] for number in judged])
        measured = Pictures(np.stack(list(judged.values())), HELD_BACK, right)
    return Seen(measured, _pictures(learned, KEPT, kept))


def _pictures(decoded: Mapping[int, NDArray[np.uint8]], on: str, otherwise: Pictures) -> Pictures:
    if len(decoded) < ENOUGH:
        return otherwise
    return Pictures(np.stack(list(decoded.values())[:MOST]), on)


def _places(given: Subject, names: LabelMapping, truth: Sequence[str | None]) -> list[int]:
    """Where the right answers stand among the labels, by the rule of the gates; -1 where none is right."""
    labels = [names.of(label) for label in given.labels]
    return [labels.index(right) if right in labels else -1 for right in right_answers(labels, truth)]


def _decoded(examples: Examples, pictures: NDArray[np.int64], size: int) -> dict[int, NDArray[np.uint8]]:
    """The squares of at most `MOST` of these pictures, spread over all of them, that can be read."""
    kept = examples.crops(pictures.tolist())
    numbers = sorted(kept)
    count = min(MOST, len(numbers))
    chosen = [numbers[place * len(numbers) // count] for place in range(count)]
    opened = ((number, _opened(kept[number], size)) for number in chosen)
    return {number: pixels for number, pixels in opened if pixels is not None}


def _opened(content: bytes, size: int) -> NDArray[np.uint8] | None:
    """The pixels [size, size, 3] of a kept square, None for what is none."""
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = np.array(image.convert("RGB"), dtype=np.uint8)
    except (OSError, ValueError, SyntaxError):
        return None
    return pixels if pixels.shape == (size, size, 3) else None
