"""When to say "I don't know": what each threshold costs, measured on pictures held back.

Two things are known of an answer: its confidence, the calibrated probability of the first label, and its
familiarity, the largest logit over the temperature (Hendrycks et al., "Scaling Out-of-Distribution
Detection", ICML 2022): how far the embedding lies along the direction of that label. A picture of something
unknown may get a confident answer, since a softmax only compares; its embedding still lies far from all
labels. Measured on the starter with ten groups learned from 100 photographs, errors and 73 photographs of
other things against right answers: area under the ROC curve 0.965 for confidence, 0.970 for familiarity,
0.744 for the cosine to the nearest class mean and 0.914 for the same about the mean of all, which would also
double a head's size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.local.figures.intervals import wilson
from store.training.heads.calibration import softmax

Floats = NDArray[np.floating]
Right = NDArray[np.bool_]

MOST_POINTS = 50
UNFAMILIAR = 0.02  # of the right answers: those that lie below the floor
_ENOUGH = 20  # right answers, for a floor to mean something


@dataclass(frozen=True)
class Point:
    """With answers under `threshold` held back as "I don't know".

    `answered` of `count` pictures get an answer, `wrong` of these are wrong: the share of errors is `error`,
    likely between `low` and `high` (Wilson, 95 %), all None where nothing is answered.
    """

    threshold: float
    count: int
    answered: int
    wrong: int
    error: float | None
    low: float | None
    high: float | None


def confidence(logits: Floats, temperature: float) -> NDArray[np.float64]:
    """The probability of the first answer [n], of logits [n, k]."""
    return np.asarray(softmax(logits, temperature).max(axis=1))


def familiarity(logits: Floats, temperature: float) -> NDArray[np.float64]:
    """The largest logit over the temperature [n], of logits [n, k]."""
    return np.asarray(np.asarray(logits, dtype=np.float64).max(axis=1) / temperature)


def curve(confidences: Floats, right: Right) -> list[Point]:
    """Error and coverage by threshold, from 0 (all are answered) up, at most 50 points.

    `confidences` and `right` are [n], of pictures held back; thresholds are confidences that occur, equally
    many answers apart, so that there are more of them where they make a difference.
    """
    count = len(confidences)
    if count == 0:
        return []
    ordered = np.unique(confidences)
    places = np.unique(np.linspace(0, len(ordered) - 1, min(MOST_POINTS - 1, len(ordered))).astype(int))
    thresholds = [0.0, *ordered[places].tolist()]
    return [_point(threshold, confidences, right) for threshold in dict.fromkeys(thresholds)]


def _point(threshold: float, confidences: Floats, right: Right) -> Point:
    answered = confidences >= threshold
    wrong = int(np.count_nonzero(answered & ~right))
    error = wilson(wrong, int(answered.sum()))
    return Point(threshold, len(confidences), int(answered.sum()), wrong, error.value, error.low, error.high)


def threshold_for(points: list[Point], most_error: float) -> Point | None:
    """The point with the most answers whose share of errors is at most that, None where there is none.

    The share itself is held against it, not its upper bound: the interval stands beside it for people.
    """
    good = [point for point in points if point.error is not None and point.error <= most_error]
    return min(good, key=lambda point: point.threshold, default=None)


def floor_of(familiarities: Floats, right: Right) -> float | None:
    """The familiarity that all but 2 % of the right answers [n] reach; None for too few of them."""
    known = np.asarray(familiarities)[right]
    return float(np.quantile(known, UNFAMILIAR)) if len(known) >= _ENOUGH else None


def reject_facts(logits: Floats, temperature: float, right: Right) -> dict[str, Any]:
    """What a version's metrics keep of it: {"floor", "curve": [[threshold, answered, wrong], …], "n"}.

    Of logits [n, k] and whether the first answers were right [n], for pictures held back.
    """
    points = curve(confidence(logits, temperature), right)
    return {
        "n": len(right),
        "floor": floor_of(familiarity(logits, temperature), right),
        "curve": [[point.threshold, point.answered, point.wrong] for point in points],
    }
