"""Networks with made-up weights, as Keras would have them before folding, and what they fold to."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture, Layer, architecture

Array = NDArray[np.float32]
EPSILON = 1e-3


@dataclass(frozen=True)
class MadeLayer:
    """A convolution without bias and the batch normalisation behind it."""

    kernel: Array = field(repr=False)
    gamma: Array = field(repr=False)
    beta: Array = field(repr=False)
    mean: Array = field(repr=False)
    variance: Array = field(repr=False)

    def norm(self) -> dict[str, Array]:
        """The normalisation's arrays by Keras' names."""
        return {
            "gamma": self.gamma,
            "beta": self.beta,
            "moving_mean": self.mean,
            "moving_variance": self.variance,
        }


@dataclass(frozen=True)
class MadeNetwork:
    """A network of random weights whose activations stay in range, with a head of dense layers."""

    table: Architecture
    layers: dict[str, MadeLayer] = field(repr=False)
    head: list[tuple[Array, Array]] = field(repr=False)

    def folded(self) -> dict[str, Array]:
        """The arrays that an importer must find, computed in float64 by the definition."""
        arrays: dict[str, Array] = {}
        for layer in self.table.layers:
            made = self.layers[layer.name]
            factor = made.gamma.astype(np.float64) / np.sqrt(made.variance.astype(np.float64) + EPSILON)
            across = factor.reshape(-1, 1) if layer.kind == "depthwise" else factor
            arrays[f"{layer.name}/kernel"] = (made.kernel * across).astype(np.float32)
            arrays[f"{layer.name}/bias"] = (made.beta - made.mean * factor).astype(np.float32)
        return arrays


def made_network(
    family: str, alpha: float | None, outputs: int, *, hidden: int | None = None, seed: int = 7
) -> MadeNetwork:
    """Random weights (He et al. 2015, so that the signal keeps its size) for a family at a width."""
    random = np.random.default_rng(seed)
    table = architecture(family, alpha)
    layers = {layer.name: _made_layer(layer, random) for layer in table.layers}
    sizes = [table.embedding_size, *([hidden] if hidden else []), outputs]
    head = [
        (_normal(random, (into, out), 4 / np.sqrt(into)), _normal(random, (out,), 0.1))
        for into, out in pairwise(sizes)
    ]
    return MadeNetwork(table, layers, head)


def _made_layer(layer: Layer, random: np.random.Generator) -> MadeLayer:
    fan_in = layer.kernel**2 * (1 if layer.kind == "depthwise" else layer.in_channels)
    outputs = layer.out_channels
    return MadeLayer(
        kernel=_normal(random, layer.kernel_shape, np.sqrt(2 / fan_in)),
        gamma=random.uniform(0.7, 1.3, outputs).astype(np.float32),
        beta=_normal(random, (outputs,), 0.3),
        mean=_normal(random, (outputs,), 0.3),
        variance=random.uniform(0.5, 1.5, outputs).astype(np.float32),
    )


def _normal(random: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Array:
    return random.normal(0, deviation, shape).astype(np.float32)
