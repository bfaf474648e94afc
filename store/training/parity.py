"""Numpy against TensorFlow: `python -m store.training.parity` prints one line of JSON a network.

{"family", "alpha", "features", "embedding": the largest difference relative to Keras' largest value,
"quantised": whether uint8 weights are, to one step of 255, those that tensorflowjs writes}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture, architecture
from store.models.network import forward
from store.models.quantisation import quantise
from store.training import keras_models
from store.training.converter import quantisation
from store.training.topologies import WIDTHS, random_arrays

Array = NDArray[np.float32]


def compare(network: Architecture, seed: int) -> dict[str, object]:
    """One line of the output, on random weights and two random pictures."""
    arrays = random_arrays(network, seed)
    size = network.input_size
    batch = np.random.default_rng(seed).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    model = keras_models.build(network)
    keras_models.set_arrays(model, network, arrays)
    wanted = model.predict(batch, verbose=0)
    features, embedding = forward(network, arrays, batch)
    return {
        "family": network.id,
        "alpha": network.alpha,
        "features": relative(features, wanted["features"]),
        "embedding": relative(embedding, wanted["embedding"]),
        "quantised": all(_same_quanta(array) for array in arrays.values()),
    }


def relative(found: Array, wanted: Array) -> float:
    """The largest difference over the largest magnitude of what is wanted."""
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def _same_quanta(array: Array) -> bool:
    ours = quantise(array, "uint8")
    theirs, facts = quantisation().quantize_weights(array, np.uint8)
    steps = np.abs(ours.data.astype(int) - theirs.astype(int)).max()
    return bool(steps <= 1 and _close(ours.entry or {}, facts))


def _close(ours: Mapping[str, object], theirs: Mapping[str, float]) -> bool:
    return all(np.isclose(float(str(ours[key])), theirs[key], rtol=1e-6) for key in ("scale", "min"))


def main() -> None:
    """Compares every family at every width."""
    for family, widths in WIDTHS.items():
        for alpha in widths:
            print(json.dumps(compare(architecture(family, alpha), seed=11)), flush=True)


if __name__ == "__main__":
    main()
