"""What the handlers of examples and labels need from the store, as Protocols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from store.local.learning.example_forms import (
    LabelCount,
    LabelMean,
    LineageFilter,
    LineagePage,
    NoneCount,
    VersionPart,
    Window,
)
from store.local.learning.label_book import LabelChange


class ExampleStore(Protocol):
    """Reads what the user's words teach; `space_id` is hexadecimal."""

    def counted(self, space_id: str | None) -> tuple[list[LabelCount], NoneCount]:
        """How many pictures each label has, the most frequent first, and how many are "none of these"."""

    def means(self, space_id: str) -> list[LabelMean]:
        """The mean direction of each label in a space, by label."""

    def lineage_page(self, version_id: str, passing: LineageFilter, window: Window) -> LineagePage:
        """The pictures of a version that pass, within the window."""

    def versions_of(self, sha256: str) -> list[VersionPart]:
        """The versions that a picture (hexadecimal SHA-256) had a part in."""


class LabelBook(Protocol):
    """Renames and merges labels."""

    def rename(self, old: str, new: str) -> LabelChange:
        """Gives a label a new name."""

    def merge(self, old: str, into: str) -> LabelChange:
        """Makes one label of two."""

    def undo(self, number: int) -> LabelChange:
        """Takes a change back."""

    def history(self) -> list[LabelChange]:
        """Every change, the newest first."""


@dataclass(frozen=True)
class LearningServices:
    """The examples, and what their labels are called."""

    examples: ExampleStore
    label_book: LabelBook
