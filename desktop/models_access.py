"""The models of a data folder, whoever holds it: through the app that runs on it, else directly."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from desktop.data_folder import DataFolder, FolderInUseError
from desktop.errors import PlainError
from desktop.model_sources import ModelSources, Progress
from desktop.running_app import RunningApp, find_running
from store.clock import SystemClock
from store.events import ModelVersion
from store.local.opening import open_store
from store.models.export_forms import ExportOptions
from store.models.registry import ModelRegistry, find_version
from store.publishing.service import Publishing

_POLL_S = 0.2


class ModelsAccess(Protocol):
    """What the commands ask of a folder's models. All raise an error with a sentence."""

    def list(self) -> list[ModelVersion]:
        """Every version, oldest first."""

    def activate(self, version: ModelVersion, *, anyway: bool = False) -> ModelVersion:
        """Put a version to work, `anyway` where it did not pass its checks."""

    def rollback(self) -> ModelVersion:
        """Put the version to work that was at work before."""

    def import_file(self, path: Path, labels: Path | None, progress: Progress) -> ModelVersion:
        """Bring in a file as a candidate."""

    def fetch(self, name: str, alpha: float | None, progress: Progress) -> ModelVersion:
        """Bring in a base model as a candidate."""

    def export(self, version: ModelVersion, options: ExportOptions, folder: Path, progress: Progress) -> str:
        """Write a version into a folder; what came of it, in words."""

    def compress(self, version: ModelVersion, loss: float, progress: Progress) -> tuple[ModelVersion, str]:
        """Make a smaller version as a candidate; it, and what came of it in words."""


@contextlib.contextmanager
def models_of(folder: DataFolder) -> Iterator[ModelsAccess]:
    """The models of a folder, held for as long as this lasts where no app runs on it."""
    folder.prepare()
    with contextlib.ExitStack() as held:
        access: ModelsAccess
        try:
            held.enter_context(folder.hold())
        except FolderInUseError:
            access = ThroughApp(find_running(folder))
        else:
            clock = SystemClock()
            store = open_store(folder.path, clock)
            held.callback(store.close)
            registry = ModelRegistry(folder.models, store.model_versions, clock)
            publishing = Publishing(registry, store.model_versions.insert, store.examples, store.label_book)
            access = Directly(registry, ModelSources(registry, folder.downloads), publishing)
        yield access


@dataclass(frozen=True)
class Directly:
    """Nobody else has the folder: the registry itself."""

    registry: ModelRegistry
    sources: ModelSources
    publishing: Publishing

    def list(self) -> list[ModelVersion]:
        """Every version, oldest first."""
        return self.registry.list()

    def activate(self, version: ModelVersion, *, anyway: bool = False) -> ModelVersion:
        """Put a version to work, `anyway` where it did not pass its checks."""
        return self.registry.activate(version.id, anyway=anyway)

    def rollback(self) -> ModelVersion:
        """Put the version to work that was at work before."""
        return self.registry.rollback()

    def import_file(self, path: Path, labels: Path | None, progress: Progress) -> ModelVersion:
        """Bring in a file as a candidate."""
        return self.sources.import_file(path, labels, progress)

    def fetch(self, name: str, alpha: float | None, progress: Progress) -> ModelVersion:
        """Bring in a base model as a candidate."""
        return self.sources.fetch(name, alpha, progress)

    def export(self, version: ModelVersion, options: ExportOptions, folder: Path, progress: Progress) -> str:
        """Write a version into a folder; what came of it, in words."""
        from store.publishing.card_words import outcome  # noqa: PLC0415 - numpy

        return outcome(self.publishing.export(version, options, folder, progress))

    def compress(self, version: ModelVersion, loss: float, progress: Progress) -> tuple[ModelVersion, str]:
        """Make a smaller version as a candidate; it, and what came of it in words."""
        from store.publishing.card_words import compressed_words  # noqa: PLC0415

        smaller = self.publishing.compress(version, loss, progress)
        return smaller, compressed_words(smaller)


@dataclass(frozen=True)
class ThroughApp:
    """The app that runs on the folder does it, and its page hears of it."""

    app: RunningApp
    sleep: Callable[[float], None] = time.sleep

    def list(self) -> list[ModelVersion]:
        """Every version, oldest first."""
        return msgspec.convert(self.app.call("GET", "/api/models")["versions"], list[ModelVersion])

    def activate(self, version: ModelVersion, *, anyway: bool = False) -> ModelVersion:
        """Put a version to work, `anyway` where it did not pass its checks."""
        told = self.app.call("POST", f"/api/models/{version.id}/activate", {"anyway": anyway})
        return msgspec.convert(told, ModelVersion)

    def rollback(self) -> ModelVersion:
        """Put the version to work that was at work before."""
        return msgspec.convert(self.app.call("POST", "/api/models/rollback", {}), ModelVersion)

    def import_file(self, path: Path, labels: Path | None, progress: Progress) -> ModelVersion:
        """Bring in a file as a candidate."""
        body = {
            "path": str(path.absolute()),
            "labelsPath": str(labels.absolute()) if labels else None,
            "activate": False,
        }
        return self._brought("/api/models/import", body, progress)

    def fetch(self, name: str, alpha: float | None, progress: Progress) -> ModelVersion:
        """Bring in a base model as a candidate."""
        body = {"name": name, "alpha": alpha, "activate": False}
        return self._brought("/api/models/fetch", body, progress)

    def export(self, version: ModelVersion, options: ExportOptions, folder: Path, progress: Progress) -> str:
        """Write a version into a folder; what came of it, in words."""
        body = {**msgspec.to_builtins(options), "folder": str(folder)}
        return str(self._ended(f"/api/models/{version.id}/export", body, progress)["sentence"])

    def compress(self, version: ModelVersion, loss: float, progress: Progress) -> tuple[ModelVersion, str]:
        """Make a smaller version as a candidate; it, and what came of it in words."""
        job = self._ended(f"/api/models/{version.id}/compress", {"loss": loss}, progress)
        return find_version(self.list(), job["version"]), job["sentence"]

    def _brought(self, path: str, body: dict[str, Any], progress: Progress) -> ModelVersion:
        """The version that a job brings."""
        job = self._ended(path, body, progress)
        return find_version(self.list(), job["version"])

    def _ended(self, path: str, body: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """A job, begun and done. An interrupt cancels it; raises PlainError where it failed."""
        job: dict[str, Any] = self.app.call("POST", path, body)
        try:
            while job["state"] == "working":
                progress(job["sentence"], job["progress"] or 0.0)
                self.sleep(_POLL_S)
                job = self.app.call("GET", f"/api/jobs/{job['id']}")
        except KeyboardInterrupt:
            self.app.call("DELETE", f"/api/jobs/{job['id']}")
            raise
        if job["state"] != "done":
            raise PlainError(job["sentence"], job["advice"])
        return job
