"""Every address of the local API: what it does, takes and gives, and who answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from store.events import BatchResult
from webui import export_parameters
from webui.local import (
    messages,
    routes_backups,
    routes_comparing,
    routes_desktop,
    routes_drift,
    routes_exports,
    routes_figures,
    routes_learning,
    routes_program,
    routes_publishing,
    routes_queue,
    routes_records,
    routes_retention,
    routes_sync,
    routes_training,
    routes_trials,
)
from webui.local.export_jobs import ExportJobs
from webui.local.handlers import (
    entering,
    events_stream,
    export,
    files,
    models,
    pictures,
    settings,
    statistics,
)
from webui.local.job_board import JobBoard
from webui.local.model_jobs import ModelJobs
from webui.local.page import SCRIPT, STYLE
from webui.local.publishing_jobs import PublishingJobs
from webui.local.services import LocalServices
from webui.routes import Operation, Parameter, Route

_HTML, _SCRIPT, _STYLE = "text/html", "text/javascript", "text/css"
_BYTES, _STREAM, _IMAGE = "application/octet-stream", "text/event-stream", "image/*"


@dataclass(frozen=True)
class Parts:
    """What the table hands to handlers beside the services."""

    services: LocalServices
    board: JobBoard
    jobs: ModelJobs
    export_jobs: ExportJobs
    publishing_jobs: PublishingJobs
    stored: Callable[[], None]
    describe: Callable[[], dict[str, Any]]


def route_table(parts: Parts) -> list[Route]:
    """All routes; the first that fits an address answers it."""
    return [
        *_way_in(parts),
        *_records(parts),
        *routes_records.routes(parts.services.records),
        *routes_queue.routes(parts.services.queue),
        *_exports(parts),
        *routes_backups.routes(parts.services.backups),
        *routes_figures.routes(parts.services.figures, parts.services.app_version),
        *routes_retention.routes(parts.services.upkeep),
        *routes_learning.routes(parts.services.learning, parts.services.models.registry),
        *_page_state(parts),
        *_models(parts),
        *routes_comparing.routes(parts.services.comparing, parts.services.models.registry),
        *routes_trials.routes(parts.services.trials, parts.services.models.registry, parts.services.events),
        *routes_publishing.routes(parts.publishing_jobs, parts.services.models.registry),
        *routes_training.routes(parts.services.trainer),
        *routes_drift.routes(parts.services.drift),
        *routes_sync.routes(parts.services.sync),
        *routes_program.routes(parts.services.program),
        *routes_exports.routes(parts.services.saved_exports, parts.export_jobs, parts.board),
        *routes_desktop.routes(parts.services.desktop),
        *_page_files(parts),
    ]


def _way_in(parts: Parts) -> list[Route]:
    services, described = parts.services, Operation("GET", "This document.", dict[str, Any])
    handover = Operation("POST", "A fresh link for a second start.", messages.Handover, messages.Nothing)
    enter = Operation(
        "GET",
        "Spends a one-use link: sets the cookie and goes on to the page.",
        _HTML,
        query=(Parameter("key", str, "The link's key."),),
    )
    ready = Operation(
        "GET", "Whether the server answers and can read its memory.", messages.Ready, problems=(503,)
    )
    return [
        Route("/enter", entering.EnterHandler, (enter,), {"keys": services.keys}),
        _text("/enter.js", "Goes on from the link to the page.", _SCRIPT, SCRIPT),
        _text("/enter.css", "The look of the pages before the page.", _STYLE, STYLE),
        Route(
            "/api/handover",
            entering.HandoverHandler,
            (handover,),
            {"keys": services.keys, "raise_window": services.raise_window},
        ),
        Route("/api/openapi.json", entering.OpenApiHandler, (described,), {"describe": parts.describe}),
        Route("/readyz", entering.ReadyHandler, (ready,), {"setting_store": services.settings}),
    ]


def _text(path: str, summary: str, media: str, content: str) -> Route:
    collaborators = {"content": content, "media_type": f"{media}; charset=utf-8"}
    return Route(path, entering.EnterFileHandler, (Operation("GET", summary, media),), collaborators)


def _page_files(parts: Parts) -> list[Route]:
    folder = parts.services.static_dir
    page = Operation("GET", "The page.", _HTML, problems=(503,))
    asset = Operation("GET", "A file of the page, for ever the same.", _BYTES, problems=(404,))
    worker = Operation("GET", "The service worker.", _SCRIPT, problems=(404,))
    beside = Operation("GET", "A file beside the page.", _BYTES, problems=(404,))
    return [
        Route("/", files.IndexHandler, (page,), {"folder": folder}),
        Route("/assets/{path}", files.AssetHandler, (asset,), {"folder": folder / "assets"}),
        Route("/sw.js", files.ServiceWorkerHandler, (worker,), {"folder": folder}),
        Route("/{name}", files.RootFileHandler, (beside,), {"folder": folder}),
    ]


def _records(parts: Parts) -> list[Route]:
    services = parts.services
    statistics_post = Operation(
        "POST",
        "Takes a batch of records; answers once they are stored.",
        BatchResult,
        messages.StatisticsBody,
        problems=(400, 422, 503, 507),
    )
    recent = Operation(
        "GET",
        "What was recognised before, newest first.",
        messages.Pictures,
        query=pictures.PARAMETERS,
        problems=(400,),
    )
    thumbnail = Operation("GET", "The kept thumbnail of a picture.", _IMAGE, problems=(404,))
    typed = Operation("GET", "Labels that the user has typed.", messages.Labels)
    seen = {"pictures": services.pictures}
    return [
        Route(
            "/api/statistics",
            statistics.StatisticsHandler,
            (statistics_post,),
            {"statistics": services.statistics, "stored": parts.stored},
        ),
        Route("/api/pictures", pictures.PicturesHandler, (recent,), seen),
        Route("/api/pictures/{sha256}/thumbnail", pictures.ThumbnailHandler, (thumbnail,), seen),
        Route(
            "/api/labels",
            pictures.LabelsHandler,
            (typed,),
            {"labels": services.labels, "registry": services.models.registry},
        ),
    ]


def _exports(parts: Parts) -> list[Route]:
    training_data = Operation(
        "GET",
        "What is remembered as training data, streamed.",
        export_parameters.MEDIA,
        query=export_parameters.PARAMETERS,
        problems=(400, 503, 507),
    )
    exports = {"exports": parts.services.exports}
    return [Route("/api/export/training-data", export.ExportHandler, (training_data,), exports)]


def _page_state(parts: Parts) -> list[Route]:
    services = parts.services
    session = Operation(
        "GET",
        "The program, its model and the settings.",
        messages.Session,
        query=settings.PARAMETERS,
        problems=(400,),
    )
    shown = Operation("GET", "The settings.", messages.Settings)
    changed = Operation(
        "PATCH",
        "Changes some settings; gives all of them.",
        messages.Settings,
        messages.SettingsPatch,
        problems=(400, 422, 503, 507),
    )
    events = Operation(
        "GET",
        "Events: model, memory, settings, job, records, queue, training, sync.",
        _STREAM,
        problems=(503,),
    )
    return [
        Route("/api/session", settings.SessionHandler, (session,), {"services": services}),
        Route(
            "/api/settings",
            settings.SettingsHandler,
            (shown, changed),
            {"setting_store": services.settings, "events": services.events},
        ),
        Route(
            "/api/events",
            events_stream.EventsHandler,
            (events,),
            {"events": services.events, "models": services.models, "memory": services.memory},
        ),
    ]


def _models(parts: Parts) -> list[Route]:
    registry, info = {"registry": parts.services.models.registry}, messages.VersionInfo
    jobs = {"jobs": parts.jobs}
    listed = Operation("GET", "Every model version.", messages.Models)
    activate = Operation(
        "POST",
        "Makes a version the active one.",
        info,
        messages.ActivateRequest,
        problems=(400, 404, 409, 422),
    )
    rollback = Operation("POST", "Back to the version before.", info, messages.Nothing, problems=(400, 422))
    importing = _started("Starts reading a model file.", messages.ImportRequest)
    fetching = _started("Starts downloading a base model.", messages.FetchRequest)
    file = Operation("GET", "A file of a model, for ever the same.", _BYTES, problems=(404,))
    return [
        Route("/api/models", models.ModelsHandler, (listed,), registry),
        Route("/api/models/rollback", models.RollbackHandler, (rollback,), registry),
        Route("/api/models/import", models.ImportHandler, (importing,), jobs),
        Route("/api/models/fetch", models.FetchHandler, (fetching,), jobs),
        Route("/api/models/{id}/activate", models.ActivateHandler, (activate,), registry),
        Route("/models/{sha256}/{name}", files.ModelFileHandler, (file,), registry),
    ]


def _started(summary: str, body: type) -> Operation:
    return Operation("POST", summary, messages.Job, body, status=202, problems=(400, 422, 503))
