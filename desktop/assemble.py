"""The only composition root: every part of the running program is made here and handed to the others."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_downloads_path

from desktop.base_model import BaseModelSetup
from desktop.data_folder import DataFolder
from desktop.installed import STATIC, app_version
from desktop.listening import HOST, Listening, listen
from desktop.local_server import LocalServer
from desktop.model_sources import ModelSources
from desktop.settings import Settings
from desktop.window import Window
from store.clock import SystemClock
from store.export.training_exports import TrainingExports
from store.local.figures.forms import StorageKind
from store.local.figures.service import Figures
from store.local.folder import BACKUPS
from store.local.opening import LocalStore, open_store
from store.models.registry import ModelRegistry
from store.models.service import ModelService
from webui.local.application import make_application, make_server
from webui.local.events import EventBus
from webui.local.services import LocalServices
from webui.local.session_keys import SessionKeys, enter_path

log = logging.getLogger("whimbrel")


@dataclass
class Whimbrel:
    """The running program: a local server on a data folder. `window` is set while there is one."""

    port: int
    note: str | None
    keys: SessionKeys
    held: contextlib.ExitStack
    window: Window | None = field(default=None)

    def link(self) -> str:
        """A fresh address that lets a browser in, once."""
        return f"http://{HOST}:{self.port}{enter_path(self.keys.issue_link())}"

    def raise_window(self) -> bool:
        """Bring the window to the front; False where there is none."""
        return self.window is not None and self.window.raise_to_front()

    def stop(self) -> None:
        """Close everything in the reverse order of its making; what is queued is written. Twice is once."""
        self.held.close()
        log.info("everything is closed")


def assemble(settings: Settings, folder: DataFolder) -> Whimbrel:
    """Start everything on a folder that this process holds. Raises PlainError or StoreError."""
    clock = SystemClock()
    with contextlib.ExitStack() as held:
        listening = listen(folder, settings.port, _between)
        held.callback(listening.socket.close)
        store = open_store(folder.path, clock)
        held.callback(store.close)
        keys = SessionKeys.open(folder.path, clock)
        app = Whimbrel(listening.port, listening.note, keys, contextlib.ExitStack())
        models = ModelService(ModelRegistry(folder.models, store.model_versions, clock))
        sources = ModelSources(models.registry, folder.downloads)
        services = _services(app, folder, store, models, sources)
        _start_server(services, listening, held)
        held.callback(folder.say_running(listening.port))
        setup = BaseModelSetup(sources, models)
        held.callback(setup.stop)
        setup.start()
        app.held = held.pop_all()
    log.info("Whimbrel %s serves %s on port %d", app_version(), folder.path, app.port)
    return app


def _folders(folder: DataFolder) -> Mapping[StorageKind, Path]:
    return {"backups": folder.path / BACKUPS, "models": folder.models, "logs": folder.logs}


def _services(
    app: Whimbrel, folder: DataFolder, store: LocalStore, models: ModelService, sources: ModelSources
) -> LocalServices:
    clock = store.database.clock
    exports = TrainingExports(store.database, clock)
    return LocalServices(
        statistics=store.statistics,
        pictures=store.pictures,
        records=store.records,
        settings=store.settings,
        labels=store.labels,
        figures=Figures(store.database, clock, _folders(folder)),
        exports=exports,
        saved_exports=exports,
        downloads=user_downloads_path(),
        models=models,
        model_sources=sources,
        keys=app.keys,
        events=EventBus(),
        static_dir=STATIC,
        app_version=app_version(),
        install_id=app.keys.install_id,
        raise_window=app.raise_window,
        clock=clock,
    )


def _start_server(services: LocalServices, listening: Listening, held: contextlib.ExitStack) -> None:
    application = make_application(services)
    server = LocalServer(lambda: make_server(application), listening.socket, application.close)
    held.callback(server.stop)
    server.start()


def _between(first: int, last: int) -> int:
    return first + secrets.randbelow(last - first + 1)
