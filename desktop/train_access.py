"""Training on a data folder, whoever holds it: through the app that runs on it, else directly."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from desktop.data_folder import DataFolder, FolderInUseError
from desktop.errors import PlainError
from desktop.jobs import TrainingJobs
from desktop.running_app import RunningApp, find_running
from desktop.training_run import TrainingParts
from store.clock import SystemClock
from store.local.folder import FILE_NAME
from store.local.learning.run_forms import TrainingRequest, TrainingRun
from store.local.learning.runs import RunStore
from store.local.opening import open_store
from store.models.registry import ModelRegistry
from store.training.runs.modes import command_of

_POLL_S = 0.2
Told = Callable[[TrainingRun], None]


class TrainAccess(Protocol):
    """What the command asks. Both raise an error with a sentence."""

    def train(self, request: TrainingRequest, told: Told) -> TrainingRun:
        """Trains to the end, whatever that is; an interrupt cancels it."""

    def activate(self, version_id: str) -> None:
        """Puts a version to work, if it passed its checks."""


@contextlib.contextmanager
def training_of(folder: DataFolder) -> Iterator[TrainAccess]:
    """The training of a folder, held for as long as this lasts where no app runs on it."""
    if not (folder.path / FILE_NAME).exists():
        raise PlainError(
            f"There is nothing to learn from: {folder.path} holds no memory of Whimbrel's.",
            "Name the data folder with --data-dir.",
        )
    with contextlib.ExitStack() as held:
        access: TrainAccess
        try:
            held.enter_context(folder.hold())
        except FolderInUseError:
            access = ThroughApp(find_running(folder))
        else:
            access = _directly(folder, held)
        yield access


def _directly(folder: DataFolder, held: contextlib.ExitStack) -> Directly:
    store = open_store(folder.path, SystemClock())
    held.callback(store.close)
    clock = store.database.clock
    registry = ModelRegistry(folder.models, store.model_versions, clock)
    runs = RunStore(store.database)
    jobs = TrainingJobs(
        TrainingParts(runs, store.examples, store.label_book, registry, folder.runs, clock, command_of)
    )
    held.callback(jobs.stop)
    return Directly(jobs, registry)


@dataclass(frozen=True)
class Directly:
    """Nobody else has the folder: the trainer itself."""

    jobs: TrainingJobs
    registry: ModelRegistry

    def train(self, request: TrainingRequest, told: Told) -> TrainingRun:
        """Trains to the end; a training that was broken off is gone on with instead of a new one."""
        self.jobs.listen(told)
        run = self.jobs.resume() or self.jobs.start(request, "command")
        try:
            self.jobs.wait()
        except KeyboardInterrupt:
            self.jobs.cancel(run.id)
            self.jobs.wait()
            raise
        return self.jobs.get(run.id) or run

    def activate(self, version_id: str) -> None:
        """Puts a version to work, if it passed its checks."""
        self.registry.activate(version_id)


@dataclass(frozen=True)
class ThroughApp:
    """The app that runs on the folder does it, and its page hears of it."""

    app: RunningApp
    sleep: Callable[[float], None] = time.sleep

    def train(self, request: TrainingRequest, told: Told) -> TrainingRun:
        """Trains to the end."""
        run = self._run("POST", "/api/training", msgspec.to_builtins(request))
        path = f"/api/training/runs/{run.id}"
        try:
            while run.is_live:
                told(run)
                self.sleep(_POLL_S)
                run = self._run("GET", path)
        except KeyboardInterrupt:
            self.app.call("POST", f"{path}/cancel", {})
            raise
        return run

    def activate(self, version_id: str) -> None:
        """Puts a version to work, if it passed its checks."""
        self.app.call("POST", f"/api/models/{version_id}/activate", {})

    def _run(self, method: str, path: str, body: object = None) -> TrainingRun:
        return msgspec.convert(self.app.call(method, path, body), TrainingRun)
