"""Reads a Keras model's configuration, as TF.js layers models and Teachable Machine carry it.

Known forms: Keras 2 and tfjs-layers, Sequential and functional models, nested in each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.models.batch_norm import factor_and_shift
from store.models.foreign_graph import Array, Damaged, ForeignNetwork, Node, Unfit

Json = dict[str, Any]
MODELS = ("Sequential", "Model", "Functional")
IDLE = (
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "ActivityRegularization",
    "Reshape",
    "Flatten",
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomContrast",
    "RandomBrightness",
)
INPUT = "the input"
BROKEN_FORM = (KeyError, TypeError, IndexError, ValueError, AttributeError, RecursionError)


def read_keras_config(topology: Json, weights: Mapping[str, NDArray[Any]]) -> ForeignNetwork:
    """The network of a configuration ("class_name" and "config"); raises Damaged or Unfit."""
    model = topology.get("model_config", topology)
    reader = _Reader(weights)
    try:
        output = reader.model(model, INPUT, "")
    except BROKEN_FORM as error:
        raise Damaged("its description of the network is not of the form that Keras writes") from error
    return ForeignNetwork(reader.nodes, INPUT, output, reader.size)


class _Reader:
    """Walks models and the models inside them; `nodes` and `size` are the result."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        self._weights = weights
        self.nodes: list[Node] = []
        self.size: tuple[int | None, int | None] = (None, None)
        self._handlers: dict[str, Callable[[str, Json, tuple[str, ...]], None]] = {
            "Conv2D": self._conv,
            "DepthwiseConv2D": self._depthwise,
            "BatchNormalization": self._batch_norm,
            "ReLU": self._relu,
            "Activation": lambda name, config, inputs: self._activation(name, config["activation"], inputs),
            "Softmax": lambda name, _, inputs: self._activation(name, "softmax", inputs),
            "Dense": self._dense,
            "ZeroPadding2D": self._pad,
            "GlobalAveragePooling2D": lambda name, _, inputs: self._append(Node(name, "pool", inputs)),
            "AveragePooling2D": self._average,
            "Add": lambda name, _, inputs: self._append(Node(name, "add", inputs)),
            "Rescaling": self._rescale,
        }

    def model(self, entry: Json, source: str, path: str) -> str:
        """Reads a model that takes `source`; the name of what it puts out."""
        config = entry["config"]
        layers = config if isinstance(config, list) else config["layers"]
        if entry["class_name"] == "Sequential":
            for layer in layers:
                source = self._layer(layer, (source,), path)
            return source
        return self._functional(config, layers, source, path)

    def _functional(self, config: Json, layers: list[Json], source: str, path: str) -> str:
        outputs = {_only_name(config["input_layers"]): source}
        for layer in layers:
            name = layer.get("name", layer["config"].get("name"))
            if layer["class_name"] == "InputLayer":
                self._note_size(layer["config"])
                continue
            inputs = tuple(outputs[before] for before in _inbound(layer["inbound_nodes"]))
            outputs[name] = self._layer(layer, inputs, path)
        return outputs[_only_name(config["output_layers"])]

    def _layer(self, layer: Json, inputs: tuple[str, ...], path: str) -> str:
        """Reads one layer; the name of what it puts out."""
        kind, config = layer["class_name"], layer["config"]
        if kind == "InputLayer":
            self._note_size(config)
            return inputs[0]
        name = f"{path}{layer.get('name') or config['name']}"
        if kind in MODELS:
            return self.model(layer, inputs[0], f"{name}/")
        self._note_size(config)
        if kind in IDLE:
            self._append(Node(name, "pass", inputs))
        elif kind in self._handlers:
            self._handlers[kind](name, config, inputs)
        else:
            raise Unfit(f"it has a layer of the kind {kind}")
        return name

    def _note_size(self, config: Json) -> None:
        shape = config.get("batch_input_shape") or config.get("batch_shape")
        if self.nodes or not shape or len(shape) != 4:  # noqa: PLR2004 - batch, height, width, colours
            return
        if shape[3] != 3:  # noqa: PLR2004
            raise Unfit("its input is not a colour picture")
        self.size = (shape[1], shape[2])

    def _append(self, node: Node) -> None:
        if any(node.name == other.name for other in self.nodes):
            raise Unfit(f"it uses the layer “{node.name}” twice")
        self.nodes.append(node)

    def _array(self, name: str, what: str) -> Array:
        """A layer's array; converters name it by the layer alone or by the models around it too."""
        leaf = name.rsplit("/", 1)[-1]
        for key in (f"{name}/{what}", f"{leaf}/{what}"):
            if key in self._weights:
                return self._weights[key].astype(np.float32)
        longer = [key for key in self._weights if key.endswith(f"/{leaf}/{what}")]
        if len(longer) != 1:
            raise Damaged(f"the weights “{what}” of its layer “{leaf}” are missing")
        return self._weights[longer[0]].astype(np.float32)

    def _conv(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        if config.get("groups", 1) != 1:
            raise Unfit(f"the convolution “{name}” is grouped")
        kernel = self._array(name, "kernel")
        bias = self._array(name, "bias") if config["use_bias"] else None
        self._append(Node(name, "conv", inputs, kernel, bias, **_spatial(name, config)))

    def _depthwise(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        kernel = self._array(name, "depthwise_kernel")
        bias = self._array(name, "bias") if config["use_bias"] else None
        self._append(Node(name, "depthwise", inputs, kernel, bias, **_spatial(name, config)))

    def _dense(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        kernel = self._array(name, "kernel")
        bias = self._array(name, "bias") if config["use_bias"] else None
        activation = _activation_name(config["activation"])
        self._append(Node(name, "dense", inputs, kernel, bias, activation=activation))

    def _batch_norm(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        mean, variance = self._array(name, "moving_mean"), self._array(name, "moving_variance")
        gamma = self._array(name, "gamma") if config.get("scale", True) else np.ones_like(mean)
        beta = self._array(name, "beta") if config.get("center", True) else np.zeros_like(mean)
        factor, shift = factor_and_shift(gamma, beta, mean, variance, float(config["epsilon"]))
        self._append(Node(name, "affine", inputs, factor=factor, shift=shift))

    def _rescale(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        factor, shift = np.array([[config["scale"]], [config.get("offset", 0)]], np.float32)
        self._append(Node(name, "affine", inputs, factor=factor, shift=shift))

    def _relu(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        if config.get("negative_slope") or config.get("threshold"):
            raise Unfit(f"the activation “{name}” is not a plain ReLU")
        highest = config.get("max_value")
        kinds = {None: "relu", 6: "relu6"}
        self._activation(name, kinds.get(highest, f"relu up to {highest}"), inputs)

    def _activation(self, name: str, activation: object, inputs: tuple[str, ...]) -> None:
        kind = _activation_name(activation)
        if kind == "softmax":
            self._append(Node(name, "softmax", inputs))
        elif kind == "linear":
            self._append(Node(name, "pass", inputs))
        else:
            self._append(Node(name, "activation", inputs, activation=kind))

    def _pad(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        padding = config["padding"]
        if isinstance(padding, int):
            padding = (padding, padding)
        rows, columns = ((side, side) if isinstance(side, int) else side for side in padding)
        self._append(Node(name, "pad", inputs, pads=(rows[0], rows[1], columns[0], columns[1])))

    def _average(self, name: str, config: Json, inputs: tuple[str, ...]) -> None:
        if config["padding"] != "valid":
            raise Unfit("it does not take the mean of the whole last feature map")
        height, width = config["pool_size"]
        self._append(Node(name, "pool", inputs, window=(height, width)))


def _spatial(name: str, config: Json) -> Json:
    """Stride, padding and activation of a convolution, in the words of Node."""
    stride, other = config["strides"]
    dilation = config.get("dilation_rate") or 1
    if stride != other or dilation not in (1, [1, 1]) or config.get("data_format") == "channels_first":
        raise Unfit(f"the convolution “{name}” is uneven, dilated or has its channels first")
    return {
        "stride": stride,
        "padding": config["padding"],
        "activation": _activation_name(config["activation"]),
    }


def _activation_name(activation: object) -> str:
    if isinstance(activation, dict):
        activation = activation.get("config")
    return activation if isinstance(activation, str) else "linear" if activation is None else "unknown"


def _only_name(entries: list[Any]) -> str:
    """The one name in [["name", 0, 0]] (Keras 2) or ["name", 0, 0] (Keras 3)."""
    entry = entries if entries and isinstance(entries[0], str) else entries[0]
    if entry is not entries and len(entries) != 1:
        raise Unfit("it has several inputs or outputs")
    return str(entry[0])


def _inbound(nodes: list[Any]) -> list[str]:
    """The layers that a layer reads: [[["name", 0, 0, {}], …]] in Keras 2."""
    if len(nodes) != 1:
        raise Unfit("it uses a layer twice")
    return [str(entry[0]) for entry in nodes[0]]
