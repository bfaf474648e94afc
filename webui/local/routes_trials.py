"""The addresses at which versions are tried."""

from __future__ import annotations

from store.local.learning.shadow_report import ShadowReport
from webui.local.events import EventBus
from webui.local.handlers import trials as handlers
from webui.local.messages import Nothing, VersionInfo
from webui.local.messages_trials import (
    HeadReference,
    NumbersReport,
    ShadowPasses,
    ShadowRequest,
    UnknownInferences,
)
from webui.local.services import ModelRegistry
from webui.local.services_trials import TrialServices
from webui.routes import Operation, Route


def routes(trials: TrialServices, registry: ModelRegistry, events: EventBus) -> list[Route]:
    """What a version's numbers have to be, and what they are in a page."""
    reference = Operation("GET", "What a version's head gives, by numpy.", HeadReference, problems=(404, 422))
    report = Operation(
        "POST",
        "Keeps how far a page's numbers of a version are off.",
        Nothing,
        NumbersReport,
        problems=(400, 404, 422, 503, 507),
    )
    beside = Operation("GET", "How a version did beside those at work.", ShadowReport, problems=(404, 503))
    turn = Operation(
        "POST",
        "Has a version answer beside the one at work, or ends that.",
        VersionInfo,
        ShadowRequest,
        problems=(400, 404, 422, 503, 507),
    )
    passes = Operation(
        "POST",
        "Keeps what a page found with a version over another backbone.",
        UnknownInferences,
        ShadowPasses,
        problems=(400, 404, 422, 503, 507),
    )
    handed = {"trials": trials, "registry": registry, "events": events}
    return [
        Route("/api/models/{id}/checks", handlers.ChecksHandler, (reference, report), handed),
        Route("/api/models/{id}/shadow", handlers.ShadowHandler, (beside, turn), handed),
        Route("/api/models/{id}/shadow/answers", handlers.ShadowAnswersHandler, (passes,), handed),
    ]
