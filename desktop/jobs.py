"""The trainer of the running program: one training at a time, gone on with after a kill.

What becomes of a run is written down at every stage. A run in whose middle the program ended stays "running"
in the memory, and the next start goes on with it from the last stage that was finished.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable

from desktop.training_ends import Closing, ending
from desktop.training_run import RunAtWork, TrainingParts
from store.events import ModelVersion
from store.ids import IdMaker, id_text
from store.local.errors import StoreError, closed
from store.local.learning.readiness import CannotTrain, check_enough, check_squares
from store.local.learning.run_forms import AskedBy, TrainingRequest, TrainingRun, changed
from store.local.learning.runs import busy
from store.training.runs.modes import check_request, from_squares

log = logging.getLogger("whimbrel.training")
_STOP_S = 10.0


class TrainingJobs:
    """Trains; thread-safe."""

    def __init__(self, parts: TrainingParts) -> None:
        self._parts = parts
        self._ids = IdMaker(parts.clock)
        self._listeners: list[Callable[[TrainingRun], None]] = []
        self._lock = threading.Lock()
        self._at_work: RunAtWork | None = None
        self._unsaved: TrainingRun | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether a training waits or works."""
        return self._at_work is not None

    def listen(self, changed: Callable[[TrainingRun], None]) -> None:
        """Has `changed` called, on any thread, whenever a run's state, stage or progress changes."""
        self._listeners.append(changed)

    def start(self, request: TrainingRequest, asked_by: AskedBy) -> TrainingRun:
        """Begins a training; raises TrainingBusy, CannotTrain, and what the memory says of a full disk."""
        if self.busy:
            raise busy()
        parent = self._parent(request)
        run = self._new(request, asked_by, parent)
        with self._lock:
            if self._stopped:
                raise closed()
            if self._at_work is not None:
                raise busy()
            self._write_what_is_left()
            self._parts.runs.begin(run)
            self._tell(run)
            self._begin(run)
        return run

    def resume(self) -> TrainingRun | None:
        """Goes on with the run that an earlier start of the program left; clears away what others left."""
        live = self._parts.runs.live()
        for folder in self._parts.folder.glob("*"):
            if not live or folder.name != live[0].id:
                shutil.rmtree(folder, ignore_errors=True)
        with self._lock:
            if live and self._at_work is None and not self._stopped:
                self._begin(live[0])
        return live[0] if live else None

    def cancel(self, run_id: str) -> TrainingRun | None:
        """Asks a run to end; its `state` says when it has. None for no such run."""
        at_work = self._at_work
        if at_work is not None and at_work.run.id == run_id:
            at_work.cancel()
        return self.get(run_id)

    def let_go(self) -> None:
        """Gives up every copy of pictures, since some were erased: a run that has them ends.

        One that an earlier start left, and that nobody has gone on with yet, gathers its pictures anew.
        """
        with self._lock:
            if self._at_work is not None:
                self._at_work.let_go()
            else:
                shutil.rmtree(self._parts.folder, ignore_errors=True)

    def get(self, run_id: str) -> TrainingRun | None:
        """How a run is doing, None for no such run."""
        found = self._parts.runs.get(run_id)
        return None if found is None else self._fresh(found)

    def last(self) -> list[TrainingRun]:
        """The last runs, the newest first."""
        return [self._fresh(run) for run in self._parts.runs.last()]

    def wait(self) -> None:
        """Waits until the run that works has ended."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def stop(self) -> None:
        """Ends what works, for the next start of the program to go on with."""
        with self._lock:
            self._stopped = True
            at_work, thread = self._at_work, self._thread
        if at_work is not None:
            at_work.leave()
        if thread is not None:
            thread.join(_STOP_S)
        with contextlib.suppress(StoreError):
            self._write_what_is_left()

    def _parent(self, request: TrainingRequest) -> ModelVersion:
        """The version to start from; raises CannotTrain where the request asks for what cannot be."""
        check_request(request)
        parent = self._parts.registry.active()
        if parent is None:
            raise CannotTrain(
                "There is no model at work yet, and learning starts from one.",
                "Fetch or import a model first.",
            )
        labels, none_of_these = self._parts.examples.counted(parent.space_id)
        counts = {each.label: each.embeddings for each in labels}
        wanted = (request.label_mode, request.options.least_examples)
        check_enough(counts, none_of_these.embeddings, *wanted)
        if from_squares(request.mode):
            kept = {each.label: min(each.embeddings, each.crops) for each in labels}
            check_squares(kept, min(none_of_these.embeddings, none_of_these.crops), *wanted)
        return parent

    def _new(self, request: TrainingRequest, asked_by: AskedBy, parent: ModelVersion) -> TrainingRun:
        return TrainingRun(
            id=id_text(self._ids.new()),
            mode=request.mode,
            label_mode=request.label_mode,
            state="queued",
            asked_by=asked_by,
            options=request.options,
            parent_version=parent.id,
            version=None,
            stage="collect",
            sentence="About to begin.",
            advice="",
            progress=None,
            epochs=[],
            created_at=self._parts.clock.now_ms(),
        )

    def _begin(self, run: TrainingRun) -> None:
        """With the lock held."""
        self._at_work = at_work = RunAtWork(self._parts, run, self._tell)
        self._thread = threading.Thread(
            target=self._carry_out, args=(at_work,), name="whimbrel-training", daemon=True
        )
        self._thread.start()

    def _carry_out(self, at_work: RunAtWork) -> None:
        try:
            ended = at_work.carry_out()
        except Closing:
            log.info("the training %s goes on at the next start", at_work.run.id)
            at_work.forget_attempt()
            return
        except Exception as error:
            ended = self._ended(at_work.run, error)
        shutil.rmtree(at_work.folder, ignore_errors=True)
        with self._lock:
            self._at_work = None
        self._tell(ended)

    def _ended(self, run: TrainingRun, error: Exception) -> TrainingRun:
        """The run as it ended, written down if that is possible."""
        state, sentence, advice = ending(error)
        ended = changed(
            run,
            state=state,
            sentence=sentence,
            advice=advice,
            progress=None,
            seconds_left=None,
            ended_at=self._parts.clock.now_ms(),
        )
        try:
            self._parts.runs.save(ended)
        except StoreError as why:
            log.error("the end of a training could not be written down: %s", why)
            self._unsaved = ended
        return ended

    def _write_what_is_left(self) -> None:
        """The end of a run for which there was no room."""
        if self._unsaved is not None:
            self._parts.runs.save(self._unsaved)
            self._unsaved = None

    def _fresh(self, run: TrainingRun) -> TrainingRun:
        """A run as it is known here: not every step is written down."""
        at_work, unsaved = self._at_work, self._unsaved
        if at_work is not None and at_work.run.id == run.id and run.is_live:
            return at_work.run
        return unsaved if unsaved is not None and unsaved.id == run.id else run

    def _tell(self, run: TrainingRun) -> None:
        for listener in list(self._listeners):
            try:
                listener(run)
            except Exception:
                log.exception("somebody could not be told of a training")
