"""Writes a model version into a folder of the user's: for TF.js, or as plain arrays (safetensors).

Both have whimbrel.json (architecture, preprocessing, labels, where it came from) and labels.txt, and can be
imported again. The TF.js folder is one graph model from a picture to "probabilities", "embedding" and
"features"; `tf.loadGraphModel` takes it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from store.events import ModelVersion
from store.models.arrays import Array, head_arrays, little_endian, save
from store.models.backbone_set import BackboneSet, load_backbone
from store.models.errors import ModelError
from store.models.exported_files import DESCRIPTION, LABELS, UNIT_NODE, WEIGHTS
from store.models.head_set import HeadSet, load_head
from store.models.topology import graph_model

FLOAT = {"type": "DT_FLOAT"}
FORMS = ("tfjs", "safetensors")
_LEAST = np.array([1e-12], np.float32)


def export(models: Path, version: ModelVersion, folder: Path, form: str = "tfjs") -> list[Path]:
    """Writes a version from the sets under `models` into `folder`, which is made or empty; the files written.

    `form` is "tfjs" or "safetensors". Raises ModelError; then the folder is as it was.
    """
    if form not in FORMS:
        raise ModelError(f"Whimbrel does not export “{form}”.", f"It exports {' and '.join(FORMS)}.")
    backbone = load_backbone(models, version.backbone_id)
    head = load_head(models, version.head_id)

    def fill(target: Path) -> None:
        _write_tfjs(target, backbone, head) if form == "tfjs" else _write_arrays(target, backbone, head)
        _write_labels(target, head)
        _write_json(target / DESCRIPTION, _description(version, backbone, head))

    try:
        return _into(folder, fill)
    except OSError as error:
        raise ModelError(
            f"“{folder}” could not be written ({error.strerror or error}).", "Choose another folder."
        ) from error


def _into(folder: Path, fill: Callable[[Path], None]) -> list[Path]:
    """Fills a folder beside the one that is wanted, then gives it its name: all of it or nothing."""
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"“{folder}” is there already and is not an empty folder.", "Choose another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(partial)
        partial.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return sorted(folder.iterdir())


def _description(version: ModelVersion, backbone: BackboneSet, head: HeadSet) -> dict[str, Any]:
    return {
        "schema": 1,
        "version": version.id,
        "name": version.name,
        "architecture": backbone.network.id,
        "alpha": backbone.network.alpha,
        "preprocessing": backbone.preprocessing.to_json(),
        "temperature": head.temperature,
        "input": head.input,
        "labels": [{"name": label.name, "synonyms": list(label.synonyms)} for label in head.labels],
        "source": version.source,
        "licence": version.licence,
    }


def _write_arrays(target: Path, backbone: BackboneSet, head: HeadSet) -> None:
    save({**backbone.arrays, **head_arrays(head.layers)}, target / WEIGHTS)


def _write_labels(target: Path, head: HeadSet) -> None:
    text = "".join(f"{label.name}\n" for label in head.labels)
    (target / LABELS).write_text(text, encoding="utf-8")


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _write_tfjs(target: Path, backbone: BackboneSet, head: HeadSet) -> None:
    """The backbone's graph model with the head's layers behind "embedding"."""
    graph = graph_model(backbone.network, backbone.arrays, "float32")
    described, layers = graph.described, _cooled(head)
    weights = head_arrays(layers)
    if head.input == "unit":
        weights |= {
            f"{UNIT_NODE}/ones": np.ones((len(layers[0][0]), 1), np.float32),
            f"{UNIT_NODE}/least": _LEAST,
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
    group["weights"] += [
        {"name": name, "shape": list(array.shape), "dtype": "float32"} for name, array in weights.items()
    ]
    data = b"".join([graph.data, *(little_endian(array) for array in weights.values())])
    (target / "weights.bin").write_bytes(data)
    _write_json(target / "model.json", described)


def _cooled(head: HeadSet) -> list[tuple[Array, Array]]:
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
