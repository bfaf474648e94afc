"""How the memory is: whether it takes what is recorded, and if not, why and what to do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MemoryState:
    """One state, with a sentence on what happened and an advice; both are empty where all is well."""

    state: Literal["well", "full", "read-only"] = "well"
    sentence: str = ""
    advice: str = ""


WELL = MemoryState()
FULL = MemoryState(
    "full",
    "The disk is nearly full, so Whimbrel keeps what you recognise in this page for now.",
    "Free some space: Whimbrel goes on by itself.",
)
READ_ONLY = MemoryState(
    "read-only",
    "A newer Whimbrel wrote this memory; this one can show it and export it, and changes nothing.",
    "Install the newer Whimbrel again; what you recognise meanwhile waits in this page.",
)


class MemoryHealth:
    """The present state, and who wants to hear of another; thread-safe."""

    def __init__(self, state: MemoryState = WELL) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> MemoryState:
        """The present state."""
        with self._lock:
            return self._state

    def become(self, state: MemoryState) -> None:
        """Takes another state and tells of it, on the calling thread; the same again tells nobody."""
        with self._lock:
            if state == self._state:
                return
            self._state, listeners = state, list(self._listeners)
        for listener in listeners:
            listener()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back after each change, on any thread, until the result is called."""
        with self._lock:
            self._listeners.append(callback)

        def end() -> None:
            with self._lock, contextlib.suppress(ValueError):  # a second call does nothing
                self._listeners.remove(callback)

        return end
