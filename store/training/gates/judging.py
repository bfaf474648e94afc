"""All checks that compare a candidate's answers with the truth and with those of the model at work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from store.training.gates.accuracy import accuracy_gate, chance_gate
from store.training.gates.classes import classes_gate
from store.training.gates.gate import Gate, Version, wanted


def judge(
    candidate: Version,
    active: Version,
    truth: Sequence[str | None],
    pictures: NDArray[np.integer],
    *,
    seed: int,
) -> list[Gate]:
    """The gates "chance", "accuracy" and "classes" for the same pictures held back, [h] each.

    `truth` has a label for each picture, None for "none of these"; `pictures` are their numbers. The same
    seed gives the same figures.
    """
    told, said = wanted(candidate, truth), candidate.first()
    right = _equal(said, told)
    before = _equal(active.first(), wanted(active, truth))
    vocabulary = {name: place for place, name in enumerate(sorted({*told, *said}))}
    answers, right_ones = (np.array([vocabulary[name] for name in names], np.int64) for names in (said, told))
    return [
        chance_gate(answers, right_ones, pictures, seed),
        accuracy_gate(right, before, pictures, seed),
        classes_gate(truth, candidate, right, before, pictures),
    ]


def _equal(first: Sequence[str], second: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([one == other for one, other in zip(first, second, strict=True)], dtype=np.bool_)
