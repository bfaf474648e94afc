from __future__ import annotations

import io
import os
import pickle
import struct
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from store.models.architectures import architecture
from store.models.errors import ModelError
from store.models.network import forward, head_forward
from store.models.preprocessing import pixels_of_file, to_input
from store.models.starter import EPSILON, load_starter, starter_file, torch_names
from store.models.torch_file import read_tensors

MAGIC = 0x1950A86A20F9469CFC6C
INFO = {"protocol_version": 1001, "little_endian": True}


class _Call:
    """Pickles as a call of a global."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.arguments


class _Storage:
    def __init__(self, key: str, values: NDArray[Any]) -> None:
        self.key, self.values = key, values


def torch_global(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> Any:
    """A function that pickle writes as `module.name`, as PyTorch's own would be."""
    for part in (module.partition(".")[0], module):
        if part not in sys.modules:
            monkeypatch.setitem(sys.modules, part, ModuleType(part))

    def stand_in(*_arguments: object) -> None: ...

    stand_in.__module__, stand_in.__qualname__ = module, name
    monkeypatch.setattr(sys.modules[module], name, stand_in, raising=False)
    return stand_in


@pytest.fixture
def torch_bytes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a file as PyTorch before 1.6 did: {name: (values, offset, shape, strides)}."""
    rebuild = torch_global(monkeypatch, "torch._utils", "_rebuild_tensor_v2")
    kinds = {
        np.dtype(kind): torch_global(monkeypatch, "torch", name)
        for kind, name in (("f4", "FloatStorage"), ("i8", "LongStorage"))
    }

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            if isinstance(obj, _Storage):
                return ("storage", kinds[obj.values.dtype], obj.key, "cpu", obj.values.size, None)
            return None

    def write(views: dict[str, tuple[Any, ...]], info: Any = INFO, magic: int = MAGIC) -> bytes:
        storages = {name: _Storage(f"key {name}", view[0]) for name, view in views.items()}
        tensors = OrderedDict(
            (name, _Call(rebuild, storages[name], *view[1:], False, OrderedDict()))
            for name, view in views.items()
        )
        file = io.BytesIO()
        for part in (magic, 1001, info, tensors, [storage.key for storage in storages.values()]):
            Pickler(file, 2).dump(part)
        for storage in storages.values():
            file.write(struct.pack("<q", storage.values.size) + storage.values.tobytes())
        return file.getvalue()

    return write


def test_tensors_are_views_with_offset_and_strides(torch_bytes: Any) -> None:
    values = np.arange(12, dtype="f4")
    count = np.array([7], dtype="i8")
    data = torch_bytes(
        {"plain": (values, 0, (3, 4), (4, 1)), "turned": (values, 1, (4, 2), (1, 4)), "n": (count, 0, (), ())}
    )
    found = read_tensors(data)
    np.testing.assert_array_equal(found["plain"], values.reshape(3, 4))
    np.testing.assert_array_equal(found["turned"], [[1, 5], [2, 6], [3, 7], [4, 8]])
    assert (found["n"].dtype, found["n"].item()) == (np.dtype("i8"), 7)


@pytest.mark.parametrize(
    ("offset", "shape", "strides"), [(1, (12,), (1,)), (0, (3, 4), (5, 1)), (0, (2,), (-1,))]
)
def test_a_view_beyond_its_storage_is_refused(
    torch_bytes: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    with pytest.raises(ModelError):
        read_tensors(torch_bytes({"a": (np.arange(12, dtype="f4"), offset, shape, strides)}))


def test_a_name_that_weights_have_no_use_for_is_refused_and_not_called(tmp_path: Path) -> None:
    target = tmp_path / "made by the pickle"
    parts = [MAGIC, 1001, INFO, _Call(os.mkdir, str(target))]
    data = b"".join(pickle.dumps(part, 2) for part in parts)
    with pytest.raises(ModelError, match="mkdir"):
        read_tensors(data)
    assert not target.exists()
    with pytest.raises(ModelError, match="mkdir"):
        read_tensors(pickle.dumps(_Call(os.mkdir, str(target)), 2))
    assert not target.exists()


@pytest.mark.parametrize("where", [0, 3, 40, 200, -1, -20])
def test_a_file_that_ends_early_is_refused(torch_bytes: Any, where: int) -> None:
    data = torch_bytes({"a": (np.arange(12, dtype="f4"), 0, (3, 4), (4, 1))})
    assert read_tensors(data)["a"].shape == (3, 4)
    with pytest.raises(ModelError) as caught:
        read_tensors(data[:where])
    assert caught.value.advice


def test_other_files_are_refused(torch_bytes: Any) -> None:
    views = {"a": (np.arange(2, dtype="f4"), 0, (2,), (1,))}
    for data in (
        b"PK\x03\x04 a newer file",
        torch_bytes(views, magic=5),
        torch_bytes(views, info={"little_endian": False}),
        torch_bytes(views, info=[]),
    ):
        with pytest.raises(ModelError):
            read_tensors(data)


def test_every_layer_is_its_convolution_and_batch_normalisation() -> None:
    parsed, tensors = load_starter(), read_tensors(starter_file().read_bytes())
    random = np.random.default_rng(0)
    for layer in parsed.network.layers:
        convolution, norm = torch_names(layer.name)
        kernel = tensors[f"{convolution}.weight"].astype(np.float64)
        gamma, beta, mean, variance = (
            tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        window = random.normal(size=kernel.shape[1:])
        if layer.kind == "depthwise":
            window = random.normal(size=(kernel.shape[0], *kernel.shape[2:]))
            before = (kernel[:, 0] * window).sum(axis=(1, 2))
            ours = np.einsum("yxco,cyx->c", parsed.arrays[f"{layer.name}/kernel"], window)
        else:
            before = (kernel * window).sum(axis=(1, 2, 3))
            ours = np.einsum("yxio,iyx->o", parsed.arrays[f"{layer.name}/kernel"], window)
        wanted = gamma * (before - mean) / np.sqrt(variance + EPSILON) + beta
        np.testing.assert_allclose(ours + parsed.arrays[f"{layer.name}/bias"], wanted, rtol=1e-4, atol=1e-4)
    assert {key: array.shape for key, array in parsed.arrays.items()} == architecture(
        "efficientnet_lite0", None
    ).shapes


def test_the_starter_says_what_it_is() -> None:
    parsed = load_starter()
    assert (parsed.name, parsed.made) == ("EfficientNet-Lite0, ImageNet (starter)", "starter")
    assert (parsed.licence, parsed.alpha, len(parsed.labels)) == ("Apache-2.0", None, 1000)
    assert (parsed.preprocessing.offset, parsed.preprocessing.scale) == (127, 128)


def test_another_file_is_not_taken_for_the_starter(tmp_path: Path) -> None:
    data = bytearray(starter_file().read_bytes())
    data[-1] ^= 1
    (tmp_path / "changed.pth").write_bytes(data)
    with pytest.raises(ModelError, match="not the ones that Whimbrel knows"):
        load_starter(tmp_path / "changed.pth")
    with pytest.raises(ModelError, match="cannot be read"):
        load_starter(tmp_path / "missing.pth")


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.models.starter._PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ModelError, match="not installed"):
        starter_file()


def test_the_starter_recognises_photographs(shared: Path) -> None:
    files = sorted((shared / "images" / "imagenet-sample").glob("*.jpg"))[::5]
    parsed = load_starter()
    pixels = np.stack([pixels_of_file(file, parsed.preprocessing) for file in files])
    _, embedding = forward(parsed.network, parsed.arrays, to_input(pixels, parsed.preprocessing))
    answers = head_forward(parsed.head_layers, embedding).argmax(axis=1)
    right = sum(int(file.name[:4]) == answer for file, answer in zip(files, answers, strict=True))
    assert len(files) == 25
    assert right >= 20
