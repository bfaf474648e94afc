"""The reference: a folded network and a head in numpy, float32, against which the page's numbers are checked.

Pictures are taken one by one: a layer's input then stays near the processor, which is faster than a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from store.models.architectures import Architecture, Layer
from store.models.arrays import HeadInput

Array = NDArray[np.float32]
_LEAST_NORM = np.float32(1e-12)  # added to it: an embedding of noughts stays one
_BLOCK = 48 * 1024  # floats of one block of rows: input, output and scratch fit a second-level cache


def forward(architecture: Architecture, arrays: Mapping[str, Array], batch: Array) -> tuple[Array, Array]:
    """(features [n, h, w, c], embedding [n, embedding_size]) of inputs [n, height, width, 3], all float32.

    `arrays` are by the keys of `architecture.shapes`; the embedding is the features' mean over the picture.
    Raises KeyError for a missing array and ValueError for a shape that does not fit.
    """
    features = np.stack([_features(architecture, arrays, picture) for picture in batch])
    return features, features.mean(axis=(1, 2), dtype=np.float32)


def unit(embedding: Array) -> Array:
    """Embeddings [n, embedding_size] divided by their Euclidean norms."""
    norms = np.linalg.norm(embedding, axis=-1, keepdims=True)
    return np.asarray(embedding / (norms + _LEAST_NORM), dtype=np.float32)


def head_logits(layers: Sequence[tuple[Array, Array]], embedding: Array, takes: HeadInput = "raw") -> Array:
    """The last layer's outputs [n, labels] for embeddings [n, embedding_size]; ReLU between the layers."""
    values = unit(embedding) if takes == "unit" else embedding
    for index, (kernel, bias) in enumerate(layers):
        values = values @ kernel + bias
        if index + 1 < len(layers):
            np.maximum(values, 0, out=values)
    return values


def head_forward(
    layers: Sequence[tuple[Array, Array]],
    embedding: Array,
    temperature: float = 1.0,
    takes: HeadInput = "raw",
) -> Array:
    """softmax(logits / temperature), float32 [n, labels]."""
    logits = head_logits(layers, embedding, takes) / np.float32(temperature)
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True), dtype=np.float32)


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int, int]:
    """(output size, padding before, padding after) of one axis, as TensorFlow pads "SAME"."""
    output = -(-size // stride)
    total = max((output - 1) * stride + kernel - size, 0)
    return output, total // 2, total - total // 2


def _features(architecture: Architecture, arrays: Mapping[str, Array], picture: Array) -> Array:
    wanted = {layer.residual_from for layer in architecture.layers}
    kept: dict[str, Array] = {}
    values = picture
    for layer in architecture.layers:
        values = _layer(layer, values, arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"])
        if layer.residual_from is not None:
            values += kept.pop(layer.residual_from)
        if layer.name in wanted:
            kept[layer.name] = values
    return values


def _layer(layer: Layer, values: Array, kernel: Array, bias: Array) -> Array:
    if layer.kind == "depthwise":
        result = _depthwise(values, kernel, layer.stride)
    elif layer.kernel == 1:
        result = _product(values[:: layer.stride, :: layer.stride], kernel)
    else:
        result = _product(_patches(values, layer.kernel, layer.stride), kernel)
    result += bias
    if layer.activation == "relu6":
        np.clip(result, 0, 6, out=result)
    return result


def _product(values: Array, kernel: Array) -> Array:
    """[h, w, in] times the kernel as one matrix [in, out]: a single call of the matrix library."""
    height, width, channels = values.shape
    flat = values.reshape(height * width, channels) @ kernel.reshape(channels, -1)
    return np.asarray(flat.reshape(height, width, -1), dtype=np.float32)


def _padded(values: Array, kernel: int, stride: int) -> tuple[Array, int, int]:
    """(the picture with its border of zeros, output height, output width)."""
    height, top, bottom = same_padding(values.shape[0], kernel, stride)
    width, left, right = same_padding(values.shape[1], kernel, stride)
    return np.pad(values, ((top, bottom), (left, right), (0, 0))), height, width


def _patches(values: Array, kernel: int, stride: int) -> Array:
    """[height, width, kernel * kernel * channels]: what each output position of a convolution sees."""
    padded, height, width = _padded(values, kernel, stride)
    views = [
        padded[y : y + height * stride : stride, x : x + width * stride : stride][:height, :width]
        for y in range(kernel)
        for x in range(kernel)
    ]
    return np.concatenate(views, axis=2)


def _depthwise(values: Array, kernel: Array, stride: int) -> Array:
    """One filter a channel as shifted multiply-adds, over blocks of rows small enough for the cache."""
    size, channels = kernel.shape[0], values.shape[2]
    padded, height, width = _padded(values, size, stride)
    result = np.empty((height, width, channels), np.float32)
    rows = max(1, _BLOCK // (width * channels))
    scratch = np.empty((rows, width, channels), np.float32)
    for first in range(0, height, rows):
        block = result[first : first + rows]
        source = padded[first * stride : (first + len(block) - 1) * stride + size]
        _shifted_sums(source, kernel[..., 0], stride, block, scratch[: len(block)])
    return result


def _shifted_sums(source: Array, kernel: Array, stride: int, block: Array, scratch: Array) -> None:
    """block = sum over (y, x) of source shifted by (y, x), times kernel[y, x, channel]."""
    height, width = (len(block) - 1) * stride + 1, (block.shape[1] - 1) * stride + 1
    for y, x in np.ndindex(kernel.shape[:2]):
        shifted = source[y : y + height : stride, x : x + width : stride]
        if y == x == 0:
            np.multiply(shifted, kernel[0, 0], out=block)
        else:
            np.multiply(shifted, kernel[y, x], out=scratch)
            block += scratch
