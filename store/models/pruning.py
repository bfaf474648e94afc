"""Magnitude pruning: the weights that matter least are set to nought.

Han et al. 2015, "Learning both weights and connections for efficient neural networks", without the training
afterwards. Only the pointwise convolutions are pruned: they have most of a MobileNet's weights, and the
depthwise ones have but nine or twenty-five a channel. Nothing computes faster, and a file becomes smaller
only where it is compressed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture

Array = NDArray[np.float32]


def pruned(network: Architecture, arrays: Mapping[str, Array], share: float) -> dict[str, Array]:
    """The arrays with `share` (0..1) of each pointwise kernel, its smallest weights, set to 0."""
    keys = pointwise_kernels(network)
    return {key: _without_smallest(array, share) if key in keys else array for key, array in arrays.items()}


def pointwise_kernels(network: Architecture) -> set[str]:
    """The keys of the 1 × 1 convolutions' kernels."""
    return {f"{each.name}/kernel" for each in network.layers if each.kind == "conv" and each.kernel == 1}


def _without_smallest(kernel: Array, share: float) -> Array:
    count = int(share * kernel.size)
    if count == 0:
        return kernel
    order = np.argpartition(np.abs(kernel), count - 1, axis=None)[:count]
    left = kernel.copy()
    left.reshape(-1)[order] = 0
    return left
