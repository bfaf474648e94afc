"""One training carried out to its end: gathered, learned in a child process, registered."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.training_child import TrainingChild
from desktop.training_ends import Cancelled, Closing, PicturesErased, broken_off, tried_in_vain
from store.clock import Clock
from store.local.errors import StoreError
from store.local.learning.label_book import LabelBook
from store.local.learning.run_forms import Mode, TrainingRun, changed
from store.local.learning.runs import RunStore
from store.models.errors import ModelError
from store.models.registry import ModelRegistry
from store.training.runs.collect import Examples, collect, head_labels
from store.training.runs.job import Job, JobFolder, Report
from store.training.runs.register import register

Command = Callable[[Mode, Path], Sequence[str]]
MOST_ATTEMPTS = 3
COLLECTED, LEARNED = 0.05, 0.95  # of the whole
TOLD_EVERY_S = 0.25
_ENOUGH_TO_TELL = 0.1  # of the child's work, before the time that is left is more than a guess


@dataclass(frozen=True)
class TrainingParts:
    """What trainings are made of; `folder` is theirs alone, `command` says what a child process is."""

    runs: RunStore
    examples: Examples
    label_book: LabelBook
    registry: ModelRegistry
    folder: Path
    clock: Clock
    command: Command


class RunAtWork:
    """A run that works, on one thread; `cancel` and `leave` come from others. `told` hears of every change.

    `run` is how it is doing now: less than that is written down. `folder` is the run's own.
    """

    def __init__(self, parts: TrainingParts, run: TrainingRun, told: Callable[[TrainingRun], None]) -> None:
        self.run = run
        self._parts = parts
        self._told = told
        self.folder = parts.folder / run.id
        self._folder = JobFolder(self.folder)
        self._lock = threading.Lock()
        self._child: TrainingChild | None = None
        self._stop: type[Exception] | None = None
        self._told_at = float("-inf")
        self._began = 0.0

    def cancel(self) -> None:
        """Ends it for good."""
        self._end_with(Cancelled)

    def leave(self) -> None:
        """Ends it for now: the next start of the program goes on with it."""
        self._end_with(Closing)

    def let_go(self) -> None:
        """Ends it for good, because pictures that it has copies of were erased."""
        self._end_with(PicturesErased)

    def forget_attempt(self) -> None:
        """What ended in good order does not count among the attempts."""
        self._folder.attempts.unlink(missing_ok=True)

    def carry_out(self) -> TrainingRun:
        """Works to the end; the run as it is written down then, with its version.

        Raises Cancelled and Closing, and what went wrong; then nothing of it is registered.
        """
        folder = self._folder
        self._begin()
        try:
            if not folder.result.exists():
                self._learn()
            self._go_on()
            self._change(stage="register", sentence="Adding the new model.", progress=LEARNED)
            parts = self._parts
            return register(folder, self.run, parts.registry, parts.runs, parts.clock.now_ms())
        except Exception:
            self._go_on()
            raise

    def _end_with(self, stop: type[Exception]) -> None:
        with self._lock:
            self._stop = self._stop or stop
            if self._child is not None:
                self._child.kill()

    def _go_on(self) -> None:
        """Raises Cancelled or Closing where somebody asked for that."""
        if self._stop is not None:
            raise self._stop

    def _begin(self) -> None:
        """A training that takes the program down with it must not do so at every start."""
        self._folder.path.mkdir(parents=True, exist_ok=True)
        attempts = 0
        with contextlib.suppress(OSError, ValueError):
            attempts = int(self._folder.attempts.read_text(encoding="ascii"))
        if attempts >= MOST_ATTEMPTS:
            raise tried_in_vain(attempts)
        self._folder.attempts.write_text(str(attempts + 1), encoding="ascii")
        self._change(state="running", started_at=self.run.started_at or self._parts.clock.now_ms())

    def _collect(self) -> None:
        self._change(stage="collect", sentence="Gathering the pictures that you told about.", progress=0.0)
        run, registry = self.run, self._parts.registry
        parent = registry.find(run.parent_version or "")
        names, mapping = head_labels(registry.folder, parent.head_id), self._parts.label_book.mapping()
        job = Job(
            run_id=run.id,
            mode=run.mode,
            label_mode=run.label_mode,
            options=run.options,
            space_id=parent.space_id,
            backbone_id=parent.backbone_id,
            head_id=parent.head_id,
            models=str(registry.folder.absolute()),
            renamed={name: mapping.of(name) for name in names if mapping.of(name) != name},
        )
        collect(self._folder, job, self._parts.examples)

    def _learn(self) -> None:
        """Has the child load what it needs while the folder is filled, then learn from it."""
        child = self._started()
        try:
            if not self._folder.job.exists():
                self._collect()
            child.go()
            failure = self._hear(child)
        except BaseException:
            child.kill()
            raise
        finally:
            with self._lock:
                self._child = None
            status = child.end()
        self._go_on()
        if failure is not None:
            raise ModelError(failure.failure or "", failure.advice)
        if status != 0 or not self._folder.result.exists():
            raise broken_off(status, child.last_words())

    def _hear(self, child: TrainingChild) -> Report | None:
        """All that the child says to its end; why it failed, if it says so."""
        self._began = self._parts.clock.monotonic()
        failure: Report | None = None
        for report in child.reports():
            if report.failure:
                failure = report
            else:
                self._heard(report)
        return failure

    def _started(self) -> TrainingChild:
        with self._lock:
            self._go_on()
            self._child = TrainingChild(self._parts.command(self.run.mode, self._folder.path), self._folder)
            return self._child

    def _heard(self, report: Report) -> None:
        """What the child says is told four times a second, and its stages and epochs are written down."""
        changes: dict[str, object] = {"seconds_left": report.seconds_left}
        if report.sentence:
            changes["sentence"] = report.sentence
        if report.progress is not None:
            changes["progress"] = COLLECTED + (LEARNED - COLLECTED) * report.progress
            changes["seconds_left"] = report.seconds_left or self._left(report.progress)
        if report.epoch is not None:
            changes["epochs"] = [*self.run.epochs, report.epoch]
        if report.stage is not None:
            changes["stage"] = report.stage
        self._change(**changes)

    def _left(self, done: float) -> float | None:
        """Seconds, by the pace so far."""
        taken = self._parts.clock.monotonic() - self._began
        return taken * (1 - done) / done if done >= _ENOUGH_TO_TELL else None

    def _change(self, **changes: object) -> None:
        before, self.run = self.run, changed(self.run, **changes)
        weighty = (before.state, before.stage, before.epochs) != (
            self.run.state,
            self.run.stage,
            self.run.epochs,
        )
        now = self._parts.clock.monotonic()
        if weighty:
            with contextlib.suppress(StoreError):  # a full disk: what is told is not lost, and the end counts
                self._parts.runs.save(self.run)
        if weighty or now - self._told_at >= TOLD_EVERY_S:
            self._told_at = now
            self._told(self.run)
