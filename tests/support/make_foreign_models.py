"""Run by the training component's interpreter: Keras' and TensorFlow's own files, and what Keras answers.

python make_foreign_models.py FOLDER writes models by name, input.npy, and <name>.npy with the probabilities.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

from store.training.converter import quantisation

Array = NDArray[np.float32]
SEED = 11


def main(folder: Path) -> None:
    """Makes every model, each with random weights that keep its activations in range."""
    keras.utils.set_random_seed(SEED)
    tf_keras.utils.set_random_seed(SEED)
    random = np.random.default_rng(SEED)
    pixels = random.integers(0, 256, (1, 224, 224, 3)).astype(np.float32)
    picture = (pixels - 127.5) / 127.5
    np.save(folder / "input.npy", picture)
    _keras_3(folder, random, picture)
    _keras_2(folder, random, picture)
    _transfer_learning(folder, random, pixels)
    _others(folder)


def _keras_3(folder: Path, random: np.random.Generator, picture: Array) -> None:
    model = _shaken(keras.applications.MobileNetV2(weights=None, alpha=0.35, classes=7), random)
    model.save(folder / "v2.keras")
    model.save(folder / "v2.h5")
    model.export(str(folder / "v2_saved"), verbose=False)
    np.save(folder / "v2.npy", model(picture, training=False).numpy())
    graphs = _conversion("tf_saved_model_conversion_v2")
    graphs.convert_tf_saved_model(str(folder / "v2_saved"), str(folder / "v2_tfjs_graph"))


def _keras_2(folder: Path, random: np.random.Generator, picture: Array) -> None:
    """Older files: whole models, weights in the form of the official files, a layers model for TF.js."""
    v1 = _shaken(tf_keras.applications.MobileNet(weights=None, alpha=0.25, classes=1000), random)
    v1.save_weights(folder / "v1_weights.h5")
    v1.save(folder / "v1_whole.h5")
    v1.save(folder / "v1_saved", save_format="tf")
    np.save(folder / "v1.npy", v1(picture, training=False).numpy())
    v2 = _shaken(tf_keras.applications.MobileNetV2(weights=None, alpha=0.5, classes=1000), random)
    v2.save_weights(folder / "v2_weights.h5")
    np.save(folder / "v2_weights.npy", v2(picture, training=False).numpy())
    _conversion("keras_h5_conversion").save_keras_model(v1, str(folder / "v1_tfjs_layers"))


def _transfer_learning(folder: Path, random: np.random.Generator, pixels: Array) -> None:
    """What people build: rescaling, a MobileNet without its top, dropout, a dense layer or two."""
    base = keras.applications.MobileNetV2(
        weights=None, alpha=0.35, include_top=False, input_shape=(224, 224, 3)
    )
    model = keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            keras.layers.RandomFlip("horizontal"),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
            base,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    _shaken(model, random)
    model.save(folder / "transfer.keras")
    model.export(str(folder / "transfer_saved"), verbose=False)
    np.save(folder / "transfer.npy", model(pixels, training=False).numpy())


def _others(folder: Path) -> None:
    """Models that are none of Whimbrel's networks."""
    small = keras.Sequential([keras.Input((224, 224, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])
    small.save(folder / "small.keras")

    class Reader(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([], tf.string)])  # type: ignore[untyped-decorator]
        def read(self, path: tf.Tensor) -> tf.Tensor:
            return tf.io.read_file(path)

    tf.saved_model.save(Reader(), str(folder / "reader_saved"))


def _shaken(model: Any, random: np.random.Generator) -> Any:
    """Random normalisation and a head that decides, so that wrong arrays show."""
    for weight in model.weights:
        name = getattr(weight, "path", weight.name).split("/")[-1].split(":")[0]
        shape = tuple(weight.shape)
        if name == "gamma":
            weight.assign(random.uniform(0.7, 1.3, shape))
        elif name in ("beta", "moving_mean"):
            weight.assign(random.normal(0, 0.2, shape))
        elif name == "moving_variance":
            weight.assign(random.uniform(0.6, 1.4, shape))
        elif name == "kernel" and (len(shape) == 2 or shape[-1] == 1000):
            weight.assign(random.normal(0, 0.3 if shape[-1] < 1000 else 1.0, shape))
    return model


def _conversion(name: str) -> ModuleType:
    """One of tensorflowjs' converters; the first import brings the stand-ins that it needs."""
    quantisation()
    return import_module(f"tensorflowjs.converters.{name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
