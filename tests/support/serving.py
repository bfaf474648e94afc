"""The real local application in this process: real socket, real SQLite, real model registry."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from keyrings import no_keyring
from modelling import Models, open_models
from tornado.netutil import bind_sockets
from training_world import trainer_of

from desktop.crashes import CrashReports
from desktop.data_folder import DataFolder
from desktop.jobs import TrainingJobs
from desktop.program_access import RunningProgram
from desktop.retraining import retraining_of
from desktop.settings import load
from desktop.settings_file import ProgramSettings
from desktop.window_dialogs import WindowDialogs
from store.clock import SystemClock
from store.comparing.service import VersionComparing
from store.export.training_exports import TrainingExports
from store.local.figures.service import Figures
from store.local.folder import BACKUPS
from store.local.learning.shadow import Shadow
from store.local.learning.version_checks import VersionChecks
from store.local.opening import LocalStore, open_store
from store.publishing.service import Publishing
from store.sync.assembling import ModelParts, Sync, make_sync
from store.sync.enrolment import Device
from webui.local.application import LocalApplication, make_application, make_server
from webui.local.events import EventBus
from webui.local.services import LocalServices
from webui.local.services_backups import BackupServices
from webui.local.services_drift import DriftServices
from webui.local.services_learning import LearningServices
from webui.local.services_trials import TrialServices
from webui.local.session_keys import SessionKeys, enter_path

JSON = {"Content-Type": "application/json"}
STATIC = {
    "index.html": b'<!doctype html><script type="module" src="/assets/index-abcd1234.js"></script>',
    "sw.js": b"self.addEventListener('fetch', () => {});",
    "notices.txt": b"Licences",
    "assets/index-abcd1234.js": b"export {};",
    "assets/inference-worker-abcd1234.js": b"postMessage(1);",
    "assets/inference-worker-abcd1234.css": b"p{}",
    "assets/tfjs-backend-wasm-abcd1234.wasm": b"\0asm\1\0\0\0" + bytes(range(256)) * 400,
}


@dataclass
class Served:
    """A running application, with what stands behind it."""

    data_dir: Path
    port: int
    store: LocalStore
    models: Models
    services: LocalServices
    trainer: TrainingJobs
    sync: Sync
    application: LocalApplication
    loop: asyncio.AbstractEventLoop
    windows_raised: list[int] = field(default_factory=list)
    folders_shown: list[Path] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """The address without a path, as a browser writes an Origin."""
        return f"http://127.0.0.1:{self.port}"

    def settle(self) -> None:
        """Waits for what a handler does after its answer left: an answer reaches its client before that."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self.loop).result()

    @contextmanager
    def stranger(self) -> Iterator[httpx.Client]:
        """Somebody without a cookie."""
        with httpx.Client(base_url=self.origin, timeout=20, trust_env=False) as client:
            yield client

    @contextmanager
    def page(self) -> Iterator[httpx.Client]:
        """The page: came in by a link, sends what a browser sends with it."""
        with self.stranger() as client:
            assert client.get(enter_path(self.services.keys.issue_link())).status_code == 200
            client.headers.update({"Origin": self.origin, "Sec-Fetch-Site": "same-origin"})
            yield client


@contextmanager
def serving(
    data_dir: Path,
    static_dir: Path,
    *,
    heartbeat_s: float = 60.0,
    window: bool = False,
    change: Callable[[LocalServices], LocalServices] = lambda services: services,
) -> Iterator[Served]:
    """Serves a data folder until the block ends. `change` may put another service in the place of one."""
    clock = SystemClock()
    store = open_store(data_dir, clock)
    models = open_models(data_dir, store, clock)
    keys = SessionKeys.open(data_dir, clock)
    raised: list[int] = []
    shown: list[Path] = []

    def raise_window() -> bool:
        raised.append(1)
        return window

    exports = TrainingExports(store.database, clock)
    trainer = trainer_of(data_dir, store, models.registry)
    shadow = Shadow(store.database, store.model_versions, data_dir / "models")
    device = Device("test", "0.0.test", "test", keys.install_id)
    figures = Figures(store.database, clock, {"backups": data_dir / BACKUPS})
    sync = make_sync(store, data_dir, device, ModelParts(models.registry, shadow), find_keyring=no_keyring)
    services = LocalServices(
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
        downloads=data_dir / "downloads",
        memory=store.health,
        backups=BackupServices(store.backups, lambda _: None),
        models=models.service,
        model_sources=models.sources,
        publishing=Publishing(models.registry, store.model_versions.insert, store.examples, store.label_book),
        trials=TrialServices(VersionChecks(store.database), shadow),
        comparing=VersionComparing(store.database, models.registry),
        trainer=trainer,
        drift=DriftServices(retraining_of(store, trainer, lambda: None), store.audit),
        sync=sync.service,
        program=_program(data_dir, figures, clock, shown),
        keys=keys,
        events=EventBus(heartbeat_s),
        static_dir=static_dir,
        app_version="0.0.test",
        install_id=keys.install_id,
        raise_window=raise_window,
        desktop=WindowDialogs(lambda: None),
        clock=clock,
    )
    services = change(services)
    try:
        with _loop(services) as (application, port, loop):
            store.upkeep.start()
            store.queue.start()
            yield Served(
                data_dir, port, store, models, services, trainer, sync, application, loop, raised, shown
            )
    finally:
        trainer.stop()
        sync.close()
        store.upkeep.stop()
        store.queue.stop()
        store.close()


def _program(data_dir: Path, figures: Figures, clock: SystemClock, shown: list[Path]) -> RunningProgram:
    folder = DataFolder(data_dir)
    settings = ProgramSettings(load({"data_dir": data_dir}, {}), {}, {}, lambda _: None)
    crashes = CrashReports(folder.logs, clock)
    return RunningProgram(folder, settings, crashes, figures.storage, clock, shown.append)


@contextmanager
def _loop(services: LocalServices) -> Iterator[tuple[LocalApplication, int, asyncio.AbstractEventLoop]]:
    """The application on an event loop of its own thread."""
    started = threading.Event()
    found: dict[str, object] = {}

    async def serve() -> None:
        application = make_application(services)
        server = make_server(application)
        [socket] = bind_sockets(0, "127.0.0.1")
        server.add_socket(socket)
        end = asyncio.Event()
        found.update(
            application=application, port=socket.getsockname()[1], end=end, loop=asyncio.get_running_loop()
        )
        started.set()
        await end.wait()
        server.stop()
        application.close()
        await server.close_all_connections()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            found["failure"] = error
            raise
        finally:
            started.set()

    thread = threading.Thread(target=run, name="test-server")
    thread.start()
    started.wait()
    try:
        yield found["application"], found["port"], found["loop"]  # type: ignore[misc]  # just put there
    finally:
        found["loop"].call_soon_threadsafe(found["end"].set)  # type: ignore[attr-defined]
        thread.join()


def write_static(folder: Path) -> Path:
    """A folder as the page's build leaves it."""
    for name, content in STATIC.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
