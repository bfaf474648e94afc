"""A model of few numbers and the real form: MobileNet V1 at an eighth of its width, random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture, architecture
from store.models.labels import Label
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing

SMALL_ALPHA = 0.125


def f32(values: Sequence[Any]) -> NDArray[np.float32]:
    """These numbers as a float32 array."""
    return np.array(values, np.float32)


def random_arrays(network: Architecture, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Arrays of a network's shapes, of a spread that keeps its values alive."""
    random = np.random.default_rng(seed)
    arrays = {}
    for key, shape in network.shapes.items():
        inputs = np.prod(shape[:2]) if shape[-1] == 1 else np.prod(shape[:-1])
        spread = 0.1 if len(shape) == 1 else float(np.sqrt(2.0 / inputs))
        arrays[key] = random.normal(0.0, spread, shape).astype(np.float32)
    return arrays


def small_model(
    seed: int = 0, family: str = "mobilenet_v1", alpha: float | None = SMALL_ALPHA, **changes: Any
) -> ParsedModel:
    """A model with the labels wolf, fox and dog; `changes` are fields of ParsedModel."""
    network = architecture(family, alpha)
    random = np.random.default_rng(seed + 1)
    kernel = random.normal(size=(network.embedding_size, 3)).astype(np.float32)
    model = ParsedModel(
        name=f"Small {seed}",
        architecture=network.id,
        alpha=network.alpha,
        preprocessing=Preprocessing(),
        arrays=random_arrays(network, seed),
        head_layers=[(kernel, np.zeros(3, np.float32))],
        labels=[Label("wolf", ("Canis lupus",)), Label("fox"), Label("dog")],
        made="imported",
        source="a test",
        licence="MIT",
    )
    return replace(model, **changes)
