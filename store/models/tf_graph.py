"""Reads a TensorFlow graph in its JSON form: TF.js graph models, and what the training component makes.

The form is that of the protobuf message GraphDef: nodes with "op", "input" and "attr", bytes in base64. Small
arithmetic on constants (what Keras 3 makes of batch normalisation) is done here; everything else becomes the
operation of a network or raises Unfit.
"""

from __future__ import annotations

import base64
import graphlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.models.batch_norm import factor_and_shift
from store.models.foreign_graph import Array, Damaged, ForeignNetwork, Node, Unfit

Json = dict[str, Any]
Numbers = NDArray[Any]

CONVOLUTIONS = {
    "Conv2D": "conv",
    "_FusedConv2D": "conv",
    "DepthwiseConv2dNative": "depthwise",
    "FusedDepthwiseConv2dNative": "depthwise",
    "_FusedDepthwiseConv2dNative": "depthwise",
}
BATCH_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
FIRST_INPUT_ONLY = (
    "Reshape",
    "Squeeze",
    "ExpandDims",
    "Identity",
    "StopGradient",
    "Snapshot",
    "PreventGradient",
    "Cast",
)
FUSED_ACTIVATIONS = {"Relu": "relu", "Relu6": "relu6"}
ARITHMETIC: dict[str, Callable[..., Numbers]] = {
    "Add": np.add,
    "AddV2": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "RealDiv": np.divide,
    "Sqrt": np.sqrt,
    "Rsqrt": lambda x: 1 / np.sqrt(x),
    "Neg": np.negative,
}
BROKEN_FORM = (KeyError, TypeError, IndexError, ValueError, AttributeError, graphlib.CycleError)


def read_graph(graph: Json, constants: Mapping[str, Numbers], output: str) -> ForeignNetwork:
    """The network from the only placeholder to the node `output`; raises Damaged or Unfit."""
    try:
        return _Reader(graph, constants, node_name(output)).network()
    except BROKEN_FORM as error:
        raise Damaged("its graph is not of the form that TensorFlow writes") from error


def node_name(reference: str) -> str:
    """ "scope/name:0" names the node scope/name."""
    name, _, index = reference.partition(":")
    if index not in ("", "0"):
        raise Unfit(f"it reads the second output of “{name}”")
    return name


class _Reader:
    """Goes through the nodes that the output needs, each after its inputs."""

    def __init__(self, graph: Json, constants: Mapping[str, Numbers], output: str) -> None:
        self._entries: dict[str, Json] = {entry["name"]: entry for entry in graph["node"]}
        self._constants: dict[str, Numbers] = dict(constants)
        self._output = output
        self._input: str | None = None
        self._size: tuple[int | None, int | None] = (None, None)
        self._nodes: list[Node] = []

    def network(self) -> ForeignNetwork:
        for name in self._order():
            self._read(name, self._entries[name])
        if self._input is None:
            raise Unfit("it has no input")
        return ForeignNetwork(self._nodes, self._input, self._output, self._size)

    def _order(self) -> list[str]:
        needs: dict[str, list[str]] = {}
        waiting = [self._output]
        while waiting:
            name = waiting.pop()
            if name in needs:
                continue
            if name not in self._entries:
                raise Damaged(f"its graph lacks the node “{name}”")
            needs[name] = _data_inputs(self._entries[name]) + self._constant_shape(self._entries[name])
            waiting += needs[name]
        return list(graphlib.TopologicalSorter(needs).static_order())

    def _constant_shape(self, entry: Json) -> list[str]:
        """What a reshape of constants reads besides them; a shape that is computed is of no interest."""
        if entry["op"] != "Reshape":
            return []
        shape = node_name(entry["input"][1])
        return [shape] if self._entries.get(shape, {}).get("op") == "Const" else []

    def _read(self, name: str, entry: Json) -> None:
        operation, inputs = entry["op"], _data_inputs(entry)
        if operation == "Const":
            if name not in self._constants:
                raise Damaged(f"the numbers of “{name}” are missing")
        elif operation in ("Placeholder", "PlaceholderWithDefault"):
            self._placeholder(name, entry)
        elif operation in FIRST_INPUT_ONLY:
            self._pass(name, entry)
        elif all(each in self._constants for each in inputs) and operation in ARITHMETIC:
            self._constants[name] = ARITHMETIC[operation](*(self._constants[each] for each in inputs))
        else:
            self._operation(name, operation, entry, inputs)

    def _placeholder(self, name: str, entry: Json) -> None:
        if self._input is not None:
            raise Unfit("it has several inputs")
        self._input = name
        shape = entry.get("attr", {}).get("shape", {}).get("shape", {})
        sizes = [int(each.get("size", -1)) for each in shape.get("dim", [])]
        if not sizes:  # nothing is said: any size goes
            return
        if len(sizes) != 4 or sizes[3] not in (3, -1):  # noqa: PLR2004 - batch, height, width, colours
            raise Unfit("its input is not a colour picture")
        height, width = (size if size > 0 else None for size in sizes[1:3])
        self._size = (height, width)

    def _pass(self, name: str, entry: Json) -> None:
        """Something that leaves numbers as they are; constants take their new shape."""
        source = _data_inputs(entry)[0]
        if source in self._constants:
            values = self._constants[source]
            if entry["op"] == "Reshape":
                values = values.reshape(self._constants[node_name(entry["input"][1])].reshape(-1))
            self._constants[name] = values
        else:
            self._nodes.append(Node(name, "pass", (source,)))

    def _operation(self, name: str, operation: str, entry: Json, inputs: list[str]) -> None:
        if operation in CONVOLUTIONS:
            self._convolution(name, operation, entry, inputs)
        elif operation in ("MatMul", "_FusedMatMul"):
            self._product(name, entry, inputs)
        elif operation in BATCH_NORMS:
            self._batch_norm(name, entry, inputs)
        elif operation in ("BiasAdd", "Add", "AddV2", "Sub", "Mul", "RealDiv"):
            self._arithmetic(name, operation, inputs)
        elif operation in FUSED_ACTIVATIONS:
            kind = FUSED_ACTIVATIONS[operation]
            self._nodes.append(Node(name, "activation", (inputs[0],), activation=kind))
        elif operation == "AddN" and len(inputs) == 2:  # noqa: PLR2004 - what grappler makes of an addition
            self._arithmetic(name, "AddV2", inputs)
        elif operation == "Softmax":
            self._nodes.append(Node(name, "softmax", (inputs[0],)))
        elif operation in ("Pad", "PadV2"):
            self._nodes.append(Node(name, "pad", (inputs[0],), pads=_pads(self._constants[inputs[1]])))
        elif operation == "Mean":
            self._mean(name, inputs)
        elif operation == "AvgPool":
            self._average(name, entry, inputs)
        else:
            raise Unfit(f"it uses the operation {operation}")

    def _convolution(self, name: str, operation: str, entry: Json, inputs: list[str]) -> None:
        attributes = entry["attr"]
        strides = _numbers(attributes, "strides")
        dilations = _numbers(attributes, "dilations") or [1]
        if (
            _text(attributes, "data_format") not in ("", "NHWC")
            or set(dilations) != {1}
            or strides[1] != strides[2]
        ):
            raise Unfit(f"the convolution “{name}” is uneven, dilated or has its channels first")
        source, padding = inputs[0], _text(attributes, "padding")
        if padding == "EXPLICIT":
            pads = _pads(np.array(_numbers(attributes, "explicit_paddings")).reshape(4, 2))
            source, padding = f"{name}/padded", "VALID"
            self._nodes.append(Node(source, "pad", (inputs[0],), pads=pads))
        bias, activation = self._fused(name, attributes, inputs)
        self._nodes.append(
            Node(
                name,
                "depthwise" if CONVOLUTIONS[operation] == "depthwise" else "conv",
                (source,),
                self._real(inputs[1]),
                bias,
                stride=strides[1],
                padding="same" if padding == "SAME" else "valid",
                activation=activation,
            )
        )

    def _product(self, name: str, entry: Json, inputs: list[str]) -> None:
        attributes = entry.get("attr", {})
        if attributes.get("transpose_a", {}).get("b"):
            raise Unfit(f"“{name}” is not a dense layer")
        kernel = self._real(inputs[1])
        kernel = kernel.T if attributes.get("transpose_b", {}).get("b") else kernel
        bias, activation = self._fused(name, attributes, inputs)
        self._nodes.append(Node(name, "dense", (inputs[0],), kernel, bias, activation=activation))

    def _fused(self, name: str, attributes: Json, inputs: list[str]) -> tuple[Array | None, str]:
        """The bias and the activation that TensorFlow's optimiser merged into an operation."""
        fused = [_decoded(text) for text in attributes.get("fused_ops", {}).get("list", {}).get("s", [])]
        bias, activation = None, "linear"
        for word in fused:
            if word == "BiasAdd" and bias is None:
                bias = self._real(inputs[2])
            elif word in FUSED_ACTIVATIONS:
                activation = FUSED_ACTIVATIONS[word]
            else:
                raise Unfit(f"“{name}” has {word} merged into it")
        return bias, activation

    def _batch_norm(self, name: str, entry: Json, inputs: list[str]) -> None:
        epsilon = float(entry["attr"].get("epsilon", {}).get("f", 1e-4))
        gamma, beta, mean, variance = (self._real(each) for each in inputs[1:5])
        factor, shift = factor_and_shift(gamma, beta, mean, variance, epsilon)
        self._nodes.append(Node(name, "affine", (inputs[0],), factor=factor, shift=shift))

    def _arithmetic(self, name: str, operation: str, inputs: list[str]) -> None:
        first, second = inputs
        if first in self._constants and operation in ("Add", "AddV2", "Mul"):
            first, second = second, first
        if second not in self._constants:
            if operation not in ("Add", "AddV2") or first in self._constants:
                raise Unfit(f"“{name}” combines layers as these networks do not")
            self._nodes.append(Node(name, "add", (first, second)))
            return
        factor, shift = _affine(operation, self._real(second).reshape(-1))
        self._nodes.append(Node(name, "affine", (first,), factor=factor, shift=shift))

    def _mean(self, name: str, inputs: list[str]) -> None:
        axes = sorted(int(axis) % 4 for axis in self._constants[inputs[1]].reshape(-1))
        if axes != [1, 2]:
            raise Unfit("it takes a mean over something other than height and width")
        self._nodes.append(Node(name, "pool", (inputs[0],)))

    def _average(self, name: str, entry: Json, inputs: list[str]) -> None:
        window = _numbers(entry["attr"], "ksize")
        if _text(entry["attr"], "padding") != "VALID":
            raise Unfit("it does not take the mean of the whole last feature map")
        self._nodes.append(Node(name, "pool", (inputs[0],), window=(window[1], window[2])))

    def _real(self, name: str) -> Array:
        if name not in self._constants:
            raise Unfit(f"“{name}” is not a constant")
        return self._constants[name].astype(np.float32)


def _affine(operation: str, values: Array) -> tuple[Array, Array]:
    """x × factor + shift for an operation of x with a constant."""
    if operation == "Mul":
        return values, np.zeros_like(values)
    if operation == "RealDiv":
        return np.float32(1) / values, np.zeros_like(values)
    return np.ones_like(values), -values if operation == "Sub" else values


def _data_inputs(entry: Json) -> list[str]:
    names = [node_name(each) for each in entry.get("input", []) if not each.startswith("^")]
    return names[:1] if entry["op"] in FIRST_INPUT_ONLY else names


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode("ascii", "replace")


def _text(attributes: Json, key: str) -> str:
    return _decoded(attributes.get(key, {}).get("s", ""))


def _numbers(attributes: Json, key: str) -> list[int]:
    return [int(value) for value in attributes.get(key, {}).get("list", {}).get("i", [])]


def _pads(paddings: Numbers) -> tuple[int, int, int, int]:
    rows = [[int(side) for side in pair] for pair in paddings]
    if rows[0] != [0, 0] or rows[3] != [0, 0]:
        raise Unfit("it pads more than height and width")
    return rows[1][0], rows[1][1], rows[2][0], rows[2][1]
