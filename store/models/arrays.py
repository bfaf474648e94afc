"""Named float32 arrays: checked against a table, hashed by content, kept as safetensors."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from store.models.errors import ModelError

Array = NDArray[np.float32]
Head = Sequence[tuple[Array, Array]]
HeadInput = Literal["raw", "unit"]  # the embedding as it is, or divided by its Euclidean norm
_ADVICE = "Check that the file is complete and holds one of the networks that Whimbrel knows."


def check_arrays(arrays: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raises ModelError unless there are exactly these arrays, float32, of these shapes, all finite."""
    missing = [key for key in shapes if key not in arrays]
    if missing:
        raise ModelError(f"The model lacks the weights {_some(missing)}.", _ADVICE)
    unknown = [key for key in arrays if key not in shapes]
    if unknown:
        raise ModelError(
            f"The model has weights that its network has no place for: {_some(unknown)}.", _ADVICE
        )
    for key, shape in shapes.items():
        check_array(key, arrays[key], shape)


def check_array(key: str, array: Array, shape: tuple[int, ...]) -> None:
    """Raises ModelError unless the array is float32, of this shape and finite."""
    if array.shape != shape:
        found, wanted = (" by ".join(map(str, sides)) or "one number" for sides in (array.shape, shape))
        raise ModelError(f"The weights {key} are {found}, their network needs {wanted}.", _ADVICE)
    if array.dtype != np.float32:
        raise ModelError(f"The weights {key} are {array.dtype}, not float32.", _ADVICE)
    if not np.isfinite(array).all():
        raise ModelError(f"The weights {key} hold values that are no numbers.", _ADVICE)


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004
    return ", ".join(names[:3]) + rest


def head_arrays(layers: Head) -> dict[str, Array]:
    """A head's layers by their keys, "dense_<n>/kernel" and "dense_<n>/bias"."""
    arrays = {}
    for index, (kernel, bias) in enumerate(layers):
        arrays[f"dense_{index}/kernel"], arrays[f"dense_{index}/bias"] = kernel, bias
    return arrays


def head_layers(arrays: Mapping[str, Array]) -> list[tuple[Array, Array]]:
    """The layers of a head from its keyed arrays; raises KeyError where one half of a layer is missing."""
    count = sum(key.endswith("/kernel") for key in arrays)
    return [(arrays[f"dense_{index}/kernel"], arrays[f"dense_{index}/bias"]) for index in range(count)]


def head_input(given: object) -> HeadInput:
    """What a head's description says that it takes; raises ValueError for a word that is not known."""
    for known in get_args(HeadInput):
        if given == known:
            return known  # type: ignore[no-any-return]  # one of the literals
    raise ValueError(given)


def digest(arrays: Mapping[str, Array]) -> str:
    """SHA-256 over names, shapes and little-endian float32 values, whatever container they are kept in."""
    whole = hashlib.sha256()
    for key in sorted(arrays):
        array = np.ascontiguousarray(arrays[key], dtype="<f4")
        whole.update(json.dumps([key, list(array.shape)]).encode())
        whole.update(array.data)
    return whole.hexdigest()


def save(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Writes a safetensors file; the caller sees to its safety on the disk. Raises OSError.

    safetensors' own writing to a file raises another error, for a full disk too.
    """
    from safetensors.numpy import save as serialised  # noqa: PLC0415

    path.write_bytes(serialised({key: np.ascontiguousarray(array) for key, array in arrays.items()}))


def load(path: Path) -> dict[str, Array]:
    """Reads a safetensors file, float16 as float32; raises ModelError where it is missing or damaged."""
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load_file  # noqa: PLC0415

    try:
        arrays = {key: widened(array) for key, array in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"The model's weights {path} cannot be read ({error}).", "Fetch or import this model again."
        ) from error
    return arrays


def widened(array: NDArray[np.generic]) -> Array:
    """float16 as float32; anything else as it is, for a check to refuse."""
    return array.astype(np.float32) if array.dtype == np.float16 else array  # type: ignore[return-value]


def little_endian(array: NDArray[np.generic]) -> bytes:
    """The array's values in memory order, little-endian."""
    return array.tobytes() if sys.byteorder == "little" else array.byteswap().tobytes()
