"""Is a chain of folded layers one of Whimbrel's networks, and at which width?

Every layer is compared: kind, kernel, stride, channels, activation and what is added to it. A network that
differs anywhere raises Unfit with the first difference from the family that it is most like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture, Layer, architecture
from store.models.folding import INPUT, Chain, Step
from store.models.foreign_graph import Unfit

Array = NDArray[np.float32]

FAMILY_NAMES = {
    "mobilenet_v2": "MobileNet V2",
    "mobilenet_v1": "MobileNet V1",
    "efficientnet_lite0": "EfficientNet-Lite0",
}
WIDTHS: dict[str, tuple[float | None, ...]] = {
    "mobilenet_v2": (1.0, 0.75, 0.5, 0.35, 1.4, 1.3, 0.25, 0.1),
    "mobilenet_v1": (0.25, 0.5, 0.75, 1.0),
    "efficientnet_lite0": (None,),
}


@dataclass(frozen=True)
class Match:
    """The network that a chain turned out to be, its arrays by Whimbrel's names, and its head."""

    network: Architecture
    arrays: dict[str, Array]
    head_layers: list[tuple[Array, Array]]


def match(chain: Chain) -> Match:
    """The one architecture that fits the chain layer by layer; raises Unfit."""
    features, head = _split(chain)
    network = _architecture_of(features)
    arrays: dict[str, Array] = {}
    for layer, step in zip(network.layers, features, strict=True):
        arrays[f"{layer.name}/kernel"] = plain(step.kernel)
        arrays[f"{layer.name}/bias"] = plain(step.bias)
    return Match(network, arrays, _head_layers(head, network.embedding_size))


def _split(chain: Chain) -> tuple[list[Step], list[Step]]:
    """The convolutions before the mean of the last feature map, and the dense layers after it."""
    kinds = [step.kind for step in chain.steps]
    if kinds.count("pool") != 1:
        raise Unfit("it has no mean of a last feature map that a head could stand on")
    at = kinds.index("pool")
    for index, step in enumerate(chain.steps):
        if step.source != index - 1 and not (index == 0 and step.source == INPUT):
            raise Unfit(f"its layer {index + 1} does not follow the one before it")
    return list(chain.steps[:at]), list(chain.steps[at + 1 :])


def _architecture_of(features: list[Step]) -> Architecture:
    """The table that all layers fit, else Unfit with the difference that came latest."""
    best = (-1, "")
    for family, widths in WIDTHS.items():
        for alpha in widths:
            candidate = architecture(family, alpha)
            position, reason = _first_difference(features, candidate)
            if not reason:
                return candidate
            best = max(best, (position, f"{reason} ({_title(candidate)} is the nearest)"))
    raise Unfit(best[1])


def _title(network: Architecture) -> str:
    width = "" if network.alpha is None else f" {network.alpha}"
    return f"{FAMILY_NAMES[network.id]}{width}"


def _first_difference(features: list[Step], network: Architecture) -> tuple[int, str]:
    """Where and how the layers stop being that network's; an empty text where they never do."""
    names = {layer.name: index for index, layer in enumerate(network.layers)}
    for index, (step, layer) in enumerate(zip(features, network.layers, strict=False)):
        wanted = names[layer.residual_from] if layer.residual_from else None
        for what, has, wants in (
            ("is", _shape_of(step), _shape_of_layer(layer)),
            ("has the activation", step.activation, layer.activation),
            ("adds", _ordinal(step.residual), _ordinal(wanted)),
        ):
            if has != wants:
                return index, f"its layer {index + 1} {what} {has}, not {wants}"
    if len(features) != len(network.layers):
        return min(len(features), len(network.layers)), (
            f"it has {len(features)} convolutions, not {len(network.layers)}"
        )
    return len(features), ""


def _ordinal(index: int | None) -> str:
    return "no layer" if index is None else f"layer {index + 1}"


def _shape_of(step: Step) -> str:
    shape = (0, 0, 0, 0) if step.kernel is None else step.kernel.shape
    return _describe(step.kind, shape[0], step.stride, shape[2], shape[2 if step.kind == "depthwise" else 3])


def _shape_of_layer(layer: Layer) -> str:
    return _describe(layer.kind, layer.kernel, layer.stride, layer.in_channels, layer.out_channels)


def _describe(kind: str, kernel: int, stride: int, inputs: int, outputs: int) -> str:
    word = "a convolution" if kind == "conv" else f"a {kind} convolution"
    return f"{word} {kernel} by {kernel}, stride {stride}, from {inputs} to {outputs} channels"


def _head_layers(head: list[Step], embedding_size: int) -> list[tuple[Array, Array]]:
    """Kernels [in, out] and biases [out]: ReLU after all but the last, softmax or nothing after the last."""
    if not head:
        raise Unfit("it has no head, so it gives features and no labels")
    inputs, layers = embedding_size, []
    for index, step in enumerate(head):
        allowed = ("linear", "softmax") if index == len(head) - 1 else ("relu",)
        if step.kernel is None or step.kernel.shape[0] != inputs:
            raise Unfit(f"its head does not take the {inputs} numbers of the last feature map")
        if step.activation not in allowed:
            raise Unfit(f"its head has a layer with the activation “{step.activation}”")
        layers.append((plain(step.kernel), plain(step.bias)))
        inputs = step.kernel.shape[1]
    return layers


def plain(values: Array | None) -> Array:
    """Contiguous float32, every number finite."""
    plain = np.ascontiguousarray(values, dtype=np.float32)
    if not np.isfinite(plain).all():
        raise Unfit("some of its weights are not finite numbers")
    return plain
