"""A program that trains in a data folder and kills itself at a moment of the training.

    python training_parent.py FOLDER STAGE

STAGE is a stage (killed when it is told of; the child then waits for ever in it), "half" (some of what is
gathered is written), "adopted" (the files are the registry's, nothing is written down yet), "written" (all
is, and nothing is cleared away), or "pass" (the last blocks learned, and have seen the pictures once).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from running import ROOT
from training_world import REQUEST, training_world
from tuning_world import request

from store.local.learning.run_forms import TrainingRun
from store.local.learning.runs import RunStore
from store.training.runs import collect
from store.training.runs.job import write_json
from store.training.runs.modes import command_of

CHILD = str(ROOT / "tests" / "support" / "training_child.py")


def hanging(stage: str) -> Any:
    """The command of a child that waits for ever in a stage."""
    return lambda _mode, folder: [sys.executable, CHILD, stage, "hang", str(folder)]


def main(folder: str, moment: str) -> None:
    def listen(run: TrainingRun) -> None:
        if run.state == "running" and (run.stage == moment or (run.epochs and moment == "pass")):
            die()

    save = RunStore.save

    def saved(runs: RunStore, run: TrainingRun, *also: Any) -> None:
        if also and moment == "adopted":
            die()
        save(runs, run, *also)
        if also and moment == "written":
            die()

    if moment == "half":
        collect.write_json = die_at_labels  # type: ignore[attr-defined]
    RunStore.save = saved  # type: ignore[method-assign, assignment]
    in_child = moment in ("prepare", "fit", "calibrate", "judge", "write")
    command = hanging(moment) if in_child else command_of
    with training_world(Path(folder), command, listen) as world:
        world.jobs.start(request("fine-tune") if moment == "pass" else REQUEST, "user")
        world.jobs.wait()


def die_at_labels(path: Path, value: object) -> None:
    if path.name == "labels.json":
        die()
    write_json(path, value)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
