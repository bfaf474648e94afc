"""A head fitted to made clusters: right, balanced, the same again, and one linear layer."""

from __future__ import annotations

import numpy as np
import pytest
from clusters import clusters

from store.models.errors import ModelError
from store.models.network import unit
from store.training.heads.calibration import expected_calibration_error, log_prior, softmax
from store.training.heads.choosing import FEW_PENALTIES, PENALTIES, choose_penalty, stratified_folds
from store.training.heads.coordinates import coordinates_of
from store.training.heads.fitting import FittedHead, fit_head
from store.training.heads.regression import Task, balanced_weights, one_hot, solve

NAMES = ("curlew", "whimbrel", "godwit", "knot")
COUNTS = (60, 30, 12, 8)


def fitted(seed: int = 0, noise: float = 0.6) -> FittedHead:
    return fit_head(*clusters(COUNTS, seed=1, noise=noise), NAMES, seed=seed)


def test_what_it_has_not_seen_is_recognised_with_the_right_confidence() -> None:
    head = fitted(noise=1.1)
    embeddings, labels = clusters((300, 300, 300, 300), seed=2, noise=1.1)
    probabilities = head.probabilities(embeddings)
    assert np.mean(probabilities.argmax(axis=1) == labels) > 0.8
    assert expected_calibration_error(probabilities, labels) < 0.1


def test_rare_labels_are_recognised_as_well_as_common_ones() -> None:
    embeddings, labels = clusters((300, 300, 300, 300), seed=2, noise=0.9)
    right = fitted(noise=0.9).probabilities(embeddings).argmax(axis=1) == labels
    recalls = [right[labels == label].mean() for label in range(len(NAMES))]
    assert min(recalls) > max(recalls) - 0.25


def test_the_same_seed_gives_the_same_head() -> None:
    first, again, other = fitted(3), fitted(3), fitted(4)
    np.testing.assert_array_equal(first.layers[0][0], again.layers[0][0])
    assert first.temperature == again.temperature
    assert first.temperature != other.temperature


def test_it_is_one_layer_over_the_unit_embedding() -> None:
    head = fitted()
    [(kernel, bias)] = head.layers
    assert (kernel.shape, bias.shape) == ((64, 4), (4,))
    assert {kernel.dtype.name, bias.dtype.name} == {"float32"}
    assert (head.labels, head.input) == (NAMES, "unit")
    np.testing.assert_array_equal(kernel, kernel.astype(np.float16).astype(np.float32))
    embeddings, _ = clusters((5, 5, 5, 5), seed=2)
    lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1, keepdims=True)
    wanted = softmax((embeddings / lengths) @ kernel + bias, head.temperature)
    np.testing.assert_allclose(head.probabilities(embeddings), wanted, atol=1e-5)
    np.testing.assert_allclose(head.probabilities(embeddings * 7), wanted, atol=1e-5)


def test_progress_rises_to_one() -> None:
    told: list[float] = []
    fit_head(*clusters(COUNTS, seed=1), NAMES, seed=0, progress=told.append)
    assert told == sorted(told)
    assert (told[0] > 0, told[-1]) == (True, 1.0)
    assert len(told) == 5 * len(PENALTIES) + 1


def test_the_answers_that_set_the_temperature_were_out_of_fold() -> None:
    """With labels that mean nothing, answers on what was seen would be right and certain."""
    embeddings, labels = clusters((40, 40, 40), seed=1, size=200)
    shuffled = np.random.default_rng(5).permutation(labels)
    head = fit_head(embeddings, shuffled, NAMES[:3], seed=0)
    assert np.mean(head.logits(embeddings).argmax(axis=1) == shuffled) > 0.9
    assert np.mean(head.choice.logits.argmax(axis=1) == head.choice.labels) < 0.55
    assert head.probabilities(embeddings).max(axis=1).mean() < 0.75


@pytest.mark.parametrize(
    ("count", "labels", "names", "told"),
    [
        (4, [0, 0, 0, 0], ["a"], "only one label"),
        (4, [0, 0, 1, 1], ["a", "b", "c"], "1 of the labels have no example"),
    ],
)
def test_what_cannot_be_learned_is_said(count: int, labels: list[int], names: list[str], told: str) -> None:
    with pytest.raises(ModelError, match=told):
        fit_head(np.ones((count, 8), np.float32), np.array(labels), names, seed=0)


def test_numbers_that_are_none_are_refused() -> None:
    embeddings, labels = clusters(COUNTS, seed=1)
    embeddings[7, 3] = np.nan
    with pytest.raises(ModelError, match="no numbers"):
        fit_head(embeddings, labels, NAMES, seed=0)


def test_the_least_that_can_be_learned() -> None:
    head = fit_head(np.eye(4, dtype=np.float32)[:2], np.array([0, 1]), ["a", "b"], seed=0)
    assert np.isfinite(head.layers[0][0]).all()
    assert head.probabilities(np.eye(4, dtype=np.float32)[:2]).argmax(axis=1).tolist() == [0, 1]


def test_folds_deal_out_every_label_evenly() -> None:
    labels = np.repeat([0, 1, 2], [50, 11, 3])
    folds = stratified_folds(labels, 5, np.random.default_rng(0))
    for label in range(3):
        numbers = np.bincount(folds[labels == label], minlength=5)
        assert numbers.max() - numbers.min() <= 1
    assert np.bincount(folds).max() - np.bincount(folds).min() <= 2


def test_thousands_are_judged_by_one_fold() -> None:
    embeddings, labels = clusters((1500, 1500), seed=1, size=8)
    choice = choose_penalty(unit(embeddings), labels, 2, np.random.default_rng(0))
    assert len(choice.labels) == 600
    assert set(choice.losses) == set(FEW_PENALTIES)
    assert choice.penalty == min(choice.losses, key=choice.losses.__getitem__)


@pytest.mark.parametrize("size", [16, 300])
def test_a_layer_in_the_coordinates_is_a_layer_over_the_embedding(size: int) -> None:
    inputs, _ = clusters((40, 40), seed=1, size=size)
    coordinates, white = coordinates_of(inputs)
    assert white.shape == (80, min(80, size))
    assert np.square(white).sum(axis=1).mean() == pytest.approx(1.0)
    np.testing.assert_allclose(coordinates.apply(inputs), white, atol=1e-8)
    random = np.random.default_rng(3)
    kernel, bias = random.normal(size=(white.shape[1], 3)), random.normal(size=3)
    over, shift = coordinates.layer(kernel, bias)
    np.testing.assert_allclose(inputs @ over + shift, white @ kernel + bias, atol=1e-8)


def test_full_whitening_makes_the_features_alike() -> None:
    inputs, _ = clusters((200, 200), seed=1, size=10)
    _, white = coordinates_of(inputs, shrinkage=0.0)
    np.testing.assert_allclose(white.T @ white / len(white), np.eye(10) / 10, atol=1e-9)


def test_the_solution_is_a_minimum() -> None:
    inputs, labels = clusters(COUNTS, seed=1, size=6)
    task = Task(inputs.astype(float), one_hot(labels, 4), balanced_weights(labels, 4))
    penalties = np.array([0.01, 0.01, 0.1, 1.0])

    def objective(kernel: np.ndarray, bias: np.ndarray) -> float:
        logs = np.log(softmax(inputs @ kernel + bias))
        loss = -sum(task.weights[i] * logs[i, labels[i]] for i in range(len(labels)))
        return float(loss + 0.5 * (penalties * np.square(kernel).sum(axis=0)).sum())

    kernel, bias = solve(task, penalties, tolerance=1e-13)
    best, random = objective(kernel, bias), np.random.default_rng(2)
    for size in (1e-1, 1e-2, 1e-3):
        for _ in range(10):
            moved = kernel + size * random.normal(size=kernel.shape), bias + size * random.normal(size=4)
            assert objective(*moved) > best


def test_every_label_has_the_same_weight() -> None:
    labels = np.repeat([0, 1, 3], [50, 5, 1])
    weights = balanced_weights(labels, 4)
    assert [weights[labels == label].sum() for label in (0, 1, 3)] == pytest.approx([1 / 3] * 3)


def test_the_prior_of_equal_counts_is_nothing() -> None:
    np.testing.assert_allclose(log_prior(np.array([7, 7, 7])), 0, atol=1e-12)
