"""Adds labels to a head that knows others, and keeps what it knew.

Columns of base labels without an example stay as they are, to the bit but for a common temperature, so that
in the softmax of the fit all of them are one fixed term: a thousand labels cost no more than ten. Columns of
base labels that have examples move, held by a proximal penalty (Parikh and Boyd, 2014). Pictures in the
background, with the base's own answers as soft targets, keep it from getting worse elsewhere (learning
without forgetting, Li and Hoiem 2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from store.models.arrays import HeadInput
from store.models.errors import ModelError
from store.models.head_set import HeadSet
from store.models.network import unit
from store.training.heads.calibration import least_loss, log_softmax, softmax
from store.training.heads.choosing import FOLDS, stratified_folds
from store.training.heads.coordinates import Coordinates, coordinates_of
from store.training.heads.regression import Task, balanced_weights, one_hot, solve

Array = NDArray[np.float32]
Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

PENALTIES = (0.01, 0.001, 1e-4)
HELD = 30.0  # how many times more it costs to move a column that was there
MOST_SHIFT = 20.0  # of the logits of new labels
MOST_TAKEN = 0.01  # of the background: pictures that a new label may take from the base
NOWHERE = -1e4  # a logit that weighs nothing
_ENOUGH = 600


@dataclass(frozen=True)
class ExtendedHead:
    """Like FittedHead, its labels the base's and behind them the new ones."""

    layers: list[tuple[Array, Array]] = field(repr=False)
    labels: tuple[str, ...]
    temperature: float
    input: HeadInput
    penalty: float


@dataclass(frozen=True)
class _Given:
    """Examples and background in one: the first n rows are examples.

    `moving` are the columns of the result that may move. `offset` [n + m, len(moving) + 1] has what the base
    says of them, 0 for new ones, and last what all others weigh together; `targets` has the same columns.
    `top` [n + m] is the largest logit of those others.
    """

    inputs: Array = field(repr=False)
    offset: Floats = field(repr=False)
    targets: Floats = field(repr=False)
    top: Floats = field(repr=False)
    labels: Integers = field(repr=False)
    fresh: NDArray[np.bool_] = field(repr=False)


def extend_head(
    base: HeadSet,
    embeddings: Array,
    labels: Integers,
    names: Sequence[str],
    background: Array,
    *,
    seed: int,
    progress: Callable[[float], None] = lambda _: None,
) -> ExtendedHead:
    """The base head with what examples [n, d] of `names` teach; labels [n] are 0 to len(names) - 1.

    `names` may be labels of the base or new. `background` [m, d] are raw embeddings of other pictures, as
    many as there are, perhaps none. Penalty, temperature and how readily a new label is given come from
    answers out of fold. Raises ModelError for a base of several layers, or numbers that are none.
    """
    if len(base.layers) != 1:
        raise ModelError(
            "The model at work has several layers behind its network, which cannot be extended.",
            "Learn your own labels only.",
        )
    if not (np.isfinite(embeddings).all() and np.isfinite(background).all()):
        raise ModelError(
            "Some of the kept embeddings hold values that are no numbers.", "Run “whimbrel doctor”."
        )
    known = {label.name: place for place, label in enumerate(base.labels)}
    columns = [known.get(name) for name in names]
    given = _given(base, np.concatenate([embeddings, background]), labels, columns)
    penalty, temperature, shift = _chosen(given, np.random.default_rng(seed), progress)
    coordinates, kernel, bias = _fit(given, np.ones(len(given.inputs), np.bool_), penalty)
    delta, add = coordinates.layer(kernel, bias)
    progress(1.0)
    layer = _merged(base, columns, delta, add + given.fresh * shift * temperature)
    fresh = tuple(name for name, column in zip(names, columns, strict=True) if column is None)
    return ExtendedHead([layer], tuple(known) + fresh, temperature, base.input, penalty)


def _given(base: HeadSet, embeddings: Array, labels: Integers, columns: Sequence[int | None]) -> _Given:
    [(kernel, bias)] = base.layers
    inputs = unit(embeddings) if base.input == "unit" else np.asarray(embeddings, np.float32)
    logits = (inputs @ kernel + bias).astype(np.float64) / base.temperature
    moving = [column for column in columns if column is not None]
    rest = np.setdiff1d(np.arange(len(bias)), moving)
    offset = np.zeros((len(inputs), len(columns) + 1))
    targets = np.zeros_like(offset)
    said = softmax(logits)
    for place, column in enumerate(columns):
        if column is not None:
            offset[:, place], targets[:, place] = logits[:, column], said[:, column]
    offset[:, -1], targets[:, -1] = _together(logits[:, rest]), said[:, rest].sum(axis=1)
    targets[: len(labels)] = one_hot(labels, len(columns) + 1)
    top = logits[:, rest].max(axis=1, initial=NOWHERE)
    return _Given(inputs, offset, targets, top, labels, np.array([column is None for column in columns]))


def _together(logits: Floats) -> Floats:
    """What columns [n, k] weigh together in a softmax [n]: log(sum(exp))."""
    if logits.shape[1] == 0:
        return np.full(len(logits), NOWHERE)
    top = logits.max(axis=1)
    return np.asarray(top + np.log(np.exp(logits - top[:, np.newaxis]).sum(axis=1)))


def _weights(given: _Given, used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For every row [n + m], 0 where it is not used: half for the examples, balanced, half for the rest."""
    count = len(given.labels)
    examples, background = used[:count], used[count:]
    weights = np.zeros(len(used))
    weights[:count][examples] = balanced_weights(given.labels[examples], len(given.fresh))
    if background.any():
        weights[count:][background] = 1 / np.count_nonzero(background)
    return np.asarray(weights / weights.sum())


def _fit(
    given: _Given, used: NDArray[np.bool_], penalty: float
) -> tuple[Coordinates, NDArray[np.float64], NDArray[np.float64]]:
    """What moves the columns, fitted to the rows that are used: (coordinates, kernel [r, k], bias [k])."""
    coordinates, white = coordinates_of(given.inputs[used])
    task = Task(white, given.targets[used], _weights(given, used)[used], given.offset[used], fixed=1)
    return coordinates, *solve(task, np.where(given.fresh, penalty, HELD * penalty))


def _chosen(
    given: _Given, generator: np.random.Generator, progress: Callable[[float], None]
) -> tuple[float, float, float]:
    """(penalty, temperature, shift of the new labels) with the least cross-entropy out of fold."""
    rows, count = len(given.inputs), len(given.labels)
    dealt = np.concatenate([given.labels, np.full(rows - count, -1)])
    folds = stratified_folds(dealt, FOLDS, generator)
    used = range(max(1, min(FOLDS, -(-_ENOUGH * FOLDS // rows))))
    scored = np.isin(folds, list(used))
    found = []
    for number, penalty in enumerate(PENALTIES):
        logits = given.offset.copy()
        for fold in used:
            out = folds == fold
            coordinates, kernel, bias = _fit(given, ~out, penalty)
            logits[out, :-1] += coordinates.apply(given.inputs[out]) @ kernel + bias
            progress(0.9 * (number + (fold + 1) / len(used)) / len(PENALTIES))
        found.append((*_scaled(given, logits, scored), penalty))
    _, temperature, shift, penalty = min(found)
    return penalty, temperature, shift


def _scaled(given: _Given, logits: Floats, scored: NDArray[np.bool_]) -> tuple[float, float, float]:
    """(cross-entropy, temperature, shift) of answers out of fold [n + m, k + 1] at their best.

    The shift is no more than leaves the base its answers: what it costs is known of the background alone.
    """
    weights, direction = _weights(given, scored)[scored], np.append(given.fresh, False).astype(np.float64)
    targets, answers = given.targets[scored], logits[scored]
    most = _most_shift(given, logits, scored)
    temperature, shift = least_loss(answers, targets, weights, direction, (-MOST_SHIFT, MOST_SHIFT))
    shift = min(shift, most / temperature)
    logs = log_softmax(answers / temperature + shift * direction)
    return -float(weights @ (targets * logs).sum(axis=1)), temperature, shift


def _most_shift(given: _Given, logits: Floats, scored: NDArray[np.bool_]) -> float:
    """The largest addition to new logits with which they lead on at most MOST_TAKEN of the background."""
    behind = scored & (np.arange(len(scored)) >= len(given.labels))
    if not behind.any() or not given.fresh.any():
        return MOST_SHIFT
    known = logits[behind, :-1][:, ~given.fresh].max(axis=1, initial=NOWHERE)
    lead = np.maximum(given.top[behind], known) - logits[behind, :-1][:, given.fresh].max(axis=1)
    return float(np.quantile(lead, MOST_TAKEN, method="lower"))


def _merged(base: HeadSet, columns: Sequence[int | None], delta: Floats, add: Floats) -> tuple[Array, Array]:
    """The base's layer over its temperature, with what moved added and the new columns behind."""
    kernel, bias = (part.astype(np.float64) / base.temperature for part in base.layers[0])
    for place, column in enumerate(columns):
        if column is not None:
            kernel[:, column] += delta[:, place]
            bias[column] += add[place]
    fresh = [place for place, column in enumerate(columns) if column is None]
    kernel = np.concatenate([kernel, delta[:, fresh]], axis=1)
    return kernel.astype(np.float32), np.concatenate([bias, add[fresh]]).astype(np.float32)
