"""The figures of a comparison, of what two versions answered for the same pictures: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.comparing.forms import (
    Comparison,
    Confusion,
    Difference,
    LabelCompared,
    ReliabilityBin,
    Share,
    VersionSide,
)
from store.comparing.judged import Judged
from store.events import ModelVersion
from store.local.figures.intervals import paired_difference, wilson
from store.training.heads.calibration import bins_of, calibration_error_of

Right = NDArray[np.bool_]


def compared(a: VersionSide, b: VersionSide, first: Judged, second: Judged) -> Comparison:
    """The whole of it, from both sides and what they answered for the same pictures in the same order."""
    whole = difference(first.right, second.right) if len(first.right) else None
    return Comparison(a, b, whole, _per_label(first, second))


def side(version: ModelVersion, judged: Judged, feedback: tuple[int, int]) -> VersionSide:
    """What one version answered; `feedback` is (right, marked as right or wrong)."""
    ece, reliability = _calibration(version.metrics, judged)
    return VersionSide(
        id=version.id,
        name=version.name,
        recomputed=judged.confidence is not None,
        accuracy=share(int(judged.right.sum()), len(judged.right)),
        ece=ece,
        reliability=reliability,
        confusion=_confusion(judged),
        feedback=share(*feedback),
    )


def share(right: int, n: int) -> Share:
    """A share with Wilson's interval."""
    return Share(*wilson(right, n), n)


def difference(first: Right, second: Right) -> Difference:
    """Share right of the second [n] minus that of the first [n], pair by pair; n > 0."""
    only_a, only_b = int((first & ~second).sum()), int((second & ~first).sum())
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    found = paired_difference(both, only_b, only_a, neither)
    return Difference(*found, len(first), only_a, only_b)


def _per_label(first: Judged, second: Judged) -> list[LabelCompared]:
    """Each label that a picture has, the most frequent first."""
    truth = np.array(second.truth)
    counted = Counter(second.truth)
    return [
        _label_change(label, first.right[truth == label], second.right[truth == label])
        for label in sorted(counted, key=lambda label: (-counted[label], label))
    ]


def _label_change(label: str, first: Right, second: Right) -> LabelCompared:
    a, b = (share(int(right.sum()), len(right)) for right in (first, second))
    return LabelCompared(label, a, b, difference(first, second))


def _confusion(judged: Judged) -> Confusion:
    pairs = Counter(zip(judged.truth, judged.answered, strict=True))
    labels = sorted({label for pair in pairs for label in pair})
    place = {label: index for index, label in enumerate(labels)}
    cells = sorted((place[label], place[answer], count) for (label, answer), count in pairs.items())
    return Confusion(labels, cells)


def _calibration(metrics: Mapping[str, Any], judged: Judged) -> tuple[float | None, list[ReliabilityBin]]:
    """The calibration error and its bins, of these answers or as they were kept."""
    if judged.confidence is None:
        return metrics.get("ece"), [ReliabilityBin(*found) for found in metrics.get("reliability", [])]
    if len(judged.right) == 0:
        return None, []
    bins = bins_of(judged.confidence, judged.right)
    return calibration_error_of(bins), [
        ReliabilityBin(one.count, one.confidence, one.accuracy) for one in bins
    ]
