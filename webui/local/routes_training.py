"""The addresses of training."""

from __future__ import annotations

from store.local.learning.run_forms import TrainingRequest, TrainingRun, TrainingRuns
from webui.local.events import EventBus
from webui.local.handlers import training
from webui.local.messages import Nothing
from webui.local.services_training import Trainer
from webui.routes import Operation, Route


def routes(trainer: Trainer) -> list[Route]:
    """Beginning a training, how it is doing, and ending it."""
    begin = Operation(
        "POST",
        "Begins a training.",
        TrainingRun,
        TrainingRequest,
        status=202,
        problems=(400, 409, 422, 503, 507),
    )
    listed = Operation("GET", "The last trainings, the newest first.", TrainingRuns, problems=(503,))
    one = Operation("GET", "How a training is doing.", TrainingRun, problems=(404, 503))
    cancel = Operation(
        "POST", "Asks a training to end.", TrainingRun, Nothing, problems=(400, 404, 422, 503, 507)
    )
    handed = {"trainer": trainer}
    return [
        Route("/api/training", training.TrainingHandler, (begin,), handed),
        Route("/api/training/runs", training.RunsHandler, (listed,), handed),
        Route("/api/training/runs/{id}", training.RunHandler, (one,), handed),
        Route("/api/training/runs/{id}/cancel", training.CancelHandler, (cancel,), handed),
    ]


def tell_of(trainer: Trainer, events: EventBus) -> None:
    """Publishes how trainings are doing as the event `training`."""
    trainer.listen(lambda run: events.publish("training", run, run.id))
