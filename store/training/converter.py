"""From a Keras model to TensorFlow.js's graph model, by tensorflowjs.

tensorflowjs 4.22 imports decision forests and its JAX converter at the top; neither is needed for a Keras
model, and the lean training component does not install them.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import tensorflow as tf
from packaging.version import parse


def graph_model(model: keras.Model, size: int) -> tuple[dict[str, Any], bytes]:
    """(model.json, the bytes of all weights) of a Keras model with one picture input [n, size, size, 3]."""
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive()
        archive.track(model)
        signature = [tf.TensorSpec((None, size, size, 3), tf.float32, name="input")]
        archive.add_endpoint("serve", lambda x: model(x, training=False), input_signature=signature)
        archive.write_out(f"{folder}/saved", verbose=False)
        _conversion().convert_tf_saved_model(f"{folder}/saved", f"{folder}/tfjs", signature_def="serve")
        return _read(Path(folder) / "tfjs")


def _read(folder: Path) -> tuple[dict[str, Any], bytes]:
    described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    paths = [path for group in described["weightsManifest"] for path in group["paths"]]
    return described, b"".join((folder / path).read_bytes() for path in paths)


def quantisation() -> ModuleType:
    """tensorflowjs' own quantisation of weights, to compare ours with."""
    _conversion()
    return importlib.import_module("tensorflowjs.quantization")


def _conversion() -> ModuleType:
    """tensorflowjs' converter of SavedModels, imported with stand-ins for what it would import in vain."""
    if _is_missing("tensorflow_decision_forests"):
        _stand_in("tensorflow_decision_forests")
        _stand_in("tensorflowjs.converters.jax_conversion", convert_jax=None)
    if _is_missing("pkg_resources"):
        _stand_in("pkg_resources", parse_version=parse)
    return importlib.import_module("tensorflowjs.converters.tf_saved_model_conversion_v2")


def _is_missing(name: str) -> bool:
    return name not in sys.modules and importlib.util.find_spec(name) is None


def _stand_in(name: str, **members: object) -> None:
    module = ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
