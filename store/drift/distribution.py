"""Whether what the model answers has another distribution than it had: Jensen-Shannon divergence.

J. Lin 1991, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory
37:145. Base 2: 0 for the same distribution, 1 for two without a common label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

DRAWS = 999
LEVEL = 0.01
LEAST = 100  # answers on each side
Blocks = Sequence[Counter[str]]


class Shift(Struct, frozen=True, rename="camel"):
    """How far the labels moved. `bound` is what 99 % of the draws stay under if nothing moved, `chance` how
    often mere chance moves them as far; `before`, `now` and `blocks` are numbers of answers and of blocks."""

    divergence: float
    bound: float
    chance: float
    before: int
    now: int
    blocks: int


def divergence(before: Counter[str], now: Counter[str]) -> float:
    """The Jensen-Shannon divergence in bits of two sets of labels, neither of them empty."""
    counts = _matrix([before, now])
    return float(_divergences(counts[:1], counts[1:])[0])


def shift(before: Blocks, now: Blocks, *, seed: int) -> Shift | None:
    """Compares two windows, each as the label counts of its blocks (days of sessions); None: too few answers.

    Pictures of one outing resemble each other, so that not answers but whole blocks are exchanged between
    the windows (a permutation test with (hits + 1) / (draws + 1): Phipson & Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9:39). From a few blocks nothing can be known.
    """
    import numpy as np  # noqa: PLC0415 - heavy, and wanted only when there is enough

    sizes = [sum(block.total() for block in blocks) for blocks in (before, now)]
    if min(sizes) < LEAST:
        return None
    counts = _matrix([*before, *now])
    found = float(_divergences(counts[: len(before)].sum(0)[None], counts[len(before) :].sum(0)[None])[0])
    rng = np.random.default_rng(seed)
    places = np.tile(np.arange(len(counts)), (DRAWS, 1))
    chosen = (rng.permuted(places, axis=1) < len(before)).astype(np.float64)
    first = chosen @ counts
    drawn = _divergences(first, counts.sum(0)[None] - first)
    hits = int((drawn >= found - 1e-12).sum())
    bound = float(np.quantile(drawn, 1 - LEVEL, method="higher"))
    return Shift(found, bound, (hits + 1) / (DRAWS + 1), sizes[0], sizes[1], len(counts))


def _matrix(blocks: Blocks) -> Array:
    import numpy as np  # noqa: PLC0415

    labels = sorted(set().union(*blocks))
    return np.array([[block[label] for label in labels] for block in blocks], dtype=np.float64)


def _divergences(before: Array, now: Array) -> Array:
    """Row by row; a row of zeros has no distribution and counts as no divergence."""
    import numpy as np  # noqa: PLC0415

    p, q = (rows / np.maximum(rows.sum(1, keepdims=True), 1) for rows in (before, now))
    found = _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2
    return np.where((p.sum(1) > 0) & (q.sum(1) > 0), np.maximum(found, 0.0), 0.0)


def _entropy(rows: Array) -> Array:
    import numpy as np  # noqa: PLC0415

    logs = np.log2(rows, where=rows > 0, out=np.zeros_like(rows))
    bits: Array = -(rows * logs).sum(1)
    return bits
