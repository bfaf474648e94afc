"""Importing and fetching models while the app runs: one at a time, on a thread, told to who listens."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import msgspec

from store.events import ModelVersion
from store.local.errors import StoreError
from store.models.errors import ModelError
from webui.local.events import EventBus
from webui.local.messages import FetchRequest, ImportRequest, Job
from webui.local.services import ModelService, ModelSources, Progress

log = logging.getLogger("whimbrel.models")
Work = Callable[[Progress], ModelVersion]
MOST_KEPT = 50
MOST_WAITING = 4


class TooManyJobs(Exception):  # noqa: N818 - a refusal
    """So much waits already that no more is taken."""


class _Closing(Exception):  # noqa: N818 - not an error
    """The program is closing; models are written whole or not at all."""


class ModelJobs:
    """Runs imports and fetches in turn and publishes their state as `job` events; thread-safe."""

    def __init__(
        self,
        sources: ModelSources,
        models: ModelService,
        events: EventBus,
        new_id: Callable[[], str],
    ) -> None:
        self._sources = sources
        self._models = models
        self._events = events
        self._new_id = new_id
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._closing = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="whimbrel-models")

    def start_import(self, request: ImportRequest) -> Job:
        """Queues the reading of a model file; raises TooManyJobs."""
        labels = Path(request.labels_path) if request.labels_path else None
        return self._start(
            "import",
            lambda progress: self._sources.import_file(Path(request.path), labels, progress),
            activate=request.activate,
        )

    def start_fetch(self, request: FetchRequest) -> Job:
        """Queues the download of a base model; raises TooManyJobs."""
        return self._start(
            "fetch",
            lambda progress: self._sources.fetch(request.name, request.alpha, progress),
            activate=request.activate,
        )

    def get(self, job_id: str) -> Job | None:
        """A job's present state; of the last 50, since the start of the program."""
        with self._lock:
            return self._jobs.get(job_id)

    def close(self) -> None:
        """Takes nothing more, drops what waits, and ends what runs at its next sign of progress."""
        self._closing.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _start(self, kind: Literal["import", "fetch"], work: Work, *, activate: bool) -> Job:
        job = Job(self._new_id(), kind, "working", "Waiting for its turn.")
        with self._lock:
            if sum(job.state == "working" for job in self._jobs.values()) >= MOST_WAITING:
                raise TooManyJobs
            self._jobs[job.id] = job
            while len(self._jobs) > MOST_KEPT:
                self._jobs.popitem(last=False)
        self._thread.submit(self._run, job, work, activate)
        return job

    def _run(self, job: Job, work: Work, activate: bool) -> None:
        try:
            version = work(lambda sentence, done: self._progress(job.id, sentence, done))
            if activate:
                self._models.registry.activate(version.id)
            self._update(
                job.id, state="done", sentence=_outcome(version, activate), version=version.id, progress=1.0
            )
        except _Closing:
            log.info("a model was given up because Whimbrel is closing")
        except (ModelError, StoreError) as error:
            self._update(job.id, state="failed", sentence=error.sentence, advice=error.advice)
        except Exception:
            log.exception("model job failed")
            self._update(
                job.id,
                state="failed",
                sentence="Something went wrong inside Whimbrel while it worked on this model.",
                advice="Try again; if it stays, run `whimbrel doctor` and look into the log.",
            )

    def _progress(self, job_id: str, sentence: str, done: float) -> None:
        if self._closing.is_set():
            raise _Closing
        self._update(job_id, sentence=sentence, progress=done)

    def _update(self, job_id: str, **changes: object) -> None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None:
                return
            job = msgspec.structs.replace(job, **changes)
            self._jobs[job_id] = job
        self._events.publish("job", job, job.id)


def _outcome(version: ModelVersion, activated: bool) -> str:
    return f"{version.name} is now at work." if activated else f"{version.name} is ready to be activated."
