"""The only composition root: every part of the running program is made here and handed to the others."""

from __future__ import annotations

import contextlib
import functools
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_downloads_path

from desktop.base_model import BaseModelSetup
from desktop.crashes import CrashReports
from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.installed import STATIC, app_version
from desktop.jobs import TrainingJobs
from desktop.listening import HOST, Listening, listen
from desktop.local_server import LocalServer
from desktop.model_sources import ModelSources
from desktop.modes import Modes
from desktop.program_access import RunningProgram, open_in_file_manager
from desktop.putting_to_work import PuttingToWork
from desktop.recovery_ways import RecoveryWays
from desktop.retraining import Retraining, retraining_of
from desktop.settings_file import ProgramSettings
from desktop.sync_access import this_device
from desktop.training_run import TrainingParts
from desktop.window import Window
from desktop.window_dialogs import WindowDialogs
from store.clock import Clock, SystemClock
from store.comparing.service import VersionComparing
from store.export.training_exports import TrainingExports
from store.local.figures.forms import StorageKind
from store.local.figures.service import Figures
from store.local.folder import BACKUPS
from store.local.learning.runs import RunStore
from store.local.learning.shadow import Shadow
from store.local.learning.trigger_log import TriggerLog
from store.local.learning.version_checks import VersionChecks
from store.local.opening import LocalStore
from store.local.recovery import Recovery
from store.models.registry import ModelRegistry
from store.models.service import ModelService
from store.publishing.service import Publishing
from store.sync.assembling import ModelParts, Sync, make_sync
from store.training.runs.modes import command_of
from webui.front import Front
from webui.local.application import LocalApplication, make_application, make_server
from webui.local.events import EventBus
from webui.local.recovery_application import RecoveryApplication, RecoveryServices
from webui.local.recovery_desk import RecoveryDesk
from webui.local.services import LocalServices
from webui.local.services_backups import BackupServices
from webui.local.services_drift import DriftServices
from webui.local.services_learning import LearningServices
from webui.local.services_trials import TrialServices
from webui.local.session_keys import SessionKeys, enter_path

log = logging.getLogger("whimbrel")


def _not_now(_: Sequence[str]) -> None:
    raise PlainError(
        "The pictures are not opened, because Whimbrel's memory is not open.",
        "Open them again when it is.",
    )


@dataclass
class Whimbrel:
    """The running program: a local server on a data folder. `window` is set while there is one."""

    port: int
    note: str | None
    keys: SessionKeys
    held: contextlib.ExitStack
    settings: ProgramSettings
    window: Window | None = field(default=None)
    restore: Callable[[str], None] = field(default=lambda _: None)
    recovers: Callable[[], bool] = field(default=lambda: False)
    server_died: Callable[[], None] = field(default=lambda: None)
    theme: Callable[[], str] = field(default=lambda: "system")
    unfinished: Callable[[], Sequence[object]] = field(default=list)
    add_pictures: Callable[[Sequence[str]], object] = field(default=_not_now)

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


@dataclass(frozen=True)
class _Models:
    """The models, and where new ones come from."""

    service: ModelService
    sources: ModelSources
    trainer: TrainingJobs
    shadow: Shadow
    retraining: Retraining
    sync: Sync


def assemble(settings: ProgramSettings, folder: DataFolder) -> Whimbrel:
    """Start everything on a folder that this process holds. Raises PlainError or StoreError."""
    clock = SystemClock()
    with contextlib.ExitStack() as held:
        listening = listen(folder, settings.settings.port, _between)
        held.callback(listening.socket.close)
        keys = SessionKeys.open(folder.path, clock)
        app = Whimbrel(listening.port, listening.note, keys, contextlib.ExitStack(), settings)
        modes = Modes(
            folder.path, clock, functools.partial(_normal, app, folder), functools.partial(_recovering, app)
        )
        held.callback(modes.close)
        app.restore = modes.restore
        server = _start_server(modes, listening, held)
        server.died = lambda: app.server_died()  # noqa: PLW0108 - who hears of it is named later
        app.recovers = lambda: modes.is_recovering
        held.callback(folder.say_running(listening.port))
        app.held = held.pop_all()
    log.info("Whimbrel %s serves %s on port %d", app_version(), folder.path, app.port)
    return app


def _normal(
    app: Whimbrel, folder: DataFolder, store: LocalStore, held: contextlib.ExitStack
) -> LocalApplication:
    models = ModelService(ModelRegistry(folder.models, store.model_versions, store.database.clock))
    sources = ModelSources(models.registry, folder.downloads)
    trainer = _trainer(folder, store, models.registry)
    shadow = Shadow(store.database, store.model_versions, folder.models)
    retraining = retraining_of(store, trainer)
    sync = make_sync(
        store, folder.path, this_device(app.keys.install_id), ModelParts(models.registry, shadow)
    )
    parts = _Models(models, sources, trainer, shadow, retraining, sync)
    services = _services(app, folder, store, parts)
    application = make_application(services)
    app.theme = lambda: str(store.settings.all()["theme"])
    app.unfinished = application.unfinished
    app.add_pictures = store.queue.add
    if store.health.now().state != "read-only":
        setup = BaseModelSetup(sources, models)
        held.callback(setup.stop)
        setup.start()
        held.callback(store.upkeep.stop)
        store.upkeep.start()
        held.callback(store.queue.stop)
        store.queue.start()
        held.callback(shadow.stop)
        shadow.start()
        held.callback(trainer.stop)
        trainer.resume()
        held.callback(retraining.stop)
        retraining.start()
        held.callback(sync.close)
        sync.following.arrived = lambda version_id: services.events.publish("versions", {"id": version_id})
        sync.start(lambda state: services.events.publish("sync", state))
    return application


def _trainer(folder: DataFolder, store: LocalStore, registry: ModelRegistry) -> TrainingJobs:
    clock = store.database.clock
    runs = RunStore(store.database)
    return TrainingJobs(
        TrainingParts(runs, store.examples, store.label_book, registry, folder.runs, clock, command_of)
    )


def _recovering(
    app: Whimbrel,
    recovery: Recovery,
    open_normally: Callable[[], None],
    held: contextlib.ExitStack,
    backup: str | None,
) -> RecoveryApplication:
    app.theme, app.unfinished, app.add_pictures = lambda: "system", list, _not_now
    desk = RecoveryDesk(RecoveryWays(recovery, open_normally))
    held.callback(desk.close)
    if backup is None:
        desk.look()
    else:
        desk.start("restore", backup, then_open=True)
    return RecoveryApplication(
        RecoveryServices(desk, app.keys, STATIC, app.raise_window, SystemClock().monotonic)
    )


def _folders(folder: DataFolder) -> Mapping[StorageKind, Path]:
    return {"backups": folder.path / BACKUPS, "models": folder.models, "logs": folder.logs}


def _services(app: Whimbrel, folder: DataFolder, store: LocalStore, models: _Models) -> LocalServices:
    clock = store.database.clock
    exports = TrainingExports(store.database, clock)
    figures = Figures(store.database, clock, _folders(folder))
    return LocalServices(
        statistics=store.statistics,
        pictures=store.pictures,
        records=store.records,
        settings=store.settings,
        labels=store.labels,
        learning=LearningServices(store.examples, store.label_book),
        figures=figures,
        upkeep=store.upkeep,
        queue=store.queue,
        exports=exports,
        saved_exports=exports,
        downloads=user_downloads_path(),
        memory=store.health,
        backups=BackupServices(store.backups, app.restore),
        trials=TrialServices(_checks(store, models.service.registry), models.shadow),
        comparing=VersionComparing(store.database, models.service.registry),
        models=models.service,
        model_sources=models.sources,
        publishing=Publishing(
            models.service.registry, store.model_versions.insert, store.examples, store.label_book
        ),
        trainer=models.trainer,
        drift=DriftServices(models.retraining, store.audit),
        sync=models.sync.service,
        program=_program(app, folder, figures, clock),
        keys=app.keys,
        events=EventBus(),
        static_dir=STATIC,
        app_version=app_version(),
        install_id=app.keys.install_id,
        raise_window=app.raise_window,
        desktop=WindowDialogs(lambda: app.window),
        clock=clock,
    )


def _program(app: Whimbrel, folder: DataFolder, figures: Figures, clock: Clock) -> RunningProgram:
    settings = app.settings
    crashes = CrashReports(folder.logs, clock)
    show = open_in_file_manager(settings.environment)
    return RunningProgram(folder, settings, crashes, figures.storage, clock, show)


def _checks(store: LocalStore, registry: ModelRegistry) -> PuttingToWork:
    database = store.database
    return PuttingToWork(
        VersionChecks(database), store.settings, RunStore(database), registry, TriggerLog(database)
    )


def _start_server(modes: Modes, listening: Listening, held: contextlib.ExitStack) -> LocalServer:
    front = Front(modes.open())
    server = LocalServer(lambda: make_server(front), listening.socket, front.close)
    held.callback(server.stop)
    modes.turn = lambda application: server.on_loop(lambda: front.turn_to(application))
    server.start()
    return server


def _between(first: int, last: int) -> int:
    return first + secrets.randbelow(last - first + 1)
