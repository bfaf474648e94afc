"""Records as a page sends them, and a clock that stands still, for the tests of the local store."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import Any

import msgspec

from store.events import BatchResult, StatisticsBatch
from store.local.statistics_store import StatisticsStore

NOW = 1_780_000_000_000
SPACE = "5" * 64
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"thumbnail" * 4
JPEG = b"\xff\xd8\xff\xe0" + b"crop" * 9
EMBEDDING = struct.pack("<8e", *(number / 8 for number in range(8)))


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self, now_ms: int = NOW) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return self.now / 1000


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def uuid(number: int) -> str:
    return f"01890000-0000-7000-8000-{number:012x}"


def uuid_bytes(number: int) -> bytes:
    return bytes.fromhex(uuid(number).replace("-", ""))


def sha256_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def inference(number: int, **changes: object) -> dict[str, Any]:
    """An inference about a picture of its own; a change to None leaves the field out."""
    record: dict[str, Any] = {
        "kind": "inference",
        "id": uuid(number),
        "timestamp": NOW + number,
        "modelVersion": "starter-1a2b3c4d",
        "predictions": [
            {"className": "tabby", "probability": 0.75, "rank": 1},
            {"className": "lynx", "probability": 0.125, "rank": 2},
        ],
        "inferenceTime": 35.5,
        "preprocessingTime": 5.25,
        "totalTime": 40.75,
        "memoryUsage": {"numTensors": 42, "numBytes": 15728640, "numDataBuffers": 42},
        "backend": "wasm",
        "variant": "float32",
        "spaceId": SPACE,
        "source": "file",
        "picture": {
            "sha256": sha256_of(f"picture {number}"),
            "fileName": f"IMG_{number:04}.jpg",
            "width": 640,
        },
    } | changes
    return {name: value for name, value in record.items() if value is not None}


def said(number: int, about: int, label: str | None = "wolf", **changes: object) -> dict[str, Any]:
    """A feedback; with a label it says "wrong, it is that", without one "right"."""
    word = {"isCorrect": label is None, "correctedLabel": label, "confidence": 1.0}
    record = {
        "kind": "feedback",
        "id": uuid(number),
        "timestamp": NOW + number,
        "inferenceId": uuid(about),
        "userFeedback": word,
    } | changes
    return {name: value for name, value in record.items() if value is not None}


def taken_back(number: int, about: int, retracts: int) -> dict[str, Any]:
    """A feedback that takes another one back and says nothing else."""
    return said(number, about, userFeedback=None, retracts=uuid(retracts))


def attachment(number: int, about: int, **parts: bytes) -> dict[str, Any]:
    """The heavy parts of an inference."""
    encoded = {name: base64_text(part) for name, part in parts.items()}
    return {"kind": "attachment", "id": uuid(number), "inferenceId": uuid(about)} | encoded


def body_of(*records: object, session: str = "s1", device: object = None) -> bytes:
    """The body of `POST /api/statistics`."""
    return msgspec.json.encode({"sessionId": session, "statistics": records, "deviceInfo": device})


def send_body(statistics: StatisticsStore, body: bytes) -> BatchResult:
    """What the store answers to a body, as the server hands it in."""
    batch = msgspec.json.decode(body, type=StatisticsBatch)
    return statistics.record(batch, hashlib.sha256(body).digest()).result(timeout=60)


def send(statistics: StatisticsStore, *records: object, device: object = None) -> BatchResult:
    """What the store answers to these records in one batch."""
    return send_body(statistics, body_of(*records, device=device))
