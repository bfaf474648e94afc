"""Exports into files: started, looked at and cancelled; and every other job likewise."""

from __future__ import annotations

from store.export.filters import FilterError
from webui import problems
from webui.base_handler import Authentication
from webui.local.export_jobs import ExportJobs, ExportRequest, ExportSelection, NoSuchFolder
from webui.local.job_board import JobBoard, TooManyJobs
from webui.local.local_handler import LocalHandler
from webui.local.messages import Job
from webui.local.services_exports import SavedExports
from webui.problems import Problem


class ExportsHandler(LocalHandler):
    """`POST /api/exports`."""

    authentication = Authentication.COOKIE
    export_jobs: ExportJobs

    async def post(self) -> None:
        """Queues an export."""
        try:
            request = self.decode(self.body(), ExportRequest)
            self.answer(await self.call(self._start, request), 202)
        except FilterError as error:
            raise _cannot_be(error) from error

    def _start(self, request: ExportRequest) -> Job:
        try:
            return self.export_jobs.start(request)
        except NoSuchFolder as error:
            raise _cannot_be(error) from error
        except TooManyJobs:
            raise Problem(
                problems.BUSY,
                "Many exports wait already.",
                "Wait until some are done, or cancel one.",
                {"Retry-After": "5"},
            ) from None


class PreviewHandler(LocalHandler):
    """`POST /api/exports/preview`."""

    authentication = Authentication.COOKIE
    exports: SavedExports

    async def post(self) -> None:
        """About how many records and how long."""
        try:
            selection = self.decode(self.body(), ExportSelection)
        except FilterError as error:
            raise _cannot_be(error) from error
        self.answer(await self.call(self.exports.preview, selection.filters))


class JobHandler(LocalHandler):
    """`GET /api/jobs/{id}` and `DELETE /api/jobs/{id}`."""

    authentication = Authentication.COOKIE
    board: JobBoard

    def get(self, job_id: str) -> None:
        """How a job is doing."""
        self._answer(self.board.get(job_id))

    def delete(self, job_id: str) -> None:
        """Asks a job to end; its `state` says when it has."""
        self._answer(self.board.cancel(job_id))

    def _answer(self, job: Job | None) -> None:
        if job is None:
            raise Problem(
                problems.NOT_FOUND,
                "This job is not known (any more).",
                "Look at the list of models, or into the folder, for what came of it.",
            )
        self.answer(job)


def _cannot_be(error: FilterError | NoSuchFolder) -> Problem:
    return Problem(problems.WRONG_SHAPE, error.sentence, error.advice)
