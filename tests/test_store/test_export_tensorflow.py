"""Exports that TensorFlow writes: each loaded again, in one child process, and held against numpy."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from handing_on import TWO, exported, quiet
from made_networks import made_network
from running import ROOT

from store.events import ModelVersion
from store.models.adding import add_sets
from store.models.arrays import HeadInput
from store.models.backbone_set import BackboneSet
from store.models.errors import ModelError
from store.models.export_child import MODULE, ToWrite, Written, give, taken
from store.models.export_forms import ExportOptions
from store.models.fidelity import answers, relative
from store.models.head_set import HeadSet
from store.models.importing import import_file
from store.models.preprocessing import Preprocessing, to_input
from store.models.training_component import VARIABLE, training_python

PREPROCESSING = Preprocessing(offset=127.0, scale=128.0)
MADE = made_network("mobilenet_v1", 0.25, 3, hidden=20)
BACKBONE = BackboneSet(MADE.table, PREPROCESSING, MADE.folded(), {})
WAYS: dict[str, tuple[ExportOptions, HeadInput]] = {
    "keras": (ExportOptions("keras"), "unit"),
    "savedmodel": (ExportOptions("savedmodel"), "raw"),
    "tflite": (ExportOptions("tflite"), "raw"),
    "float16": (ExportOptions("tflite", "float16"), "unit"),
    "uint8": (ExportOptions("tflite", "uint8"), "raw"),
    "int8": (ExportOptions("tflite-int8"), "unit"),
}


def head(takes: HeadInput) -> HeadSet:
    return HeadSet("", 1.7 if takes == "raw" else 0.2, MADE.head, (), takes)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Written]]:
    """By name: the folder, and what the file answered when it was loaded again. TensorFlow starts once."""
    python = training_python()
    if python is None:
        pytest.skip("The training component is not installed (.venv-training).")
    folder = tmp_path_factory.mktemp("tensorflow")
    for name, (options, takes) in WAYS.items():
        for part in (folder / name, folder / f"{name}-job"):
            part.mkdir()
        give(folder / f"{name}-job", folder / name, ToWrite(options, BACKBONE, head(takes), TWO, TWO))
    jobs = [str(folder / f"{name}-job") for name in WAYS]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [str(python), "-m", MODULE, *jobs]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        said = child.stderr.read()
    assert child.returncode == 0, said[-3000:].decode()
    return {name: (folder / name, taken(folder / f"{name}-job")) for name in WAYS}


pytestmark = pytest.mark.timeout(600)


def off(name: str, written: dict[str, tuple[Path, Written]]) -> float:
    """How far the answers are from numpy's."""
    wanted = answers(BACKBONE, head(WAYS[name][1]), TWO.pixels, lambda done: None)
    assert wanted.probabilities.max() > 0.4
    return relative(written[name][1].answers.probabilities, wanted.probabilities)


@pytest.mark.training
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("keras", 1e-5),
        ("savedmodel", 1e-5),
        ("tflite", 1e-5),
        ("float16", 2e-3),
        ("uint8", 0.05),
        ("int8", 0.05),
    ],
)
def test_what_tensorflow_wrote_answers_as_numpy(
    written: dict[str, tuple[Path, Written]], name: str, most: float
) -> None:
    assert off(name, written) < most


@pytest.mark.training
def test_a_tflite_file_is_imported_again_as_the_same(written: dict[str, tuple[Path, Written]]) -> None:
    again = import_file(written["tflite"][0] / "model.tflite")
    for key, array in BACKBONE.arrays.items():
        np.testing.assert_array_equal(again.arrays[key], array, err_msg=key)


@pytest.mark.training
def test_fewer_bits_make_a_smaller_file(written: dict[str, tuple[Path, Written]]) -> None:
    sizes = {
        name: (written[name][0] / "model.tflite").stat().st_size for name in ("tflite", "float16", "int8")
    }
    assert sizes["float16"] < 0.6 * sizes["tflite"]
    assert sizes["int8"] < 0.4 * sizes["tflite"]


@pytest.mark.training
def test_the_8_bit_file_runs_in_litert_on_pixels_as_they_are(
    written: dict[str, tuple[Path, Written]],
) -> None:
    """The input's scale and zero say what a number stands for: here very nearly the pixel itself."""
    from ai_edge_litert.interpreter import Interpreter

    folder, told = written["int8"]
    interpreter = Interpreter(model_path=str(folder / "model.tflite"))
    interpreter.allocate_tensors()
    [given], [gives] = interpreter.get_input_details(), interpreter.get_output_details()
    assert given["dtype"] == gives["dtype"] == np.uint8
    scale, zero = told.facts["input"]["scale"], told.facts["input"]["zero"]
    values = to_input(TWO.pixels[:1], PREPROCESSING) / scale + zero
    assert np.abs(values - TWO.pixels[0]).max() < 4
    interpreter.set_tensor(given["index"], np.clip(np.round(values), 0, 255).astype(np.uint8))
    interpreter.invoke()
    scale, zero = told.facts["output"]["scale"], told.facts["output"]["zero"]
    found = (interpreter.get_tensor(gives["index"])[0].astype(float) - zero) * scale
    np.testing.assert_allclose(found, told.answers.probabilities[0], atol=0.01)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelVersion]:
    """A version in a registry's folder."""
    from modelling import random_model

    models = tmp_path_factory.mktemp("models")
    return models, add_sets(models, random_model("Small", ("a", "b")), (), quiet, 0)


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Another program in the place of the training component."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(python))


def test_without_the_component_it_says_how_to_get_it(
    small: tuple[Path, ModelVersion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "nothing of that name")
    with pytest.raises(ModelError, match="needs the training component") as refused:
        exported(*small, tmp_path / "out", "keras")
    assert "whimbrel training install" in refused.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a shell stands in for Python")
def test_what_tensorflow_says_is_said(
    small: tuple[Path, ModelVersion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    stand_in(tmp_path / "bin", monkeypatch, "echo 'the moon is in the wrong place' >&2; exit 1")
    with pytest.raises(ModelError, match="the moon is in the wrong place"):
        exported(*small, tmp_path / "out", "keras")
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell stands in for Python")
def test_who_gives_up_ends_the_child(
    small: tuple[Path, ModelVersion], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child hangs in its read until it is killed; `process` then waits for its end."""
    (tmp_path / "bin").mkdir()
    stand_in(tmp_path / "bin", monkeypatch, f"echo $$ > {tmp_path}/bin/pid; exec sleep 600")

    class GivenUpError(Exception):
        pass

    def tell(sentence: str, done: float) -> None:
        if "TensorFlow" in sentence and (tmp_path / "bin" / "pid").exists():
            raise GivenUpError

    began = time.monotonic()
    with pytest.raises(GivenUpError):
        exported(*small, tmp_path / "out", "keras", tell)
    assert time.monotonic() - began < 300
    number = int((tmp_path / "bin" / "pid").read_text() or "0")
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]
