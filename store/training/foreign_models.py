"""Loads a Keras model or a SavedModel and writes its graph as plain JSON and its numbers as plain arrays.

Run as a child process, `python -m store.training.foreign_models FILE FOLDER`, in an interpreter that has
TensorFlow, with nothing secret in its environment: Keras' own safe mode is no boundary. It writes
FOLDER/graph.json ({"graph": GraphDef as JSON, "output": name}) and FOLDER/constants.npz, or, for a file that
it cannot load, ends with status 3 and one sentence on its standard error. Nothing of the model is run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf
    from numpy.typing import NDArray

REFUSED = 3
SIZE = 224
UNSAFE_OPERATIONS = ("PyFunc", "EagerPyFunc", "PyFuncStateless", "ReadFile", "WriteFile", "MatchingFiles")


class Refused(Exception):  # noqa: N818 - what the parent is told
    """A model that is not loaded; the text is a clause that says why."""


def main(arguments: Sequence[str]) -> int:
    """Converts the model at the first path into the folder at the second; the exit status."""
    source, folder = Path(arguments[0]), Path(arguments[1])
    try:
        function = _saved_model_function(source) if source.is_dir() else _keras_function(source)
        graph, constants, output = _frozen(function)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return REFUSED
    _write(folder, graph, constants, output)
    return 0


def _keras_function(path: Path) -> tf.types.experimental.ConcreteFunction:
    """The model as a function of one picture; Keras 3 first, then the Keras 2 that wrote older files."""
    import tensorflow as tf  # noqa: PLC0415

    model = _loaded(path)
    shape = model.inputs[0].shape
    if len(model.inputs) != 1 or len(model.outputs) != 1 or len(shape) != 4:  # noqa: PLR2004
        raise Refused("it does not take one picture and give one answer")
    height, width = (int(size) if size else SIZE for size in shape[1:3])
    signature = tf.TensorSpec([1, height, width, 3], tf.float32)
    return tf.function(lambda picture: model(picture, training=False)).get_concrete_function(signature)


def _loaded(path: Path) -> Any:  # noqa: ANN401 - of either Keras
    import keras  # noqa: PLC0415

    loaders: list[Callable[[], Any]] = [lambda: keras.models.load_model(path, compile=False, safe_mode=True)]
    if path.suffix != ".keras":
        loaders.append(lambda: _keras_2(path))
    problems = []
    for load in loaders:
        try:
            return load()
        except Exception as error:
            problems.append(_first_line(error))
    raise Refused(f"Keras cannot load it ({'; '.join(problems)})")


def _keras_2(path: Path) -> Any:  # noqa: ANN401
    import tf_keras  # noqa: PLC0415

    return tf_keras.models.load_model(path, compile=False, safe_mode=True)


def _saved_model_function(folder: Path) -> tf.types.experimental.ConcreteFunction:
    """The serving signature of a SavedModel with one output; operations that reach outside are not loaded."""
    import tensorflow as tf  # noqa: PLC0415

    _check_operations(folder / "saved_model.pb")
    try:
        loaded = tf.saved_model.load(str(folder))
    except Exception as error:
        raise Refused(f"TensorFlow cannot load it ({_first_line(error)})") from error
    signatures = list(loaded.signatures.values())
    wanted = loaded.signatures.get("serving_default") or (signatures[0] if len(signatures) == 1 else None)
    if wanted is None:
        raise Refused("it has no signature “serving_default”")
    wanted._saved_model_root = loaded  # the function does not keep its variables alive by itself
    return wanted


def _check_operations(path: Path) -> None:
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # noqa: PLC0415
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel  # noqa: PLC0415

    model = SavedModel()
    try:
        model.ParseFromString(path.read_bytes())
    except (OSError, DecodeError) as error:
        raise Refused("its saved_model.pb is broken") from error
    for graph in (meta.graph_def for meta in model.meta_graphs):
        nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
        for node in nodes:
            if node.op in UNSAFE_OPERATIONS:
                raise Refused(f"it contains the operation {node.op}, which reaches outside the model")


def _frozen(
    function: tf.types.experimental.ConcreteFunction,
) -> tuple[tf.compat.v1.GraphDef, dict[str, NDArray[np.generic]], str]:
    """The graph with its variables as constants, the constants taken out of it, and its output's name."""
    import tensorflow as tf  # noqa: PLC0415
    from tensorflow.python.framework.convert_to_constants import (  # noqa: PLC0415
        convert_variables_to_constants_v2,
    )

    try:
        frozen = convert_variables_to_constants_v2(function, lower_control_flow=False)
    except ValueError as error:
        raise Refused(
            f"TensorFlow cannot make it constant, save it as .keras ({_first_line(error)})"
        ) from error
    outputs = [tensor for tensor in frozen.outputs if tensor.dtype.is_floating]
    if len(outputs) != 1:
        raise Refused(f"it gives {len(outputs)} answers for a picture, not one")
    graph = frozen.graph.as_graph_def()
    constants = {}
    for node in graph.node:
        if node.op == "Const":
            tensor = node.attr["value"].tensor
            if tf.dtypes.as_dtype(tensor.dtype) != tf.string:
                constants[node.name] = tf.make_ndarray(tensor)
            node.attr["value"].Clear()
    return graph, constants, outputs[0].name


def _write(
    folder: Path, graph: tf.compat.v1.GraphDef, constants: dict[str, NDArray[np.generic]], output: str
) -> None:
    import numpy as np  # noqa: PLC0415
    from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # noqa: PLC0415

    names = {f"a{index}": name for index, name in enumerate(constants)}
    arrays: dict[str, Any] = {key: constants[name] for key, name in names.items()}
    np.savez(folder / "constants.npz", **arrays)
    described = {"graph": MessageToDict(graph), "output": output, "constants": names}
    (folder / "graph.json").write_text(json.dumps(described), encoding="utf-8")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
