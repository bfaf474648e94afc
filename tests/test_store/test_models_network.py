from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from small_model import f32, random_arrays, small_model

from store.models.architectures import Architecture, Layer, architecture
from store.models.network import forward, head_forward, head_logits, same_padding

Array = NDArray[np.float64]


def plain_convolution(values: Array, kernel: Array, layer: Layer) -> Array:
    """One output number at a time, as the definition has it; padding as TensorFlow documents "SAME"."""
    size, stride = layer.kernel, layer.stride
    height, width = -(-values.shape[0] // stride), -(-values.shape[1] // stride)
    top = max((height - 1) * stride + size - values.shape[0], 0) // 2
    left = max((width - 1) * stride + size - values.shape[1], 0) // 2
    result = np.zeros((height, width, layer.out_channels))
    for y, x, dy, dx in np.ndindex(height, width, size, size):
        sy, sx = y * stride + dy - top, x * stride + dx - left
        if 0 <= sy < values.shape[0] and 0 <= sx < values.shape[1]:
            seen = values[sy, sx]
            depthwise = layer.kind == "depthwise"
            result[y, x] += seen * kernel[dy, dx, :, 0] if depthwise else seen @ kernel[dy, dx]
    return result


def plain_network(network: Architecture, arrays: dict[str, NDArray[np.float32]], picture: Array) -> Array:
    """The last feature map, in float64."""
    outputs: dict[str, Array] = {}
    values = picture
    for layer in network.layers:
        kernel, bias = arrays[f"{layer.name}/kernel"], arrays[f"{layer.name}/bias"]
        values = plain_convolution(values, kernel.astype(np.float64), layer) + bias
        if layer.activation == "relu6":
            values = np.clip(values, 0, 6)
        if layer.residual_from is not None:
            values = values + outputs[layer.residual_from]
        outputs[layer.name] = values
    return values


NETWORK = Architecture(
    "mobilenet_v2",
    1.0,
    (
        Layer("stem", "conv", 3, 2, 3, 4, "relu6", None),
        Layer("block_0_depthwise", "depthwise", 5, 2, 4, 4, "relu6", None),
        Layer("block_0_project", "conv", 1, 1, 4, 6, "linear", None),
        Layer("block_1_depthwise", "depthwise", 3, 1, 6, 6, "relu6", None),
        Layer("block_1_project", "conv", 1, 1, 6, 6, "linear", "block_0_project"),
        Layer("block_2_depthwise", "depthwise", 3, 1, 6, 6, "relu6", None),
        Layer("block_2_project", "conv", 1, 1, 6, 6, "linear", "block_1_project"),
        Layer("top", "conv", 1, 1, 6, 5, "relu6", None),
    ),
    5,
)


@pytest.mark.parametrize("shape", [(16, 16), (17, 15), (5, 33)])
def test_the_network_is_what_its_definition_says(shape: tuple[int, int]) -> None:
    arrays = random_arrays(NETWORK, seed=3)
    pictures = np.random.default_rng(0).uniform(-3, 3, (2, *shape, 3)).astype(np.float32)
    features, embedding = forward(NETWORK, arrays, pictures)
    for found, mean, picture in zip(features, embedding, pictures, strict=True):
        wanted = plain_network(NETWORK, arrays, picture.astype(np.float64))
        np.testing.assert_allclose(found, wanted, atol=1e-5)
        np.testing.assert_allclose(mean, wanted.mean(axis=(0, 1)), atol=1e-5)
    assert features.dtype == embedding.dtype == np.float32


def test_wide_layers_are_computed_in_several_blocks_of_rows() -> None:
    layer = Layer("block_0_depthwise", "depthwise", 3, 2, 900, 900, "linear", None)
    network = Architecture("mobilenet_v1", 1.0, (layer,), 900)
    arrays = random_arrays(network)
    picture = np.random.default_rng(1).normal(size=(1, 130, 12, 900)).astype(np.float32)
    wanted = plain_network(network, arrays, picture[0].astype(np.float64))
    np.testing.assert_allclose(forward(network, arrays, picture)[0][0], wanted, atol=1e-5)


def test_the_weights_and_the_input_stay_as_they_were() -> None:
    network = architecture("mobilenet_v1", 0.125)
    arrays = random_arrays(network)
    picture = np.ones((1, 224, 224, 3), np.float32)
    before = {key: array.copy() for key, array in arrays.items()}
    first = forward(network, arrays, picture)[1]
    np.testing.assert_array_equal(forward(network, arrays, picture)[1], first)
    for key, array in before.items():
        np.testing.assert_array_equal(arrays[key], array)
    assert (picture == 1).all()


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "wanted"),
    [(224, 3, 2, (112, 0, 1)), (112, 3, 1, (112, 1, 1)), (56, 5, 2, (28, 1, 2)), (7, 3, 2, (4, 1, 1))],
)
def test_same_padding_puts_the_odd_pixel_at_the_end(
    size: int, kernel: int, stride: int, wanted: tuple[int, int, int]
) -> None:
    assert same_padding(size, kernel, stride) == wanted


def test_a_head_of_two_layers_has_relu_between_and_a_softmax_over_temperature() -> None:
    random = np.random.default_rng(5)
    layers = [
        (random.normal(size=(4, 3)).astype(np.float32), f32([-1, 0, 1])),
        (random.normal(size=(3, 2)).astype(np.float32), f32([0.5, -0.5])),
    ]
    embedding = random.normal(size=(6, 4)).astype(np.float32)
    hidden = np.maximum(embedding @ layers[0][0] + layers[0][1], 0)
    logits = (hidden @ layers[1][0] + layers[1][1]).astype(np.float64)
    wanted = np.exp(logits / 2) / np.exp(logits / 2).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(head_logits(layers, embedding), logits, rtol=1e-5)
    np.testing.assert_allclose(head_forward(layers, embedding, 2.0), wanted, rtol=1e-5)


def test_huge_logits_do_not_overflow() -> None:
    layers = [(f32([[1000.0, -1000.0]]), np.zeros(2, np.float32))]
    np.testing.assert_array_equal(head_forward(layers, f32([[50.0]])), [[1.0, 0.0]])


def test_a_missing_array_is_an_error() -> None:
    model = small_model()
    arrays = dict(model.arrays)
    del arrays["block_3_depthwise/bias"]
    with pytest.raises(KeyError, match="block_3_depthwise/bias"):
        forward(model.network, arrays, np.zeros((1, 224, 224, 3), np.float32))
