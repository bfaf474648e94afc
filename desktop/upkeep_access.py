"""Retention and erasure of a data folder: through the app that runs on it, else directly."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from desktop.data_folder import DataFolder, FolderInUseError
from desktop.errors import PlainError
from desktop.running_app import RunningApp, find_running
from store.clock import SystemClock
from store.local.folder import FILE_NAME
from store.local.opening import open_store
from store.local.upkeep import Upkeep
from webui.local import messages_retention as messages
from webui.local.messages_retention import EraseRequest, ErasurePreview, Retention, Run

_POLL_S = 0.2


class UpkeepAccess(Protocol):
    """What the commands ask. All raise an error with a sentence."""

    def retention(self) -> Retention:
        """The rules, what would go, and what went."""

    def run(self, token: str) -> Run:
        """Runs what a preview showed, to its end."""

    def erase_preview(self, request: EraseRequest) -> ErasurePreview:
        """What an erasure would remove."""

    def erase(self, request: EraseRequest) -> Run:
        """Erases, to the end."""


@contextlib.contextmanager
def upkeep_of(folder: DataFolder) -> Iterator[UpkeepAccess]:
    """The upkeep of a folder, held for as long as this lasts where no app runs on it."""
    if not (folder.path / FILE_NAME).exists():
        raise PlainError(
            f"There is nothing there: {folder.path} holds no memory of Whimbrel's.",
            "Name the data folder with --data-dir.",
        )
    with contextlib.ExitStack() as held:
        access: UpkeepAccess
        try:
            held.enter_context(folder.hold())
        except FolderInUseError:
            access = ThroughApp(find_running(folder))
        else:
            store = open_store(folder.path, SystemClock())
            held.callback(store.close)
            access = Directly(store.upkeep, folder.runs)
        yield access


@dataclass(frozen=True)
class Directly:
    """Nobody else has the folder: the upkeep itself, on this thread. `runs` is the folder of trainings."""

    upkeep: Upkeep
    runs: Path

    def retention(self) -> Retention:
        """The rules, what would go, and what went."""
        self.upkeep.observe()
        return messages.retention_of(self.upkeep)

    def run(self, token: str) -> Run:
        """Runs what a preview showed, to its end."""
        return self._finish(self.upkeep.run(token).number)

    def erase_preview(self, request: EraseRequest) -> ErasurePreview:
        """What an erasure would remove."""
        return messages.erasure_preview(*self.upkeep.erase_preview(request.scope))

    def erase(self, request: EraseRequest) -> Run:
        """Erases, to the end."""
        entry = self.upkeep.erase(request.scope, damaged_copies=request.damaged_copies)
        shutil.rmtree(self.runs, ignore_errors=True)  # an interrupted training gathers its pictures anew
        return self._finish(entry.number)

    def _finish(self, number: int) -> Run:
        self.upkeep.finish()
        entry = self.upkeep.entry(number)
        if entry is None or entry.state != "done":
            raise PlainError(
                "Another program still reads the memory, so not every byte could be removed yet.",
                "Close it; Whimbrel goes on with that at its next start.",
            )
        return messages.run_of(entry)


@dataclass(frozen=True)
class ThroughApp:
    """The app that runs on the folder does it, and its page hears of it."""

    app: RunningApp
    sleep: Callable[[float], None] = time.sleep

    def retention(self) -> Retention:
        """The rules, what would go, and what went."""
        return msgspec.convert(self.app.call("GET", "/api/retention"), Retention)

    def run(self, token: str) -> Run:
        """Runs what a preview showed, to its end."""
        return self._follow(self.app.call("POST", "/api/retention/run", {"token": token}))

    def erase_preview(self, request: EraseRequest) -> ErasurePreview:
        """What an erasure would remove."""
        body = msgspec.to_builtins(msgspec.structs.replace(request, preview=True))
        return msgspec.convert(self.app.call("POST", "/api/erase", body)["preview"], ErasurePreview)

    def erase(self, request: EraseRequest) -> Run:
        """Erases, to the end."""
        return self._follow(self.app.call("POST", "/api/erase", msgspec.to_builtins(request))["run"])

    def _follow(self, run: dict[str, Any]) -> Run:
        while run["state"] != "done":
            self.sleep(_POLL_S)
            run = self.app.call("GET", f"/api/upkeep/{run['number']}")
        return msgspec.convert(run, Run)
