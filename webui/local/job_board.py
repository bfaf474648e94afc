"""Work that takes long: done in turn on a thread, told to who listens, given up on request."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec

from store.local.errors import StoreError
from store.models.errors import ModelError
from webui.local.events import EventBus
from webui.local.messages import Job, JobKind

log = logging.getLogger("whimbrel.jobs")
MOST_KEPT = 50
CANCELLED: Mapping[str, object] = {"state": "cancelled", "sentence": "Cancelled.", "progress": None}


class TooManyJobs(Exception):  # noqa: N818 - a refusal
    """So much waits already that no more is taken."""


class GivenUp(Exception):  # noqa: N818 - not an error
    """Raised out of a sign of progress when the job was cancelled or the program closes; work undoes its
    half and lets it pass."""


class JobBoard:
    """The jobs of this start of the program, the last 50; every change is published as a `job` event."""

    def __init__(self, events: EventBus, new_id: Callable[[], str]) -> None:
        self._events = events
        self._new_id = new_id
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._running: set[str] = set()
        self._cancelled: set[str] = set()

    def get(self, job_id: str) -> Job | None:
        """A job's present state."""
        with self._lock:
            return self._jobs.get(job_id)

    def unfinished(self) -> list[Job]:
        """The jobs that would have to be begun again after an end of the program: a download goes on."""
        with self._lock:
            return [job for job in self._jobs.values() if job.state == "working" and job.kind != "fetch"]

    def cancel(self, job_id: str) -> Job | None:
        """Asks a job to end: at once where it waits, at its next step where it runs. None for no such job."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != "working":
                return job
            if job_id in self._running:
                self._cancelled.add(job_id)
                return job
        self.update(job_id, CANCELLED)
        return self.get(job_id)

    def begin(self, job_id: str) -> bool:
        """Whether a job, whose turn it is, shall run."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != "working":
                return False
            self._running.add(job_id)
            return True

    def add(self, kind: JobKind, most_waiting: int) -> Job:
        """A new job that waits for its turn. Raises TooManyJobs where so many of its kinds work already."""
        job = Job(self._new_id(), kind, "working", "Waiting for its turn.")
        with self._lock:
            same = (other for other in self._jobs.values() if (other.kind == "export") == (kind == "export"))
            if sum(other.state == "working" for other in same) >= most_waiting:
                raise TooManyJobs
            self._jobs[job.id] = job
            while len(self._jobs) > MOST_KEPT:
                self._jobs.popitem(last=False)
        self._events.publish("job", job, job.id)
        return job

    def is_cancelled(self, job_id: str) -> bool:
        """Whether somebody asked it to end."""
        with self._lock:
            return job_id in self._cancelled

    def update(self, job_id: str, changes: Mapping[str, object]) -> None:
        """Changes fields of a job and tells who listens."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != "working":
                return
            job = msgspec.structs.replace(job, **changes)
            self._jobs[job_id] = job
            if job.state != "working":
                self._cancelled.discard(job_id)
                self._running.discard(job_id)
        self._events.publish("job", job, job.id)


class Report:
    """How work says what it is doing, and hears that it shall end."""

    def __init__(self, board: JobBoard, job_id: str, closing: threading.Event) -> None:
        self._board = board
        self._job_id = job_id
        self._closing = closing

    def __call__(self, sentence: str, done: float) -> None:
        """Tells how far it is, 0..1; raises GivenUp where it shall end."""
        self.go_on()
        self.tell(sentence=sentence, progress=done)

    def go_on(self) -> None:
        """Raises GivenUp where the job was cancelled or the program closes; cheap."""
        if self._closing.is_set() or self._board.is_cancelled(self._job_id):
            raise GivenUp

    def tell(self, **changes: object) -> None:
        """Changes fields of the job."""
        self._board.update(self._job_id, changes)


# What the work hands back becomes fields of the job that is done.
Work = Callable[[Report], Mapping[str, object]]


class JobLane:
    """A thread that does one job of its kinds after another."""

    def __init__(self, board: JobBoard, name: str, most_waiting: int, crashed: str) -> None:
        """`crashed` is the sentence for a fault of the program's own."""
        self._board = board
        self._most_waiting = most_waiting
        self._crashed = crashed
        self._closing = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"whimbrel-{name}")

    def start(self, kind: JobKind, work: Work) -> Job:
        """Queues work, which reports its progress as (sentence, 0..1); raises TooManyJobs."""
        job = self._board.add(kind, self._most_waiting)
        self._thread.submit(self._run, job, work)
        return job

    def close(self) -> None:
        """Takes nothing more, drops what waits, and ends what runs at its next sign of progress."""
        self._closing.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _run(self, job: Job, work: Work) -> None:
        if not self._board.begin(job.id):
            return
        report = Report(self._board, job.id, self._closing)
        self._board.update(job.id, {"seconds_left": None, **self._outcome(job, work, report)})

    def _outcome(self, job: Job, work: Work, report: Report) -> Mapping[str, object]:
        """How the job ends."""
        try:
            report.go_on()
            return {"state": "done", "progress": 1.0, **work(report)}
        except GivenUp:
            log.info("the %s %s was given up", job.kind, job.id)
            return CANCELLED
        except (ModelError, StoreError) as error:
            return {"state": "failed", "sentence": error.sentence, "advice": error.advice}
        except Exception:
            log.exception("a job failed")
            return {
                "state": "failed",
                "sentence": self._crashed,
                "advice": "Try again; if it stays, run `whimbrel doctor` and look into the log.",
            }
