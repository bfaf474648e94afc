from __future__ import annotations

import math

import pytest

from store.models.architectures import Architecture, architecture, make_divisible
from store.models.errors import ModelError, UnknownArchitecture

# Parameters of keras.applications without the top, and of EfficientNet-Lite0's PyTorch file without its
# classifier: facts published with them, not numbers of ours.
PUBLISHED = [
    ("mobilenet_v2", 1.4, 4_363_712, 4),
    ("mobilenet_v2", 1.0, 2_257_984, 4),
    ("mobilenet_v2", 0.75, 1_382_064, 4),
    ("mobilenet_v2", 0.5, 706_224, 4),
    ("mobilenet_v2", 0.35, 410_208, 4),
    ("mobilenet_v1", 1.0, 3_228_864, 4),
    ("mobilenet_v1", 0.75, 1_832_976, 4),
    ("mobilenet_v1", 0.5, 829_536, 4),
    ("mobilenet_v1", 0.25, 218_544, 4),
    ("efficientnet_lite0", None, 3_371_008, 2),
]


def unfolded_parameters(network: Architecture, per_channel: int) -> int:
    """Kernels, and as many numbers of batch normalisation for each output channel."""
    kernels = sum(math.prod(shape) for key, shape in network.shapes.items() if key.endswith("/kernel"))
    return kernels + per_channel * sum(layer.out_channels for layer in network.layers)


@pytest.mark.parametrize(("family", "alpha", "parameters", "per_channel"), PUBLISHED)
def test_tables_have_the_published_number_of_parameters(
    family: str, alpha: float | None, parameters: int, per_channel: int
) -> None:
    assert unfolded_parameters(architecture(family, alpha), per_channel) == parameters


@pytest.mark.parametrize(("family", "alpha", "_parameters", "_per_channel"), PUBLISHED)
def test_layers_fit_each_other(family: str, alpha: float | None, _parameters: int, _per_channel: int) -> None:
    network = architecture(family, alpha)
    channels = {"input": 3}
    before = "input"
    for layer in network.layers:
        assert layer.in_channels == channels[before]
        if layer.kind == "depthwise":
            assert layer.in_channels == layer.out_channels
        if layer.residual_from is not None:
            assert (channels[layer.residual_from], layer.activation) == (layer.out_channels, "linear")
        before, channels[layer.name] = layer.name, layer.out_channels
    assert network.layers[-1].out_channels == network.embedding_size
    assert network.feature_size == 7


def test_the_embedding_keeps_its_size_below_width_one() -> None:
    sizes = [architecture("mobilenet_v2", alpha).embedding_size for alpha in (0.35, 1.0, 1.4)]
    assert sizes == [1280, 1280, 1792]
    assert architecture("mobilenet_v1", 0.25).embedding_size == 256


def test_channels_round_to_eight_and_lose_at_most_a_tenth() -> None:
    for value in range(8, 400):
        rounded = make_divisible(value)
        assert rounded % 8 == 0
        assert rounded >= 0.9 * value


@pytest.mark.parametrize(
    ("family", "alpha", "told"),
    [
        ("resnet50", None, "resnet50"),
        ("mobilenet_v2", None, "width"),
        ("mobilenet_v2", 0.0, "width"),
        ("mobilenet_v1", float("nan"), "width"),
        ("efficientnet_lite0", 1.0, "no width"),
    ],
)
def test_an_unknown_network_gets_a_sentence(family: str, alpha: float | None, told: str) -> None:
    with pytest.raises(UnknownArchitecture) as caught:
        architecture(family, alpha)
    assert isinstance(caught.value, ModelError)
    assert told in caught.value.sentence
    assert caught.value.advice
