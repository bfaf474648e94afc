"""The tensors of a TFLite file as float32: dequantised per tensor or per channel, half floats widened."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tflite.Model import Model
from tflite.Tensor import Tensor

from store.models.foreign_graph import Damaged, Unfit

Array = NDArray[np.float32]

FLOAT32, FLOAT16, INT32, UINT8, INT64, INT8 = 0, 1, 2, 3, 4, 9
DTYPES = {FLOAT32: "<f4", FLOAT16: "<f2", INT32: "<i4", UINT8: "u1", INT64: "<i8", INT8: "i1"}


class Tensors:
    """The tensors of the first subgraph, by index."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._graph = model.Subgraphs(0)
        self.names = self._unique_names()

    def shape(self, index: int) -> tuple[int, ...]:
        """The tensor's shape; a size that is free is -1."""
        tensor = self._tensor(index)
        signature = tensor.ShapeSignatureLength() > 0
        values = tensor.ShapeSignatureAsNumpy() if signature else tensor.ShapeAsNumpy()
        return tuple(int(size) for size in values) if tensor.ShapeLength() else ()

    def type(self, index: int) -> int:
        """The tensor's element type, as TFLite numbers them."""
        return int(self._tensor(index).Type())

    def is_constant(self, index: int) -> bool:
        """Does the file hold numbers for this tensor?"""
        return index >= 0 and self._model.Buffers(self._tensor(index).Buffer()).DataLength() > 0

    def integers(self, index: int) -> list[int]:
        """A constant of whole numbers (a shape, axes, paddings), flat."""
        return [int(value) for value in self._raw(index).reshape(-1)]

    def real(self, index: int) -> Array:
        """A constant as float32: scale × (stored - zero point), the scale per tensor or per channel."""
        raw = self._raw(index)
        scale, zero = self.quantisation(index)
        if scale is None or zero is None:
            if raw.dtype.kind == "f":
                return raw.astype(np.float32)
            raise Damaged(f"the tensor “{self.names[index]}” is quantised and has no scale")
        if scale.size > 1:
            axis = int(self._tensor(index).Quantization().QuantizedDimension())
            across = [1] * raw.ndim
            across[axis] = scale.size
            scale, zero = scale.reshape(across), zero.reshape(across)
        return ((raw.astype(np.float64) - zero) * scale).astype(np.float32)

    def quantisation(self, index: int) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
        """(scales, zero points) of equal length, or (None, None) where the tensor is not quantised."""
        parameters = self._tensor(index).Quantization()
        if parameters is None or parameters.ScaleLength() == 0:
            return None, None
        scale = np.asarray(parameters.ScaleAsNumpy(), np.float64)
        zero = np.zeros_like(scale)
        if parameters.ZeroPointLength():
            zero = np.broadcast_to(np.asarray(parameters.ZeroPointAsNumpy(), np.float64), scale.shape)
        return scale, zero

    def _tensor(self, index: int) -> Tensor:
        if not 0 <= index < self._graph.TensorsLength():
            raise Damaged("an operation names a tensor that is not there")
        return self._graph.Tensors(index)

    def _raw(self, index: int) -> NDArray[Any]:
        tensor = self._tensor(index)
        dtype = DTYPES.get(tensor.Type())
        if dtype is None:
            raise Unfit(f"“{self.names[index]}” has numbers of a kind that Whimbrel does not read")
        data = self._model.Buffers(tensor.Buffer())
        if not data.DataLength():
            raise Unfit(f"“{self.names[index]}” is not a constant")
        stored: NDArray[Any] = data.DataAsNumpy().view(dtype)
        return stored.reshape(self.shape(index))

    def _unique_names(self) -> list[str]:
        names: list[str] = []
        seen: set[str] = set()
        for index in range(self._graph.TensorsLength()):
            written = self._graph.Tensors(index).Name()
            name = written.decode("utf-8", "replace") if written else ""
            name = name if name and name not in seen else f"{name or 'tensor'} [{index}]"
            seen.add(name)
            names.append(name)
        return names
