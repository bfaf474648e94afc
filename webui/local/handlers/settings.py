"""The page's settings, and what it asks for first."""

from __future__ import annotations

from typing import Any

from store.events import Name
from webui.base_handler import Authentication
from webui.local.events import EventBus
from webui.local.local_handler import LocalHandler
from webui.local.memory_info import memory_info
from webui.local.messages import AppInfo, Session
from webui.local.model_state import model_state
from webui.local.query_parameters import read_query
from webui.local.services import LocalServices, SettingStore
from webui.local.sharing_out import trial_version
from webui.routes import Parameter

APP_NAME = "Whimbrel"
PARAMETERS = (Parameter("sessionId", Name, "The page's session; a share of them may try another model."),)


class SessionHandler(LocalHandler):
    """`GET /api/session`."""

    authentication = Authentication.COOKIE
    services: LocalServices

    async def get(self) -> None:
        """The program, the model and its status, the memory, the settings."""
        given = read_query(PARAMETERS, self.request.query_arguments)
        self.answer(await self.call(self._session, given.get("sessionId")))

    def _session(self, session_id: str | None) -> Session:
        services = self.services
        state = model_state(services.models)
        settings = services.settings.all()
        registry = services.models.registry
        tried = trial_version(registry, settings, session_id)
        return Session(
            app=AppInfo(APP_NAME, services.app_version),
            install_id=services.install_id,
            model=state.model if tried is None else dict(registry.descriptor(tried)),
            tries=None if tried is None else tried.id,
            model_status=state.model_status,
            memory=memory_info(services.memory),
            settings=settings,
            shadows=state.shadows,
            crash=services.program.crash(),
        )


class SettingsHandler(LocalHandler):
    """`GET` and `PATCH /api/settings`."""

    authentication = Authentication.COOKIE
    setting_store: SettingStore
    events: EventBus

    async def get(self) -> None:
        """The settings."""
        self.answer(await self.call(self.setting_store.all))

    async def patch(self) -> None:
        """Changes some settings, all or none; answers the whole, and tells the other pages."""
        changed = self.decode(self.body(), dict[str, Any])
        await self.written(self.setting_store.put_all, changed)
        settings = await self.call(self.setting_store.all)
        if changed:
            self.events.publish("settings", {"settings": settings})
        self.answer(settings)
