"""Whether a trained network is what the rest of the program will run: in numpy, and in the page."""

from __future__ import annotations

import json
from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture
from store.models.network import forward
from store.models.topology import family_topology
from store.training.gates.gate import Gate
from store.training.gates.numbers import network_parity_gate
from store.training.topologies import converted, file_text

Array = NDArray[np.float32]
COMPARED = 4  # pictures: numpy takes a good while for each


def numpy_gate(network: Architecture, arrays: Mapping[str, Array], inputs: Array, embeddings: Array) -> Gate:
    """The arrays give in numpy what TensorFlow gives, `embeddings` [m, d] of `inputs` [m, size, size, 3]."""
    _, ours = forward(network, arrays, inputs[:COMPARED])
    return network_parity_gate(ours, embeddings[:COMPARED])


def conversion_gate(model: keras.Model, network: Architecture, arrays: Mapping[str, Array]) -> Gate:
    """tensorflowjs makes of the model the graph that the page runs, with these arrays for weights."""
    try:
        made = json.loads(file_text(converted(model, network, arrays)))
        same = all(made[part] == value for part, value in family_topology(network.id).items())
    except AssertionError:
        same = False
    if same:
        return Gate("conversion", True, "TensorFlow.js's own converter makes the same network of it.")
    return Gate("conversion", False, "TensorFlow.js's own converter makes another network of it.")
