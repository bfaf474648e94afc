"""The page's settings, and what it asks for first."""

from __future__ import annotations

from concurrent.futures import Future, wait

from webui.base_handler import Authentication
from webui.local.events import EventBus
from webui.local.local_handler import LocalHandler
from webui.local.messages import AppInfo, Session, Settings, SettingsPatch
from webui.local.model_state import model_state
from webui.local.page_settings import changes, current
from webui.local.services import LocalServices, SettingStore

APP_NAME = "Whimbrel"


class SessionHandler(LocalHandler):
    """`GET /api/session`."""

    authentication = Authentication.COOKIE
    services: LocalServices

    async def get(self) -> None:
        """The program, the model and its status, the settings."""
        self.answer(await self.call(self._session))

    def _session(self) -> Session:
        services = self.services
        state = model_state(services.models)
        return Session(
            app=AppInfo(APP_NAME, services.app_version),
            install_id=services.install_id,
            model=state.model,
            model_status=state.model_status,
            settings=current(services.settings.all()),
        )


class SettingsHandler(LocalHandler):
    """`GET` and `PATCH /api/settings`."""

    authentication = Authentication.COOKIE
    setting_store: SettingStore
    events: EventBus

    async def get(self) -> None:
        """The settings."""
        self.answer(await self.call(self._current))

    async def patch(self) -> None:
        """Changes some settings; answers all of them, and tells the other pages."""
        changed = changes(self.decode(self.body(), SettingsPatch))
        settings = await self.call(self._put, changed)
        if changed:
            self.events.publish("settings", {"settings": settings})
        self.answer(settings)

    def _current(self) -> Settings:
        return current(self.setting_store.all())

    def _put(self, changed: dict[str, object]) -> Settings:
        """Blocks until all are committed: the writer takes what is queued together."""
        queued: list[Future[None]] = [self.setting_store.put(name, value) for name, value in changed.items()]
        wait(queued)
        for future in queued:
            future.result()
        return self._current()
