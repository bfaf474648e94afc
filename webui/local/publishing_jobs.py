"""Exporting and compressing versions while the app runs, one after another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from store.events import ModelVersion
from store.models.errors import ModelError
from store.models.export_forms import ExportOptions
from webui.local.events import EventBus
from webui.local.job_board import JobBoard, JobLane, Report
from webui.local.messages import Job, PathText
from webui.local.services_publishing import Publishing

MOST_WAITING = 4
_CRASHED = "Something went wrong inside Whimbrel while it worked on this model."


class ModelExportRequest(ExportOptions, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A form and its options; without a `folder`, which is made, a new one among the user's downloads."""

    folder: PathText | None = None


class CompressRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How many points of accuracy, or of first answers where that is not known, may be lost."""

    loss: Annotated[float, Meta(ge=0.0, le=100.0)] = 1.0


class PublishingJobs:
    """Runs them; what is cancelled leaves nothing. Folders go into `downloads` if nothing else is said."""

    def __init__(self, publishing: Publishing, downloads: Path, board: JobBoard, events: EventBus) -> None:
        self._publishing = publishing
        self._events = events
        self._downloads = downloads
        self._lane = JobLane(board, "publishing", MOST_WAITING, _CRASHED)

    def start_export(self, version: ModelVersion, request: ModelExportRequest) -> Job:
        """Queues an export; raises TooManyJobs, and ModelError for what cannot be exported."""
        options = ExportOptions(request.form, request.quantise, request.prune)
        self._publishing.check(options)
        given = self._given(request.folder)

        def work(report: Report) -> dict[str, object]:
            from store.publishing.card_words import outcome  # noqa: PLC0415 - numpy

            folder = given or self._free_name(version, options)
            exported = self._publishing.export(version, options, folder, report)
            return {"sentence": outcome(exported), "path": str(exported.folder), "version": version.id}

        return self._lane.start("model-export", work)

    def start_compress(self, version: ModelVersion, request: CompressRequest) -> Job:
        """Queues the search for a smaller form; raises TooManyJobs."""

        def work(report: Report) -> dict[str, object]:
            from store.publishing.card_words import compressed_words  # noqa: PLC0415

            smaller = self._publishing.compress(version, request.loss, report)
            self._events.publish("versions", {"id": smaller.id})
            return {"sentence": compressed_words(smaller), "version": smaller.id}

        return self._lane.start("compress", work)

    def close(self) -> None:
        """Takes nothing more, drops what waits, and ends what runs at its next sign of progress."""
        self._lane.close()

    def _given(self, name: str | None) -> Path | None:
        if name is None:
            return None
        folder = Path(name).expanduser()
        if not folder.is_absolute():
            raise ModelError(f"“{name}” is not the whole path of a folder.", "Say where it begins, with /.")
        return folder

    def _free_name(self, version: ModelVersion, options: ExportOptions) -> Path:
        self._downloads.mkdir(parents=True, exist_ok=True)
        name = f"{version.id}-{options.form}"
        target, again = self._downloads / name, 2
        while target.exists():
            target, again = self._downloads / f"{name} ({again})", again + 1
        return target
