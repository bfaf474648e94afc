"""What a check found, in figures and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

OTHER = "other"  # the answer for what a version has no label for


@dataclass(frozen=True)
class Gate:
    """One check. `passed` is None where too little is known to tell.

    `figure` is what was measured and `limit` what it is held against, None where the check has no number;
    `sentence` tells people both. `pictures` are the numbers of pictures that it got wrong, those first that
    decided.
    """

    name: str
    passed: bool | None
    sentence: str
    figure: float | None = None
    limit: float | None = None
    pictures: Sequence[int] = ()

    def to_json(self) -> dict[str, Any]:
        """The form that stands in a version's metrics."""
        return {
            "name": self.name,
            "passed": self.passed,
            "figure": self.figure,
            "limit": self.limit,
            "sentence": self.sentence,
            "pictures": list(self.pictures),
        }


class Version(Protocol):
    """What a version answered for the pictures held back."""

    @property
    def labels(self) -> Sequence[str]:
        """The labels that it can name."""

    def first(self) -> list[str]:
        """Its first answer for each picture [h]."""


def wanted(version: Version, truth: Sequence[str | None]) -> list[str]:
    """The one right answer of a version for each picture [h]."""
    return right_answers(version.labels, truth)


def right_answers(labels: Sequence[str], truth: Sequence[str | None]) -> list[str]:
    """The one right answer for each picture [h] of a version that can name these labels.

    It is the picture's label; for "none of these" (None) and for a label that the version cannot name it is
    "other". A version without "other" gets such pictures wrong.
    """
    known = set(labels)
    return [label if label is not None and label in known else OTHER for label in truth]
