"""The room on the memory's disk: refuses in time, gives the reserve back when nothing is left, and heals."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from store.local.errors import StoreFull
from store.local.folder import LOW_WATER_BYTES, DiskGuard, free_bytes
from store.local.memory_state import FULL, WELL, MemoryHealth
from store.local.reserve import Reserve

log = logging.getLogger("whimbrel.disk")
LOOK_S = 3.0
LAST_DROP_BYTES = 16 * 1024 * 1024  # less than this free, and the reserve is given back before it is needed


class Disk(DiskGuard):
    """A DiskGuard that tells `health` what it finds, and looks again every few seconds while it is full.

    `free` tells the bytes left; `wait(seconds)` sleeps and says whether to end instead. Thread-safe.
    """

    def __init__(
        self,
        folder: Path,
        health: MemoryHealth,
        *,
        low_water: int = LOW_WATER_BYTES,
        reserve: Reserve | None = None,
        free: Callable[[Path], int] = free_bytes,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        super().__init__(folder, low_water, free)
        self._health = health
        self._reserve = reserve or Reserve(folder)
        self._ended = threading.Event()
        self._wait = wait or self._ended.wait
        self._lock = threading.Lock()
        self._watching = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Puts the reserve by if there is room, and from now on watches a disk that ran full."""
        self._watching = True
        self.look()
        if self._health.now().state == "full":
            self._watch()

    def check(self) -> None:
        """Raises StoreFull where less than the low-water mark is free."""
        try:
            super().check()
        except StoreFull:
            self._became_full()
            raise

    def hear(self, error: object) -> None:
        """Takes an error that a write ended with; where there was no room, the reserve is given back."""
        if isinstance(error, StoreFull):
            self._reserve.release()
            self._became_full()

    def look(self) -> None:
        """Puts the reserve by and goes back to well as soon as there is room for both."""
        left = self._free(self._folder)
        with self._lock:
            wanted = 0 if self._reserve.is_there else self._reserve.size
            if left >= self._low_water + wanted and self._reserve.make():
                self._health.become(WELL)
            elif left < self._low_water:
                self._health.become(FULL)
            if left < LAST_DROP_BYTES:
                self._reserve.release()

    def stop(self) -> None:
        """Ends the watching."""
        self._watching = False
        self._ended.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _became_full(self) -> None:
        self._health.become(FULL)
        if self._watching:
            self._watch()

    def _watch(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="whimbrel-disk", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while self._is_full() and not self._wait(LOOK_S):
            self.look()

    def _is_full(self) -> bool:
        """Whether the watching goes on; the one who finds the disk full after a no starts it anew."""
        with self._lock:
            if self._health.now().state == "full":
                return True
            log.info("the disk has room again")
            self._thread = None
            return False
