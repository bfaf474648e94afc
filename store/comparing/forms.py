"""A comparison as it is told: camelCase in JSON. A label of "" is "none of these". Light to import."""

from __future__ import annotations

from msgspec import Struct

NONE_OF_THESE = ""


class Share(Struct, frozen=True):
    """A share of n with its 95 % interval; null where there is nothing to count."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class Difference(Struct, frozen=True, rename="camel"):
    """The share right of B minus that of A on the same n pictures, with its 95 % interval.

    `only_a` and `only_b` count the pictures that one of the two alone has right.
    """

    value: float
    low: float
    high: float
    n: int
    only_a: int
    only_b: int


class ReliabilityBin(Struct, frozen=True):
    """Answers of about the same probability: how many, their mean probability, the share that is right."""

    count: int
    confidence: float
    accuracy: float


class Confusion(Struct, frozen=True):
    """Labels, and [label, answered, count] by their places, of the pairs that there are."""

    labels: list[str]
    cells: list[tuple[int, int, int]]


class VersionSide(Struct, frozen=True):
    """One of the two versions on the pictures that both have answered.

    `recomputed` says that its head has just answered anew for the kept embeddings; else what its own training
    kept is shown, and then `reliability` is of all pictures of that. `feedback` is of its answers at work
    that somebody marked as right or wrong.
    """

    id: str
    name: str
    recomputed: bool
    accuracy: Share
    ece: float | None
    reliability: list[ReliabilityBin]
    confusion: Confusion
    feedback: Share


class LabelCompared(Struct, frozen=True):
    """How the pictures of one label fare."""

    label: str
    a: Share
    b: Share
    difference: Difference


class Comparison(Struct, frozen=True, rename="camel"):
    """Two versions on the same pictures held back; `difference` is null where there are none."""

    a: VersionSide
    b: VersionSide
    difference: Difference | None
    per_label: list[LabelCompared]


class Choice(Struct, frozen=True):
    """Which pictures of a version are wanted: of a gate, or of a cell of its confusion."""

    gate: str | None = None
    label: str | None = None
    answered: str | None = None


class JudgedPicture(Struct, frozen=True, rename="camel"):
    """A picture held back, with what it is and what the version answers; its SHA-256 is hexadecimal."""

    sha256: str
    file_name: str
    has_thumbnail: bool
    label: str
    answered: str
    right: bool


class JudgedPictures(Struct, frozen=True):
    """The first of the pictures that were chosen, and how many they are."""

    pictures: list[JudgedPicture]
    count: int
