"""From a foreign network's operations to a chain of folded layers.

Batch normalisation and rescaling are multiplied into the kernels next to them, padding layers and activations
merged into their convolutions. Nothing is guessed: an operation that cannot be merged exactly raises Unfit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from store.models.foreign_graph import ForeignNetwork, Node, Pads, Unfit
from store.models.network import same_padding

Array = NDArray[np.float32]

INPUT = -1
NO_PADS: Pads = (0, 0, 0, 0)
SPATIAL = ("conv", "depthwise")


@dataclass
class Step:
    """One layer while it is being folded; `source` and `residual` are indexes of steps or INPUT."""

    kind: Literal["conv", "depthwise", "dense", "pool"]
    source: int
    size: int
    kernel: Array | None = field(default=None, repr=False)
    bias: Array | None = field(default=None, repr=False)
    stride: int = 1
    activation: str = "linear"
    residual: int | None = None
    affine: tuple[Array, Array] | None = field(default=None, repr=False)
    version: int = 0


@dataclass(frozen=True)
class Value:
    """What a node put out: the state of a step at one moment, with zeros padded around it."""

    step: int
    version: int
    pads: Pads = NO_PADS


@dataclass(frozen=True)
class Chain:
    """The folded layers in order. `rescaled` is (factor, shift) of what it first does to the input."""

    steps: tuple[Step, ...]
    rescaled: tuple[float, float] | None


def fold(network: ForeignNetwork, input_size: int) -> Chain:
    """The network as a chain of folded layers for square inputs of `input_size` pixels; raises Unfit."""
    return _Folder(network, input_size).run()


class _Folder:
    """Walks the operations once; `values` says what each name stands for."""

    def __init__(self, network: ForeignNetwork, input_size: int) -> None:
        self._network = network
        self._size = input_size
        self._steps: list[Step] = []
        self._values = {network.input: Value(INPUT, 0)}
        self._read: list[Value] = []
        self._rescaled: tuple[float, float] | None = None
        self._softmax: str | None = None

    def run(self) -> Chain:
        """Folds every operation in order; raises Unfit at the first that cannot be."""
        handlers: dict[str, Callable[[Node], Value]] = {
            "conv": self._layer,
            "depthwise": self._layer,
            "dense": self._dense,
            "affine": self._affine,
            "activation": self._activation,
            "pad": self._pad,
            "add": self._add,
            "pool": self._pool,
            "pass": self._value,
            "softmax": self._end,
        }
        for node in self._network.nodes:
            self._values[node.name] = handlers[node.kind](node)
        self._check_end()
        return Chain(tuple(self._steps), self._rescaled)

    def _value(self, node: Node, which: int = 0) -> Value:
        try:
            return self._values[node.inputs[which]]
        except (KeyError, IndexError):
            raise Unfit(f"“{node.name}” reads something that the file does not have") from None

    def _take(self, node: Node, which: int = 0) -> Value:
        """The input of a node that makes a step of its own: later merging into its source would change it."""
        value = self._value(node, which)
        self._read.append(value)
        return value

    def _open(self, node: Node, what: str) -> Step:
        """The step that this node merges into: the latest state of it, not padded, not yet activated."""
        value = self._value(node)
        step = self._steps[value.step]
        if value.version != step.version or value.pads != NO_PADS or step.activation != "linear":
            raise Unfit(f"{what} stands where these networks have none (“{node.name}”)")
        return step

    def _merged(self, node: Node) -> Value:
        index = self._value(node).step
        self._steps[index].version += 1
        return Value(index, self._steps[index].version)

    def _append(self, step: Step) -> Value:
        self._steps.append(step)
        return Value(len(self._steps) - 1, 0)

    def _spatial_size(self, value: Value) -> int:
        return self._size if value.step == INPUT else self._steps[value.step].size

    def _layer(self, node: Node) -> Value:
        value = self._take(node)
        if value.step != INPUT and self._steps[value.step].kind in ("pool", "dense"):
            return self._head(node, value)
        size = self._spatial_size(value)
        self._check_padding(node, value, size)
        step = Step(
            "depthwise" if node.kind == "depthwise" else "conv",
            value.step,
            -(-size // node.stride),
            node.kernel,
            _bias_of(node),
            node.stride,
            node.activation,
        )
        return self._append(step)

    def _check_padding(self, node: Node, value: Value, size: int) -> None:
        kernel = node.kernel
        if kernel is None or kernel.ndim != 4 or kernel.shape[0] != kernel.shape[1]:  # noqa: PLR2004
            raise Unfit(f"“{node.name}” has a kernel that is not square")
        same = same_padding(size, kernel.shape[0], node.stride)[1:]
        explicit = node.padding == "valid" and value.pads == (*same, *same)
        if not explicit and (node.padding != "same" or value.pads != NO_PADS):
            raise Unfit(f"“{node.name}” pads its picture in another way than TensorFlow's “same”")

    def _dense(self, node: Node) -> Value:
        return self._head(node, self._take(node))

    def _head(self, node: Node, value: Value) -> Value:
        """A dense layer, or a 1 × 1 convolution on pooled values, which is the same."""
        if value.step == INPUT or self._steps[value.step].kind not in ("pool", "dense"):
            raise Unfit("its head does not stand on the mean of the last feature map")
        before, kernel = self._steps[value.step], node.kernel
        if kernel is None or node.kind == "depthwise" or value.pads != NO_PADS:
            raise Unfit(f"“{node.name}” is not a layer that a head may have")
        kernel = kernel.reshape(-1, kernel.shape[-1]) if kernel.ndim > 2 else kernel  # noqa: PLR2004
        bias = _bias_of(node, kernel)
        if before.affine is not None:
            factor, shift = before.affine
            kernel, bias = kernel * factor[:, None], bias + shift @ kernel
        return self._append(Step("dense", value.step, 1, kernel, bias, 1, node.activation))

    def _affine(self, node: Node) -> Value:
        factor, shift = node.factor, node.shift
        if factor is None or shift is None:
            raise Unfit(f"“{node.name}” has no numbers")
        if self._value(node).step == INPUT:
            return self._rescale(node, factor, shift)
        step = self._open(node, "A normalisation")
        if step.residual is not None and not (factor == 1).all():
            raise Unfit(f"a normalisation stands after an addition (“{node.name}”)")
        if step.kind == "pool":
            old_factor, old_shift = step.affine or (factor * 0 + 1, shift * 0)
            step.affine = (old_factor * factor, old_shift * factor + shift)
        else:
            _scale_outputs(step, factor, shift)
        return self._merged(node)

    def _rescale(self, node: Node, factor: Array, shift: Array) -> Value:
        if np.ptp(factor) or np.ptp(shift) or self._steps:
            raise Unfit("it treats the three colours differently, which Whimbrel's preprocessing cannot")
        before, offset = self._rescaled or (1.0, 0.0)
        by = float(factor.flat[0])
        self._rescaled = (before * by, offset * by + float(shift.flat[0]))
        return self._value(node)

    def _activation(self, node: Node) -> Value:
        step = self._open(node, "An activation")
        if step.residual is not None or step.kind == "pool":
            raise Unfit(f"an activation stands where these networks have none (“{node.name}”)")
        step.activation = node.activation
        return self._merged(node)

    def _pad(self, node: Node) -> Value:
        value = self._value(node)
        a, b = value.pads, node.pads
        return Value(value.step, value.version, (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]))

    def _add(self, node: Node) -> Value:
        first, second = self._value(node), self._value(node, 1)
        late, early = (first, second) if first.step > second.step else (second, first)
        if early.step in (late.step, INPUT) or late.pads != NO_PADS or early.pads != NO_PADS:
            raise Unfit(f"“{node.name}” adds what these networks do not add")
        self._read.append(early)
        step = self._steps[late.step]
        if step.version != late.version or step.activation != "linear" or step.residual is not None:
            raise Unfit(f"“{node.name}” adds what these networks do not add")
        step.residual = early.step
        step.activation = node.activation
        step.version += 1
        return Value(late.step, step.version)

    def _pool(self, node: Node) -> Value:
        value = self._take(node)
        size = self._spatial_size(value)
        if node.window not in (None, (size, size)) or value.pads != NO_PADS or value.step == INPUT:
            raise Unfit("it does not take the mean of the whole last feature map")
        if self._steps[value.step].kind == "pool":
            return value
        return self._append(Step("pool", value.step, 1))

    def _end(self, node: Node) -> Value:
        step = self._open(node, "A softmax")
        if step.kind != "dense":
            raise Unfit("its softmax does not stand on a dense layer")
        step.activation = "softmax"
        return self._merged(node)

    def _check_end(self) -> None:
        """The output is the last step, and nobody read a step before it was complete."""
        last = self._values.get(self._network.output)
        if last is None or not self._steps or last.step != len(self._steps) - 1:
            raise Unfit("its output is not its last layer")
        for value in [*self._read, last]:
            if value.step != INPUT and self._steps[value.step].version != value.version:
                raise Unfit("a layer is read from before its activation")


def _bias_of(node: Node, kernel: Array | None = None) -> Array:
    """The node's own bias, or zeros: one for each output channel."""
    if node.bias is not None:
        return node.bias.reshape(-1)
    weights = node.kernel if kernel is None else kernel
    if weights is None:
        raise Unfit(f"“{node.name}” has no kernel")
    outputs = weights.shape[2] if node.kind == "depthwise" else weights.shape[-1]
    return np.zeros(outputs, np.float32)


def _scale_outputs(step: Step, factor: Array, shift: Array) -> None:
    """Multiplies y = conv(x) + bias by a factor per output channel and adds a shift."""
    kernel, bias = step.kernel, step.bias
    if kernel is None or bias is None or factor.size not in (1, bias.size):
        raise Unfit("a normalisation has another number of channels than its layer")
    across = factor.reshape(-1, 1) if step.kind == "depthwise" else factor.reshape(-1)
    step.kernel = kernel * across
    step.bias = (bias * factor.reshape(-1) + shift.reshape(-1)).astype(kernel.dtype)
