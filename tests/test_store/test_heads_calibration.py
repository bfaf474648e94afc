"""Temperature, prior weight, calibration error and reliability, on numbers whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from store.training.heads.calibration import (
    expected_calibration_error,
    log_loss,
    log_prior,
    reliability,
    scaling_of,
    softmax,
    temperature_of,
)

Floats = NDArray[np.float64]


def drawn(probabilities: Floats, seed: int) -> NDArray[np.int64]:
    """A label for each row, with these probabilities."""
    points = np.random.default_rng(seed).random((len(probabilities), 1))
    return np.asarray(
        (probabilities.cumsum(axis=1) < points).sum(axis=1).clip(max=probabilities.shape[1] - 1)
    )


def some_logits(count: int = 4000, labels: int = 5, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, 3, (count, labels))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(temperature: float) -> None:
    logits = some_logits()
    labels = drawn(softmax(logits, temperature), 2)
    assert temperature_of(logits, labels) == pytest.approx(temperature, rel=0.08)


def test_a_temperature_makes_the_error_small() -> None:
    logits = some_logits()
    labels = drawn(softmax(logits, 2.5), 3)
    half = slice(0, 2000), slice(2000, None)
    temperature = temperature_of(logits[half[0]], labels[half[0]])
    before = expected_calibration_error(softmax(logits[half[1]]), labels[half[1]])
    after = expected_calibration_error(softmax(logits[half[1]], temperature), labels[half[1]])
    assert before > 0.1
    assert after < 0.04


def test_answers_that_were_all_right_do_not_become_certain() -> None:
    logits = np.eye(3)[[0, 1, 2] * 10] * 5
    temperature = temperature_of(logits, np.array([0, 1, 2] * 10))
    confidence = softmax(logits, temperature).max()
    assert 1 - 2 / 32 < confidence < 1 - 0.3 / 32


def test_nothing_to_go_by_leaves_the_logits_alone() -> None:
    assert temperature_of(np.zeros((0, 4)), np.zeros(0, np.int64)) == 1.0


def test_a_leaning_towards_common_labels_is_taken_back() -> None:
    counts = np.array([400, 100, 20, 5])
    truth = some_logits(labels=4)
    labels = drawn(softmax(truth), 4)
    leaning = (truth + 1.2 * log_prior(counts)) * 3
    scaling = scaling_of(leaning, labels, counts)
    assert scaling.prior_weight == pytest.approx(-1.2, abs=0.15)
    assert scaling.temperature == pytest.approx(3, rel=0.1)
    np.testing.assert_allclose(
        softmax(leaning + scaling.bias(counts), scaling.temperature),
        softmax(scaling.applied(leaning, counts)),
    )
    assert log_loss(scaling.applied(leaning, counts), labels) < log_loss(leaning, labels, 3.0) - 0.1


def test_the_balance_is_never_undone() -> None:
    counts = np.array([400, 100, 20, 5])
    truth = some_logits(labels=4)
    labels = drawn(softmax(truth + log_prior(counts)), 5)
    assert scaling_of(truth, labels, counts).prior_weight == 0.0


def test_the_error_is_that_of_the_formula() -> None:
    confidence = np.array([0.6, 0.6, 0.9, 0.9])
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = np.array([0, 1, 0, 0])
    # two bins: |1/2 - 0.6| and |1 - 0.9|, each with half of the answers
    assert expected_calibration_error(probabilities, labels, bins=2) == pytest.approx(0.1)
    assert math.isnan(expected_calibration_error(probabilities[:0], labels[:0]))


def test_bins_have_equal_mass_and_rise_in_confidence() -> None:
    probabilities = softmax(some_logits(count=100))
    bins = reliability(probabilities, drawn(probabilities, 6))
    assert len(bins) == 15
    assert {one.count for one in bins} == {6, 7}
    assert sum(one.count for one in bins) == 100
    assert [one.confidence for one in bins] == sorted(one.confidence for one in bins)


def test_a_label_that_cannot_be_named_counts_as_wrong() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1]])
    assert [one.accuracy for one in reliability(probabilities, np.array([0, -1]), bins=1)] == [0.5]
