"""Writes a version as Keras, SavedModel or TFLite, loads it again and answers pictures with it.

Run as a child process, `python -m store.training.exports FOLDER...`, in an interpreter that has TensorFlow:
`store.models.export_child` says what lies in a folder and what is expected back. It ends when its standard
input does, because then its parent is gone.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from store.models.architectures import architecture
from store.models.arrays import head_input, head_layers, load, save
from store.models.backbone_set import BackboneSet
from store.models.export_child import ANSWERS, FACTS, JOB, PICTURES, PROGRESS, WEIGHTS, ExportJob
from store.models.head_set import HeadSet
from store.models.preprocessing import Preprocessing, to_input
from store.models.tfjs_export import cooled
from store.training.keras_network import keras_network

Array = NDArray[np.float32]
KERAS_FILE, TFLITE_FILE = "model.keras", "model.tflite"
ORPHANED = 4


@dataclass(frozen=True)
class Task:
    """What is to be written: the classifier, into `target`; inputs [n, 224, 224, 3] to try it with."""

    job: ExportJob
    model: keras.Model = field(repr=False)
    target: Path
    measured: Array = field(repr=False)
    representative: Array = field(repr=False)


@dataclass(frozen=True)
class Done:
    """What the file answers after it was loaded again [n, labels], and what is to be known of it."""

    probabilities: Array = field(repr=False)
    facts: Mapping[str, Any] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """Does the job in each folder; the exit status."""
    threading.Thread(target=_hear_parent, daemon=True).start()
    for folder in arguments:
        _do(Path(folder))
    return 0


def _do(folder: Path) -> None:
    task = _task(folder)
    (folder / PROGRESS).write_text("0.4")
    done = WAYS[task.job.options.form](task)
    save({"probabilities": done.probabilities}, folder / ANSWERS)
    (folder / FACTS).write_bytes(msgspec.json.encode(done.facts))


def _hear_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(ORPHANED)


def _task(folder: Path) -> Task:
    job = msgspec.json.decode((folder / JOB).read_bytes(), type=ExportJob)
    network = architecture(job.architecture, job.alpha)
    preprocessing = Preprocessing.from_json(job.preprocessing)
    arrays = load(folder / WEIGHTS)
    head = head_layers({key: arrays.pop(key) for key in list(arrays) if key.startswith("dense_")})
    backbone = BackboneSet(network, preprocessing, arrays, {})
    model = classifier(backbone, HeadSet("", job.temperature, head, (), head_input(job.input)))
    pictures: Mapping[str, NDArray[Any]] = load(folder / PICTURES)
    inputs = {key: to_input(pixels, preprocessing) for key, pixels in pictures.items()}
    return Task(job, model, Path(job.target), inputs["measured"], inputs["representative"])


def classifier(backbone: BackboneSet, head: HeadSet) -> keras.Model:
    """From inputs [n, 224, 224, 3] to probabilities [n, labels]: network, head and softmax in one."""
    network = keras_network(backbone)
    values = network.output["embedding"]
    if head.input == "unit":
        values = keras.layers.UnitNormalization(name="embedding_unit")(values)
    layers = cooled(head)
    for index, (kernel, bias) in enumerate(layers):
        last = index + 1 == len(layers)
        name = "probabilities" if last else f"dense_{index}"
        dense = keras.layers.Dense(len(bias), activation="softmax" if last else "relu", name=name)
        values = dense(values)
        dense.set_weights([kernel, bias])
    return keras.Model(network.input, values, name="whimbrel")


def _write_keras(task: Task) -> Done:
    path = task.target / KERAS_FILE
    task.model.save(path)
    again = keras.models.load_model(path, compile=False, safe_mode=True)
    return Done(_one_by_one(task.measured, lambda batch: again(batch, training=False).numpy()))


def _write_saved_model(task: Task) -> Done:
    _save(task.model, task.target)
    again = tf.saved_model.load(str(task.target))
    serve = again.signatures["serving_default"]
    [name] = serve.structured_outputs
    [given] = serve.structured_input_signature[1]
    answers = _one_by_one(task.measured, lambda batch: serve(**{given: tf.constant(batch)})[name].numpy())
    return Done(answers, {"signature": "serving_default", "input": given, "output": name})


def _save(model: keras.Model, folder: Path) -> None:
    """A SavedModel with the one signature "serving_default" of any number of pictures."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="input")]
    archive.add_endpoint("serving_default", lambda x: model(x, training=False), input_signature=signature)
    archive.write_out(str(folder), verbose=False)


def _write_tflite(task: Task) -> Done:
    converter = tf.lite.TFLiteConverter.from_concrete_functions([_frozen(task.model)])
    _ask_for(converter, task)
    path = task.target / TFLITE_FILE
    path.write_bytes(converter.convert())
    interpreter = tf.lite.Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    answers = _one_by_one(task.measured, lambda batch: _interpreted(interpreter, batch))
    return Done(answers, {side: _tensor(interpreter, side) for side in ("input", "output")})


def _frozen(model: keras.Model) -> tf.types.experimental.ConcreteFunction:
    """The model as a function of one picture, its variables as constants.

    From a Keras 3 model TensorFlow 2.21 makes a TFLite file that lacks them.
    """
    from tensorflow.python.framework.convert_to_constants import (  # noqa: PLC0415
        convert_variables_to_constants_v2,
    )

    function = tf.function(lambda picture: model(picture, training=False))
    signature = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    return convert_variables_to_constants_v2(function.get_concrete_function(signature))


def _ask_for(converter: tf.lite.TFLiteConverter, task: Task) -> None:
    """The kind of numbers that the file shall compute with or keep."""
    options = task.job.options
    if options.form == "tflite" and options.quantise is None:
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if options.quantise == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if options.form == "tflite-int8":
        converter.representative_dataset = lambda: _singly(task.representative)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.uint8


def _singly(batch: Array) -> Iterator[list[Array]]:
    for picture in batch:
        yield [picture[np.newaxis]]


def _interpreted(interpreter: tf.lite.Interpreter, batch: Array) -> Array:
    """What the file answers for one input [1, 224, 224, 3]; 8-bit numbers by their scale and zero."""
    [given], [told] = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], _stored(batch, given))
    interpreter.invoke()
    found: NDArray[Any] = interpreter.get_tensor(told["index"])
    scale, zero = told["quantization"]
    return found if found.dtype == np.float32 else (found.astype(np.float32) - zero) * np.float32(scale)


def _stored(batch: Array, given: Mapping[str, Any]) -> NDArray[Any]:
    if given["dtype"] == np.float32:
        return batch
    scale, zero = given["quantization"]
    limits = np.iinfo(given["dtype"])
    values: NDArray[np.floating] = np.clip(np.round(batch / scale + zero), limits.min, limits.max)
    return values.astype(given["dtype"])


def _tensor(interpreter: tf.lite.Interpreter, side: str) -> dict[str, Any]:
    """What a user has to know of an input or output."""
    [details] = interpreter.get_input_details() if side == "input" else interpreter.get_output_details()
    scale, zero = details["quantization"]
    return {
        "type": np.dtype(details["dtype"]).name,
        "shape": [int(size) for size in details["shape"]],
        "scale": float(scale),
        "zero": int(zero),
    }


def _one_by_one(inputs: Array, answer: Callable[[Array], Array]) -> Array:
    return np.concatenate([answer(inputs[place : place + 1]) for place in range(len(inputs))])


WAYS: Mapping[str, Callable[[Task], Done]] = {
    "keras": _write_keras,
    "savedmodel": _write_saved_model,
    "tflite": _write_tflite,
    "tflite-int8": _write_tflite,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
