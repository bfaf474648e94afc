"""What is trained, how fast and how long."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from store.local.learning.run_forms import Mode, TrainingOptions
from store.models.architectures import Architecture, Layer
from store.training.heads.choosing import stratified_folds

CALIBRATION = 1
FOLDS = 5
ENOUGH_WATCHED = 10
RATE, FULL_RATE = 5e-5, 3e-5  # measured: 3e-4 forgets more than it learns, 3e-5 takes twice the passes
BATCH = 16
PATIENCE = 4


@dataclass(frozen=True)
class Plan:
    """`after` is the last layer that stays as it is, None for none; `rate` is Adam's step.

    `patience` passes without less loss end the search for how many passes there should be; without
    `early_stopping` there is no search, and it is `most_epochs`.
    """

    after: Layer | None
    rate: float
    batch: int
    patience: int
    early_stopping: bool
    most_epochs: int
    variants: int
    seed: int


def plan_of(mode: Mode, network: Architecture, options: TrainingOptions) -> Plan:
    """How a network is trained in the mode "fine-tune" or "full"."""
    full = mode == "full"
    return Plan(
        after=None if full else last_reduction(network),
        rate=FULL_RATE if full else RATE,
        batch=BATCH,
        patience=PATIENCE,
        early_stopping=options.early_stopping,
        most_epochs=options.most_epochs,
        variants=options.variants,
        seed=options.seed,
    )


def last_reduction(network: Architecture) -> Layer:
    """The last layer of the block that reduces the feature map for the last time.

    Behind it all blocks work on 7 × 7 positions, and none adds what was before it.
    """
    reducing = max(i for i, layer in enumerate(network.layers) if layer.stride > 1)
    for layer, following in pairwise(network.layers[reducing:]):
        if _block(layer) != _block(following):
            return layer
    raise ValueError(network.id)


def _block(layer: Layer) -> str:
    return layer.name.rpartition("_")[0]


def watched(sides: NDArray[np.uint8], labels: NDArray[np.int64], seed: int) -> NDArray[np.bool_]:
    """Which of the examples [m] are not learned from while the passes are counted.

    It is the calibration side; where that is too small, a fifth of all. Of each label one is learned from.
    """
    found = sides == CALIBRATION
    if np.count_nonzero(found) < ENOUGH_WATCHED:
        found = stratified_folds(labels, FOLDS, np.random.default_rng(seed)) == 0
    missing = np.setdiff1d(labels[found], labels[~found])
    return np.asarray(found & ~np.isin(labels, missing))
