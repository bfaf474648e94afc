"""How the memory is, as the page hears it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from store.local.memory_state import MemoryState
from webui.local.messages import MemoryInfo


class MemoryHealth(Protocol):
    """The present state of the memory; thread-safe."""

    def now(self) -> MemoryState:
        """The state."""

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back, on any thread, after it changed, until the result is called."""


def memory_info(health: MemoryHealth) -> MemoryInfo:
    """The state as it goes over the wire."""
    state = health.now()
    return MemoryInfo(state.state, state.sentence, state.advice)
