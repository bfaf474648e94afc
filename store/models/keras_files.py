"""Keras' own model files, .keras and .h5: looked at before TensorFlow may load them.

Keras makes objects from what a configuration names, and its safe mode has been walked around more than once.
So nothing is loaded that names code of its own (Lambda) or a module other than Keras.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import h5py
import msgspec

from store.models.foreign_graph import Damaged, ForeignNetwork, Unfit
from store.models.training_component import read_with_training_component

LARGEST_CONFIG = 32 * 2**20
MODULES = ("keras", "tf_keras", "builtins")
CODE = ("Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")


def read_keras_file(path: Path) -> ForeignNetwork:
    """The network of a .keras or .h5 file by the training component; raises Unfit, Damaged, ModelError."""
    check_plain(_config_of(path))
    return read_with_training_component(path)


def is_keras_archive(path: Path) -> bool:
    """Is this zip file a .keras model?"""
    try:
        with zipfile.ZipFile(path) as archive:
            return {"config.json", "metadata.json"} <= set(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def check_plain(config: object) -> None:
    """Raises Unfit where a configuration names code of its own or a module that is not Keras'."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            module, kind = part.get("module"), part.get("class_name")
            if isinstance(kind, str) and kind.split(">")[-1] in CODE:
                raise Unfit(f"it contains code of its own ({kind}), which Whimbrel does not run")
            if isinstance(module, str) and module.split(".")[0] not in MODULES:
                raise Unfit(f"it needs the module {module}, which is not a part of Keras")


def _config_of(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return msgspec.json.decode(_config_text(path))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Damaged("its description of the network is not JSON") from error


def _config_text(path: Path) -> bytes:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if archive.getinfo("config.json").file_size > LARGEST_CONFIG:
                    raise Damaged("its description of the network is too large")
                return archive.read("config.json")
        with h5py.File(path, "r") as file:
            config = file.attrs["model_config"]
            return config.encode("utf-8") if isinstance(config, str) else bytes(config)
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError) as error:
        raise Damaged("it breaks off or lacks the description of its network") from error
