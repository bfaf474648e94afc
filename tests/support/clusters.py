"""Made embeddings: clusters of positive numbers, as a network's last feature map averages to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Labels = NDArray[np.int64]


def clusters(counts: Sequence[int], seed: int, size: int = 64, noise: float = 0.6) -> tuple[Array, Labels]:
    """Embeddings float32 [sum of counts, size] and labels, shuffled; `counts` are the examples of each label.

    The centres depend on `size` alone, so that two seeds draw from the same clusters.
    """
    centres = np.random.default_rng(size).gamma(1.0, 0.5, (len(counts), size))
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat(np.arange(len(counts)), counts))
    values = np.maximum(centres[labels] + random.normal(0.0, noise, (len(labels), size)), 0)
    return values.astype(np.float32), labels
