"""Fills weights into their family's TF.js topology: a complete graph model without TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.events import Variant
from store.models.architectures import Architecture, architecture
from store.models.arrays import check_arrays, little_endian
from store.models.errors import ModelError
from store.models.quantisation import Quantised, quantise

Array = NDArray[np.float32]
VARIANTS: tuple[Variant, ...] = ("float32", "float16", "uint8")
_FOLDER = Path(__file__).with_name("topologies")
_WIDTH_OF_TABLE = {"mobilenet_v2": 1.0, "mobilenet_v1": 1.0, "efficientnet_lite0": None}


@dataclass(frozen=True)
class GraphModel:
    """A TF.js graph model: model.json, the bytes of its weights file, and the arrays that TF.js restores."""

    described: dict[str, Any] = field(repr=False)
    data: bytes = field(repr=False)
    arrays: dict[str, Array] = field(repr=False)


def graph_model(network: Architecture, arrays: Mapping[str, Array], variant: Variant) -> GraphModel:
    """The graph model of a network in one variant; raises ModelError where arrays and table do not fit."""
    check_arrays(arrays, network.shapes)
    _check_topology_fits(network)
    topology = family_topology(network.id)
    stored = {key: quantise(array, stored_as(key, variant)) for key, array in arrays.items()}
    constants = {key: np.array(value, dtype="<i4") for key, value in topology["constants"].items()}
    names = [node["name"] for node in topology["node"] if node["op"] == "Const"]
    described = {
        "format": "graph-model",
        "generatedBy": "Whimbrel",
        "convertedBy": topology["convertedBy"],
        "signature": _signature(network),
        "modelTopology": {"node": [_with_shape(node, network) for node in topology["node"]], "versions": {}},
        "weightsManifest": [
            {
                "paths": [f"{variant}.bin"],
                "weights": [_entry(name, stored.get(name), constants.get(name)) for name in names],
            }
        ],
    }
    parts = [little_endian(stored[name].data if name in stored else constants[name]) for name in names]
    return GraphModel(described, b"".join(parts), {key: value.restored() for key, value in stored.items()})


def stored_as(key: str, variant: Variant) -> Variant:
    """How one weight is kept. Biases stay float32; in the uint8 variant some kernels are float16.

    Those are the stem's and the depthwise ones: folding gives each of their channels a range of its own,
    which 256 steps for the whole tensor cannot hold. They are few: with them in uint8 the starter agrees with
    float32 on 112 of 125 photographs, without on 121.
    """
    if key.endswith("/bias"):
        return "float32"
    fragile = key.startswith("stem/") or "_depthwise/" in key
    return "float16" if variant == "uint8" and fragile else variant


@lru_cache(maxsize=3)
def family_topology(family: str) -> dict[str, Any]:
    """The kept topology of a family, without weights. Not to be changed."""
    topology: dict[str, Any] = json.loads((_FOLDER / f"{family}.json").read_text(encoding="utf-8"))
    return topology


def _check_topology_fits(network: Architecture) -> None:
    """At odd widths two stages round to the same channels and gain an addition that the topology has not."""
    table = architecture(network.id, _WIDTH_OF_TABLE[network.id])
    if [layer.residual_from for layer in network.layers] != [layer.residual_from for layer in table.layers]:
        raise ModelError(
            f"{network.id} at width {network.alpha} adds layers that it does not add at other widths.",
            "Use MobileNet V2 at a width of 0.28 or more, or MobileNet V1.",
        )


def _entry(name: str, stored: Quantised | None, constant: NDArray[np.int32] | None) -> dict[str, object]:
    if stored is None:
        shape = [] if constant is None else list(constant.shape)
        return {"name": name, "shape": shape, "dtype": "int32"}
    entry: dict[str, object] = {"name": name, "shape": list(stored.data.shape), "dtype": "float32"}
    return entry if stored.entry is None else entry | {"quantization": stored.entry}


def _signature(network: Architecture) -> dict[str, Any]:
    size, side = network.input_size, network.feature_size
    return {
        "inputs": {"input": _tensor("input", (-1, size, size, 3))},
        "outputs": {
            "embedding": _tensor("embedding", (-1, network.embedding_size)),
            "features": _tensor("features", (-1, side, side, network.embedding_size)),
        },
    }


def _tensor(name: str, shape: tuple[int, ...]) -> dict[str, Any]:
    return {"name": f"{name}:0", "dtype": "DT_FLOAT", "tensorShape": _shape(shape)}


def _shape(shape: tuple[int, ...]) -> dict[str, Any]:
    return {"dim": [{"size": str(side)} for side in shape]}


def _with_shape(node: dict[str, Any], network: Architecture) -> dict[str, Any]:
    if node["op"] != "Placeholder":
        return node
    shape = _shape((-1, network.input_size, network.input_size, 3))
    return node | {"attr": node["attr"] | {"shape": {"shape": shape}}}
