"""The addresses of exports into files, and of jobs of every kind."""

from __future__ import annotations

from store.export.preview import Preview
from webui.local.export_jobs import ExportJobs, ExportRequest, ExportSelection
from webui.local.handlers import export_jobs
from webui.local.job_board import JobBoard
from webui.local.messages import Job
from webui.local.services_exports import SavedExports
from webui.routes import Operation, Route


def routes(exports: SavedExports, jobs: ExportJobs, board: JobBoard) -> list[Route]:
    """Starting an export, what it would take, and a job."""
    start = Operation(
        "POST", "Starts writing a file.", Job, ExportRequest, status=202, problems=(400, 422, 503)
    )
    preview = Operation(
        "POST",
        "About how many records an export takes, and how long.",
        Preview,
        ExportSelection,
        problems=(400, 422, 503),
    )
    look = Operation("GET", "How an import, a download or an export is doing.", Job, problems=(404,))
    cancel = Operation("DELETE", "Asks a job to end.", Job, problems=(404,))
    return [
        Route("/api/exports", export_jobs.ExportsHandler, (start,), {"export_jobs": jobs}),
        Route("/api/exports/preview", export_jobs.PreviewHandler, (preview,), {"exports": exports}),
        Route("/api/jobs/{id}", export_jobs.JobHandler, (look, cancel), {"board": board}),
    ]
