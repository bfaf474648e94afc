"""Exporting a version for other tools, and making a smaller one of it."""

from __future__ import annotations

from webui import problems
from webui.base_handler import Authentication
from webui.local.handlers.trials import version_of
from webui.local.job_board import TooManyJobs
from webui.local.local_handler import LocalHandler
from webui.local.messages import Job
from webui.local.publishing_jobs import CompressRequest, ModelExportRequest, PublishingJobs
from webui.local.services import ModelRegistry
from webui.problems import Problem


class _PublishingHandler(LocalHandler):
    """Has the registry and the jobs."""

    registry: ModelRegistry
    publishing_jobs: PublishingJobs


class ModelExportHandler(_PublishingHandler):
    """`POST /api/models/{id}/export`."""

    authentication = Authentication.COOKIE

    async def post(self, version_id: str) -> None:
        """Queues an export."""
        self.answer(
            await self.call(self._start, version_id, self.decode(self.body(), ModelExportRequest)), 202
        )

    def _start(self, version_id: str, request: ModelExportRequest) -> Job:
        version = version_of(self.registry, version_id)
        try:
            return self.publishing_jobs.start_export(version, request)
        except TooManyJobs:
            raise _busy() from None


class CompressHandler(_PublishingHandler):
    """`POST /api/models/{id}/compress`."""

    authentication = Authentication.COOKIE

    async def post(self, version_id: str) -> None:
        """Queues the search for the smallest form."""
        self.answer(await self.call(self._start, version_id, self.decode(self.body(), CompressRequest)), 202)

    def _start(self, version_id: str, request: CompressRequest) -> Job:
        version = version_of(self.registry, version_id)
        try:
            return self.publishing_jobs.start_compress(version, request)
        except TooManyJobs:
            raise _busy() from None


def _busy() -> Problem:
    return Problem(
        problems.BUSY,
        "Whimbrel is still exporting other models.",
        "Wait until they are done and try again.",
        {"Retry-After": "5"},
    )
