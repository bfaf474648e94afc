"""Trainings: begun, looked at and cancelled."""

from __future__ import annotations

from collections.abc import Callable

from store.local.learning.run_forms import TrainingRequest, TrainingRun, TrainingRuns
from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages import Nothing
from webui.local.services_training import Trainer
from webui.problems import Problem


class _TrainingHandler(LocalHandler):
    """Has the trainer."""

    trainer: Trainer

    async def answer_run(self, find: Callable[[str], TrainingRun | None], run_id: str) -> None:
        """Answers with a run, or 404."""
        run = await self.call(find, run_id)
        if run is None:
            raise Problem(
                problems.NOT_FOUND, "There was no such training.", "See /api/training/runs for the last ones."
            )
        self.answer(run)


class TrainingHandler(_TrainingHandler):
    """`POST /api/training`."""

    authentication = Authentication.COOKIE

    async def post(self) -> None:
        """Begins a training."""
        request = self.decode(self.body(), TrainingRequest)
        self.answer(await self.call(self.trainer.start, request, "user"), 202)


class RunsHandler(_TrainingHandler):
    """`GET /api/training/runs`."""

    authentication = Authentication.COOKIE

    async def get(self) -> None:
        """The last runs."""
        self.answer(TrainingRuns(await self.call(self.trainer.last)))


class RunHandler(_TrainingHandler):
    """`GET /api/training/runs/{id}`."""

    authentication = Authentication.COOKIE

    async def get(self, run_id: str) -> None:
        """How a run is doing."""
        await self.answer_run(self.trainer.get, run_id)


class CancelHandler(_TrainingHandler):
    """`POST /api/training/runs/{id}/cancel`."""

    authentication = Authentication.COOKIE

    async def post(self, run_id: str) -> None:
        """Asks a run to end."""
        self.decode(self.body(), Nothing)
        await self.answer_run(self.trainer.cancel, run_id)
