"""Exports into files while the app runs: one at a time, with the time that is left, whole or not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from store.clock import Clock
from store.export.filters import Filters
from store.export.finished_files import remove_leftovers
from store.export.training_exports import Form
from store.local.errors import StoreError
from webui.local.job_board import JobBoard, JobLane, Report
from webui.local.messages import Job
from webui.local.services_exports import SavedExports

MOST_WAITING = 8
NAME = "whimbrel-training-data"
_TOLD_EVERY_S = 0.25
_ENOUGH_TO_TELL = 0.01  # of the work, before the time that is left is more than a guess
_Path = Annotated[str, Meta(min_length=1, max_length=4096, pattern="^[^\\x00]*$")]
_CRASHED = "Something went wrong inside Whimbrel while it exported."


class NoSuchFolder(StoreError):  # noqa: N818 - reads as what is the matter
    """The folder of an export is not there."""


class ExportFilters(Filters, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The filters of an export; a name that is none would export more than was meant."""


class ExportSelection(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What `POST /api/exports/preview` takes."""

    filters: ExportFilters = ExportFilters()


class ExportRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What `POST /api/exports` takes. `path` is the very file, which takes the place of one that is there;
    else it is named after the day, in `folder`, or without one in the user's downloads."""

    format: Form
    filters: ExportFilters = ExportFilters()
    gzip: bool = False
    folder: _Path | None = None
    path: _Path | None = None


class ExportJobs:
    """Runs exports one after another. `downloads` is where files go if nothing else is said."""

    def __init__(self, exports: SavedExports, downloads: Path, board: JobBoard, clock: Clock) -> None:
        self._exports = exports
        self._downloads = downloads
        self._clock = clock
        self._lane = JobLane(board, "exports", MOST_WAITING, _CRASHED)

    def start(self, request: ExportRequest) -> Job:
        """Queues an export; raises TooManyJobs and NoSuchFolder. Looks at the disk: not for a loop."""
        chosen = self._chosen(request)
        folder = self._folder(request.folder) if chosen is None else chosen.parent

        def work(report: Report) -> dict[str, object]:
            """Writes the file; what the job tells at its end."""
            remove_leftovers(folder, NAME)
            target = chosen or self._free_name(folder, request)
            rows = self._exports.save(
                request.format,
                request.filters,
                target,
                gzip=request.gzip,
                replace=chosen is not None,
                progress=self._told(report),
            )
            return {
                "sentence": f"Saved as {target.name} in {folder.name}.",
                "path": str(target),
                "records": rows,
            }

        return self._lane.start("export", work)

    def close(self) -> None:
        """Takes nothing more, drops what waits, and ends what runs; it leaves no part behind."""
        self._lane.close()

    def _chosen(self, request: ExportRequest) -> Path | None:
        if request.path is None:
            return None
        if request.format == "tfrecord":
            raise NoSuchFolder(
                "TFRecord is a folder of files, not one.", "Name the folder that it goes into."
            )
        path = Path(request.path).expanduser()
        self._folder(str(path.parent))
        return path

    def _folder(self, name: str | None) -> Path:
        folder = self._downloads if name is None else Path(name).expanduser()
        if name is None:
            folder.mkdir(parents=True, exist_ok=True)
        if not (folder.is_absolute() and folder.is_dir()):
            raise NoSuchFolder(f"There is no folder {folder}.", "Choose a folder that is there.")
        return folder

    def _free_name(self, folder: Path, request: ExportRequest) -> Path:
        """Named after the day; a second one of the day gets a number."""
        day = datetime.fromtimestamp(self._clock.now_ms() / 1000).astimezone().date().isoformat()
        ending = "" if request.format == "tfrecord" else f".{request.format}{'.gz' if request.gzip else ''}"
        target, again = folder / f"{NAME}-{day}{ending}", 2
        while target.exists():
            target, again = folder / f"{NAME}-{day} ({again}){ending}", again + 1
        return target

    def _told(self, report: Report) -> Callable[[float], None]:
        """Takes each step of the work and tells four a second, with what is left by the pace so far."""
        started = self._clock.monotonic()
        last = started - _TOLD_EVERY_S

        def told(done: float) -> None:
            nonlocal last
            report.go_on()
            now = self._clock.monotonic()
            if now - last >= _TOLD_EVERY_S:
                last = now
                left = (now - started) * (1 - done) / done if done >= _ENOUGH_TO_TELL else None
                report.tell(sentence="Exporting.", progress=done, seconds_left=left)

        return told
