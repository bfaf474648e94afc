"""The addresses of learning anew and of checking by chance."""

from __future__ import annotations

from store.local.learning.audit_store import AuditQueue
from store.local.learning.trigger_forms import RetrainAnswer, RetrainDecisions, RetrainRequest
from webui.local.handlers import drift
from webui.local.messages_drift import AuditMark
from webui.local.services_drift import DriftServices
from webui.routes import Operation, Route


def routes(services: DriftServices) -> list[Route]:
    """Asking for a training, what was decided by itself, and pictures to be checked."""
    trigger = Operation(
        "POST",
        "Begins a training if there is enough to learn from, or says why not.",
        RetrainAnswer,
        RetrainRequest,
        problems=(400, 422, 503, 507),
    )
    decisions = Operation(
        "GET",
        "What was decided about learning anew, and on which figures.",
        RetrainDecisions,
        problems=(503, 507),
    )
    following = Operation(
        "GET", "The next picture to be checked, without its answer.", AuditQueue, problems=(503, 507)
    )
    mark = Operation(
        "POST",
        "Says what became of a picture that was to be checked; gives the next one.",
        AuditQueue,
        AuditMark,
        problems=(400, 404, 422, 503, 507),
    )
    retraining, audit = {"retraining": services.retraining}, {"audit": services.audit}
    return [
        Route("/api/retrain/trigger", drift.RetrainTriggerHandler, (trigger,), retraining),
        Route("/api/retrain/decisions", drift.RetrainDecisionsHandler, (decisions,), retraining),
        Route("/api/audit/next", drift.AuditNextHandler, (following,), audit),
        Route("/api/audit/{id}", drift.AuditMarkHandler, (mark,), audit),
    ]
