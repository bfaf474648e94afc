"""Files that Keras and TensorFlow wrote themselves, and the same probabilities from numpy as from Keras."""

from __future__ import annotations

import os
import subprocess
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from running import ROOT

from store.models.errors import ModelError
from store.models.importing import import_file
from store.models.network import forward, head_forward
from store.models.parsed import ParsedModel
from store.models.training_component import training_python

pytestmark = [pytest.mark.training, pytest.mark.timeout(900)]
MAKER = ROOT / "tests" / "support" / "make_foreign_models.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models by Keras 3, Keras 2 and tensorflowjs, with what Keras answers."""
    python = training_python({})
    if python is None:
        pytest.skip("The training component is not installed (.venv-training).")
    folder = tmp_path_factory.mktemp("foreign")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [str(python), str(MAKER), str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@lru_cache
def imported(path: Path) -> ParsedModel:
    """A model that is imported once for several tests: each takes a process with TensorFlow."""
    return import_file(path)


def difference(folder: Path, file: str, answers: str) -> float:
    """The largest difference between our probabilities and Keras'."""
    parsed = imported(folder / file)
    pixels = np.load(folder / "input.npy") * 127.5 + 127.5
    pre = parsed.preprocessing
    values: NDArray[np.float32] = ((pixels - pre.offset) / pre.scale).astype(np.float32)
    _, embedding = forward(parsed.network, parsed.arrays, values)
    expected = np.load(folder / f"{answers}.npy")
    assert expected.max() > 0.2
    return float(np.abs(head_forward(parsed.head_layers, embedding) - expected).max())


@pytest.mark.parametrize(
    ("file", "answers"),
    [
        ("v2_weights.h5", "v2_weights"),
        ("v1_weights.h5", "v1"),
        ("v1_tfjs_layers", "v1"),
        ("v2_tfjs_graph", "v2"),
    ],
)
def test_forms_that_need_no_tensorflow(
    made: Path, monkeypatch: pytest.MonkeyPatch, file: str, answers: str
) -> None:
    monkeypatch.setenv("WHIMBREL_TRAINING_PYTHON", "nothing of that name")
    assert difference(made, file, answers) < 1e-3


@pytest.mark.parametrize(
    ("file", "answers"),
    [
        ("v2.keras", "v2"),
        ("v2.h5", "v2"),
        ("v2_saved", "v2"),
        ("v1_whole.h5", "v1"),
        ("v1_saved", "v1"),
        ("transfer.keras", "transfer"),
    ],
)
def test_forms_that_the_training_component_reads(made: Path, file: str, answers: str) -> None:
    assert difference(made, file, answers) < 1e-3


def test_the_networks_own_rescaling_becomes_preprocessing(made: Path) -> None:
    found = imported(made / "transfer.keras").preprocessing
    assert (found.offset, found.scale) == (127.5, 127.5)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("small.keras", "pads its picture in another way"),
        ("reader_saved", "it contains the operation ReadFile"),
    ],
)
def test_other_models_get_one_sentence(made: Path, file: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        import_file(made / file)
    assert "Traceback" not in str(caught.value)
