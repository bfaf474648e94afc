"""How fast the local store takes records, against raw sqlite3 in the same run on the same disk.

Ours: JSON bodies as they come off the wire → decoded, checked, written by the store with `clients` threads
that each wait for their commit (synchronous=FULL). Raw: Python's own sqlite3, the same schema and settings,
rows that are ready made, one `executemany` and one commit a batch, one thread. Prints one line of JSON; rates
are records a second, `ratio_*` ours over raw, medians over the rounds.

    python -m benchmarks.store_ingest [--records 20000] [--rounds 3] [--clients 4] [--kind plain|picture]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from store.clock import SystemClock
from store.events import StatisticsBatch
from store.ids import IdMaker, id_text
from store.local import schema_1
from store.local.decoding import decode
from store.local.opening import LocalStore, open_store
from store.local.rows import RECORD_COLUMNS, Origin, device_row, prepare

SIZES = (25, 500)
_DEVICE = {
    "gpu": {"vendor": "Intel", "renderer": "Iris Pro"},
    "webglVersion": "webgl2",
    "deviceMemory": 8,
    "hardwareConcurrency": 8,
}
_RAW_SETTINGS = ("auto_vacuum = INCREMENTAL", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
_RAW_PICTURE = "INSERT INTO picture VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
_RAW_RECORD = (
    f"INSERT INTO record ({', '.join(RECORD_COLUMNS)}, picture) "  # noqa: S608 - our own column names
    f"VALUES ({', '.join('?' * len(RECORD_COLUMNS))}, (SELECT number FROM picture WHERE sha256 = ?))"
)


def make_record(ids: IdMaker, number: int, kind: str) -> dict[str, Any]:
    """A record such as the page sends, without its heavy parts."""
    record: dict[str, Any] = {
        "kind": "inference",
        "id": id_text(ids.new()),
        "timestamp": 1_700_000_000_000 + number,
        "modelVersion": "efficientnet-lite0-imagenet-1a2b3c4d",
        "predictions": [
            {"className": f"class {(number + rank) % 1000}", "probability": 0.9 / rank, "rank": rank}
            for rank in range(1, 6)
        ],
        "inferenceTime": 35.2,
        "preprocessingTime": 5.1,
        "totalTime": 40.3,
        "memoryUsage": {"numTensors": 42, "numBytes": 15728640, "numDataBuffers": 42},
        "backend": "wasm",
    }
    if kind == "picture":
        sha256 = hashlib.sha256(number.to_bytes(8, "big")).hexdigest()
        facts = {
            "sha256": sha256,
            "fileName": f"IMG_{number:05}.jpg",
            "width": 4000,
            "height": 3000,
            "bytes": 3_456_789,
        }
        record |= {"picture": facts, "source": "file", "spaceId": "a" * 64, "variant": "float32"}
    return record


def make_bodies(count: int, size: int, kind: str) -> list[bytes]:
    """`count` records in request bodies of `size` records."""
    ids = IdMaker(SystemClock())
    records = [make_record(ids, number, kind) for number in range(count)]
    return [
        msgspec.json.encode(
            {"sessionId": "bench", "deviceInfo": _DEVICE, "statistics": records[start : start + size]}
        )
        for start in range(0, count, size)
    ]


def ours(folder: Path, bodies: Sequence[bytes], clients: int) -> float:
    """Seconds from the first body to the last commit."""
    store = open_store(folder, SystemClock())
    try:
        waiting = iter(bodies)
        lock = threading.Lock()
        threads = [threading.Thread(target=_client, args=(store, waiting, lock)) for _ in range(clients)]
        return _timed(lambda: _run(threads))
    finally:
        store.close()


def _run(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(store: LocalStore, bodies: Iterator[bytes], lock: threading.Lock) -> None:
    while True:
        with lock:
            body = next(bodies, None)
        if body is None:
            return
        batch = msgspec.json.decode(body, type=StatisticsBatch)
        result = store.statistics.record(batch, hashlib.sha256(body).digest()).result()
        if result.accepted != len(batch.statistics):
            raise SystemExit(f"the store did not take everything: {result}")


def raw(folder: Path, bodies: Sequence[bytes]) -> float:
    """Seconds that sqlite3 needs for the same rows, ready made, a commit a batch."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    for setting in _RAW_SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    for statement in schema_1.STATEMENTS:
        connection.execute(statement)
    batches = [_rows(body) for body in bodies]
    try:
        return _timed(lambda: _write_raw(connection, batches))
    finally:
        connection.close()


def _rows(body: bytes) -> tuple[tuple[bytes, str], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    batch = msgspec.json.decode(body, type=StatisticsBatch)
    device = device_row(batch.device_info) if batch.device_info else (b"\0" * 16, "{}")
    origin = Origin(batch.session_id, b"", 1_700_000_000_000, device)
    prepared = [prepare(decode(record), index, origin) for index, record in enumerate(batch.statistics)]
    pictures = [tuple(item.parts.picture) for item in prepared if item.parts.picture]
    records = [(*item.row, item.parts.picture.sha256 if item.parts.picture else None) for item in prepared]
    return device, pictures, records


def _write_raw(connection: sqlite3.Connection, batches: Sequence[Any]) -> None:
    for device, pictures, records in batches:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR IGNORE INTO device VALUES (?, ?)", device)
        connection.executemany(_RAW_PICTURE, pictures)
        connection.executemany(_RAW_RECORD, records)
        connection.execute("COMMIT")


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(size: int, arguments: argparse.Namespace) -> dict[str, float]:
    """Rates at one batch size, raw and ours in turns."""
    bodies = make_bodies(arguments.records, size, arguments.kind)
    rates: dict[str, list[float]] = {"ours": [], "raw": []}
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            rates["raw"].append(arguments.records / raw(Path(folder) / "raw", bodies))
            rates["ours"].append(arguments.records / ours(Path(folder) / "ours", bodies, arguments.clients))
    ratios = [mine / theirs for mine, theirs in zip(rates["ours"], rates["raw"], strict=True)]
    return {
        f"ours_{size}": round(statistics.median(rates["ours"])),
        f"raw_{size}": round(statistics.median(rates["raw"])),
        f"ratio_{size}": round(statistics.median(ratios), 3),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description="Records a second into the local store, against raw sqlite3."
    )
    parser.add_argument("--records", type=int, default=20_000, help="records a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=4, help="threads that send and wait")
    parser.add_argument(
        "--kind", choices=("plain", "picture"), default="picture", help="with or without a picture"
    )
    parser.add_argument(
        "--folder", type=Path, default=None, help="where the files go (the disk that is measured)"
    )
    arguments = parser.parse_args()
    result: dict[str, object] = {"kind": arguments.kind, "record_bytes": _bytes_of_one(arguments.kind)}
    for size in SIZES:
        result |= measure(size, arguments)
    print(json.dumps(result))


def _bytes_of_one(kind: str) -> int:
    return len(msgspec.json.encode(make_record(IdMaker(SystemClock()), 1, kind)))


if __name__ == "__main__":
    main()
