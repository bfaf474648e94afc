"""Keras' official weight files (.h5) of MobileNet V2 and V1: plain arrays in HDF5, read without TensorFlow.

Such a file has a group for each layer, listed in the attribute "layer_names" in the order of the network,
each with "weight_names": Conv1, bn_Conv1, expanded_conv_depthwise, … (V2), conv1, conv1_bn, conv_dw_1, …
(V1). As Keras does when it loads them, we go by the order; every shape is checked. Batch normalisation
(epsilon 1e-3) is folded into the kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture, architecture
from store.models.batch_norm import KERAS_MOBILENET_EPSILON, factor_and_shift, fold_into
from store.models.foreign_graph import Damaged, Unfit
from store.models.matching import WIDTHS, Match, plain

Array = NDArray[np.float32]

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_LAYERS = 1000
BATCH_NORM = ("gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class _LayerWeights:
    """A layer of the file: its name, and its datasets by the last word of theirs ("kernel", "gamma", …)."""

    name: str
    datasets: dict[str, h5py.Dataset]


def looks_like_hdf5(head: bytes) -> bool:
    """Does a file that begins so say that it is HDF5?"""
    return head.startswith(HDF5_SIGNATURE)


def holds_a_whole_model(path: Path) -> bool:
    """Is this .h5 a Keras model with its configuration (which needs TensorFlow) and not weights alone?"""
    try:
        with h5py.File(path, "r") as file:
            return "model_config" in file.attrs
    except OSError as error:
        raise Damaged("it breaks off or is not HDF5 inside") from error


def read_official_weights(path: Path) -> Match:
    """The network in a weights file; raises Damaged, or Unfit if it is no Keras MobileNet with head."""
    try:
        with h5py.File(path, "r") as file:
            layers = _layers(file)
            network = _network_of(layers)
            return _read(layers, network)
    except (OSError, KeyError, RuntimeError) as error:
        raise Damaged("it breaks off or is not HDF5 inside") from error


def _layers(file: h5py.File) -> list[_LayerWeights]:
    names = _texts(file.attrs, "layer_names")
    if not names or len(names) > MOST_LAYERS:
        raise Unfit("it does not list the layers of a Keras network")
    layers = [_LayerWeights(name, _datasets(file, name)) for name in names]
    return [layer for layer in layers if layer.datasets]


def _texts(attributes: h5py.AttributeManager, key: str) -> list[str]:
    """A list of names; Keras splits one that is too long for HDF5 into "<key>0", "<key>1", …"""
    parts = [attributes[key]] if key in attributes else []
    while f"{key}{len(parts)}" in attributes:
        parts.append(attributes[f"{key}{len(parts)}"])
    return [
        text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        for part in parts
        for text in part
    ]


def _datasets(file: h5py.File, layer: str) -> dict[str, h5py.Dataset]:
    group, found = file[layer], {}
    for name in _texts(group.attrs, "weight_names"):
        dataset = group[name]
        if not hasattr(dataset, "shape") or dataset.file != file or dataset.external or dataset.is_virtual:
            raise Unfit("its weights are not in the file itself")
        found[name.split("/")[-1].split(":")[0].removeprefix("depthwise_")] = dataset
    return found


def _network_of(layers: list[_LayerWeights]) -> Architecture:
    """The one network whose shapes these are."""
    if not layers or "gamma" in layers[-1].datasets:
        raise Unfit("it has no head, so it gives features and no labels (“no_top” in its name says so)")
    for family in ("mobilenet_v2", "mobilenet_v1"):
        for alpha in WIDTHS[family]:
            network = architecture(family, alpha)
            if _fits(layers, network):
                return network
    raise Unfit("its layers are not those of MobileNet V2 or MobileNet V1 at any width that Keras offers")


def _fits(layers: list[_LayerWeights], network: Architecture) -> bool:
    if len(layers) != 2 * len(network.layers) + 1:
        return False
    for at, layer in enumerate(network.layers):
        kernel, norm = layers[2 * at].datasets, layers[2 * at + 1].datasets
        if set(kernel) != {"kernel"} or kernel["kernel"].shape != layer.kernel_shape:
            return False
        if set(norm) != set(BATCH_NORM) or any(norm[key].shape != (layer.out_channels,) for key in norm):
            return False
    head = layers[-1].datasets
    return (
        set(head) == {"kernel", "bias"}
        and head["kernel"].shape[:-1] in ((network.embedding_size,), (1, 1, network.embedding_size))
        and head["bias"].shape == head["kernel"].shape[-1:]
    )


def _read(layers: list[_LayerWeights], network: Architecture) -> Match:
    arrays: dict[str, Array] = {}
    for at, layer in enumerate(network.layers):
        gamma, beta, mean, variance = (_numbers(layers[2 * at + 1].datasets[key]) for key in BATCH_NORM)
        factor, shift = factor_and_shift(gamma, beta, mean, variance, KERAS_MOBILENET_EPSILON)
        kernel = _numbers(layers[2 * at].datasets["kernel"])
        arrays[f"{layer.name}/kernel"] = plain(fold_into(kernel, layer.kind == "depthwise", factor))
        arrays[f"{layer.name}/bias"] = plain(shift)
    head = layers[-1].datasets
    kernel = _numbers(head["kernel"]).reshape(network.embedding_size, -1)
    return Match(network, arrays, [(kernel, _numbers(head["bias"]))])


def _numbers(dataset: h5py.Dataset) -> Array:
    return plain(dataset[()].astype(np.float32))
