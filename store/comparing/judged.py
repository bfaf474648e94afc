"""What a version answers for the pictures held back: by its head now, or as its training kept it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.comparing.forms import NONE_OF_THESE
from store.events import ModelVersion
from store.local.learning.example_forms import LineageRow
from store.local.learning.example_rows import Example
from store.models.head_set import load_head
from store.models.network import head_forward
from store.training.gates.gate import OTHER
from store.training.runs.judging import Answers

Naming = Callable[[str], str]
MOST = 5000  # pictures that a head answers anew, the newest


@dataclass(frozen=True)
class Judged:
    """Pictures by their number [n], what each is, what was answered, whether that is right, how sure it was.

    `truth` has "" for "none of these"; `confidence` is None where only the answers were kept.
    """

    pictures: NDArray[np.int64] = field(repr=False)
    truth: list[str] = field(repr=False)
    answered: list[str] = field(repr=False)
    right: NDArray[np.bool_] = field(repr=False)
    confidence: NDArray[np.float32] | None = field(repr=False)

    def among(self, pictures: NDArray[np.int64]) -> Judged:
        """Those of these pictures, by their number."""
        wanted = np.flatnonzero(np.isin(self.pictures, pictures))
        places = wanted[np.argsort(self.pictures[wanted])]
        return Judged(
            self.pictures[places],
            [self.truth[place] for place in places],
            [self.answered[place] for place in places],
            self.right[places],
            None if self.confidence is None else self.confidence[places],
        )


def answered_now(models: Path, version: ModelVersion, examples: Iterable[Example], naming: Naming) -> Judged:
    """Has the version's head answer for the examples held back that have an embedding in its space.

    Raises ModelError for a damaged head.
    """
    held = [one for one in examples if one.side == "holdout" and one.vector is not None][-MOST:]
    if not held:
        return _judged([], [], [], np.zeros(0, np.bool_), np.zeros(0, np.float32))
    head = load_head(models, version.head_id)
    vectors = b"".join(one.vector or b"" for one in held)
    embeddings = np.frombuffer(vectors, "<f2").reshape(len(held), -1).astype(np.float32)
    found = head_forward(head.layers, embeddings, head.temperature, head.input)
    answers = Answers([naming(label.name) for label in head.labels], found)
    truth = [one.label for one in held]
    numbers = [one.picture for one in held]
    return _judged(numbers, truth, answers.first(), answers.right(truth), found.max(axis=1))


def answered_then(
    labels: Sequence[str], metrics: Mapping[str, Any], lineage: Iterable[LineageRow], naming: Naming
) -> Judged:
    """What the version's training kept of its answers for the pictures held back then.

    `labels` are those that the version can name.
    """
    held = [row for row in lineage if row.side == "holdout"]
    wrong = {int(picture): str(answer) for picture, answer in metrics.get("wrong", [])}
    known = {naming(label) for label in labels}
    truth = [None if row.label is None else naming(row.label) for row in held]
    right = np.array([row.picture not in wrong for row in held], dtype=np.bool_)
    wanted = [label if label in known else OTHER for label in truth]
    answered = [
        naming(wrong[row.picture]) if row.picture in wrong else str(one)
        for row, one in zip(held, wanted, strict=True)
    ]
    return _judged([row.picture for row in held], truth, answered, right, None)


def _judged(
    numbers: Sequence[int],
    truth: Sequence[str | None],
    answered: list[str],
    right: NDArray[np.bool_],
    confidence: NDArray[np.float32] | None,
) -> Judged:
    named = [NONE_OF_THESE if label is None else label for label in truth]
    return Judged(np.array(numbers, dtype=np.int64), named, answered, right, confidence)
