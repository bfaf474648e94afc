"""A version as a Teachable Machine image project: model.json, weights.bin and metadata.json.

`@teachablemachine/image` (googlecreativelab/teachablemachine-community) loads a TF.js layers model, feeds it
pixel / 127 - 1 of the whole centred square, and reads labels and imageSize from the metadata. Only layers of
tfjs-layers 1.3 are used, which it is built on: another scale of the pixels is a batch normalisation, since
that library knows no rescaling, and the norm of a head over unit embeddings is a layer normalisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from store.models.architectures import Layer
from store.models.arrays import Array, little_endian
from store.models.backbone_set import BackboneSet
from store.models.head_set import HeadSet
from store.models.quantisation import Quantised
from store.models.teachable_form import BOTH, MINUS, PIXELS, TEACHABLE_PIXELS, UNIT
from store.models.tfjs_export import cooled, manifest, write_json

Json = dict[str, Any]
PACKAGE = "@teachablemachine/image"
_TFJS_VERSION, _PACKAGE_VERSION = "1.3.1", "0.8.4"  # what its metadata has to name
_EPSILON = 1e-12


def write_project(target: Path, name: str, backbone: BackboneSet, head: HeadSet, made_at: str) -> None:
    """Writes the three files into the folder; `made_at` is a time in ISO 8601. Raises OSError."""
    model = _Layers(backbone, head)
    weights = {key: Quantised(array, None) for key, array in model.weights.items()}
    described = {
        "format": "layers-model",
        "generatedBy": "Whimbrel",
        "convertedBy": None,
        "modelTopology": {
            "class_name": "Model",
            "config": model.config(),
            "keras_version": f"tfjs-layers {_TFJS_VERSION}",
            "backend": "tensor_flow.js",
        },
        "weightsManifest": [{"paths": ["weights.bin"], "weights": manifest(weights)}],
    }
    (target / "weights.bin").write_bytes(b"".join(map(little_endian, model.weights.values())))
    write_json(target / "model.json", described)
    write_json(target / "metadata.json", _metadata(name, backbone, head, made_at))


def _metadata(name: str, backbone: BackboneSet, head: HeadSet, made_at: str) -> Json:
    return {
        "tfjsVersion": _TFJS_VERSION,
        "tmVersion": "2.4.5",
        "packageVersion": _PACKAGE_VERSION,
        "packageName": PACKAGE,
        "timeStamp": made_at,
        "userMetadata": {"generatedBy": "Whimbrel"},
        "modelName": name,
        "labels": [label.name for label in head.labels],
        "imageSize": backbone.preprocessing.size,
    }


class _Layers:
    """Layers in the form of tfjs-layers, each behind the one before, and their weights by name."""

    def __init__(self, backbone: BackboneSet, head: HeadSet) -> None:
        self.weights: dict[str, Array] = {}
        self._layers: list[Json] = []
        size = backbone.preprocessing.size
        self._last = self._add("InputLayer", "input", (), {"batch_input_shape": [None, size, size, 3]})
        self._rescale(backbone)
        for layer in backbone.network.layers:
            self._convolution(layer, backbone.arrays)
        self._last = self._add("GlobalAveragePooling2D", "embedding", (self._last,), {})
        self._head(head)

    def config(self) -> Json:
        """The model's configuration."""
        ends = {"input_layers": [["input", 0, 0]], "output_layers": [[self._last, 0, 0]]}
        return {"name": "whimbrel", "layers": self._layers, **ends}

    def _add(self, kind: str, name: str, sources: Sequence[str], config: Json) -> str:
        inbound = [[[source, 0, 0, {}] for source in sources]] if sources else []
        common = {"name": name, "trainable": True, "dtype": "float32"}
        self._layers.append(
            {"class_name": kind, "name": name, "config": common | config, "inbound_nodes": inbound}
        )
        return name

    def _rescale(self, backbone: BackboneSet) -> None:
        """From the library's pixel / 127 - 1 to what the network takes, where that is something else."""
        offset, scale = TEACHABLE_PIXELS
        ours = backbone.preprocessing
        if (ours.offset, ours.scale) != (offset, scale):
            factor, shift = scale / ours.scale, (offset - ours.offset) / ours.scale
            self._last = self._affine(PIXELS, self._last, factor, shift, channels=3)

    def _affine(self, name: str, source: str, factor: float, shift: float, channels: int) -> str:
        """factor × value + shift, as a batch normalisation of mean 0 and variance 1."""
        values = {
            "gamma": factor * np.sqrt(1 + _EPSILON),
            "beta": shift,
            "moving_mean": 0.0,
            "moving_variance": 1.0,
        }
        for key, value in values.items():
            self.weights[f"{name}/{key}"] = np.full(channels, value, np.float32)
        config = {"axis": -1, "epsilon": _EPSILON, "momentum": 0.99, "center": True, "scale": True}
        return self._add("BatchNormalization", name, (source,), config)

    def _convolution(self, layer: Layer, arrays: Mapping[str, Array]) -> None:
        is_depthwise = layer.kind == "depthwise"
        what = "depthwise_kernel" if is_depthwise else "kernel"
        self.weights[f"{layer.name}/{what}"] = arrays[f"{layer.name}/kernel"]
        self.weights[f"{layer.name}/bias"] = arrays[f"{layer.name}/bias"]
        sides = {"kernel_size": [layer.kernel] * 2, "strides": [layer.stride] * 2, "dilation_rate": [1, 1]}
        config = sides | {"padding": "same", "data_format": "channels_last", "use_bias": True}
        config |= {"activation": "linear"}
        config |= {"depth_multiplier": 1} if is_depthwise else {"filters": layer.out_channels}
        kind = "DepthwiseConv2D" if is_depthwise else "Conv2D"
        last = self._add(kind, layer.name, (self._last,), config)
        if layer.activation == "relu6":
            last = self._add("ReLU", f"{layer.name}_relu6", (last,), {"max_value": 6.0})
        if layer.residual_from is not None:
            last = self._add("Add", f"{layer.name}_add", (self._output(layer.residual_from), last), {})
        self._last = last

    def _output(self, layer: str) -> str:
        """The last of the layers that stand for one of the network's."""
        names = [each["name"] for each in self._layers]
        return next(name for name in (f"{layer}_add", f"{layer}_relu6", layer) if name in names)

    def _head(self, head: HeadSet) -> None:
        layers = cooled(head)
        if head.input == "unit":
            kernel, bias = layers[0]
            layers[0] = (self._unit(kernel), bias)
        for index, (kernel, bias) in enumerate(layers):
            last = index + 1 == len(layers)
            name = "probabilities" if last else f"dense_{index}"
            self.weights[f"{name}/kernel"], self.weights[f"{name}/bias"] = kernel, bias
            activation = "softmax" if last else "relu"
            config = {"units": kernel.shape[1], "activation": activation, "use_bias": True}
            self._last = self._add("Dense", name, (self._last,), config)

    def _unit(self, kernel: Array) -> Array:
        """The embedding e divided by its norm; the kernel [2d, k] behind it.

        [e, -e] has the mean 0 and the variance |e|² / d: its layer normalisation is [e, -e] √d / |e|. Its
        gamma and beta change nothing, but without them tfjs-layers 1.3 breaks.
        """
        embedding, size = self._last, len(kernel)
        minus = self._affine(MINUS, embedding, -1.0, 0.0, channels=size)
        both = self._add("Concatenate", BOTH, (embedding, minus), {"axis": -1})
        config = {"axis": -1, "epsilon": _EPSILON, "center": True, "scale": True}
        self.weights[f"{UNIT}/gamma"] = np.ones(2 * size, np.float32)
        self.weights[f"{UNIT}/beta"] = np.zeros(2 * size, np.float32)
        self._last = self._add("LayerNormalization", UNIT, (both,), config)
        half = kernel / np.float32(2 * np.sqrt(size))
        return np.concatenate([half, -half])
