"""Trying a version: what its numbers have to be, and what a page found."""

from __future__ import annotations

import base64

from msgspec.structs import asdict

from store.events import ModelVersion
from webui import problems
from webui.base_handler import Authentication
from webui.local.events import EventBus
from webui.local.local_handler import LocalHandler
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
from webui.problems import Problem


def unknown_version() -> Problem:
    """No version has this id."""
    return Problem(
        problems.NOT_FOUND,
        "There is no model version of this name.",
        "See `whimbrel models list` or the Model page for those that there are.",
    )


def version_of(registry: ModelRegistry, version_id: str) -> ModelVersion:
    """The version with this id; raises Problem without. Reads the registry: not on the event loop."""
    found = next((version for version in registry.list() if version.id == version_id), None)
    if found is None:
        raise unknown_version()
    return found


class _TrialHandler(LocalHandler):
    """Has the versions, and tells every page when something of one changed."""

    registry: ModelRegistry
    trials: TrialServices
    events: EventBus

    def tell(self, version_id: str) -> None:
        self.events.publish("versions", {"id": version_id})


class ChecksHandler(_TrialHandler):
    """`GET` and `POST /api/models/{id}/checks`."""

    authentication = Authentication.COOKIE

    async def get(self, version_id: str) -> None:
        """The numbers that a page's head has to give."""
        self.answer(await self.call(self._reference, version_id))

    async def post(self, version_id: str) -> None:
        """Keeps what a page found."""
        said = self.decode(self.body(), NumbersReport)
        known = await self.call(
            self.trials.checks.note, version_id, said.backend, said.max_relative, half=said.half_precision
        )
        if not known:
            raise unknown_version()
        self.tell(version_id)
        self.answer(Nothing())

    def _reference(self, version_id: str) -> HeadReference:
        check = self.registry.head_check(version_of(self.registry, version_id))
        return HeadReference(check.count, base64.b64encode(check.logits.astype("<f4").tobytes()).decode())


class ShadowHandler(_TrialHandler):
    """`GET` and `POST /api/models/{id}/shadow`."""

    authentication = Authentication.COOKIE

    async def get(self, version_id: str) -> None:
        """How a version did beside those at work."""
        await self.call(version_of, self.registry, version_id)
        self.answer(await self.call(self.trials.shadow.report, version_id))

    async def post(self, version_id: str) -> None:
        """Has a version answer beside the one at work, or ends that; answers the version."""
        asked = self.decode(self.body(), ShadowRequest)
        await self.call(version_of, self.registry, version_id)
        change = self.trials.shadow.begin if asked.on else self.trials.shadow.end
        version = await self.call(change, version_id)
        self.tell(version_id)
        self.answer(VersionInfo(**asdict(version), descriptor=dict(self.registry.descriptor(version))))


class ShadowAnswersHandler(_TrialHandler):
    """`POST /api/models/{id}/shadow/answers`."""

    authentication = Authentication.COOKIE

    async def post(self, version_id: str) -> None:
        """Keeps what a page found with a version over another backbone."""
        said = self.decode(self.body(), ShadowPasses)
        await self.call(version_of, self.registry, version_id)
        passes = [each.to_pass() for each in said.answers]
        unknown = await self.call(self.trials.shadow.passed, version_id, passes)
        self.tell(version_id)
        self.answer(UnknownInferences(unknown))
