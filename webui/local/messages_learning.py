"""The JSON of examples, labels and lineage."""

from __future__ import annotations

from msgspec import Struct, field

from store.events import Name
from store.local.learning.example_forms import LabelCount, LineagePicture, NoneCount, VersionPart
from store.local.learning.label_book import LabelChange


class CountedLabel(LabelCount, frozen=True, kw_only=True):
    """A label with its counts; `ready` says whether it has enough embeddings to be learned by itself."""

    ready: bool


class Examples(Struct, frozen=True, rename="camel"):
    """What could be learned from, in one embedding space (null: in any), and the changes of labels.

    A label is ready with `needed` embeddings.
    """

    space_id: str | None
    needed: int
    labels: list[CountedLabel]
    none_of_these: NoneCount
    history: list[LabelChange]


class Mean(Struct, frozen=True):
    """The mean direction of a label: base64 of little-endian float32, of Euclidean length 1."""

    label: str
    count: int
    mean: str


class Means(Struct, frozen=True, rename="camel"):
    """The mean directions of one space, by label."""

    space_id: str
    labels: list[Mean]


class LabelRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which label becomes which."""

    old: Name = field(name="from")
    new: Name = field(name="to")


class VersionPictures(Struct, frozen=True):
    """Pictures that had a part in a version; `next` is the cursor for `after`, null at the end."""

    pictures: list[LineagePicture]
    next: int | None


class PictureVersions(Struct, frozen=True):
    """The versions that a picture had a part in."""

    versions: list[VersionPart]
