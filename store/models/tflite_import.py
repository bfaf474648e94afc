"""Reads a TFLite file (float32, float16 or 8 bits) as the operations of a network, without an interpreter.

The format: a FlatBuffer by TensorFlow Lite's schema, read through the package tflite; label files may be in a
zip archive that is appended to it (TFLite metadata).
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Literal, TypeVar

from tflite.AddOptions import AddOptions
from tflite.BuiltinOperator import BuiltinOperator
from tflite.Conv2DOptions import Conv2DOptions
from tflite.DepthwiseConv2DOptions import DepthwiseConv2DOptions
from tflite.FullyConnectedOptions import FullyConnectedOptions
from tflite.Model import Model
from tflite.MulOptions import MulOptions
from tflite.Operator import Operator
from tflite.Pool2DOptions import Pool2DOptions
from tflite.SoftmaxOptions import SoftmaxOptions
from tflite.SubOptions import SubOptions

from store.models.foreign_graph import Array, Damaged, ForeignNetwork, Node, Unfit
from store.models.label_files import LARGEST_LABEL_FILE, lines_of_bytes
from store.models.tflite_tensors import FLOAT32, INT8, UINT8, Tensors

Options = TypeVar("Options", bound=Conv2DOptions)

IDENTIFIER = b"TFL3"
ACTIVATIONS = {0: "linear", 1: "relu", 3: "relu6"}
SAME, VALID = 0, 1
FEWEST_BYTES = 32


def looks_like_tflite(head: bytes) -> bool:
    """Does a file that begins so say that it is TFLite?"""
    return head[4:8] == IDENTIFIER


def read_tflite(data: bytes) -> ForeignNetwork:
    """The network of a TFLite file; raises Damaged or Unfit."""
    if len(data) < FEWEST_BYTES or not looks_like_tflite(data):
        raise Damaged("it does not begin as a TFLite file does")
    try:
        return _Reader(Model.GetRootAs(data, 0)).network()
    except (struct.error, IndexError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise Damaged("it ends too early or points outside itself") from error


def labels_in_tflite(data: bytes) -> list[list[str]]:
    """The lines of each text file in the archive that is appended to the file, if there is one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [
                item
                for item in archive.infolist()
                if item.filename.endswith(".txt") and item.file_size <= LARGEST_LABEL_FILE
            ]
            return [lines_of_bytes(archive.read(item)) for item in texts]
    except (zipfile.BadZipFile, UnicodeDecodeError, OSError, NotImplementedError, RuntimeError):
        return []


class _Reader:
    """Turns the operators of the first subgraph into nodes."""

    def __init__(self, model: Model) -> None:
        if model.SubgraphsLength() < 1:
            raise Damaged("there is no network in it")
        self._model = model
        self._graph = model.Subgraphs(0)
        self._tensors = Tensors(model)
        self._constants: dict[int, int] = {}

    def network(self) -> ForeignNetwork:
        """The graph as a list of operations; raises Unfit where it is not one picture in, one answer out."""
        graph, tensors = self._graph, self._tensors
        if graph.InputsLength() != 1 or graph.OutputsLength() != 1:
            raise Unfit(
                f"it has {graph.InputsLength()} inputs and {graph.OutputsLength()} outputs, not one each"
            )
        shape = tensors.shape(graph.Inputs(0))
        if len(shape) != 4 or shape[3] != 3:  # noqa: PLR2004
            raise Unfit("its input is not a colour picture")
        nodes = [node for at in range(graph.OperatorsLength()) if (node := self._node(graph.Operators(at)))]
        height, width = (size if size > 0 else None for size in shape[1:3])
        return ForeignNetwork(
            nodes,
            self._name(graph.Inputs(0)),
            self._name(graph.Outputs(0)),
            (height, width),
            self._pixels(graph.Inputs(0)),
        )

    def _pixels(self, index: int) -> tuple[float, float] | None:
        """How 8-bit pixels enter: x = scale × (pixel - zero point); an int8 input is fed with pixel - 128."""
        kind = self._tensors.type(index)
        if kind == FLOAT32:
            return None
        scale, zero = self._tensors.quantisation(index)
        if kind not in (UINT8, INT8) or scale is None or zero is None or not scale[0] > 0:
            raise Unfit("its input is neither 8-bit pixels nor 32-bit numbers")
        return float(zero[0]) + (128 if kind == INT8 else 0), 1 / float(scale[0])

    def _name(self, index: int) -> str:
        if not 0 <= index < len(self._tensors.names):
            raise Damaged("an operation names a tensor that is not there")
        return self._tensors.names[index]

    def _node(self, operator: Operator) -> Node | None:
        name = _operation_name(self._model, operator)
        handlers: dict[str, Callable[[Operator], Node | None]] = {
            "CONV_2D": self._convolution,
            "DEPTHWISE_CONV_2D": self._depthwise,
            "FULLY_CONNECTED": self._dense,
            "ADD": self._add,
            "SUB": self._subtract,
            "MUL": self._multiply,
            "PAD": self._pad,
            "MEAN": self._mean,
            "AVERAGE_POOL_2D": self._average,
            "SOFTMAX": self._softmax,
            "RELU": lambda op: Node(self._out(op), "activation", self._in(op), activation="relu"),
            "RELU6": lambda op: Node(self._out(op), "activation", self._in(op), activation="relu6"),
            "DEQUANTIZE": self._pass,
            "QUANTIZE": self._pass,
            "RESHAPE": self._pass,
            "SQUEEZE": self._pass,
        }
        if name not in handlers:
            raise Unfit(f"it uses the operation {name}")
        return handlers[name](operator)

    def _in(self, operator: Operator) -> tuple[str, ...]:
        return (self._name(operator.Inputs(0)),)

    def _out(self, operator: Operator) -> str:
        return self._name(operator.Outputs(0))

    def _constant(self, operator: Operator, which: int) -> Array:
        """An input that is stored in the file, straight or through DEQUANTIZE."""
        index = operator.Inputs(which)
        return self._tensors.real(self._constants.get(index, index))

    def _bias(self, operator: Operator) -> Array | None:
        """The third input, which may be left out."""
        given = operator.InputsLength() > 2 and operator.Inputs(2) >= 0  # noqa: PLR2004
        return self._constant(operator, 2) if given else None

    def _is_constant(self, operator: Operator, which: int) -> bool:
        index = operator.Inputs(which)
        return index in self._constants or self._tensors.is_constant(index)

    def _pass(self, operator: Operator) -> Node | None:
        if self._is_constant(operator, 0):
            index = operator.Inputs(0)
            self._constants[operator.Outputs(0)] = self._constants.get(index, index)
            return None
        return Node(self._out(operator), "pass", self._in(operator))

    def _convolution(self, operator: Operator) -> Node:
        return self._spatial(operator, _options(operator, Conv2DOptions()), "conv")

    def _depthwise(self, operator: Operator) -> Node:
        return self._spatial(operator, _options(operator, DepthwiseConv2DOptions()), "depthwise")

    def _spatial(
        self, operator: Operator, options: Conv2DOptions, kind: Literal["conv", "depthwise"]
    ) -> Node:
        """Kernels are stored as [out, kh, kw, in], depthwise ones as [1, kh, kw, out]."""
        if options.StrideH() != options.StrideW() or (
            options.DilationHFactor(),
            options.DilationWFactor(),
        ) != (1, 1):
            raise Unfit(f"“{self._out(operator)}” has uneven or dilated steps")
        return Node(
            self._out(operator),
            kind,
            self._in(operator),
            kernel=self._constant(operator, 1).transpose(1, 2, 3, 0),
            bias=self._bias(operator),
            stride=options.StrideH(),
            padding="same" if options.Padding() == SAME else "valid",
            activation=_activation(options),
        )

    def _dense(self, operator: Operator) -> Node:
        return Node(
            self._out(operator),
            "dense",
            self._in(operator),
            kernel=self._constant(operator, 1).T,
            bias=self._bias(operator),
            activation=_activation(_options(operator, FullyConnectedOptions())),
        )

    def _add(self, operator: Operator) -> Node:
        activation = _merged_activation(operator, AddOptions())
        for which in (0, 1):
            if self._is_constant(operator, which):
                shift = self._constant(operator, which)
                return self._affine(operator, 1 - which, shift * 0 + 1, shift, activation)
        names = (self._name(operator.Inputs(0)), self._name(operator.Inputs(1)))
        return Node(self._out(operator), "add", names, activation=activation)

    def _subtract(self, operator: Operator) -> Node:
        if not self._is_constant(operator, 1):
            raise Unfit("it subtracts one layer from another")
        shift = -self._constant(operator, 1)
        return self._affine(operator, 0, shift * 0 + 1, shift, _merged_activation(operator, SubOptions()))

    def _multiply(self, operator: Operator) -> Node:
        activation = _merged_activation(operator, MulOptions())
        for which in (0, 1):
            if self._is_constant(operator, which):
                factor = self._constant(operator, which)
                return self._affine(operator, 1 - which, factor, factor * 0, activation)
        raise Unfit("it multiplies one layer by another")

    def _affine(self, operator: Operator, which: int, factor: Array, shift: Array, activation: str) -> Node:
        if activation != "linear":
            raise Unfit(f"“{self._out(operator)}” joins an activation to a normalisation")
        source = (self._name(operator.Inputs(which)),)
        return Node(self._out(operator), "affine", source, factor=factor.reshape(-1), shift=shift.reshape(-1))

    def _pad(self, operator: Operator) -> Node:
        values = self._tensors.integers(operator.Inputs(1))
        if len(values) != 8 or values[:2] != [0, 0] or values[6:] != [0, 0]:  # noqa: PLR2004
            raise Unfit(f"“{self._out(operator)}” pads more than height and width")
        top, bottom, left, right = values[2:6]
        return Node(self._out(operator), "pad", self._in(operator), pads=(top, bottom, left, right))

    def _mean(self, operator: Operator) -> Node:
        if sorted(self._tensors.integers(operator.Inputs(1))) != [1, 2]:
            raise Unfit("it takes a mean over something other than height and width")
        return Node(self._out(operator), "pool", self._in(operator))

    def _average(self, operator: Operator) -> Node:
        options = _options(operator, Pool2DOptions())
        if options.Padding() != VALID or _activation(options) != "linear":
            raise Unfit("it does not take the mean of the whole last feature map")
        window = (options.FilterHeight(), options.FilterWidth())
        return Node(self._out(operator), "pool", self._in(operator), window=window)

    def _softmax(self, operator: Operator) -> Node:
        if _options(operator, SoftmaxOptions()).Beta() != 1:
            raise Unfit("its softmax has a temperature of its own")
        return Node(self._out(operator), "softmax", self._in(operator))


def _operation_name(model: Model, operator: Operator) -> str:
    """The operation's name; newer files put the code into a wider field."""
    entry = model.OperatorCodes(operator.OpcodeIndex())
    code = max(entry.BuiltinCode(), entry.DeprecatedBuiltinCode())
    names = {value: name for name, value in vars(BuiltinOperator).items() if isinstance(value, int)}
    return str(names.get(code, f"number {code}"))


def _options(operator: Operator, options: Options) -> Options:
    table = operator.BuiltinOptions()
    if table is None:
        raise Damaged("an operation lacks its settings")
    options.Init(table.Bytes, table.Pos)
    return options


def _merged_activation(operator: Operator, options: Options) -> str:
    """The activation of plain arithmetic, which may lack its settings."""
    return "linear" if operator.BuiltinOptions() is None else _activation(_options(operator, options))


def _activation(options: Conv2DOptions) -> str:
    code = options.FusedActivationFunction()
    if code not in ACTIVATIONS:
        raise Unfit("it uses an activation other than ReLU6")
    return ACTIVATIONS[code]
