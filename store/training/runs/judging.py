"""Compares a candidate with the model at work on the pictures that were held back from learning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.local.figures.intervals import wilson
from store.training.gates.gate import wanted
from store.training.heads.calibration import expected_calibration_error, reliability

NOBODY = ""  # "none of these" in a confusion
MOST_WRONG = 2000
_ENOUGH_TO_CALIBRATE = 100  # pictures, for a calibration error to say something


@dataclass(frozen=True)
class Answers:
    """What a version answers for the pictures held back: probabilities [h, labels], its labels by name."""

    labels: Sequence[str]
    probabilities: NDArray[np.floating] = field(repr=False)

    def first(self) -> list[str]:
        """The first answer for each picture."""
        return [self.labels[index] for index in np.asarray(self.probabilities).argmax(axis=1)]

    def right(self, truth: Sequence[str | None]) -> NDArray[np.bool_]:
        """Whether each first answer is right [h], by the rule of the gates."""
        pairs = zip(self.first(), wanted(self, truth), strict=True)
        return np.array([answer == one for answer, one in pairs], dtype=np.bool_)


def metrics_of(answers: Answers, truth: Sequence[str | None], pictures: NDArray[np.int64]) -> dict[str, Any]:
    """Accuracy with its interval, calibration, each label's, confusion, and which pictures were wrong."""
    right = answers.right(truth)
    first = answers.first()
    wrong = np.flatnonzero(~right)[:MOST_WRONG]
    return {
        "accuracy": share(int(right.sum()), len(right)),
        **_calibration(answers, right),
        "perClass": _per_label(right, truth),
        "confusion": _confusion(first, truth),
        "wrong": [[int(pictures[index]), first[index]] for index in wrong],
    }


def share(right: int, n: int) -> dict[str, float | int | None]:
    """A share with its 95 % interval; values are None where there is nothing to count."""
    found = wilson(right, n)
    return {"value": found.value, "low": found.low, "high": found.high, "n": n}


def _calibration(answers: Answers, right: NDArray[np.bool_]) -> dict[str, Any]:
    """How far the probabilities can be believed, of pictures that the temperature was not fitted on."""
    if len(right) < _ENOUGH_TO_CALIBRATE:
        return {"ece": None, "reliability": []}
    places = np.asarray(answers.probabilities).argmax(axis=1)
    labels = np.where(right, places, -1)
    bins = reliability(answers.probabilities, labels)
    return {
        "ece": expected_calibration_error(answers.probabilities, labels),
        "reliability": [[each.count, each.confidence, each.accuracy] for each in bins],
    }


def _per_label(right: NDArray[np.bool_], truth: Sequence[str | None]) -> list[dict[str, Any]]:
    counts = Counter(truth)
    hits = Counter(label for label, hit in zip(truth, right, strict=True) if hit)
    ordered = sorted(counts, key=lambda label: (label is None, label or ""))
    return [{"label": label, **share(hits[label], counts[label])} for label in ordered]


def _confusion(first: Sequence[str], truth: Sequence[str | None]) -> Mapping[str, Any]:
    """Labels, and [label, answered, count] by their places, of those pairs that there are."""
    pairs = Counter(zip((label or NOBODY for label in truth), first, strict=True))
    labels = sorted({label for pair in pairs for label in pair})
    place = {label: index for index, label in enumerate(labels)}
    cells = sorted([place[label], place[answer], count] for (label, answer), count in pairs.items())
    return {"labels": labels, "cells": cells}
