"""A real `whimbrel collect` on a database: started when it is needed, killed at any moment."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

from collect_running import READY
from fault_suite.nursery import Child, Ended, Nursery
from sync_faults.bases import Base

NEWER, USUAL = "collect-newer", "collect"


class RunningStore:
    """One collector. `kind` is what the next start makes: a usual one, or one that speaks only a newer
    protocol. One at a time runs in a nursery."""

    def __init__(self, nursery: Nursery, base: Base, data_dir: Path) -> None:
        self._nursery = nursery
        self._data_dir = data_dir
        self._changing = threading.Lock()
        self._child: Child | None = None
        self._port = 0
        self.base = base
        self.kind = USUAL
        self.collector_id = ""

    def port(self) -> int:
        """Where it answers; starts it where it does not run. Raises Ended where it does not start."""
        with self._changing:
            if self._child is None:
                self._start()
            return self._port

    def _start(self) -> None:
        child = self._nursery.fork(self.kind, self.base.url, self._data_dir)
        told = child.line()
        found = READY.match(told)
        if found is None:
            child.send(signal.SIGKILL)
            raise Ended("\n".join([told, *child.end()[1]]))
        url, self.collector_id = found.groups()
        self._child, self._port = child, int(url.rpartition(":")[2])

    def kill(self) -> None:
        """SIGKILL, and it is gone when this returns."""
        with self._changing:
            if self._child is not None:
                self._child.send(signal.SIGKILL)
                self._child.end()
                self._child = None

    def put_back(self, kept: Base, name: str) -> None:
        """Kills it, and gives it a copy of another database in place of its own."""
        self.kill()
        self.base.drop()
        self.base = kept.copy(name)
