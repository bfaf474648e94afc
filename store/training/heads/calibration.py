"""How far probabilities can be believed: temperature scaling, expected calibration error, reliability.

Temperature scaling and the error are those of Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern
Neural Networks", ICML 2017; bins of equal mass after Nguyen and O'Connor, EMNLP 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
Numbers = NDArray[np.integer] | NDArray[np.floating]

BINS = 15
LEAST, MOST = 0.001, 100.0  # of a temperature
MOST_PRIOR = 4.0


@dataclass(frozen=True)
class Bin:
    """`count` answers: their mean probability, and the share of them that was right."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Scaling:
    """Probabilities are softmax(logits / temperature + prior_weight × log_prior(counts))."""

    temperature: float
    prior_weight: float

    def applied(self, logits: Floats, counts: Numbers) -> NDArray[np.float64]:
        """Logits [n, k] whose softmax gives the probabilities."""
        return np.asarray(logits, dtype=np.float64) / self.temperature + self.prior_weight * log_prior(counts)

    def bias(self, counts: Numbers) -> NDArray[np.float64]:
        """What the bias [k] of a layer gains so that its temperature alone is left to apply."""
        return np.asarray(self.temperature * self.prior_weight * log_prior(counts))


def log_softmax(logits: Floats) -> NDArray[np.float64]:
    """log(softmax) over the last axis, in float64, without overflow."""
    values = np.asarray(logits, dtype=np.float64)
    values = values - values.max(axis=-1, keepdims=True)
    return np.asarray(values - np.log(np.exp(values).sum(axis=-1, keepdims=True)))


def softmax(logits: Floats, temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities [n, k] of logits [n, k] over a temperature."""
    return np.asarray(np.exp(log_softmax(np.asarray(logits, dtype=np.float64) / temperature)))


def log_loss(logits: Floats, labels: Integers, temperature: float = 1.0) -> float:
    """Mean negative log probability of the right label, of logits [n, k] and labels [n] from 0 to k - 1."""
    logs = log_softmax(np.asarray(logits, dtype=np.float64) / temperature)
    return -float(logs[np.arange(len(labels)), labels].mean())


def temperature_of(logits: Floats, labels: Integers) -> float:
    """The temperature with the least log loss on logits [n, k] that are not scored later; 1.0 for none."""
    return scaling_of(logits, labels, np.zeros(np.shape(logits)[1])).temperature


def scaling_of(logits: Floats, labels: Integers, counts: Numbers) -> Scaling:
    """Temperature and prior weight with the least log loss on logits [n, k], labels [n] not scored later.

    `counts` [k] are the examples that the head was fitted to. A head fitted to few examples leans towards
    labels that have many, however its loss was balanced; answers out of fold show how much, and a negative
    prior weight takes it back (logit adjustment, Menon et al., ICLR 2021). It is never positive: that would
    undo the balance. The right label counts as certain only to (n + 1) / (n + 2), as in Platt's scaling
    (1999), since answers that were all right would ask for a temperature of nought. The loss is convex in
    1 / temperature and the prior weight.
    """
    if len(labels) == 0:
        return Scaling(1.0, 0.0)
    doubt = 1.0 / (len(labels) + 2)
    targets = np.full(np.shape(logits), doubt / np.shape(logits)[1])
    targets[np.arange(len(labels)), labels] += 1 - doubt
    weights = np.full(len(labels), 1.0 / len(labels))
    return Scaling(*least_loss(logits, targets, weights, log_prior(counts), (-MOST_PRIOR, 0.0)))


def least_loss(
    logits: Floats, targets: Floats, weights: Floats, direction: Floats, bounds: tuple[float, float]
) -> tuple[float, float]:
    """(temperature, shift) with the least cross-entropy of softmax(logits / temperature + shift × direction).

    `logits` and `targets` are [n, k], `weights` [n] sum to 1, `direction` is [k]; `bounds` are of the shift.
    Convex in 1 / temperature and the shift.
    """
    from scipy.optimize import minimize  # noqa: PLC0415

    values = np.asarray(logits, dtype=np.float64)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logs = log_softmax(values * parameters[0] + direction * parameters[1])
        slope = (np.exp(logs) - targets) * weights[:, np.newaxis]
        gradient = np.array([(slope * values).sum(), (slope * direction).sum()])
        return -float(weights @ (targets * logs).sum(axis=1)), gradient

    level = max(float(values.std()), np.finfo(np.float64).tiny)
    start = np.array([np.clip(1 / level, 1 / MOST, 1 / LEAST), 0.0])
    limits = [(1 / MOST, 1 / LEAST), bounds]
    inverse, shift = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits).x
    return 1 / float(inverse), float(shift)


def log_prior(counts: Numbers) -> NDArray[np.float64]:
    """log of the share that each label has of the examples [k], with mean 0; a label without one counts 1."""
    logs = np.log(np.maximum(np.asarray(counts, dtype=np.float64), 1.0))
    return np.asarray(logs - logs.mean())


def reliability(probabilities: Floats, labels: Integers, bins: int = BINS) -> list[Bin]:
    """Answers sorted by the probability of the first one, in bins of equal mass (to one answer).

    `probabilities` [n, k]; `labels` [n], where -1 stands for a label that the head cannot name.
    """
    right = np.asarray(probabilities).argmax(axis=1) == labels
    return bins_of(np.asarray(probabilities, dtype=np.float64).max(axis=1), right, bins)


def bins_of(confidence: Floats, right: NDArray[np.bool_], bins: int = BINS) -> list[Bin]:
    """The same of the first answers' probabilities [n] and whether each is right [n]."""
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [Bin(len(part), float(confidence[part].mean()), float(right[part].mean())) for part in parts]


def expected_calibration_error(probabilities: Floats, labels: Integers, bins: int = BINS) -> float:
    """ECE = sum over the bins of count / n times |accuracy - confidence|; nan for no answers."""
    return calibration_error_of(reliability(probabilities, labels, bins))


def calibration_error_of(bins: Sequence[Bin]) -> float:
    """The same of bins that there are."""
    total = sum(one.count for one in bins)
    if total == 0:
        return float("nan")
    return sum(one.count * abs(one.accuracy - one.confidence) for one in bins) / total
