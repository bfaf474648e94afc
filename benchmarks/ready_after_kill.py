"""How long `whimbrel serve` takes to its ready line after a kill -9 under load, with many records.

    python3 build_scripts/dev.py bench ready_after_kill [--records 100000] [--runs 10]

A data folder with a model and so many records as the page makes them; the server takes batches from several
clients and is killed in the middle; the next start is measured. Prints one line of JSON: {"runs", "records",
"file_mb", "median_ms", "worst_ms", "clean_ms", "target_ms", "load"}; `clean_ms` is a start after a clean end,
for comparison. Exit status 1 where the median is over the target.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import msgspec

from benchmarks._ingest_bodies import BodyMaker
from store.clock import SystemClock
from store.events import StatisticsBatch
from store.local.folder import FILE_NAME
from store.local.opening import open_store
from webui.local.session_keys import cookie_for

CLI = [sys.executable, "-m", "desktop.cli"]
TARGET_MS = 1000.0
READY = "Whimbrel is ready: http://127.0.0.1:"
CLIENTS, BATCH, ANSWERS = 4, 25, 100


def fill(data_dir: Path, records: int) -> None:
    """A model, and so many records, the file closed."""
    fetch = [*CLI, "models", "fetch", "starter", "--data-dir", str(data_dir)]
    subprocess.run(fetch, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    store = open_store(data_dir, SystemClock())
    try:
        for body in BodyMaker().bodies(records, 500):
            batch = msgspec.json.decode(body, type=StatisticsBatch)
            store.statistics.record(batch, hashlib.sha256(body).digest()).result()
    finally:
        store.close()


class Server:
    """A started server; `took_ms` is the time to its ready line."""

    def __init__(self, data_dir: Path) -> None:
        command = [*CLI, "serve", "--no-browser", "--data-dir", str(data_dir)]
        started = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        line = self.process.stdout.readline()
        self.took_ms = 1000 * (time.perf_counter() - started)
        if not line.startswith(READY):
            raise SystemExit(f"whimbrel serve did not get ready: {line!r}")
        self.port = int(line.removeprefix(READY).partition("/")[0])

    def end(self, *, kill: bool) -> None:
        """Kills it, or asks it to end, and waits."""
        with self.process as process:
            process.kill() if kill else process.terminate()


class Load:
    """Clients that send batches until nobody answers."""

    def __init__(self, data_dir: Path, port: int, maker: BodyMaker) -> None:
        self._answers = threading.Semaphore(0)
        name, value = cookie_for(data_dir)
        headers = {
            "Cookie": f"{name}={value}",
            "Origin": f"http://127.0.0.1:{port}",
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
        }
        bodies = [maker.bodies(BATCH * ANSWERS, BATCH) for _ in range(CLIENTS)]
        self._threads = [threading.Thread(target=self._send, args=(port, headers, part)) for part in bodies]

    def kill_after(self, server: Server, answers: int) -> None:
        """Sends, and kills the server after so many answers."""
        for thread in self._threads:
            thread.start()
        for _ in range(answers):
            self._answers.acquire(timeout=30)
        server.end(kill=True)
        for thread in self._threads:
            thread.join()

    def _send(self, port: int, headers: dict[str, str], bodies: list[bytes]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            for body in bodies:
                connection.request("POST", "/api/statistics", body, headers)
                response = connection.getresponse()
                response.read()
                if response.status == http.client.OK:
                    self._answers.release()


def measure(data_dir: Path, runs: int) -> tuple[list[float], float]:
    """Milliseconds of each start after a kill, and of one after a clean end."""
    maker = BodyMaker()
    Server(data_dir).end(kill=False)  # warms the disk's cache
    server = Server(data_dir)
    clean = server.took_ms
    times = []
    for number in range(runs):
        Load(data_dir, server.port, maker).kill_after(server, ANSWERS + 7 * number)
        server = Server(data_dir)
        times.append(server.took_ms)
    server.end(kill=False)
    return times, clean


def main() -> int:
    """Measures and prints. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Time to the ready line after a kill -9.")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        fill(data_dir, arguments.records)
        times, clean = measure(data_dir, arguments.runs)
        size = (data_dir / FILE_NAME).stat().st_size
    median = statistics.median(times)
    figures = {
        "runs": arguments.runs,
        "records": arguments.records,
        "file_mb": round(size / 1e6),
        "median_ms": round(median),
        "worst_ms": round(max(times)),
        "clean_ms": round(clean),
        "target_ms": TARGET_MS,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }
    print(json.dumps(figures))
    return 0 if median <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
