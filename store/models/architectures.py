"""The three families of networks that Whimbrel runs, as tables of folded layers.

Folded: batch normalisation is already multiplied into the kernels, so a layer is a convolution, a bias and
at most one ReLU6. Padding is TensorFlow's "SAME" everywhere. The input is 224 × 224 × 3.

Sources of the tables: MobileNet V2, Sandler et al. 2018, table 2; MobileNet V1, Howard et al. 2017, table 1;
both with the rounding of channels that Keras' applications use. EfficientNet-Lite0: the EfficientNet-B0 table
of Tan & Le 2019 without squeeze-and-excite, ReLU6 for swish, stem and head not scaled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from store.models.errors import UnknownArchitecture

INPUT_SIZE = 224
FAMILIES = ("mobilenet_v2", "mobilenet_v1", "efficientnet_lite0")

Kind = Literal["conv", "depthwise"]
Activation = Literal["relu6", "linear"]


@dataclass(frozen=True)
class Layer:
    """One folded convolution. `residual_from` names the layer whose output is added to its own."""

    name: str
    kind: Kind
    kernel: int
    stride: int
    in_channels: int
    out_channels: int
    activation: Activation
    residual_from: str | None

    @property
    def kernel_shape(self) -> tuple[int, int, int, int]:
        """Shape of "<name>/kernel": [kh, kw, in, out], for a depthwise layer [kh, kw, in, 1]."""
        outputs = 1 if self.kind == "depthwise" else self.out_channels
        return (self.kernel, self.kernel, self.in_channels, outputs)


@dataclass(frozen=True)
class Architecture:
    """A family at one width. `alpha` is None where the family has no width multiplier."""

    id: str
    alpha: float | None
    layers: tuple[Layer, ...]
    embedding_size: int
    input_size: int = INPUT_SIZE

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every array by its key, "<layer>/kernel" and "<layer>/bias", in the order of the layers."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            shapes[f"{layer.name}/kernel"] = layer.kernel_shape
            shapes[f"{layer.name}/bias"] = (layer.out_channels,)
        return shapes

    @property
    def feature_size(self) -> int:
        """Height and width of the last feature map."""
        size = self.input_size
        for layer in self.layers:
            size = -(-size // layer.stride)
        return size


@dataclass(frozen=True)
class Stage:
    """A run of inverted residual blocks of equal width; the first one has the stride."""

    expansion: int
    channels: int
    repeats: int
    kernel: int
    stride: int


_V2_STAGES = (
    Stage(1, 16, 1, 3, 1),
    Stage(6, 24, 2, 3, 2),
    Stage(6, 32, 3, 3, 2),
    Stage(6, 64, 4, 3, 2),
    Stage(6, 96, 3, 3, 1),
    Stage(6, 160, 3, 3, 2),
    Stage(6, 320, 1, 3, 1),
)
_LITE0_STAGES = (
    Stage(1, 16, 1, 3, 1),
    Stage(6, 24, 2, 3, 2),
    Stage(6, 40, 2, 5, 2),
    Stage(6, 80, 3, 3, 2),
    Stage(6, 112, 3, 5, 1),
    Stage(6, 192, 4, 5, 2),
    Stage(6, 320, 1, 3, 1),
)
_V1_BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)


def architecture(family: str, alpha: float | None) -> Architecture:
    """The table of one family at one width; raises UnknownArchitecture where there is none."""
    if family == "efficientnet_lite0":
        if alpha is not None:
            raise UnknownArchitecture("EfficientNet-Lite0 has no width (alpha).", "Leave --alpha out.")
        return _efficientnet_lite0()
    if family not in FAMILIES:
        raise UnknownArchitecture(
            f"“{family}” is not a network that Whimbrel knows.", f"It knows {', '.join(FAMILIES)}."
        )
    if alpha is None or not 0 < alpha <= 4:  # noqa: PLR2004 - events.Inference bounds modelAlpha the same way
        raise UnknownArchitecture(
            f"{family} needs a width (alpha) between 0 and 4.", "Give one, for example --alpha 1.0."
        )
    return _mobilenet_v2(float(alpha)) if family == "mobilenet_v2" else _mobilenet_v1(float(alpha))


def make_divisible(value: float, divisor: int = 8) -> int:
    """The nearest multiple of `divisor`, never under 90 % of `value` (as Keras has it)."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


@lru_cache(maxsize=16)
def _mobilenet_v2(alpha: float) -> Architecture:
    stages = tuple(
        Stage(s.expansion, make_divisible(int(s.channels * alpha)), s.repeats, s.kernel, s.stride)
        for s in _V2_STAGES
    )
    top = make_divisible(1280 * alpha) if alpha > 1 else 1280
    return Architecture(
        "mobilenet_v2", alpha, _inverted_residuals(make_divisible(32 * alpha), stages, top), top
    )


@lru_cache(maxsize=1)
def _efficientnet_lite0() -> Architecture:
    return Architecture("efficientnet_lite0", None, _inverted_residuals(32, _LITE0_STAGES, 1280), 1280)


def _inverted_residuals(stem: int, stages: tuple[Stage, ...], top: int) -> tuple[Layer, ...]:
    layers = [Layer("stem", "conv", 3, 2, 3, stem, "relu6", None)]
    channels, block = stem, 0
    for stage in stages:
        for repeat in range(stage.repeats):
            layers += _block(layers[-1].name, block, channels, stage, stage.stride if repeat == 0 else 1)
            channels, block = stage.channels, block + 1
    layers.append(Layer("top", "conv", 1, 1, channels, top, "relu6", None))
    return tuple(layers)


def _block(before: str, index: int, channels: int, stage: Stage, stride: int) -> list[Layer]:
    """Expand (absent at expansion 1), depthwise, project; the input is added where its shape stays."""
    name, wide = f"block_{index}", channels * stage.expansion
    residual = before if stride == 1 and channels == stage.channels else None
    layers = [
        Layer(f"{name}_depthwise", "depthwise", stage.kernel, stride, wide, wide, "relu6", None),
        Layer(f"{name}_project", "conv", 1, 1, wide, stage.channels, "linear", residual),
    ]
    expand = Layer(f"{name}_expand", "conv", 1, 1, channels, wide, "relu6", None)
    return layers if stage.expansion == 1 else [expand, *layers]


@lru_cache(maxsize=16)
def _mobilenet_v1(alpha: float) -> Architecture:
    channels = int(32 * alpha)
    layers = [Layer("stem", "conv", 3, 2, 3, channels, "relu6", None)]
    for index, (full, stride) in enumerate(_V1_BLOCKS):
        wide = int(full * alpha)
        layers.append(
            Layer(f"block_{index}_depthwise", "depthwise", 3, stride, channels, channels, "relu6", None)
        )
        layers.append(Layer(f"block_{index}_pointwise", "conv", 1, 1, channels, wide, "relu6", None))
        channels = wide
    return Architecture("mobilenet_v1", alpha, tuple(layers), channels)
