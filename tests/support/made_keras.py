"""Writes files of the forms that Keras and tfjs-layers write, from made networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from made_networks import MadeNetwork
from numpy.typing import NDArray

from store.models.architectures import Layer

Json = dict[str, Any]
Numbers = NDArray[np.generic]


def keras_name(family: str, layer: Layer) -> tuple[str, str]:
    """What keras.applications calls a layer and its batch normalisation."""
    if family == "mobilenet_v1":
        return _v1_name(layer)
    if layer.name == "stem":
        return "Conv1", "bn_Conv1"
    if layer.name == "top":
        return "Conv_1", "Conv_1_bn"
    _, block, part = layer.name.split("_")
    name = f"expanded_conv_{part}" if block == "0" else f"block_{block}_{part}"
    return name, f"{name}_BN"


def _v1_name(layer: Layer) -> tuple[str, str]:
    if layer.name == "stem":
        return "conv1", "conv1_bn"
    _, block, part = layer.name.split("_")
    name = f"conv_{'dw' if part == 'depthwise' else 'pw'}_{int(block) + 1}"
    return name, f"{name}_bn"


def keras_weights(made: MadeNetwork) -> dict[str, dict[str, Numbers]]:
    """Every layer's arrays by Keras' names, in order; the head of V1 is a 1 by 1 convolution."""
    weights: dict[str, dict[str, Numbers]] = {}
    for layer in made.table.layers:
        name, norm = keras_name(made.table.id, layer)
        key = "depthwise_kernel" if layer.kind == "depthwise" else "kernel"
        weights[name] = {key: made.layers[layer.name].kernel}
        weights[norm] = dict(made.layers[layer.name].norm())
    (kernel, bias), *_ = made.head
    if made.table.id == "mobilenet_v1":
        weights["conv_preds"] = {"kernel": kernel[np.newaxis, np.newaxis], "bias": bias}
    else:
        weights["predictions"] = {"kernel": kernel, "bias": bias}
    return weights


def write_weights_h5(path: Path, weights: dict[str, dict[str, Numbers]]) -> None:
    """A weights file as Keras 2 writes it: groups by layer, "layer_names" and "weight_names" in order."""
    with h5py.File(path, "w") as file:
        names = ["input_1", *weights]
        file.attrs["layer_names"] = [name.encode() for name in names]
        file.attrs["backend"] = b"tensorflow"
        for name in names:
            group = file.create_group(name)
            arrays = weights.get(name, {})
            group.attrs["weight_names"] = [f"{name}/{key}:0".encode() for key in arrays]
            for key, array in arrays.items():
                group[f"{name}/{key}:0"] = array


class LayersModel:
    """A MobileNet's configuration as tfjs-layers writes it: zero padding and "valid" where it strides."""

    def __init__(self, made: MadeNetwork) -> None:
        self._made = made
        self._layers: list[Json] = []
        self._last = "input_1"
        self._append(
            "InputLayer", {"batch_input_shape": [None, 224, 224, 3], "dtype": "float32"}, "input_1", []
        )

    def features(self) -> Json:
        """The network up to its last activation, as a model."""
        ends: dict[str, str] = {}
        for layer in self._made.table.layers:
            name, norm = keras_name(self._made.table.id, layer)
            self._convolution(layer, name)
            self._append(
                "BatchNormalization", {"epsilon": 0.001, "axis": 3, "scale": True, "center": True}, norm
            )
            if layer.activation == "relu6":
                self._append("ReLU", {"max_value": 6}, f"{name}_relu")
            if layer.residual_from:
                self._append(
                    "Add", {}, f"{name.rsplit('_', 1)[0]}_add", [ends[layer.residual_from], self._last]
                )
            ends[layer.name] = self._last
        return self._model("Model")

    def classifier(self) -> Json:
        """The whole network with its head, as keras.applications builds it."""
        self.features()
        outputs = len(self._made.head[0][1])
        self._append("GlobalAveragePooling2D", {}, "global_average_pooling2d")
        if self._made.table.id == "mobilenet_v1":
            self._append("Reshape", {"target_shape": [1, 1, self._made.table.embedding_size]}, "reshape_1")
            self._append("Dropout", {"rate": 0.001}, "dropout")
            self._append("Conv2D", _convolution_config(outputs, 1, 1, "same", True), "conv_preds")
            self._append("Reshape", {"target_shape": [outputs]}, "reshape_2")
            self._append("Activation", {"activation": "softmax"}, "act_softmax")
        else:
            dense = {"units": outputs, "activation": "softmax", "use_bias": True}
            self._append("Dense", dense, "predictions")
        return self._model("Model")

    def _convolution(self, layer: Layer, name: str) -> None:
        padding = "same"
        if layer.stride == 2:
            self._append("ZeroPadding2D", {"padding": [[0, 1], [0, 1]]}, f"{name}_pad")
            padding = "valid"
        config = _convolution_config(layer.out_channels, layer.kernel, layer.stride, padding, False)
        kind = "Conv2D" if layer.kind == "conv" else "DepthwiseConv2D"
        self._append(kind, config | ({"depth_multiplier": 1} if kind != "Conv2D" else {}), name)

    def _append(self, kind: str, config: Json, name: str, inputs: list[str] | None = None) -> None:
        sources = [self._last] if inputs is None else inputs
        nodes = [[[source, 0, 0, {}] for source in sources]] if sources else []
        self._layers.append(
            {"name": name, "class_name": kind, "config": {**config, "name": name}, "inbound_nodes": nodes}
        )
        self._last = name

    def _model(self, kind: str) -> Json:
        return {
            "class_name": kind,
            "config": {
                "name": "model",
                "layers": list(self._layers),
                "input_layers": [["input_1", 0, 0]],
                "output_layers": [[self._last, 0, 0]],
            },
        }


def _convolution_config(filters: int, kernel: int, stride: int, padding: str, bias: bool) -> Json:
    return {
        "filters": filters,
        "kernel_size": [kernel, kernel],
        "strides": [stride, stride],
        "padding": padding,
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "activation": "linear",
        "use_bias": bias,
    }


def write_tfjs(
    folder: Path, topology: Json, weights: dict[str, Numbers], quantised: str | None = None, shards: int = 1
) -> None:
    """model.json and its shards, plain or quantised to float16, uint8 or uint16 as tensorflowjs does it."""
    folder.mkdir(parents=True, exist_ok=True)
    entries, data = [], b""
    for name, array in weights.items():
        entry, raw = _entry(name, np.asarray(array), quantised)
        entries.append(entry)
        data += raw
    step = -(-len(data) // shards)
    paths = [f"group1-shard{at + 1}of{shards}.bin" for at in range(shards)]
    for at, path in enumerate(paths):
        (folder / path).write_bytes(data[at * step : (at + 1) * step])
    manifest = [{"paths": paths, "weights": entries}]
    (folder / "model.json").write_text(json.dumps({"modelTopology": topology, "weightsManifest": manifest}))


def _entry(name: str, array: Numbers, quantised: str | None) -> tuple[Json, bytes]:
    entry: Json = {"name": name, "shape": list(array.shape), "dtype": "float32"}
    if quantised is None:
        return entry, array.astype("<f4").tobytes()
    if quantised == "float16":
        return entry | {"quantization": {"dtype": "float16"}}, array.astype("<f2").tobytes()
    low, high = float(array.min()), float(array.max())
    scale = (high - low) / (2 ** (8 * np.dtype(quantised).itemsize) - 1) or 1.0
    stored = np.round((array.astype(np.float64) - low) / scale).astype(quantised)
    return entry | {"quantization": {"min": low, "scale": scale, "dtype": quantised}}, stored.tobytes()


def flat_weights(made: MadeNetwork) -> dict[str, Numbers]:
    """Keras' arrays under "layer/array", as a TF.js manifest names them."""
    return {
        f"{layer}/{key}": array
        for layer, arrays in keras_weights(made).items()
        for key, array in arrays.items()
    }


def write_teachable_machine(folder: Path, made: MadeNetwork, labels: list[str]) -> None:
    """An image project of Teachable Machine: a sequential model of two, the last dense layer without bias."""
    (hidden, hidden_bias), (last, _) = made.head
    body = {
        "class_name": "Sequential",
        "config": {
            "name": "sequential_1",
            "layers": [
                LayersModel(made).features(),
                {"class_name": "GlobalAveragePooling2D", "config": {"name": "global_average_pooling2d_1"}},
            ],
        },
    }
    dense = {"units": 100, "activation": "relu", "use_bias": True, "name": "dense_Dense1"}
    ending = {"units": len(labels), "activation": "softmax", "use_bias": False, "name": "dense_Dense2"}
    head = {
        "class_name": "Sequential",
        "config": {
            "name": "sequential_3",
            "layers": [
                {"class_name": "Dense", "config": dense | {"batch_input_shape": [None, 1280]}},
                {"class_name": "Dense", "config": ending},
            ],
        },
    }
    topology = {"class_name": "Sequential", "config": {"name": "sequential_4", "layers": [body, head]}}
    weights = {key: array for key, array in flat_weights(made).items() if not key.startswith("predictions/")}
    weights |= {
        "dense_Dense1/kernel": hidden,
        "dense_Dense1/bias": hidden_bias,
        "dense_Dense2/kernel": last,
    }
    write_tfjs(
        folder, topology | {"keras_version": "tfjs-layers 1.3.1", "backend": "tensor_flow.js"}, weights
    )
    metadata = {
        "tfjsVersion": "1.3.1",
        "packageName": "@teachablemachine/image",
        "modelName": "tm-my-image-model",
        "labels": labels,
        "imageSize": 224,
    }
    (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")
