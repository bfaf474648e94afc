"""Reads the tensors of an old-style PyTorch file without PyTorch, and without running anything that it names.

The form (PyTorch before 1.6): five pickles in a row (a magic number, the protocol, the machine's type sizes,
the dictionary of tensors, the keys of the storages), then each storage as a 64-bit count and its elements.
"""

from __future__ import annotations

import collections
import io
import pickle  # only read through the allow-list below
import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from store.models.errors import ModelError

Array = NDArray[Any]
_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
_ADVICE = "Install the package again; the file may be damaged."


def read_tensors(data: bytes) -> dict[str, Array]:
    """Every tensor by its name, float32 or int64; raises ModelError for anything else than such a file."""
    try:
        return _read(io.BytesIO(data))
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise ModelError(f"These PyTorch weights cannot be read: {error}.", _ADVICE) from error
    except (struct.error, OverflowError, MemoryError, RecursionError) as error:
        raise ModelError("These PyTorch weights end too early or are damaged.", _ADVICE) from error


def _read(file: BinaryIO) -> dict[str, Array]:
    if [_Unpickler(file).load(), _Unpickler(file).load()] != [_MAGIC, _PROTOCOL]:
        raise pickle.UnpicklingError("it is not an old-style PyTorch file")
    if _Unpickler(file).load().get("little_endian") is not True:
        raise pickle.UnpicklingError("it was written on a big-endian machine")
    reader = _Unpickler(file)
    tensors = reader.load()
    for key in _Unpickler(file).load():
        storage = reader.storages[key]
        (count,) = struct.unpack("<q", file.read(8))
        if count != storage.count:
            raise pickle.UnpicklingError(f"storage {key} has another length than its tensor says")
        storage.data = file.read(count * np.dtype(storage.dtype).itemsize)
    return {str(name): tensor.array() for name, tensor in tensors.items()}


class _Storage:
    """The flat elements that tensors are views of; `data` comes after the pickle that names it."""

    def __init__(self, dtype: str, count: int) -> None:
        self.dtype = dtype
        self.count = count
        self.data = b""


class _Tensor:
    """A view of a storage: offset and strides in elements, as PyTorch counts them."""

    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_rest: object
    ) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> Array:
        """A copy in memory order; numpy checks that the view stays within the storage."""
        dtype = np.dtype(self.storage.dtype)
        strides = [stride * dtype.itemsize for stride in self.strides]
        view: Array = np.ndarray(self.shape, dtype, self.storage.data, self.offset * dtype.itemsize, strides)
        return np.ascontiguousarray(view) if view.ndim else view.copy()


class _Unpickler(pickle.Unpickler):
    """Knows four names: a dictionary, a tensor and two kinds of storage; every other one is refused."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - pickle's own signature
        """The stand-in for one of the four names; raises UnpicklingError for any other."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which weights have no use for")

    def persistent_load(self, pid: Any) -> _Storage:  # noqa: ANN401 - pickle's own signature
        """The storage of ("storage", kind, key, device, count, view), the same one for the same key."""
        kind, dtype, key, _device, count, _view = pid
        if kind != "storage" or dtype not in _DTYPES.values():
            raise pickle.UnpicklingError("it refers to something that is no storage")
        return self.storages.setdefault(key, _Storage(dtype, int(count)))
