"""Records of some weeks, as the page would have sent them day by day: the same ones for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
from local_records import inference, said, uuid
from running import Whimbrel

BATCH = 500
HOUR = 3_600_000
DEVICE = {
    "gpu": {"vendor": "Intel", "renderer": "Iris Pro"},
    "webglVersion": "WebGL 2.0",
    "deviceMemory": 8,
    "hardwareConcurrency": 4,
}
_FAILURES = ("truncated", "not-a-picture", "format-heic")


def past_records(count: int, now: int, days: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Answers of so many days before `now` (ms), some of them marked, and some pictures that failed."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        at = now - _days_ago(chance, days)
        yield _answer(chance, number, at)
        if chance.random() < 0.1:
            yield _mark(chance, number, at)
        if chance.random() < 0.02:
            yield _failure(chance, number, at)


def _days_ago(chance: random.Random, days: int) -> int:
    """A time of day around noon, more often of late than long ago."""
    day = int(days * chance.random() ** 1.4)
    return day * 24 * HOUR + int(min(11.0, max(0.01, chance.gauss(5, 2))) * HOUR)


def _answer(chance: random.Random, number: int, at: int) -> dict[str, Any]:
    backend = "wasm" if chance.random() < 0.8 else "webgl"
    pace = (34 if backend == "wasm" else 80) * chance.lognormvariate(0, 0.25)
    memory = {"numTensors": 212, "numBytes": int(48e6 + 1e6 * chance.random()), "numDataBuffers": 212}
    times = {"inferenceTime": pace, "preprocessingTime": 9 * chance.lognormvariate(0, 0.3)}
    total = {"totalTime": sum(times.values()) + 3}
    return inference(number, timestamp=at, backend=backend, memoryUsage=memory, **times, **total)


def _mark(chance: random.Random, number: int, at: int) -> dict[str, Any]:
    label = None if chance.random() < 0.8 else "wolf"
    return said(10**9 + number, number, label, timestamp=at + 60_000)


def _failure(chance: random.Random, number: int, at: int) -> dict[str, Any]:
    failure = {"stage": "decode", "code": chance.choice(_FAILURES), "detail": {}}
    return {"kind": "event", "id": uuid(2 * 10**9 + number), "timestamp": at, **failure}


def post_past(app: Whimbrel, cookies: list[Any], records: Sequence[dict[str, Any]]) -> int:
    """Sends them as the page does, in full batches. Returns how many were accepted."""
    jar = {cookie["name"]: cookie["value"] for cookie in cookies}
    headers = {"Origin": app.origin, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    accepted = 0
    with httpx.Client(base_url=app.origin, cookies=jar, headers=headers, timeout=60, trust_env=False) as page:
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            body = {"sessionId": "past", "deviceInfo": DEVICE, "statistics": batch}
            answer = page.post("/api/statistics", content=json.dumps(body))
            accepted += answer.raise_for_status().json()["accepted"]
    return accepted
