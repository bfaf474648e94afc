"""Sending from a data folder: through the app that runs on it, else directly."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from desktop.data_folder import DataFolder, FolderInUseError
from desktop.errors import PlainError
from desktop.installed import app_version
from desktop.running_app import RunningApp, find_running
from store.clock import SystemClock
from store.local.folder import FILE_NAME
from store.local.learning.shadow import Shadow
from store.local.opening import open_store
from store.models.registry import ModelRegistry
from store.protocol import Scope
from store.sync.assembling import ModelParts, Sync, make_sync
from store.sync.bundling import Received, Written
from store.sync.enrolment import Device
from store.sync.forms import Sharing, SyncState
from store.sync.relaying import Relayed
from store.sync.service import MOST_EXPORTED, Preview, RejectedRecord
from webui.local.session_keys import SessionKeys

_POLL_S = 0.5
_ALL = 2**53
_ENDS = ("idle", "no_consent", "not_enrolled", "paused", "metered", "update_needed", "waiting")
Told = Callable[[SyncState], None]


class SyncAccess(Protocol):
    """What the commands ask. All raise an error with a sentence."""

    def state(self) -> SyncState:
        """How sending is doing."""

    def send(self, told: Told, *, once: bool) -> SyncState:
        """Sends what waits, telling how it goes; `once` gives up at the first failure."""

    def agree(self, sharing: Sharing) -> SyncState:
        """The user said yes to this."""

    def withdraw(self, scope: Scope) -> SyncState:
        """Takes consent back."""

    def preview(self, sharing: Sharing | None, most: int) -> Preview | None:
        """What goes next."""

    def enrol(self, url: str, code: str) -> SyncState:
        """Connects this device."""

    def leave(self, *, anyway: bool = False) -> SyncState:
        """Disconnects it."""

    def pause(self) -> SyncState:
        """Sends nothing for a while."""

    def resume(self) -> SyncState:
        """Ends a pause."""

    def rejected_export(self) -> list[RejectedRecord]:
        """What the collector refuses, with the records."""

    def send_again(self, seqs: list[int]) -> int:
        """Sends these again."""

    def discard(self, seqs: list[int]) -> int:
        """Lets go of these."""

    def write_bundle(self, file: Path, most: int | None, *, replace: bool) -> Written:
        """Writes what waits into a file."""

    def receive(self, file: Path) -> Received:
        """Counts what a receipt says."""

    def relay(self, file: Path) -> Relayed:
        """Passes a colleague's bundle on."""


def this_device(install_id: str) -> Device:
    """What a collector is told of this installation."""
    return Device(platform.node() or "device", app_version(), platform.platform()[:256], install_id)


@contextlib.contextmanager
def sync_of(folder: DataFolder) -> Iterator[SyncAccess]:
    """Sending from a folder, held for as long as this lasts where no app runs on it."""
    if not (folder.path / FILE_NAME).exists():
        raise PlainError(
            f"There is nothing there: {folder.path} holds no memory of Whimbrel's.",
            "Name the data folder with --data-dir.",
        )
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(folder.hold())
        except FolderInUseError:
            yield ThroughApp(find_running(folder))
            return
        clock = SystemClock()
        store = open_store(folder.path, clock)
        held.callback(store.close)
        install_id = SessionKeys.open(folder.path, clock).install_id
        registry = ModelRegistry(folder.models, store.model_versions, clock)
        models = ModelParts(registry, Shadow(store.database, store.model_versions, folder.models))
        sync = make_sync(store, folder.path, this_device(install_id), models)
        held.callback(sync.transport.close)
        held.callback(sync.carrier.close)
        yield Directly(sync)


class Directly:
    """Nobody else has the folder: this thread sends."""

    def __init__(self, sync: Sync, sleep: Callable[[float], None] = time.sleep) -> None:
        self._engine = sync.engine
        self._sleep = sleep
        self.state = sync.service.state
        self.agree = sync.service.agree
        self.withdraw = sync.service.withdraw
        self.preview = sync.service.preview
        self.enrol = sync.service.enrol
        self.leave = sync.service.leave
        self.pause = sync.service.pause
        self.resume = sync.service.resume
        self.rejected_export = sync.service.rejected_export
        self.send_again = sync.service.send_again
        self.discard = sync.service.discard
        self.receive = sync.service.bundling.receive
        self.relay = sync.service.relaying.relay
        self._bundling = sync.service.bundling

    def write_bundle(self, file: Path, most: int | None, *, replace: bool) -> Written:
        """Writes what waits into a file."""
        return self._bundling.write(file, most=most or _ALL, replace=replace)

    def send(self, told: Told, *, once: bool) -> SyncState:
        """Takes turns until everything is sent, or cannot be."""
        self._engine.news = told
        while True:
            outcome = self._engine.once(asked=True)
            if outcome.wait_s == 0:
                continue
            if outcome.phase != "waiting" or once:
                return self._engine.state()
            self._sleep(outcome.wait_s or 0.0)


@dataclass(frozen=True)
class ThroughApp:
    """The app that runs on the folder sends, and its page sees it."""

    app: RunningApp
    sleep: Callable[[float], None] = time.sleep

    def state(self) -> SyncState:
        """How sending is doing."""
        return self._state(self.app.call("GET", "/api/sync"))

    def send(self, told: Told, *, once: bool) -> SyncState:
        """Asks the app to send, and watches."""
        self._post("now", {})
        while True:
            self.sleep(_POLL_S)
            state = self.state()
            told(state)
            failed = state.phase == "waiting" and state.contact.failures > 0
            done = state.phase in _ENDS and (state.phase != "waiting" or (once and failed))
            if done and (state.accounts.waiting == 0 or state.phase != "idle"):
                return state

    def agree(self, sharing: Sharing) -> SyncState:
        """The user said yes to this."""
        return self._post("consent", {"sharing": msgspec.to_builtins(sharing)})

    def withdraw(self, scope: Scope) -> SyncState:
        """Takes consent back."""
        return self._post("withdraw", {"scope": scope})

    def preview(self, sharing: Sharing | None, most: int) -> Preview | None:
        """What goes next."""
        query = {} if sharing is None else msgspec.to_builtins(sharing)
        words = "&".join(f"{name}={str(value).lower()}" for name, value in {**query, "most": most}.items())
        found = self.app.call("GET", f"/api/sync/preview?{words}")["preview"]
        if found is None:
            return None
        body = msgspec.Raw(msgspec.json.encode(found.pop("body")))
        return Preview(found["address"], found["records"], found["waiting"], found["bytes"], body)

    def enrol(self, url: str, code: str) -> SyncState:
        """Connects this device."""
        return self._post("enrol", {"url": url, "code": code})

    def leave(self, *, anyway: bool = False) -> SyncState:
        """Disconnects it."""
        return self._state(self.app.call("DELETE", f"/api/sync/enrolment?anyway={str(anyway).lower()}"))

    def pause(self) -> SyncState:
        """Sends nothing for a while."""
        return self._post("pause", {})

    def resume(self) -> SyncState:
        """Ends a pause."""
        return self._post("resume", {})

    def rejected_export(self) -> list[RejectedRecord]:
        """What the collector refuses, with the records."""
        found = self.app.call("GET", "/api/sync/rejected/export", long=True)["records"]
        return [_rejected(one) for one in found[:MOST_EXPORTED]]

    def send_again(self, seqs: list[int]) -> int:
        """Sends these again."""
        return int(self.app.call("POST", "/api/sync/rejected/again", {"seqs": seqs})["count"])

    def discard(self, seqs: list[int]) -> int:
        """Lets go of these."""
        return int(self.app.call("POST", "/api/sync/rejected/discard", {"seqs": seqs})["count"])

    def write_bundle(self, file: Path, most: int | None, *, replace: bool) -> Written:
        """Has the app write what waits; it makes new files alone, so one that is there is replaced here."""
        target = file.with_name(f".{file.name}.{os.getpid()}.partial") if replace else file
        body = {"file": str(target), "most": most or _ALL}
        written = msgspec.convert(self.app.call("POST", "/api/sync/bundle", body, long=True), Written)
        if replace and written.parts:
            target.replace(file)
        return written

    def receive(self, file: Path) -> Received:
        """Has the app count what a receipt says."""
        return msgspec.convert(self._of_file("receipt", file), Received)

    def relay(self, file: Path) -> Relayed:
        """Has the app pass a colleague's bundle on."""
        return msgspec.convert(self._of_file("relay", file), Relayed)

    def _of_file(self, name: str, file: Path) -> object:
        return self.app.call("POST", f"/api/sync/bundle/{name}", {"file": str(file)}, long=True)

    def _post(self, name: str, body: dict[str, Any]) -> SyncState:
        return self._state(self.app.call("POST", f"/api/sync/{name}", body, long=name == "enrol"))

    def _state(self, told: object) -> SyncState:
        return msgspec.convert(told, SyncState)


def _rejected(told: dict[str, Any]) -> RejectedRecord:
    record = msgspec.Raw(msgspec.json.encode(told.pop("record", None)))
    return msgspec.structs.replace(msgspec.convert(told, RejectedRecord), record=record)
