"""Which labels a head learns, and what each example stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from store.models.arrays import load
from store.models.errors import ModelError
from store.training.gates.gate import OTHER
from store.training.runs.job import NONE_OF_THESE, Job, JobFolder

HOLDOUT = 2
_LEAST_TO_LEARN = 2  # on the side that is learned from: fewer cannot be dealt into folds


@dataclass(frozen=True)
class Given:
    """The examples of a job: embeddings [n, d], labels by name [n] (None: none of these), sides, pictures."""

    embeddings: NDArray[np.float32] = field(repr=False)
    labels: list[str | None] = field(repr=False)
    sides: NDArray[np.uint8] = field(repr=False)
    pictures: NDArray[np.int64] = field(repr=False)

    @property
    def held_back(self) -> NDArray[np.bool_]:
        """Which are on the hold-out side [n]: never learned from."""
        return np.asarray(self.sides == HOLDOUT)


@dataclass(frozen=True)
class Sorted:
    """The labels to learn, and which of them each example stands for [n]; -1 for none of them."""

    names: list[str]
    labels: NDArray[np.int64] = field(repr=False)


def given_in(folder: JobFolder) -> Given:
    """Reads the examples of a job; raises ModelError and what `JobFolder` raises."""
    arrays, names = load(folder.examples), folder.read_labels()
    labels = [None if index == NONE_OF_THESE else names[index] for index in arrays["labels"].tolist()]
    return Given(
        embeddings=arrays["embeddings"],
        labels=labels,
        sides=np.asarray(arrays["sides"], dtype=np.uint8),
        pictures=np.asarray(arrays["pictures"], dtype=np.int64),
    )


def sorted_for_own(given: Given, job: Job) -> Sorted:
    """The labels with enough examples by name, and "other" for the rest where that is enough.

    Raises ModelError where fewer than two labels can be learned.
    """
    learned = _learned(given)
    names = _enough(given, job)
    others = [label for label in given.labels if label not in names]
    others_learned = sum(label not in names for label in learned)
    if len(others) >= job.options.least_examples and others_learned >= _LEAST_TO_LEARN:
        names = [*(name for name in names if name != OTHER), OTHER]
    if len(names) < 2:  # noqa: PLR2004
        raise too_alike()
    return Sorted(names, _numbered(given.labels, names))


def sorted_for_base(given: Given, job: Job) -> Sorted:
    """The labels with enough examples by name; all else is left out. Raises ModelError for none."""
    names = _enough(given, job)
    if not names:
        raise too_alike()
    return Sorted(names, _numbered(given.labels, names))


def _learned(given: Given) -> list[str | None]:
    """The labels of what is not held back."""
    return [label for label, out in zip(given.labels, given.held_back, strict=True) if not out]


def _enough(given: Given, job: Job) -> list[str]:
    """The labels with enough examples, of which enough are not held back, in order."""
    all_of, learned_of = Counter(given.labels), Counter(_learned(given))
    return [
        label
        for label in sorted(label for label in all_of if label is not None)
        if all_of[label] >= job.options.least_examples and learned_of[label] >= _LEAST_TO_LEARN
    ]


def _numbered(labels: Sequence[str | None], names: Sequence[str]) -> NDArray[np.int64]:
    number = {name: index for index, name in enumerate(names)}
    other = number.get(OTHER, NONE_OF_THESE)
    return np.array([other if label is None else number.get(label, other) for label in labels], np.int64)


def too_alike() -> ModelError:
    """The error for pictures that are enough by number, but all of one burst."""
    return ModelError(
        "The pictures of a label are so alike that they count as one, and too few are left to learn from.",
        "Confirm or correct pictures that were taken at other times and places.",
    )
