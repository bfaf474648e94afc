"""What only TensorFlow can say: whether the kept topologies and the numpy network are its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from full_length import length

from store.models.training_component import training_python

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter that has TensorFlow."""
    found = training_python()
    if found is None:
        pytest.skip("TensorFlow is not installed here (no training component): nothing to compare with.")
    return found


def run(python: Path, *arguments: str) -> str:
    """The standard output of a program of the repository in that interpreter."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([python, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_kept_topologies_are_what_tensorflowjs_generates(python: Path) -> None:
    output = run(python, "build_scripts/make_topologies.py", "--check", *length(["--widths=2"], []))
    assert output.count("the same") == 3


def test_numpy_agrees_with_keras_and_quantises_as_tensorflowjs(python: Path) -> None:
    lines = [json.loads(line) for line in run(python, "-m", "store.training.parity").splitlines()]
    assert {line["family"] for line in lines} == {"mobilenet_v2", "mobilenet_v1", "efficientnet_lite0"}
    assert len(lines) == 11
    for line in lines:
        assert line["features"] < 1e-4, line
        assert line["embedding"] < 1e-4, line
        assert line["quantised"], line
