"""Fits a head: embeddings and labels in, one linear layer with a temperature out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from store.models.arrays import HeadInput
from store.models.errors import ModelError
from store.models.network import unit
from store.training.heads.calibration import softmax
from store.training.heads.choosing import Choice, choose_penalty
from store.training.heads.coordinates import coordinates_of
from store.training.heads.regression import Task, balanced_weights, one_hot, solve

Array = NDArray[np.float32]
Integers = NDArray[np.integer]
_CHOOSING = 0.9  # of the work, so that progress is told evenly


@dataclass(frozen=True)
class FittedHead:
    """One linear layer over unit embeddings: kernel [d, k] and bias [k] float32, and how it came about.

    The kernel's values are exact in float16: a head set keeps them in half the bytes without loss.
    """

    layers: list[tuple[Array, Array]] = field(repr=False)
    labels: tuple[str, ...]
    temperature: float
    input: HeadInput
    choice: Choice = field(repr=False)

    def logits(self, embeddings: Array) -> Array:
        """Logits [n, k], not yet over the temperature, of raw embeddings [n, d]."""
        kernel, bias = self.layers[0]
        return np.asarray(unit(embeddings) @ kernel + bias, dtype=np.float32)

    def probabilities(self, embeddings: Array) -> NDArray[np.float64]:
        """softmax(logits / temperature) [n, k]."""
        return softmax(self.logits(embeddings), self.temperature)


def fit_head(
    embeddings: Array,
    labels: Integers,
    names: Sequence[str],
    *,
    seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> FittedHead:
    """A head for `names` from embeddings [n, d] and labels [n], 0 to len(names) - 1: all are learned from.

    Class-balanced multinomial logistic regression on unit embeddings in whitened coordinates, folded into one
    layer. Penalty and temperature come from answers out of fold: nothing else is needed and nothing that is
    scored later may be given. `progress` is told the share done, 0 to 1. Raises ModelError for labels without
    an example, fewer than two labels, or numbers that are none.
    """
    _check(embeddings, labels, len(names))
    inputs, count = unit(embeddings), len(names)
    generator = np.random.default_rng(seed)
    choice = choose_penalty(inputs, labels, count, generator, step=lambda share: progress(_CHOOSING * share))
    coordinates, white = coordinates_of(inputs)
    task = Task(white, one_hot(labels, count), balanced_weights(labels, count))
    kernel, bias = coordinates.layer(*solve(task, choice.penalty))
    bias += choice.scaling.bias(np.bincount(labels, minlength=count))
    progress(1.0)
    layers = [(half_exact(kernel), bias.astype(np.float32))]
    return FittedHead(layers, tuple(names), choice.scaling.temperature, "unit", choice)


def half_exact(values: NDArray[np.float64]) -> Array:
    """The nearest float32 values that float16 holds, of an array of any shape."""
    return values.astype(np.float16).astype(np.float32)


def _check(embeddings: Array, labels: Integers, count: int) -> None:
    if count < 2:  # noqa: PLR2004
        raise ModelError(
            "There is only one label to learn.", "Correct pictures to at least two different labels."
        )
    if not np.isfinite(embeddings).all():
        raise ModelError(
            "Some of the kept embeddings hold values that are no numbers.", "Run “whimbrel doctor”."
        )
    empty = np.flatnonzero(np.bincount(labels, minlength=count) == 0)
    if len(empty):
        raise ModelError(f"{len(empty)} of the labels have no example.", "Leave out labels without pictures.")
