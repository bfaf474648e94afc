"""What writing and reading a Teachable Machine project have in common. Light to import but for numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]
TEACHABLE_PIXELS = (127.0, 127.0)  # (offset, scale) of what its library feeds
PIXELS, MINUS, BOTH, UNIT = "pixels", "embedding_minus", "embedding_both", "embedding_unit"


def without_norm(topology: Json, weights: dict[str, NDArray[Any]]) -> None:
    """Undoes `_unit` in a description that was read: the layers of the norm are passed by.

    Raises KeyError, TypeError and ValueError for a description of another form.
    """
    model = topology.get("model_config", topology)
    layers = model["config"]["layers"] if model["class_name"] != "Sequential" else []
    if not any(layer["name"] == UNIT for layer in layers):
        return
    model["config"]["layers"] = [layer for layer in layers if layer["name"] not in (MINUS, BOTH, UNIT)]
    for layer in model["config"]["layers"]:
        if any(source[0] == UNIT for node in layer["inbound_nodes"] for source in node):
            layer["inbound_nodes"] = [[["embedding", 0, 0, {}]]]
            kernel = weights[f"{layer['name']}/kernel"]
            weights[f"{layer['name']}/kernel"] = kernel[: len(kernel) // 2] * np.sqrt(2 * len(kernel))
