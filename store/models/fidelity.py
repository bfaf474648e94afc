"""How true another form of a version is: the same pictures answered by both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from store.models.agreement import GENERATED
from store.models.arrays import Array
from store.models.backbone_set import BackboneSet
from store.models.generated_pictures import generated_pictures
from store.models.head_set import HeadSet
from store.models.network import forward, head_forward
from store.models.preprocessing import to_input

MOST_DIFFERENCE = 1e-3  # of the largest probability, where both compute in float32
_TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Pictures:
    """What is measured on: prepared pictures uint8 [n, size, size, 3], and in words what they are.

    `wanted` are the places of the right labels of the version in question, -1 where it has none; None where
    they are not known.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    on: str
    wanted: Sequence[int] | None = None

    def first(self, count: int) -> Pictures:
        """The first of them, without their answers: too few to say how good something is."""
        return Pictures(self.pixels[:count], self.on)


@dataclass(frozen=True)
class Answers:
    """A network's embeddings [n, d], None where a file does not tell them, and probabilities [n, labels]."""

    embeddings: Array | None = field(repr=False)
    probabilities: Array = field(repr=False)


@dataclass(frozen=True)
class Fidelity:
    """`same` of `n` first answers are the version's own; `on` says of which pictures.

    `difference` is the largest difference of a probability over the largest probability; `deviation` the
    median of |embedding - the version's| / |the version's|, None where it is not known. `right` and
    `right_before` count right answers, of the other form and of the version; None where nobody has told.
    """

    n: int
    on: str
    same: int
    difference: float
    deviation: float | None = None
    right: int | None = None
    right_before: int | None = None

    @property
    def lost(self) -> float:
        """Points: of accuracy where it is known, else of first answers that are others."""
        if self.right is not None and self.right_before is not None:
            return 100 * (self.right_before - self.right) / self.n
        return 100 * (self.n - self.same) / self.n

    def to_json(self) -> dict[str, object]:
        """The form that stands in a version's metrics and in job results."""
        return {
            "n": self.n,
            "on": self.on,
            "same": self.same,
            "difference": self.difference,
            "deviation": self.deviation,
            "right": self.right,
            "rightBefore": self.right_before,
        }


def made_pictures(size: int) -> Pictures:
    """Pictures made by formula, where no photographs are at hand."""
    return Pictures(generated_pictures(size), GENERATED)


def answers(
    backbone: BackboneSet, head: HeadSet, pixels: NDArray[np.uint8], tell: Callable[[float], None]
) -> Answers:
    """What numpy answers for prepared pictures; `tell` hears 0..1 after each."""
    found = []
    for place, picture in enumerate(pixels, 1):
        found.append(_embedding(backbone, picture))
        tell(place / len(pixels))
    embeddings = np.stack(found)
    return Answers(embeddings, head_forward(head.layers, embeddings, head.temperature, head.input))


def _embedding(backbone: BackboneSet, picture: NDArray[np.uint8]) -> Array:
    values = to_input(picture[np.newaxis], backbone.preprocessing)
    embedding: Array = forward(backbone.network, backbone.arrays, values)[1][0]
    return embedding


def fidelity(found: Answers, version: Answers, pictures: Pictures) -> Fidelity:
    """The other form's answers held against the version's own on the same pictures."""
    first, own = found.probabilities.argmax(axis=1), version.probabilities.argmax(axis=1)
    wanted = None if pictures.wanted is None else np.array(pictures.wanted)
    return Fidelity(
        n=len(own),
        on=pictures.on,
        same=int(np.count_nonzero(first == own)),
        difference=relative(found.probabilities, version.probabilities),
        deviation=_deviation(found.embeddings, version.embeddings),
        right=None if wanted is None else int(np.count_nonzero(first == wanted)),
        right_before=None if wanted is None else int(np.count_nonzero(own == wanted)),
    )


def relative(found: Array, wanted: Array) -> float:
    """The largest difference over the largest magnitude of what is wanted; not a number where one is none."""
    return float(f"{np.abs(found - wanted).max() / max(np.abs(wanted).max(), _TINY):.3g}")


def _deviation(found: Array | None, version: Array | None) -> float | None:
    if found is None or version is None:
        return None
    lengths = np.maximum(np.linalg.norm(version, axis=1), _TINY)
    return float(f"{np.median(np.linalg.norm(found - version, axis=1) / lengths):.3g}")
