"""The tables of store.models.architectures as Keras models, as folded as they are there."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture, Layer

Array = NDArray[np.float32]


def build(architecture: Architecture) -> keras.Model:
    """A model from [n, 224, 224, 3] to {"embedding": [n, e], "features": [n, 7, 7, e]}, weights random."""
    size = architecture.input_size
    inputs = keras.Input((size, size, 3), name="input")
    outputs: dict[str | None, keras.KerasTensor] = {}
    values = inputs
    for layer in architecture.layers:
        values = _apply(layer, values)
        if layer.residual_from is not None:
            values = keras.layers.Add(name=f"{layer.name}_add")([outputs[layer.residual_from], values])
        outputs[layer.name] = values
    embedding = keras.layers.GlobalAveragePooling2D(name="embedding")(values)
    return keras.Model(inputs, {"embedding": embedding, "features": values}, name=architecture.id)


def _apply(layer: Layer, values: keras.KerasTensor) -> keras.KerasTensor:
    common = {"strides": layer.stride, "padding": "same", "name": layer.name}
    convolution = (
        keras.layers.DepthwiseConv2D(layer.kernel, **common)
        if layer.kind == "depthwise"
        else keras.layers.Conv2D(layer.out_channels, layer.kernel, **common)
    )
    values = convolution(values)
    if layer.activation == "linear":
        return values
    return keras.layers.ReLU(6.0, name=f"{layer.name}_relu6")(values)


def set_arrays(model: keras.Model, architecture: Architecture, arrays: Mapping[str, Array]) -> None:
    """Puts arrays by the keys of `architecture.shapes` into a model that `build` made."""
    for layer in architecture.layers:
        kernel, bias = arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"]
        model.get_layer(layer.name).set_weights([kernel, bias])


def arrays_of(model: keras.Model, architecture: Architecture) -> dict[str, Array]:
    """The arrays of a model that `build` made, by the keys of `architecture.shapes`."""
    arrays: dict[str, Array] = {}
    for layer in architecture.layers:
        kernel, bias = model.get_layer(layer.name).get_weights()
        arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"] = kernel, bias
    return arrays


def split(model: keras.Model, after: Layer) -> tuple[keras.Model, keras.Model]:
    """(pictures to what a layer puts out, that to embeddings): two views of a model that `build` made.

    No layer behind `after` may add the output of one before it.
    """
    ending = "_relu6" if after.activation == "relu6" else "_add" if after.residual_from else ""
    between = model.get_layer(after.name + ending).output
    return keras.Model(model.input, between), keras.Model(between, model.get_layer("embedding").output)
