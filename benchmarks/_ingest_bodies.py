"""What the benchmark sends: request bodies of records such as the page makes of pictures."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import msgspec

from store.clock import SystemClock
from store.ids import IdMaker, id_text

DEVICE = {
    "gpu": {"vendor": "Intel", "renderer": "Iris Pro"},
    "webglVersion": "webgl2",
    "deviceMemory": 8,
    "hardwareConcurrency": 8,
}
_LABELS = 1000


class BodyMaker:
    """Makes bodies that are never the same twice: fresh ids, and each record about a picture of its own.

    `kind` is "picture" (with the facts of its file) or "plain". Heavy parts (embedding, thumbnail, crop) are
    left out: what they cost is copying bytes, alike for everyone.
    """

    def __init__(self, kind: str = "picture") -> None:
        self._kind = kind
        self._clock = SystemClock()
        self._ids = IdMaker(self._clock)
        self._run = os.urandom(8)
        self._made = 0

    def bodies(self, count: int, size: int) -> list[bytes]:
        """`count` records in bodies of `size` records; the last may be smaller."""
        records = [self.record() for _ in range(count)]
        return [self._body(records[start : start + size]) for start in range(0, count, size)]

    def _body(self, records: list[dict[str, Any]]) -> bytes:
        return msgspec.json.encode({"sessionId": "bench", "deviceInfo": DEVICE, "statistics": records})

    def record(self) -> dict[str, Any]:
        """The next record."""
        number = self._made
        self._made += 1
        record: dict[str, Any] = {
            "kind": "inference",
            "id": id_text(self._ids.new()),
            "timestamp": self._clock.now_ms(),
            "modelVersion": "efficientnet-lite0-imagenet-1a2b3c4d",
            "predictions": [
                {"className": f"class {(number + rank) % _LABELS}", "probability": 0.9 / rank, "rank": rank}
                for rank in range(1, 6)
            ],
            "inferenceTime": 35.2,
            "preprocessingTime": 5.1,
            "totalTime": 40.3,
            "memoryUsage": {"numTensors": 42, "numBytes": 15728640, "numDataBuffers": 42},
            "backend": "wasm",
        }
        return record | self._of_picture(number) if self._kind == "picture" else record

    def _of_picture(self, number: int) -> dict[str, Any]:
        picture = {
            "sha256": hashlib.sha256(self._run + number.to_bytes(8, "big")).hexdigest(),
            "fileName": f"IMG_{number:05}.jpg",
            "width": 4000,
            "height": 3000,
            "bytes": 3_456_789,
        }
        return {"picture": picture, "source": "file", "spaceId": "a" * 64, "variant": "float32"}
