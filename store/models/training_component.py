"""The training component from the outside: where it is, and what it reads for us in a process of its own.

The child process gets the model's path and an empty folder, and an environment with nothing secret in it.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.frozen import how_to_install_trainer, is_frozen, trainer
from store.models.errors import ModelError
from store.models.foreign_graph import Damaged, ForeignNetwork, Unfit
from store.models.tf_graph import read_graph

VARIABLE = "WHIMBREL_TRAINING_PYTHON"
REPOSITORY = Path(__file__).resolve().parents[2]
REFUSED = 3
SECONDS = 300.0
LARGEST_GRAPH = 64 * 2**20
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


def training_python(environment: Mapping[str, str] | None = None) -> Path | None:
    """What has TensorFlow and answers to `-m MODULE`: this interpreter, the one named in the environment, the
    one of .venv-training, or beside a frozen Whimbrel the executable whimbrel-trainer."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    if named:
        return Path(named) if Path(named).is_file() else None
    if importlib.util.find_spec("tensorflow") is not None:
        return Path(sys.executable)
    if is_frozen():
        return trainer()
    for place in (".venv-training/bin/python", ".venv-training/Scripts/python.exe"):
        if (REPOSITORY / place).is_file():
            return REPOSITORY / place
    return None


def read_with_training_component(path: Path, python: Path | None = None) -> ForeignNetwork:
    """The network of a .keras or .h5 model or a SavedModel folder.

    Raises ModelError where the component is missing or fails, Unfit and Damaged for what it finds.
    """
    interpreter = python or training_python()
    if interpreter is None:
        raise ModelError(
            f"Reading “{path.name}” needs the training component, which is not installed.",
            f"{how_to_install_trainer()}, or export the model as TFLite or TF.js.",
        )
    with tempfile.TemporaryDirectory(prefix="whimbrel-import-") as folder:
        _run(interpreter, path, Path(folder))
        described, constants = _result(Path(folder))
    return read_graph(described["graph"], constants, described["output"])


def _run(interpreter: Path, path: Path, folder: Path) -> None:
    command = [str(interpreter), "-m", "store.training.foreign_models", str(path.resolve()), str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module and two paths
            command,
            env=child_environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelError(
            f"The training component could not read “{path.name}” ({type(error).__name__}).",
            "Run `whimbrel doctor`, or export the model as TFLite or TF.js.",
        ) from error
    if done.returncode == REFUSED:
        raise Unfit(_last_line(done.stderr))
    if done.returncode != 0:
        raise ModelError(
            f"The training component broke off while it read “{path.name}” ({_last_line(done.stderr)}).",
            "Run `whimbrel doctor`, or export the model as TFLite or TF.js.",
        )


def child_environment(folder: Path) -> dict[str, str]:
    """What the child may see: where programs and libraries are, and a home of its own."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def _result(folder: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    import msgspec  # noqa: PLC0415

    try:
        text = (folder / "graph.json").read_bytes()[:LARGEST_GRAPH]
        described: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
        with np.load(folder / "constants.npz", allow_pickle=False) as stored:
            arrays = {name: stored[key] for key, name in described["constants"].items()}
    except (OSError, ValueError, KeyError, msgspec.DecodeError) as error:
        raise Damaged("the training component wrote nothing that can be read") from error
    return described, arrays


def _last_line(output: bytes) -> str:
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else "without a word"
