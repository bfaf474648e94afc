"""Importing and fetching models while the app runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from store.events import ModelVersion
from webui.local.job_board import JobBoard, JobLane
from webui.local.messages import FetchRequest, ImportRequest, Job
from webui.local.services import ModelService, ModelSources, Progress

MOST_WAITING = 4
_CRASHED = "Something went wrong inside Whimbrel while it worked on this model."


class ModelJobs:
    """Runs imports and fetches one at a time; models are written whole or not at all."""

    def __init__(self, sources: ModelSources, models: ModelService, board: JobBoard) -> None:
        self._sources = sources
        self._models = models
        self._lane = JobLane(board, "models", MOST_WAITING, _CRASHED)

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

    def close(self) -> None:
        """Takes nothing more, drops what waits, and ends what runs at its next sign of progress."""
        self._lane.close()

    def _start(
        self, kind: Literal["import", "fetch"], bring: Callable[[Progress], ModelVersion], *, activate: bool
    ) -> Job:
        def work(progress: Progress) -> dict[str, object]:
            version = bring(progress)
            if activate:
                self._models.registry.activate(version.id)
            return {"sentence": _outcome(version, activate), "version": version.id}

        return self._lane.start(kind, work)


def _outcome(version: ModelVersion, activated: bool) -> str:
    return f"{version.name} is now at work." if activated else f"{version.name} is ready to be activated."
