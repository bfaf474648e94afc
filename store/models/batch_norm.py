"""Batch normalisation at inference as one factor and one shift per channel (Ioffe & Szegedy 2015, eq. 11)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

KERAS_MOBILENET_EPSILON = 1e-3


def factor_and_shift(
    gamma: Array, beta: Array, mean: Array, variance: Array, epsilon: float
) -> tuple[Array, Array]:
    """(factor, shift) of y = x × factor + shift, float32 [channels]; computed in float64."""
    with np.errstate(invalid="ignore", divide="ignore"):  # a broken file: its reader finds what is not finite
        factor = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
        shift = beta.astype(np.float64) - mean.astype(np.float64) * factor
    return factor.astype(np.float32), shift.astype(np.float32)


def fold_into(kernel: Array, depthwise: bool, factor: Array) -> Array:
    """A kernel [kh, kw, in, out] (depthwise [kh, kw, in, 1]) with its outputs multiplied by `factor`."""
    return (kernel * (factor.reshape(-1, 1) if depthwise else factor)).astype(np.float32)
