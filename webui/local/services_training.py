"""What the handlers of training need, as a Protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from store.local.learning.run_forms import AskedBy, TrainingRequest, TrainingRun


class Trainer(Protocol):
    """Trains, one at a time. All may be called from any thread and block on the memory."""

    @property
    def busy(self) -> bool:
        """Whether a training waits or works."""

    def start(self, request: TrainingRequest, asked_by: AskedBy) -> TrainingRun:
        """Begins a training; raises TrainingBusy, and CannotTrain for what cannot be learned now."""

    def cancel(self, run_id: str) -> TrainingRun | None:
        """Asks a run to end; its `state` says when it has. None for no such run."""

    def let_go(self) -> None:
        """Ends a run that works on copies of pictures: some were erased."""

    def get(self, run_id: str) -> TrainingRun | None:
        """How a run is doing, None for no such run."""

    def last(self) -> list[TrainingRun]:
        """The last runs, the newest first."""

    def listen(self, changed: Callable[[TrainingRun], None]) -> None:
        """Has `changed` called, on any thread, whenever a run's state, stage or progress changes."""
