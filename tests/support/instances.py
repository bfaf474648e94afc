"""Instances and workers of one collector as processes, and what an administrator has of it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

from collect_running import WORKER_READY, RunningCollector, certificate
from draining import Drain
from nginx_server import nginx
from running import ROOT

from store.clock import SystemClock
from store.collector.opening import open_database
from store.collector.service import Collector

_IMPATIENT = str(ROOT / "tests" / "support" / "queue_process.py")


class Team:
    """A collector's database, the processes on it, and nginx in front; all ends with `held`."""

    def __init__(self, url: str, folder: Path, held: ExitStack) -> None:
        self._url = url
        self._folder = folder
        self._held = held
        self.collector = Collector(held.enter_context(closing(open_database(url))), SystemClock())
        self._count = 0

    def instances(self, count: int, queue: str | None = None) -> list[RunningCollector]:
        """So many, which say that a proxy is in front."""
        program: tuple[str, ...] = ("-m", "desktop.cli", "collect")
        words: tuple[str, ...] = ("--behind-proxy", "--port", "0")
        if queue is not None:
            program, words = (_IMPATIENT,), (*words, "--queue", queue)
        return [self._started(RunningCollector((*words, *self._place()), program)) for _ in range(count)]

    def workers(self, count: int, queue: str) -> list[RunningCollector]:
        """So many, which keep what waits."""
        program = (_IMPATIENT, "worker", "--queue", queue)
        return [self._started(RunningCollector(self._place(), program, WORKER_READY)) for _ in range(count)]

    def drains(self, instances: list[RunningCollector], count: int, records: int) -> list[Drain]:
        """So many devices, enrolled at nginx in front of the instances, with so many records each."""
        cert, key = certificate(self._folder)
        front = nginx(self._folder / "nginx", [each.url for each in instances], cert, key)
        url = f"https://127.0.0.1:{self._held.enter_context(front)}"
        made = []
        for number in range(count):
            made.append(Drain(self._folder / f"laptop {number}", self.collector, url, cert, records))
            self._held.callback(made[-1].close)
        return made

    def _place(self) -> tuple[str, ...]:
        self._count += 1
        return ("--database", self._url, "--data-dir", str(self._folder / f"process {self._count}"))

    def _started(self, process: RunningCollector) -> RunningCollector:
        self._held.callback(process.end)
        return process.start()
