"""A device with a backlog against its collector's capacity, and what one poison record costs the others.

Both are real processes (`whimbrel sync --once`, `whimbrel collect`, on SQLite). The capacity is what four
connections with ready-made batches get through, before and after the drain, so that the table is as large.
"""

from __future__ import annotations

import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

import msgspec
import psutil
from chaos_proxy import Chaos, answer
from collect_running import RunningCollector
from collecting import enrolled
from local_records import send_body
from odd_server import odd_server
from sync_faults.troubles import ids_of

from benchmarks._ingest_bodies import BodyMaker
from benchmarks._sync_load import SIZE, packed, requests_of, send_all
from store.clock import SystemClock
from store.collector.opening import open_database
from store.collector.service import Collector
from store.local.opening import open_store

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = 4
CAPACITY_BATCHES = 60
_LOOK_EVERY_S = 0.25
_MEGABYTE = 1e6
Say = Callable[[str], None]


class Pair:
    """A running collector, and devices that enrol there."""

    def __init__(self, folder: Path, running: RunningCollector) -> None:
        self.folder = folder
        self.running = running
        self.collector = Collector(open_database(str(_database(folder))), SystemClock())
        self._capacities = 0

    def capacity(self) -> float:
        """Records a second that the collector takes from connections with ready-made batches."""
        self._capacities += 1
        sender = enrolled(self.collector, f"capacity {self._capacities}")
        bodies = [packed(request) for request in requests_of(sender, CAPACITY_BATCHES)]
        seconds = send_all(self.running.url, sender.admitted.token, bodies, CLIENTS)
        return CAPACITY_BATCHES * SIZE / seconds

    def enrol(self, data_dir: Path, url: str) -> None:
        """Agrees, and enrols a device at the collector that answers there."""
        whimbrel_sync(data_dir, "agree", "--yes")
        whimbrel_sync(data_dir, "enrol", url, self.collector.devices.new_code("bench"))


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """A collector on SQLite in a process of its own."""
    words = ("--database", str(_database(folder)), "--data-dir", str(folder / "collector"))
    running = RunningCollector(words).start()
    try:
        made = Pair(folder, running)
        with closing(made.collector.database):
            yield made
    finally:
        running.stop()


def _database(folder: Path) -> Path:
    return folder / "collector" / "collector.sqlite3"


def whimbrel_sync(data_dir: Path, *words: str) -> None:
    """A command that must succeed."""
    done = subprocess.run(_command(data_dir, *words), check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"whimbrel sync {' '.join(words)}: {done.stdout}{done.stderr}")


def _command(data_dir: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "desktop.cli", "sync", "--data-dir", str(data_dir), *words]


def filled(data_dir: Path, records: int) -> Path:
    """A memory in which so many records wait."""
    store = open_store(data_dir, SystemClock())
    for body in BodyMaker().bodies(records, SIZE):
        send_body(store.statistics, body)
    store.close()
    return data_dir


@dataclass
class Watched:
    """Resident bytes of a process while it works, looked at every quarter of a second."""

    process: psutil.Process
    seen: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Once."""
        try:
            self.seen.append(self.process.memory_info().rss)
        except psutil.NoSuchProcess:
            return

    def growth_mb(self) -> float:
        """From a quarter of the way, when all is loaded, to the most after that."""
        after = self.seen[len(self.seen) // 4 :]
        return (max(after) - after[0]) / _MEGABYTE


def drain(two: Pair, records: int, say: Say) -> dict[str, float]:
    """A backlog drains; against the capacity, and how both processes grew meanwhile."""
    before = two.capacity()
    data_dir = filled(two.folder / "backlog", records)
    two.enrol(data_dir, two.running.url)
    assert two.running.process is not None  # noqa: S101 - it was started
    begun = time.perf_counter()
    with subprocess.Popen(_command(data_dir, "--once"), cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        watched = [Watched(psutil.Process(pid)) for pid in (process.pid, two.running.process.pid)]
        ended = threading.Event()
        while process.poll() is None:
            for one in watched:
                one.look()
            ended.wait(_LOOK_EVERY_S)
    rate = records / (time.perf_counter() - begun)
    if process.returncode != 0:
        raise SystemExit("The backlog did not drain.")
    capacity = mean((before, two.capacity()))
    growth = [one.growth_mb() for one in watched]
    say(f"drained {records:,} at {rate:,.0f}/s; the collector takes {capacity:,.0f}/s")
    say(f"  grew by {growth[0]:.1f} MB (device) and {growth[1]:.1f} MB (collector)")
    return {
        "drain_ratio": rate / capacity,
        "drain_per_s": rate,
        "capacity_per_s": capacity,
        "device_growth_mb": growth[0],
        "collector_growth_mb": growth[1],
    }


class Way:
    """What stands before the collector: passes on, but refuses whatever holds the poison as the collector
    would. It tells how long it took from the first batch until the last was taken.
    """

    def __init__(self, two: Pair, *, poisoned: bool) -> None:
        port = int(two.running.url.rpartition(":")[2])
        self._through = Chaos(port, random.Random(0), calm=True)  # noqa: S311 - it is never asked
        self._collector_id = two.collector.id.hex()
        self._poisoned = poisoned
        self._poison: str | None = None
        self._first = self._last = 0.0

    @property
    def seconds(self) -> float:
        """From the first batch to the last answer to one that was passed on."""
        return self._last - self._first

    def __call__(self, peer: socket.socket, request: bytes) -> None:
        """Answers one request."""
        ids = ids_of(request)
        if ids and not self._first:
            self._first = time.perf_counter()
            self._poison = ids[len(ids) // 2] if self._poisoned else None
        if self._poison in ids:
            peer.sendall(_refusal(self._collector_id))
            return
        self._through(peer, request)
        if ids:
            self._last = time.perf_counter()


def _refusal(collector_id: str) -> bytes:
    problem = {"status": 422, "code": "wrong-shape", "collector_id": collector_id}
    return answer("422 Unprocessable", "application/problem+json", msgspec.json.encode(problem))


def poison(two: Pair, records: int, rounds: int, say: Say) -> dict[str, float]:
    """How much later the last of the others arrives because of one record that is refused."""
    template = filled(two.folder / "poison", records)
    delays: list[float] = []
    for number in range(rounds):
        took = {}
        for poisoned in (True, False) if number % 2 else (False, True):
            data_dir = Path(shutil.copytree(template, two.folder / f"poison-{number}-{poisoned}"))
            way = Way(two, poisoned=poisoned)
            with odd_server(way) as (port, _):
                two.enrol(data_dir, f"http://127.0.0.1:{port}")
                ended = subprocess.run(
                    _command(data_dir, "--once"), check=False, cwd=ROOT, capture_output=True, text=True
                )
            _check(ended.stdout, records, int(poisoned))
            took[poisoned] = way.seconds
        delays.append(took[True] - took[False])
        say(f"{records:,} records: {took[False]:.2f} s, with a poison one among them {took[True]:.2f} s")
    return {"poison_delay_s": median(delays)}


def _check(told: str, records: int, rejected: int) -> None:
    accepted = re.search(r"accepted +([\d,]+)", told)
    if accepted is None or int(accepted[1].replace(",", "")) != records - rejected:
        raise SystemExit(f"It does not add up: {told}")
