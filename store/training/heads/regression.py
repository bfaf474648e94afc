"""Multinomial logistic regression by L-BFGS (Liu and Nocedal, 1989), with soft targets and offsets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]
_MEMORY = 20
_MOST_STEPS = 500
_SMALLEST_GRADIENT = 1e-6


@dataclass(frozen=True)
class Task:
    """What is to be learned: inputs [n, r], targets [n, k] whose rows sum to 1, weights [n] that sum to 1.

    `offset` [n, k] is added to the logits: what a head says already. The last `fixed`
    columns are offset alone.
    """

    inputs: Floats = field(repr=False)
    targets: Floats = field(repr=False)
    weights: Floats = field(repr=False)
    offset: Floats | None = field(default=None, repr=False)
    fixed: int = 0

    @property
    def learned(self) -> int:
        """How many columns have a kernel and a bias: k but for the fixed ones."""
        return int(self.targets.shape[1]) - self.fixed


def balanced_weights(labels: Integers, count: int) -> NDArray[np.float64]:
    """Weights [n] that sum to 1, with the same sum for each of the labels 0 to count - 1 that occurs."""
    numbers = np.bincount(labels, minlength=count)
    each = 1.0 / np.maximum(numbers, 1)
    return np.asarray(each[labels] / np.count_nonzero(numbers))


def one_hot(labels: Integers, count: int) -> NDArray[np.float64]:
    """[n, count] with a 1 in each row, of labels [n] from 0 to count - 1."""
    return np.asarray(np.eye(count)[labels])


def solve(
    task: Task, penalty: float | Floats, start: tuple[Floats, Floats] | None = None, tolerance: float = 1e-8
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(kernel [r, k], bias [k]) with the least

    sum_i w_i H(target_i, softmax(offset_i + x_i kernel + bias)) + 1/2 sum_k penalty_k |kernel_k|^2

    where H is the cross-entropy, and k counts what is learned. `penalty` is one number or one for each label;
    the bias has none. Begins at `start` or nought and ends when a step lowers the objective by less than the
    share `tolerance` of it.
    """
    from scipy.optimize import minimize  # noqa: PLC0415

    size, count = task.inputs.shape[1], task.learned
    begin = np.zeros(size * count + count) if start is None else np.concatenate([start[0].ravel(), start[1]])
    penalties = np.broadcast_to(np.asarray(penalty, dtype=np.float64), (count,))
    options = {"maxiter": _MOST_STEPS, "maxcor": _MEMORY, "ftol": tolerance, "gtol": _SMALLEST_GRADIENT}
    found = minimize(_loss, begin, (task, penalties), "L-BFGS-B", jac=True, options=options).x
    return found[: size * count].reshape(size, count), found[size * count :]


def _loss(parameters: Floats, task: Task, penalties: Floats) -> tuple[float, Floats]:
    """The objective and its gradient [(r + 1) k]."""
    size, count = task.inputs.shape[1], task.learned
    kernel = parameters[: size * count].reshape(size, count)
    logits = np.zeros(task.targets.shape) if task.offset is None else task.offset.astype(np.float64)
    logits[:, :count] += task.inputs @ kernel.astype(task.inputs.dtype) + parameters[size * count :]
    logits -= logits.max(axis=1, keepdims=True)
    exponents = np.exp(logits)
    sums = exponents.sum(axis=1, keepdims=True)
    entropy = task.targets * (logits - np.log(sums))
    loss = -float(task.weights @ entropy.sum(axis=1)) + 0.5 * float(penalties @ np.square(kernel).sum(axis=0))
    difference = ((exponents / sums - task.targets) * task.weights[:, np.newaxis])[:, :count]
    slope = task.inputs.T @ difference.astype(task.inputs.dtype) + kernel * penalties
    return loss, np.concatenate([slope.ravel(), difference.sum(axis=0)])
