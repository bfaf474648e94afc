"""Many whole devices that find the network at the same moment, at a real `whimbrel collect` on SQLite.

Each has its own memory on the disk, engine, loop (with its thread) and sockets; they live in a few processes.
All have sent something before, so they know how long their collector wants them to take; then they record
without a network, fail for a while, and find it again together. What counts is the most requests of any ten
seconds over the batches that the collector answers in ten seconds; that was measured just before.

`cold` devices were all started anew in the meantime: they know nothing of the collector's wish.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import psutil
from collecting import enrolled, value
from sync_world import Device

from benchmarks._sync_drain import Pair
from benchmarks._sync_storm import RECORDS, WINDOW_S, capacity_of
from store.clock import SystemClock
from store.protocol import EVENTS
from store.sync import sending
from store.sync.credentials import Secrets
from store.sync.forms import Enrolment
from store.sync.loop import SyncLoop
from store.sync.transport import HttpTransport, Part
from store.sync.verdict import Response

BATCHES = 3  # of `RECORDS` each, of a device
PROCESSES = 2
OFFLINE_S = 40.0  # long enough that pauses have grown
_LOOK_EVERY_S = 1.0
_PATIENCE_S = 1200.0
_BUSY = 503


class Place(NamedTuple):
    """A device's folder, and what its collector knows it by."""

    folder: Path
    device_id: str
    token: str


class Attempt(NamedTuple):
    """A request that reached out, on the clock that all processes share (s), and what came back."""

    at: float
    path: str
    status: int


class Field(NamedTuple):
    """What the processes share. `network` is whether there is one."""

    url: str
    collector_id: str
    network: Event
    cold: bool


def storm(two: Pair, devices: int, say: Callable[[str], None], *, cold: bool = False) -> dict[str, float]:
    """The peak of requests, in capacities; SystemExit where something is missing in the end."""
    capacity = capacity_of(two)
    places = _places(two, devices)
    context = multiprocessing.get_context("spawn")
    field = Field(two.running.url, two.collector.id.hex(), context.Event(), cold)
    ready, done = context.Queue(), context.Queue()
    parts = [places[start::PROCESSES] for start in range(PROCESSES)]
    workers = [context.Process(target=_live, args=(field, part, ready, done)) for part in parts]
    field.network.set()
    before = int(value(two.collector.database, "SELECT count(*) FROM event"))
    for worker in workers:
        worker.start()
    _wait_for(ready, len(workers), say)
    field.network.clear()
    _wait_for(ready, len(workers), say)
    time.sleep(OFFLINE_S)
    began = time.monotonic()
    field.network.set()
    attempts = [Attempt(*one) for _ in workers for one in done.get(timeout=_PATIENCE_S)]
    took = time.monotonic() - began
    for worker in workers:
        worker.join()
    kept = int(value(two.collector.database, "SELECT count(*) FROM event")) - before
    if kept != devices * (BATCHES * RECORDS + 1):
        raise SystemExit(f"{kept} records are at the collector after {devices} devices came back.")
    say(f"{devices} whole devices, {BATCHES} batches of {RECORDS} each: {took:.0f} s, cold: {cold}")
    return _figures([one._replace(at=one.at - began) for one in attempts], capacity, say)


def _figures(attempts: Sequence[Attempt], capacity: float, say: Callable[[str], None]) -> dict[str, float]:
    windows = Counter(int(one.at // WINDOW_S) for one in attempts)
    batches = sum(one.path == EVENTS for one in attempts)
    away = sum(one.status == _BUSY for one in attempts)
    say(f"  {len(attempts)} requests, {batches} of them batches, {away} sent away; capacity {capacity:.1f}/s")
    say(f"  each ten seconds: {[windows[place] for place in range(max(windows) + 1)]}")
    return {"engines_peak": max(windows.values()) / (WINDOW_S * capacity)}


def _wait_for(ready: Any, count: int, say: Callable[[str], None]) -> None:  # noqa: ANN401 - a queue of its context
    for _ in range(count):
        say(f"  {ready.get(timeout=_PATIENCE_S)}")


def _places(two: Pair, devices: int) -> list[Place]:
    """Folders with copies of one memory: making each anew takes longer than all that is measured."""
    template = two.folder / "engine"
    made = Device(template, HttpTransport("Whimbrel/bench"), SystemClock())  # type: ignore[arg-type]
    made.agree()
    made.record(1, 1)
    made.close()
    found = []
    for number in range(devices):
        sender = enrolled(two.collector, f"engine {number}")
        folder = Path(shutil.copytree(template, two.folder / f"engine-{number}"))
        found.append(Place(folder, sender.device_id.hex(), sender.admitted.token))
    shutil.rmtree(template)
    return found


class _Way(HttpTransport):
    """To the collector while there is a network; notes what reaches out."""

    def __init__(self, network: Event, trust: ssl.SSLContext, attempts: list[Attempt]) -> None:
        super().__init__("Whimbrel/bench", trust=lambda: trust)
        self._network = network
        self._attempts = attempts

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        return self._noted(url, lambda: super(_Way, self).post(url, body, token))

    def get(self, url: str, token: str | None, part: Part | None = None) -> Response:
        return self._noted(url, lambda: super(_Way, self).get(url, token, part))

    def _noted(self, url: str, send: Callable[[], Response]) -> Response:
        if not self._network.is_set():
            return Response(failure="offline")
        at = time.monotonic()
        told = send()
        self._attempts.append(Attempt(at, "/" + url.split("/", 3)[3], told.status))
        return told


def _live(field: Field, places: Sequence[Place], ready: Any, done: Any) -> None:  # noqa: ANN401
    """One process: its devices meet the collector once, record without a network, and come back."""
    attempts: list[Attempt] = []
    trust = ssl.create_default_context()
    with patch.object(sending, "MAX_RECORDS", RECORDS):
        devices = [_device(field, place, _Way(field.network, trust, attempts)) for place in places]
        for device in devices:
            while device.engine.once(asked=True).wait_s == 0:
                pass
        ready.put(f"{len(devices)} devices have sent something, {_size():.0f} MB")
        while field.network.is_set():
            time.sleep(_LOOK_EVERY_S)
        attempts.clear()
        for device in devices:
            device.record(2, BATCHES * RECORDS)
            if field.cold:
                device.restart()
        loops = [SyncLoop(device.engine, field.network.is_set, random.random) for device in devices]
        for loop in loops:
            loop.start()
        ready.put(f"{len(devices)} devices wait for a network, {_size():.0f} MB")
        while any(device.store.outbox.accounts().waiting for device in devices):
            time.sleep(_LOOK_EVERY_S)
        for loop in loops:
            loop.close()
    done.put([tuple(one) for one in attempts])
    for device in devices:
        device.close()


def _device(field: Field, place: Place, way: _Way) -> Device:
    device = Device(place.folder, way, SystemClock())  # type: ignore[arg-type]  # it has the same methods
    device.secrets.found = Secrets(place.token, "")
    device.memory.enrol(Enrolment(field.url, field.collector_id, place.device_id, "field", 1, "file"))
    return device


def _size() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6
