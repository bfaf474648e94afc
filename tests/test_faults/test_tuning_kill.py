"""kill -9 between two passes of a fine-tuning: the model at work serves on, and the next start goes on.

The one test that goes all the way with TensorFlow: it starts it twice, which takes most of its time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from running import ROOT
from training_world import LABELS, TrainingWorld, training_world
from tuning_world import EACH, fill_with_squares

from store.models.backbone_set import load_backbone
from store.models.training_component import training_python

PARENT = ROOT / "tests" / "support" / "training_parent.py"
KILLED = -9
PASSES = 2  # in each of the two rounds
pytestmark = pytest.mark.training


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with squares, in which a fine-tuning was killed after its first pass."""
    if training_python() is None:
        pytest.skip("TensorFlow is not installed here (no training component): nothing to train with.")
    folder = tmp_path / "data"
    with training_world(folder) as world:
        fill_with_squares(world)
    path = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support'}"}
    command = [sys.executable, str(PARENT), str(folder), "pass"]
    assert subprocess.run(command, cwd=ROOT, env={**os.environ, **path}).returncode == KILLED
    for run in (folder / "runs").glob("*"):
        with FileLock(run / "lock", timeout=20):
            pass
    return folder


def test_the_next_start_goes_on_with_the_passes(folder: Path) -> None:
    with training_world(folder) as world:
        registry = world.models.registry
        assert [(version.name, version.state) for version in registry.list()] == [("Base", "active")]
        assert registry.verify(registry.list()[0]) == []
        run = world.jobs.resume()
        assert run is not None
        begun = [epoch.number for epoch in run.epochs]
        assert begun[:1] == [1]
        world.jobs.wait()
        run = world.run(run.id)
        assert (run.state, world.left()) == ("done", []), run
        later = [epoch.number for epoch in run.epochs][
            len(begun) :
        ]  # none, if its child long outlived the dead
        assert later == list(range(2 * PASSES + 1 - len(later), 2 * PASSES + 1))
        assert len(later) < 2 * PASSES, "not from the first pass again"
        is_another_network(world, run.version or "")


def is_another_network(world: TrainingWorld, version_id: str) -> None:
    """The candidate's last layers are others, its first ones not; all checks of its numbers passed."""
    registry = world.models.registry
    base, made = registry.active(), registry.find(version_id)
    assert base is not None
    assert registry.verify(made) == []
    assert (made.state, made.parent_id) == ("candidate", base.id)
    assert made.space_id != base.space_id
    before, after = (load_backbone(registry.folder, one.backbone_id).arrays for one in (base, made))
    changed = {key.split("/")[0] for key in before if not np.array_equal(before[key], after[key])}
    assert changed == {"block_12_depthwise", "block_12_pointwise"}
    metrics: dict[str, Any] = dict(made.metrics)
    gates = [(gate["name"], gate["passed"]) for gate in metrics["gates"]]
    assert {name for name, passed in gates if passed} >= {"files", "parity", "conversion", "space"}
    assert metrics["accuracy"]["n"] == metrics["counts"]["holdout"] > 0
    assert len(world.store.examples.lineage(version_id)) == EACH * len(LABELS)
