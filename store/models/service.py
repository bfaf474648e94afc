"""The registry together with how the model of this installation is doing; knows no HTTP."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from store.events import ModelVersion
from store.models.registry import ModelRegistry

log = logging.getLogger("whimbrel.models")


@dataclass(frozen=True)
class ModelStatus:
    """How the model is doing, for people; `progress` is 0..1, None where there is none or it is unknown."""

    state: Literal["ready", "preparing", "missing", "failed"]
    sentence: str
    advice: str = ""
    progress: float | None = None


MISSING = ModelStatus(
    "missing",
    "No model is installed yet.",
    "Fetch one with `whimbrel models fetch starter`, or import a file.",
)


class ModelService:
    """Status and activation, told to whoever listens; thread-safe.

    Listeners are called without a lock held, on the thread that made the change, one after another; what they
    raise is logged and stops nobody.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        active = registry.active()
        self._status = MISSING if active is None else _ready(active)
        registry.on_activation(lambda version: self.set_status(_ready(version)))

    @property
    def registry(self) -> ModelRegistry:
        """The versions."""
        return self._registry

    def status(self) -> ModelStatus:
        """How the model is doing."""
        with self._lock:
            return self._status

    def set_status(self, status: ModelStatus) -> None:
        """Says how it is doing now; the listeners are called even where the words are the same."""
        with self._lock:
            self._status = status
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener()
            except Exception:
                log.exception("somebody could not be told of the model's state")

    def activate(self, version_id: str) -> ModelVersion:
        """Puts a version to work; raises ModelError."""
        return self._registry.activate(version_id)

    def rollback(self) -> ModelVersion:
        """Puts the version to work that was at work before; raises ModelError."""
        return self._registry.rollback()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Has `callback` called after every change of status or active version, until the result is."""
        with self._lock:
            self._listeners.append(callback)
        return lambda: self._forget(callback)

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._listeners:
                self._listeners.remove(callback)


def _ready(version: ModelVersion) -> ModelStatus:
    return ModelStatus("ready", f"{version.name} is at work.")
