"""The model versions: which there are, which one is at work, and bringing in new ones."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from store.events import ModelVersion
from webui import problems
from webui.base_handler import Authentication
from webui.local.handlers.trials import version_of
from webui.local.job_board import TooManyJobs
from webui.local.local_handler import LocalHandler
from webui.local.messages import (
    ActivateRequest,
    FetchRequest,
    ImportRequest,
    Job,
    Models,
    Nothing,
    VersionInfo,
)
from webui.local.model_jobs import ModelJobs
from webui.local.services import ModelRegistry
from webui.problems import Problem


def version_info(registry: ModelRegistry, version: ModelVersion) -> VersionInfo:
    """A version with its descriptor."""
    return VersionInfo(**msgspec.structs.asdict(version), descriptor=dict(registry.descriptor(version)))


class _RegistryHandler(LocalHandler):
    """Has the registry."""

    registry: ModelRegistry


class ModelsHandler(_RegistryHandler):
    """`GET /api/models`."""

    authentication = Authentication.COOKIE

    async def get(self) -> None:
        """Every version, and which is active."""
        self.answer(await self.call(self._models))

    def _models(self) -> Models:
        active, before = self.registry.active(), self.registry.before()
        versions = [version_info(self.registry, version) for version in self.registry.list()]
        return Models(_id(active), _id(before), versions)


def _id(version: ModelVersion | None) -> str | None:
    return None if version is None else version.id


class ActivateHandler(_RegistryHandler):
    """`POST /api/models/{id}/activate`."""

    authentication = Authentication.COOKIE

    async def post(self, version_id: str) -> None:
        """Makes a version the active one."""
        request = self.decode(self.body(), ActivateRequest)
        self.answer(await self.call(self._activate, version_id, request.anyway))

    def _activate(self, version_id: str, anyway: bool) -> VersionInfo:
        version_of(self.registry, version_id)
        return version_info(self.registry, self.registry.activate(version_id, anyway=anyway))


class RollbackHandler(_RegistryHandler):
    """`POST /api/models/rollback`."""

    authentication = Authentication.COOKIE

    async def post(self) -> None:
        """Goes back to the version that was active before."""
        self.decode(self.body(), Nothing)
        self.answer(await self.call(lambda: version_info(self.registry, self.registry.rollback())))


class _JobsHandler(LocalHandler):
    """Has the jobs."""

    jobs: ModelJobs

    def start(self, start: Callable[[], Job]) -> None:
        """Answers 202 with the queued job, or 503 where too many wait."""
        try:
            self.answer(start(), 202)
        except TooManyJobs:
            raise Problem(
                problems.BUSY,
                "Whimbrel is still working on other models.",
                "Wait until they are done and try again.",
                {"Retry-After": "5"},
            ) from None


class ImportHandler(_JobsHandler):
    """`POST /api/models/import`."""

    authentication = Authentication.COOKIE

    def post(self) -> None:
        """Starts reading a model file of this machine."""
        request = self.decode(self.body(), ImportRequest)
        self.start(lambda: self.jobs.start_import(request))


class FetchHandler(_JobsHandler):
    """`POST /api/models/fetch`."""

    authentication = Authentication.COOKIE

    def post(self) -> None:
        """Starts downloading a base model."""
        request = self.decode(self.body(), FetchRequest)
        self.start(lambda: self.jobs.start_fetch(request))
