"""kill -9 at every stage of a training: the model at work serves on, and the next start finishes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from running import ROOT
from training_world import TrainingWorld, fill, training_world

PARENT = ROOT / "tests" / "support" / "training_parent.py"
KILLED = -9
IN_CHILD = ["prepare", "fit", "calibrate", "judge", "write"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with enough to learn from. Not to be written to."""
    folder = tmp_path_factory.mktemp("filled") / "data"
    with training_world(folder) as world:
        fill(world)
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "data"))


def kill_at(folder: Path, moment: str) -> None:
    """Trains in a program that kills itself at that moment, and waits until its child has ended, too."""
    path = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support'}"}
    command = [sys.executable, str(PARENT), str(folder), moment]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **path}, check=False)
    assert done.returncode == KILLED
    for run in (folder / "runs").glob("*"):
        with FileLock(run / "lock", timeout=20):
            pass


@pytest.fixture
def reopened(folder: Path, moment: str) -> Iterator[TrainingWorld]:
    """The memory as the next start of the program finds it."""
    kill_at(folder, moment)
    with training_world(folder) as world:
        yield world


def at_work(world: TrainingWorld) -> list[tuple[str, str]]:
    """The versions by name and state; the one at work is whole."""
    active = world.models.registry.active()
    assert active is not None
    assert world.models.registry.verify(active) == []
    return [(version.name, version.state) for version in world.models.registry.list()]


@pytest.mark.parametrize("moment", ["collect", "half", *IN_CHILD, "register", "adopted"])
def test_the_next_start_goes_on_with_it(reopened: TrainingWorld, moment: str) -> None:
    world = reopened
    assert [run.state for run in world.jobs.last()] == ["running"]
    assert at_work(world) == [("Base", "active")]
    run = world.jobs.resume()
    assert run is not None
    assert world.jobs.busy
    world.jobs.wait()
    assert [each.state for each in world.jobs.last()] == ["done"]
    assert [state for _, state in at_work(world)] == ["active", "candidate"]
    assert len(world.store.examples.lineage(world.run(run.id).version or "")) == 120
    assert world.left() == []
    gone_through = {each.stage for each in world.told[1:]}
    assert ("fit" in gone_through) == (moment in ("collect", "half", "prepare", "fit", "calibrate"))
    assert ("judge" in gone_through) == (moment not in ("register", "adopted"))


@pytest.mark.parametrize("moment", ["written"])
def test_what_was_written_down_is_not_done_again(reopened: TrainingWorld) -> None:
    world = reopened
    assert [run.state for run in world.jobs.last()] == ["done"]
    assert [state for _, state in at_work(world)] == ["active", "candidate"]
    assert world.left() != []
    assert world.jobs.resume() is None
    assert world.left() == []


@pytest.mark.parametrize("moment", ["fit"])
def test_a_folder_that_was_lost_is_filled_again(reopened: TrainingWorld) -> None:
    shutil.rmtree(reopened.runs_folder)
    assert reopened.jobs.resume() is not None
    reopened.jobs.wait()
    assert [run.state for run in reopened.jobs.last()] == ["done"]
