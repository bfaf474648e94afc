"""What is said of examples, as values. A label of None is "none of these". Light to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


Side = Literal["train", "calibration", "holdout"]
SIDES: tuple[Side, ...] = ("train", "calibration", "holdout")
ENOUGH = 8  # pictures with an embedding, for a label to be learned by itself


class LabelCount(msgspec.Struct, frozen=True):
    """How many pictures have a label: confirmed and corrected, and how many of them have what."""

    label: str
    confirmed: int
    corrected: int
    embeddings: int
    crops: int


class NoneCount(msgspec.Struct, frozen=True):
    """How many pictures are "none of these", and how many of them have what."""

    pictures: int
    embeddings: int
    crops: int


class LabelMean(msgspec.Struct, frozen=True):
    """The mean of a label's embeddings, each and then their sum divided by its length: float32 bytes."""

    label: str
    count: int
    mean: bytes


class LineageRow(NamedTuple):
    """The part that a picture had in a version."""

    picture: int
    side: Side
    label: str | None


class VersionPart(msgspec.Struct, frozen=True, rename="camel"):
    """A version that a picture had a part in."""

    version_id: str
    side: Side
    label: str | None


class LineageFilter(NamedTuple):
    """Which pictures of a version are wanted; None lets every side or label pass."""

    side: Side | None = None
    label: str | None = None


class Window(NamedTuple):
    """At most `limit` pictures with a number above `after`."""

    after: int
    limit: int


class LineagePicture(msgspec.Struct, frozen=True, rename="camel"):
    """A picture of a version; its SHA-256 is hexadecimal."""

    sha256: str
    file_name: str
    has_thumbnail: bool
    side: Side
    label: str | None


class LineagePage(msgspec.Struct, frozen=True):
    """Pictures of a version by their number, and the number to go on after; None at the end."""

    pictures: list[LineagePicture]
    next: int | None


@dataclass(frozen=True)
class ExampleSet:
    """All examples of one space: n pictures by their number, d numbers in an embedding.

    `sides` are 0 train, 1 calibration, 2 holdout; `confidence` is the user's own, 0..1.
    """

    pictures: NDArray[np.int64] = field(repr=False)
    labels: list[str | None] = field(repr=False)
    confidence: NDArray[np.float32] = field(repr=False)
    embeddings: NDArray[np.float32] = field(repr=False)
    sides: NDArray[np.uint8] = field(repr=False)
