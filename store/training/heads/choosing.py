"""Chooses how strongly a head is regularised, by stratified folds inside what it is trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from store.training.heads.calibration import Scaling, log_loss, scaling_of
from store.training.heads.coordinates import coordinates_of
from store.training.heads.regression import Task, balanced_weights, one_hot, solve

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]

PENALTIES = (0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4, 1e-5)  # of coordinates of mean squared norm 1
FEW_PENALTIES = (0.01, 0.001, 1e-4)
FOLDS = 5
_ENOUGH = 600  # answers out of fold, after which another fold would tell little
_MANY = 2000  # examples, from which on few penalties are tried
_ROUGHLY = 1e-5  # share of the objective: a penalty is judged before its last digits are there


@dataclass(frozen=True)
class Choice:
    """The penalty, its scaling, every one's log loss, and the answers out of fold with the chosen.

    `logits` [m, k] and `labels` [m] are of examples that the head which answered had not seen; m is smaller
    than n where a part of the folds is enough.
    """

    penalty: float
    scaling: Scaling
    losses: dict[float, float]
    logits: NDArray[np.float64] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)


def stratified_folds(labels: Integers, folds: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """A fold 0 to folds - 1 for each example [n]: each label is dealt out evenly, in random order."""
    found = np.empty(len(labels), dtype=np.int64)
    first = 0
    for label in np.unique(labels):
        places = generator.permutation(np.flatnonzero(labels == label))
        found[places] = (first + np.arange(len(places))) % folds
        first += len(places)
    return found


def choose_penalty(
    inputs: Floats,
    labels: Integers,
    count: int,
    generator: np.random.Generator,
    *,
    step: Callable[[float], None] = lambda _: None,
    penalties: Sequence[float] | None = None,
) -> Choice:
    """The penalty whose answers out of fold have the least log loss, each with its own best scaling.

    A penalty shrinks the logits, which the temperature undoes: without it the weakest would always win.
    `step` is told the share that is done.
    """
    if penalties is None:
        penalties = FEW_PENALTIES if len(labels) >= _MANY else PENALTIES
    folds = stratified_folds(labels, FOLDS, generator)
    used = _enough(len(labels))
    logits = np.empty((len(penalties), len(labels), count))
    for number, fold in enumerate(used):
        train, test = folds != fold, folds == fold
        for place, answers in enumerate(_path(inputs[train], labels[train], count, inputs[test], penalties)):
            logits[place, test] = answers
            step((number + (place + 1) / len(penalties)) / len(used))
    scored = np.isin(folds, used)
    counts = np.bincount(labels, minlength=count)
    scalings = [scaling_of(answers[scored], labels[scored], counts) for answers in logits]
    losses = [
        log_loss(scaling.applied(answers[scored], counts), labels[scored])
        for scaling, answers in zip(scalings, logits, strict=True)
    ]
    best = int(np.argmin(losses))
    tried = dict(zip(penalties, losses, strict=True))
    return Choice(
        penalties[best], scalings[best], tried, logits[best][scored], labels[scored].astype(np.int64)
    )


def _enough(examples: int) -> list[int]:
    """The folds that are scored: all of them for few examples, one for thousands."""
    return list(range(max(1, min(FOLDS, -(-_ENOUGH * FOLDS // examples)))))


def _path(
    train: Floats, labels: Integers, count: int, test: Floats, penalties: Sequence[float]
) -> Iterator[Floats]:
    """Logits [m, k] of the test rows for each penalty, strongest first: each fit starts where one ended."""
    coordinates, inputs = coordinates_of(train)
    task = Task(inputs, one_hot(labels, count), balanced_weights(labels, count))
    outside = coordinates.apply(test)
    found = None
    for penalty in penalties:
        found = solve(task, penalty, found, _ROUGHLY)
        yield outside @ found[0] + found[1]
