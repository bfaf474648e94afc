"""A version as one TF.js graph model, from a picture to "probabilities", "embedding" and "features".

`tf.loadGraphModel` takes the folder. The backbone is its family's topology with its weights filled in; the
head's layers stand behind "embedding", the calibration temperature divided into the last one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from store.events import Variant
from store.models.arrays import Array, head_arrays, little_endian
from store.models.backbone_set import BackboneSet
from store.models.exported_files import UNIT_NODE
from store.models.head_set import HeadSet
from store.models.quantisation import Quantised, quantise
from store.models.topology import graph_model, stored_as

FLOAT = {"type": "DT_FLOAT"}
_LEAST = np.array([1e-12], np.float32)


def write_graph(target: Path, backbone: BackboneSet, head: HeadSet, variant: Variant = "float32") -> None:
    """Writes model.json and weights.bin into the folder; raises OSError."""
    graph = graph_model(backbone.network, backbone.arrays, variant)
    described, layers = graph.described, cooled(head)
    weights = {key: quantise(array, stored_as(key, variant)) for key, array in head_arrays(layers).items()}
    if head.input == "unit":
        weights |= {
            f"{UNIT_NODE}/ones": Quantised(np.ones((len(layers[0][0]), 1), np.float32), None),
            f"{UNIT_NODE}/least": Quantised(_LEAST, None),
        }
    nodes = described["modelTopology"]["node"]
    nodes += [{"name": name, "op": "Const", "attr": {"dtype": FLOAT}} for name in weights]
    nodes += _unit_nodes() if head.input == "unit" else []
    nodes += _head_nodes(len(layers), UNIT_NODE if head.input == "unit" else "embedding")
    described["signature"]["outputs"]["probabilities"] = {
        "name": "probabilities:0",
        "dtype": "DT_FLOAT",
        "tensorShape": {"dim": [{"size": "-1"}, {"size": str(len(head.labels))}]},
    }
    group = described["weightsManifest"][0]
    group["paths"] = ["weights.bin"]
    group["weights"] += manifest(weights)
    data = b"".join([graph.data, *(little_endian(weight.data) for weight in weights.values())])
    (target / "weights.bin").write_bytes(data)
    write_json(target / "model.json", described)


def manifest(weights: Mapping[str, Quantised]) -> list[dict[str, Any]]:
    """The entries of TF.js's weights manifest, in the order of the arrays."""
    entries = []
    for name, weight in weights.items():
        entry = {"name": name, "shape": list(weight.data.shape), "dtype": "float32"}
        entries.append(entry if weight.entry is None else entry | {"quantization": weight.entry})
    return entries


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """One line of JSON; raises OSError."""
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def cooled(head: HeadSet) -> list[tuple[Array, Array]]:
    """The layers with the temperature divided into the last one: a plain softmax then gives the same."""
    *before, (kernel, bias) = head.layers
    by = np.float32(head.temperature)
    return [*before, ((kernel / by).astype(np.float32), (bias / by).astype(np.float32))]


def _unit_nodes() -> list[dict[str, Any]]:
    """The embedding divided by its norm; the sum of squares is a product with ones, which needs no axes."""
    product = {"T": FLOAT, "transpose_a": {"b": False}, "transpose_b": {"b": False}}
    squares, total, root, norm = (f"{UNIT_NODE}/{part}" for part in ("squares", "total", "root", "norm"))
    return [
        _node(squares, "Mul", ["embedding", "embedding"], {"T": FLOAT}),
        _node(total, "MatMul", [squares, f"{UNIT_NODE}/ones"], product),
        _node(root, "Sqrt", [total], {"T": FLOAT}),
        _node(norm, "AddV2", [root, f"{UNIT_NODE}/least"], {"T": FLOAT}),
        _node(UNIT_NODE, "RealDiv", ["embedding", norm], {"T": FLOAT}),
    ]


def _head_nodes(count: int, source: str) -> list[dict[str, Any]]:
    """MatMul, BiasAdd and Relu for each layer, Softmax instead of Relu for the last."""
    nodes = []
    for index in range(count):
        last = index == count - 1
        name, end = f"dense_{index}", "probabilities" if last else f"dense_{index}/relu"
        product = {"T": FLOAT, "transpose_a": {"b": False}, "transpose_b": {"b": False}}
        nodes += [
            _node(f"{name}/product", "MatMul", [source, f"{name}/kernel"], product),
            _node(f"{name}/sum", "BiasAdd", [f"{name}/product", f"{name}/bias"], {"T": FLOAT}),
            _node(end, "Softmax" if last else "Relu", [f"{name}/sum"], {"T": FLOAT}),
        ]
        source = end
    return nodes


def _node(name: str, operation: str, inputs: list[str], attributes: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "op": operation, "input": inputs, "attr": attributes}
