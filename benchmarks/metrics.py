"""How fast figures of a million records are, over HTTP, against what SQLite needs to read that much.

    python3 build_scripts/dev.py bench metrics [--records 1000000] [--rounds 15] [--seed 7] [--folder DIR]

Fills a memory with records of the last 90 days through the store, adds them all up for the first time, then
asks `whimbrel serve` for every window, warm. Beside it, in the same run on the same file: `rows_ms_*` is
reading the rows of figures of the window and the one before with SQLite alone, the least that an answer can
take; `scan_ms` is reading the time of every answer out of the records, the least that it would take without
the roll-up. Prints one line of JSON: milliseconds, medians and worst over the rounds, and the CPU time of the
server's process for one request; `ratio` is the slowest window over `scan_ms`. Exit status 1 where a median
is over the target.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import apsw
import httpx
import msgspec
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from store.clock import SystemClock
from store.events import StatisticsBatch
from store.ids import IdMaker, id_text
from store.local.figures.buckets import upper_edge
from store.local.figures.service import Figures
from store.local.figures.timings import COMMIT
from store.local.figures.units import DAY, HOUR
from store.local.folder import FILE_NAME
from store.local.opening import LocalStore, open_store
from webui.local.session_keys import cookie_for

CLI = [sys.executable, "-m", "desktop.cli"]
TARGET_MS = 200.0
WINDOWS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "all": None}
BATCH, IN_FLIGHT, DAYS = 1000, 8, 90
VERSIONS = ("lite0-imagenet-1a2b3c4d", "lite0-birds-5e6f7a8b", "v2-birds-9c0d1e2f")
BACKENDS = ("wasm", "webgl", "webgpu")
_TIMES = """
SELECT sum(json_extract(payload, '$.inferenceTime')) FROM record
WHERE recorded_at >= 0 AND kind = 'inference'
"""
READY = "Whimbrel is ready: "


class Records:
    """Records of 90 days: three versions and backends, five devices, a session every two hours."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._random = count, random.Random(seed)  # noqa: S311 - nothing secret
        self._ids = IdMaker(SystemClock())
        self._end = SystemClock().now_ms()
        self._last = ""

    def bodies(self) -> Iterator[bytes]:
        """Bodies of `POST /api/statistics`, oldest first."""
        for first in range(0, self._count, BATCH):
            at = self._time(first)
            device = {"hardwareConcurrency": 2 + first // BATCH % 5, "webglVersion": "webgl2"}
            records = [self._record(number) for number in range(first, min(first + BATCH, self._count))]
            session = f"session {at // (2 * HOUR)}"
            yield msgspec.json.encode({"sessionId": session, "deviceInfo": device, "statistics": records})

    def _time(self, number: int) -> int:
        return self._end - DAYS * DAY + DAYS * DAY * number // self._count

    def _record(self, number: int) -> dict[str, Any]:
        record: dict[str, Any] = {"id": id_text(self._ids.new()), "timestamp": self._time(number)}
        kind = self._random.random()
        if kind < 0.005:
            return record | {"kind": "event", "stage": "decode", "code": f"code {number % 4}"}
        if kind < 0.05 and self._last:
            said = {"isCorrect": kind < 0.035, "confidence": 1.0}
            return record | {"kind": "feedback", "inferenceId": self._last, "userFeedback": said}
        self._last = record["id"]
        return record | self._answer(number)

    def _answer(self, number: int) -> dict[str, Any]:
        place, took = self._random.random(), self._random.lognormvariate(3.4, 0.5)
        picture = number if place < 0.9 else int(place * number)  # a tenth was seen before
        return {
            "kind": "inference",
            "modelVersion": VERSIONS[3 * number // self._count],
            "predictions": [
                {"className": f"class {(number + rank) % 1000}", "probability": 0.9 / rank, "rank": rank}
                for rank in range(1, 6)
            ],
            "inferenceTime": took,
            "preprocessingTime": 5 * place,
            "totalTime": took + 5 * place,
            "memoryUsage": {"numTensors": 42, "numBytes": 15_728_640 + number % 4096, "numDataBuffers": 42},
            "backend": BACKENDS[int(3 * place)],
            "source": "file",
            "picture": {
                "sha256": hashlib.sha256(picture.to_bytes(8, "big")).hexdigest(),
                "fileName": f"IMG_{picture:07}.jpg",
            },
        }


def fill(store: LocalStore, records: Records) -> None:
    """Takes everything in through the store, some batches in flight."""
    waiting: deque[Future[Any]] = deque()
    for body in records.bodies():
        batch = msgspec.json.decode(body, type=StatisticsBatch)
        waiting.append(store.statistics.record(batch, hashlib.sha256(body).digest()))
        if len(waiting) >= IN_FLIGHT:
            waiting.popleft().result()
    for future in waiting:
        future.result()


def roll(store: LocalStore) -> dict[str, float]:
    """The first roll-up: seconds in all, and milliseconds that its jobs and their commits took the writer."""
    figures = Figures(store.database, SystemClock(), {})
    store.database.timings.take()
    took, _ = timed(lambda: figures.catch_up(float("inf")))
    [commits] = [one for key, one in store.database.timings.take().items() if key.name == COMMIT]
    worst = max(commits.buckets)
    return {
        "roll_up_s": round(took / 1000, 1),
        "roll_job_ms": round(commits.total / commits.n / 1000, 1),
        "roll_job_worst_ms": round(upper_edge(worst), 1),
    }


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds that a call takes, and what it returns."""
    started = time.perf_counter()
    result = call()
    return 1000 * (time.perf_counter() - started), result


def limits(path: Path) -> dict[str, float]:
    """What SQLite itself needs for the whole file, the rows as medians of five."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found = {
            f"rows_ms_{name}": _median(functools.partial(_rows, connection, length))
            for name, length in WINDOWS.items()
        }
        return found | {"scan_ms": round(timed(lambda: connection.execute(_TIMES).get)[0])}
    finally:
        connection.close()


def _rows(connection: apsw.Connection, length: int | None) -> int:
    since = 0 if length is None else SystemClock().now_ms() - 2 * length
    unit = HOUR if length == DAY else DAY
    where = f"WHERE unit = {unit} AND start >= {since}"
    tables = ("figure_count", "figure_histogram", "figure_timing")
    return sum(len(connection.execute(f"SELECT * FROM {table} {where}").fetchall()) for table in tables)  # noqa: S608


def _median(call: Callable[[], Any]) -> float:
    return round(statistics.median(timed(call)[0] for _ in range(5)), 2)


def ask(data_dir: Path, rounds: int) -> dict[str, float]:
    """Milliseconds of each window over HTTP, after one request that warms it."""
    command = [*CLI, "serve", "--no-browser", "--data-dir", str(data_dir)]
    found: dict[str, float] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = process.stdout.readline()
        try:
            if not line.startswith(READY):
                raise SystemExit(f"whimbrel serve did not get ready: {line!r}")
            port = json.loads((data_dir / "running.json").read_text())["port"]
            name, value = cookie_for(data_dir)
            address = f"http://127.0.0.1:{port}"
            server = psutil.Process(process.pid)
            with httpx.Client(base_url=address, cookies={name: value}, timeout=60, trust_env=False) as client:
                found["cold_ms"] = round(_request(client, "/api/metrics/performance?window=7d"), 1)
                for window in WINDOWS:
                    found |= _ask_for(window, client, server, rounds)
                found["prometheus_ms"] = round(_request(client, "/metrics"), 1)
        finally:
            process.terminate()
    return found


def _ask_for(window: str, client: httpx.Client, server: psutil.Process, rounds: int) -> dict[str, float]:
    path = f"/api/metrics/performance?window={window}"
    _request(client, path)
    before = sum(server.cpu_times()[:2])
    times = [_request(client, path) for _ in range(rounds)]
    return {
        f"{window}_ms": round(statistics.median(times), 1),
        f"{window}_worst_ms": round(max(times), 1),
        f"{window}_cpu_ms": round(1000 * (sum(server.cpu_times()[:2]) - before) / rounds, 1),
    }


def _request(client: httpx.Client, path: str) -> float:
    took, answer = timed(lambda: client.get(path))
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}: {answer.text}")
    return took


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Figures of a million records over HTTP.")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15, help="requests of each window")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="a data folder to keep, and to use if it is there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        found = measure(folder, arguments)
    print(json.dumps(found))
    return int(max(found[f"{window}_ms"] for window in WINDOWS) > TARGET_MS)


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures of the benchmark."""
    found: dict[str, Any] = {"records": arguments.records, "seed": arguments.seed}
    path = folder / FILE_NAME
    if not path.exists():
        fetch = [*CLI, "models", "fetch", "starter", "--data-dir", str(folder)]
        subprocess.run(fetch, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        store = open_store(folder, SystemClock())
        try:
            took, _ = timed(lambda: fill(store, Records(arguments.records, arguments.seed)))
            found |= {"fill_s": round(took / 1000, 1), **roll(store)}
        finally:
            store.close()
    found |= {"file_mb": round(path.stat().st_size / 1e6), **limits(path), **ask(folder, arguments.rounds)}
    slowest = max(found[f"{window}_ms"] for window in WINDOWS)
    return found | {"ratio": round(slowest / found["scan_ms"], 4), "target_ms": TARGET_MS}


if __name__ == "__main__":
    sys.exit(main())
