"""The ways to train, and what each needs. Light to import: what trains is loaded by the child alone.

A further mode is a line in `MODES`: a function from (JobFolder, Job, Tell) to Learned, whether it runs in
the interpreter that has TensorFlow, and whether it learns from squares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from store.frozen import how_to_install_trainer
from store.local.learning.readiness import CannotTrain
from store.local.learning.run_forms import Mode, TrainingRequest

if TYPE_CHECKING:
    from store.training.runs.job import Job, JobFolder
    from store.training.runs.learned import Learned
    from store.training.runs.telling import Tell

    Learn = Callable[[JobFolder, Job, Tell], Learned]

CHILD = "store.training.child"


@dataclass(frozen=True)
class Way:
    """What trains, as `module:function`; `needs_tensorflow` asks for the training component.

    `from_squares` learns from the kept squares of pictures, and from those that have one alone; what comes of
    it is a new network, in which the present labels would have to be learned anew.
    """

    learn: str
    needs_tensorflow: bool = False
    from_squares: bool = False


MODES: Mapping[Mode, Way] = {
    "head": Way("store.training.runs.head_mode:learn"),
    "fine-tune": Way("store.training.tuning.mode:learn", needs_tensorflow=True, from_squares=True),
    "full": Way("store.training.tuning.mode:learn", needs_tensorflow=True, from_squares=True),
}


def from_squares(mode: Mode) -> bool:
    """Whether a mode learns from the squares of pictures."""
    return MODES[mode].from_squares


def check_request(request: TrainingRequest) -> None:
    """Raises CannotTrain where this installation cannot train like that."""
    interpreter(request.mode)
    if from_squares(request.mode) and request.label_mode == "extend":
        raise CannotTrain(
            "Only the last layer can be taught labels beside the present ones: there are no pictures here of "
            "those that the model knows.",
            "Train only your own labels, or only the last layer (the mode “head”).",
        )


def interpreter(mode: Mode) -> Path:
    """The Python that trains in a mode; raises CannotTrain where there is none."""
    way = MODES.get(mode)
    if way is None:
        raise CannotTrain(
            f"This version of Whimbrel does not train in the mode “{mode}”.",
            "Train in the mode “head”: it takes seconds and needs nothing else.",
        )
    if not way.needs_tensorflow:
        return Path(sys.executable)
    from store.models.training_component import training_python  # noqa: PLC0415 - loads numpy

    found = training_python()
    if found is None:
        raise CannotTrain(
            f"Training in the mode “{mode}” needs the training component, which is not installed.",
            f"{how_to_install_trainer()}, or train in the mode “head”.",
        )
    return found


def command_of(mode: Mode, folder: Path) -> list[str]:
    """The command line of the child that trains in a mode, in this folder; raises CannotTrain."""
    return [str(interpreter(mode)), "-m", CHILD, str(folder)]


def learn_of(mode: Mode) -> Learn:
    """The function that trains in a mode; loads it. Raises KeyError for a mode that there is not."""
    module, _, name = MODES[mode].learn.partition(":")
    found: Learn = getattr(import_module(module), name)
    return found
