"""The addresses at which versions are exported and made smaller."""

from __future__ import annotations

from webui.local.handlers import publishing as handlers
from webui.local.messages import Job
from webui.local.publishing_jobs import CompressRequest, ModelExportRequest, PublishingJobs
from webui.local.services import ModelRegistry
from webui.routes import Operation, Route

_PROBLEMS = (400, 404, 422, 503)


def routes(jobs: PublishingJobs, registry: ModelRegistry) -> list[Route]:
    """Both answer with a job."""
    export = Operation(
        "POST",
        "Starts writing a version for other tools.",
        Job,
        ModelExportRequest,
        status=202,
        problems=_PROBLEMS,
    )
    compress = Operation(
        "POST", "Starts looking for a smaller form.", Job, CompressRequest, status=202, problems=_PROBLEMS
    )
    handed = {"publishing_jobs": jobs, "registry": registry}
    return [
        Route("/api/models/{id}/export", handlers.ModelExportHandler, (export,), handed),
        Route("/api/models/{id}/compress", handlers.CompressHandler, (compress,), handed),
    ]
