"""The files of a TF.js model: a folder or a zip archive with model.json and binary shards of weights.

The weights manifest names shards and, in their order, arrays: float32 or quantised to uint8 or uint16
(value × scale + min) or float16. Nothing outside the folder is read, whatever the manifest says.
"""

from __future__ import annotations

import zipfile
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from store.models.foreign_graph import Damaged, Unfit

Json = dict[str, Any]
Weights = dict[str, NDArray[Any]]

LARGEST_JSON = 64 * 2**20
LARGEST_WEIGHTS = 512 * 2**20
DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "?", "float16": "<f2", "uint8": "u1", "uint16": "<u2"}


class ModelFiles(Protocol):
    """Where the files of one model lie."""

    def read(self, name: str, most: int) -> bytes:
        """A file by its path inside the model; raises Damaged if it is missing, larger or outside."""

    def has(self, name: str) -> bool:
        """Is there such a file?"""


class FolderFiles:
    """A model's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, name: str, most: int) -> bytes:
        """The file's bytes, at most `most` of them."""
        path = (self._folder / _inside(name)).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise Damaged(f"the file “{name}” is missing")
        if path.stat().st_size > most:
            raise Damaged(f"the file “{name}” is too large")
        return path.read_bytes()

    def has(self, name: str) -> bool:
        """Is there such a file?"""
        return (self._folder / _inside(name)).is_file()


class ZipFiles:
    """A model's files in an archive, beside its first model.json; nothing is unpacked to disk."""

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError):
            raise Damaged("the archive breaks off or is not a zip file") from None
        found = [name for name in self._archive.namelist() if PurePosixPath(name).name == "model.json"]
        self._folder = PurePosixPath(min(found, key=len)).parent if found else PurePosixPath()

    def read(self, name: str, most: int) -> bytes:
        """The file's bytes, at most `most` of them when unpacked."""
        try:
            entry = self._archive.getinfo(self._entry(name))
            if entry.file_size > most:
                raise Damaged(f"the file “{name}” is too large")
            return self._archive.read(entry)
        except (KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
            raise Damaged(f"the file “{name}” is missing or broken in the archive") from None

    def has(self, name: str) -> bool:
        """Is there such a file?"""
        return self._entry(name) in self._archive.namelist()

    def _entry(self, name: str) -> str:
        return str(self._folder / _inside(name))


def read_json(files: ModelFiles, name: str) -> Json:
    """A JSON object from a file of the model."""
    try:
        value = msgspec.json.decode(files.read(name, LARGEST_JSON))
    except (msgspec.DecodeError, RecursionError):
        raise Damaged(f"“{name}” is not JSON") from None
    if not isinstance(value, dict):
        raise Damaged(f"“{name}” is not a JSON object")
    return value


def read_weights(files: ModelFiles, manifest: list[Json]) -> Weights:
    """Every array of the manifest by its name, dequantised to float32 where it was quantised."""
    weights: Weights = {}
    left = LARGEST_WEIGHTS
    for group in manifest:
        shards = []
        for path in group["paths"]:
            shards.append(files.read(str(path), left))
            left -= len(shards[-1])
        _read_group(b"".join(shards), group["weights"], weights)
    return weights


def _read_group(data: bytes, entries: list[Json], weights: Weights) -> None:
    at = 0
    for entry in entries:
        name, shape = str(entry["name"]), [int(size) for size in entry["shape"]]
        if entry["dtype"] == "string":
            at = _after_strings(data, at, prod(shape))
            continue
        quantisation = entry.get("quantization")
        dtype = DTYPES.get((quantisation or entry)["dtype"])
        if dtype is None or any(size < 0 for size in shape):
            raise Unfit(f"“{name}” has numbers of a kind that Whimbrel does not read")
        end = at + prod(shape) * np.dtype(dtype).itemsize
        if end > len(data):
            raise Damaged("its weights are shorter than its model.json says")
        stored = np.frombuffer(data[at:end], dtype).reshape(shape)
        weights[name] = _dequantised(stored, quantisation, entry["dtype"])
        at = end


def _dequantised(stored: NDArray[Any], quantisation: Json | None, dtype: str) -> NDArray[Any]:
    if quantisation is None:
        return stored
    if "scale" not in quantisation:
        return stored.astype(np.float32)
    values = stored.astype(np.float64) * float(quantisation["scale"]) + float(quantisation["min"])
    return np.round(values).astype(np.int32) if dtype == "int32" else values.astype(np.float32)


def _after_strings(data: bytes, at: int, count: int) -> int:
    """Where a list of strings ends: each is its length (four bytes, little-endian) and its bytes."""
    for _ in range(count):
        at += 4 + int.from_bytes(data[at : at + 4], "little")
        if at > len(data):
            raise Damaged("its weights are shorter than its model.json says")
    return at


def _inside(name: str) -> PurePosixPath:
    """A relative path that stays inside the model's folder; raises Damaged for any other."""
    path = PurePosixPath(name)
    if not name or "\\" in name or ":" in name or "\0" in name or path.is_absolute() or ".." in path.parts:
        raise Damaged(f"it names a file outside its own folder (“{name}”)")
    return path
