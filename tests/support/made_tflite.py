"""Writes TFLite files with the package tflite's builders: a network, or anything else made of operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from made_networks import MadeNetwork
from numpy.typing import NDArray
from tflite.BuiltinOperator import BuiltinOperator
from tflite.BuiltinOptions import BuiltinOptions

Numbers = NDArray[np.generic]
TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int8": 9}
ALIGNMENT = 16


@dataclass(frozen=True)
class TensorSpec:
    """A tensor; `data` for a constant, scale and zero point (one or one a channel of `axis`) if quantised."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    data: Numbers | None = field(default=None, repr=False)
    scale: Numbers | None = field(default=None, repr=False)
    zero: Numbers | None = field(default=None, repr=False)
    axis: int = 0


@dataclass(frozen=True)
class OperationSpec:
    """An operation by its TFLite name on tensors by their names, with the fields of its options."""

    name: str
    inputs: Sequence[str]
    output: str
    options: Mapping[str, float] = field(default_factory=dict)


OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "ADD": "AddOptions",
    "MEAN": "ReducerOptions",
    "SOFTMAX": "SoftmaxOptions",
}


def tflite_bytes(
    tensors: Sequence[TensorSpec], operations: Sequence[OperationSpec], inputs: str, output: str
) -> bytes:
    """The file of one graph from one input to one output."""
    return _Writer(tensors, operations).finish(inputs, output)


class _Writer:
    def __init__(self, tensors: Sequence[TensorSpec], operations: Sequence[OperationSpec]) -> None:
        self._builder = flatbuffers.Builder(1 << 20)
        self._tensors = tensors
        self._operations = operations
        self._index = {tensor.name: at for at, tensor in enumerate(tensors)}
        self._codes = list(dict.fromkeys(operation.name for operation in operations))

    def finish(self, source: str, output: str) -> bytes:
        buffers = self._offsets([self._buffer(None), *(self._buffer(t.data) for t in self._tensors)])
        tensors = self._offsets([self._tensor(t, at + 1) for at, t in enumerate(self._tensors)])
        operations = self._offsets([self._operation(each) for each in self._operations])
        inputs, outputs = self._numbers([self._index[source]]), self._numbers([self._index[output]])
        codes = self._offsets([self._code(name) for name in self._codes])
        graph = self._table("SubGraph", Tensors=tensors, Inputs=inputs, Outputs=outputs, Operators=operations)
        graphs = self._offsets([graph])
        model = self._table("Model", Version=3, OperatorCodes=codes, Subgraphs=graphs, Buffers=buffers)
        self._builder.Finish(model, b"TFL3")
        return bytes(self._builder.Output())

    def _table(self, kind: str, **fields: float) -> int:
        module = import_module(f"tflite.{kind}")  # the attribute tflite.X is a class
        module.Start(self._builder)
        for name, value in fields.items():
            getattr(module, f"Add{name}")(self._builder, value)
        end: int = module.End(self._builder)
        return end

    def _offsets(self, offsets: Sequence[int]) -> int:
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        end: int = self._builder.EndVector()
        return end

    def _numbers(self, values: Sequence[int]) -> int:
        end: int = self._builder.CreateNumpyVector(np.array(values, np.int32))
        return end

    def _buffer(self, data: Numbers | None) -> int:
        if data is None:
            return self._table("Buffer")
        raw = np.ascontiguousarray(data).tobytes()
        self._builder.StartVector(1, len(raw), ALIGNMENT)
        head = self._builder.head - len(raw)
        self._builder.head = head
        self._builder.Bytes[head : head + len(raw)] = raw
        return self._table("Buffer", Data=self._builder.EndVector())

    def _tensor(self, spec: TensorSpec, buffer: int) -> int:
        name, shape = self._builder.CreateString(spec.name), self._numbers(spec.shape)
        fields = {"Shape": shape, "Type": TYPES[spec.dtype], "Buffer": buffer, "Name": name}
        if spec.scale is not None and spec.zero is not None:
            scale = self._builder.CreateNumpyVector(np.atleast_1d(spec.scale).astype(np.float32))
            zero = self._builder.CreateNumpyVector(np.atleast_1d(spec.zero).astype(np.int64))
            fields["Quantization"] = self._table(
                "QuantizationParameters", Scale=scale, ZeroPoint=zero, QuantizedDimension=spec.axis
            )
        return self._table("Tensor", **fields)

    def _code(self, name: str) -> int:
        code = getattr(BuiltinOperator, name)
        return self._table("OperatorCode", DeprecatedBuiltinCode=min(code, 127), BuiltinCode=code, Version=2)

    def _operation(self, spec: OperationSpec) -> int:
        inputs = self._numbers([self._index[name] for name in spec.inputs])
        outputs = self._numbers([self._index[spec.output]])
        fields: dict[str, float] = {
            "OpcodeIndex": self._codes.index(spec.name),
            "Inputs": inputs,
            "Outputs": outputs,
        }
        kind = OPTIONS.get(spec.name)
        if kind is not None:
            options = self._table(kind, **spec.options)
            fields |= {"BuiltinOptionsType": getattr(BuiltinOptions, kind), "BuiltinOptions": options}
        return self._table("Operator", **fields)


def network_specs(
    made: MadeNetwork, stored: Literal["float32", "float16", "int8"] = "float32"
) -> tuple[list[TensorSpec], list[OperationSpec]]:
    """A whole network from "input" to "output"; kernels as floats, half floats or 8 bits by channel."""
    specs = _NetworkSpecs(stored)
    specs.tensors.append(TensorSpec("input", (1, 224, 224, 3)))
    size, arrays = 224, made.folded()
    for layer in made.table.layers:
        size = -(-size // layer.stride)
        kernel = arrays[f"{layer.name}/kernel"].transpose(3, 0, 1, 2)
        inner = layer.name if layer.residual_from is None else f"{layer.name}/sum"
        options = {
            "Padding": 0,
            "StrideW": layer.stride,
            "StrideH": layer.stride,
            "FusedActivationFunction": 3 if layer.activation == "relu6" else 0,
        }
        name = "CONV_2D"
        if layer.kind == "depthwise":
            name = "DEPTHWISE_CONV_2D"
            options["DepthMultiplier"] = 1
        shape = (1, size, size, layer.out_channels)
        specs.layer(name, layer.name, kernel, arrays[f"{layer.name}/bias"], shape, options)
        if layer.residual_from is not None:
            specs.add(inner, shape, layer.name, specs.ends[layer.residual_from])
        specs.ends[layer.name] = specs.last = inner
    _head_specs(specs, made)
    return specs.tensors, specs.operations


class _NetworkSpecs:
    """Collects tensors and operations; `last` is the tensor that the next layer reads."""

    def __init__(self, stored: str) -> None:
        self.tensors: list[TensorSpec] = []
        self.operations: list[OperationSpec] = []
        self.ends: dict[str, str] = {}
        self.last = "input"
        self._stored = stored

    def constant(self, name: str, values: NDArray[np.float32], axis: int) -> str:
        """A constant that the layer reads as float32, straight or through DEQUANTIZE."""
        if self._stored == "float32" or values.ndim == 1:
            self.tensors.append(TensorSpec(name, values.shape, "float32", values))
            return name
        self.tensors.append(_packed(f"{name}/packed", values, axis, self._stored))
        self.tensors.append(TensorSpec(name, values.shape))
        self.operations.append(OperationSpec("DEQUANTIZE", [f"{name}/packed"], name))
        return name

    def layer(
        self,
        operation: str,
        name: str,
        kernel: NDArray[np.float32],
        bias: NDArray[np.float32],
        shape: tuple[int, ...],
        options: Mapping[str, float],
    ) -> None:
        """A convolution or a dense layer with constants of its own."""
        weights = self.constant(f"{name}/kernel", kernel, 3 if operation.startswith("DEPTH") else 0)
        biases = self.constant(f"{name}/bias", bias, 0)
        self.tensors.append(TensorSpec(name, shape))
        self.operations.append(OperationSpec(operation, [self.last, weights, biases], name, options))
        self.last = name

    def add(self, name: str, shape: tuple[int, ...], first: str, second: str) -> None:
        """The sum of two tensors."""
        self.tensors.append(TensorSpec(name, shape))
        self.operations.append(OperationSpec("ADD", [first, second], name, {"FusedActivationFunction": 0}))


def _packed(name: str, values: NDArray[np.float32], axis: int, stored: str) -> TensorSpec:
    if stored == "float16":
        return TensorSpec(name, values.shape, "float16", values.astype(np.float16))
    others = tuple(other for other in range(values.ndim) if other != axis)
    scale = np.abs(values).max(axis=others, keepdims=True) / 127
    rounded = np.round(values / scale).astype(np.int8)
    flat = scale.reshape(-1)
    return TensorSpec(name, values.shape, "int8", rounded, flat, np.zeros(flat.shape, np.int64), axis)


def _head_specs(specs: _NetworkSpecs, made: MadeNetwork) -> None:
    channels = made.table.embedding_size
    specs.tensors.append(TensorSpec("axes", (2,), "int32", np.array([1, 2], np.int32)))
    specs.tensors.append(TensorSpec("mean", (1, channels)))
    specs.operations.append(OperationSpec("MEAN", [specs.last, "axes"], "mean", {"KeepDims": 0}))
    specs.last = "mean"
    for index, (kernel, bias) in enumerate(made.head):
        relu = 1 if index + 1 < len(made.head) else 0
        options = {"FusedActivationFunction": relu}
        specs.layer("FULLY_CONNECTED", f"dense_{index}", kernel.T, bias, (1, len(bias)), options)
    specs.tensors.append(TensorSpec("output", (1, len(made.head[-1][1]))))
    specs.operations.append(OperationSpec("SOFTMAX", [specs.last], "output", {"Beta": 1.0}))
