"""A memory with a past: thousands of answers about drawn pictures, some of them marked, and some failures."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

from local_records import base64_text, inference, said, send, uuid
from PIL import Image, ImageDraw

from store.clock import SystemClock
from store.local.opening import open_store

LABELS = ("red fox", "Egyptian cat", "timber wolf", "great grey owl", "wild boar", "badger")
BATCH = 250
MINUTE_MS = 60_000
FIRST_WORD = 1_000_000
FIRST_EVENT = 2_000_000
OF_NEWER_VERSION = 600  # the newest answers
_DRAWINGS = 24


def fill_past(data_dir: Path, count: int, *, seed: int = 5, small: list[bytes] | None = None) -> int:
    """Records `count` answers, one a minute up to now, and returns the time of the newest in milliseconds.

    The number of an answer's id is its age: `uuid(1)` is the newest. Every 10th is marked (right, wrong with
    a label, or unsure, in turn), every 7th ran on WebGL, every 50th took over 300 ms and every 4th has no
    thumbnail. 5 events say that a file was no picture. `small` are thumbnails to use instead of drawings.
    """
    chance = random.Random(seed)
    copies = small or [_drawing(number) for number in range(_DRAWINGS)]
    now = SystemClock().now_ms() - MINUTE_MS
    store = open_store(data_dir, SystemClock())
    try:
        answers = [_answer(age, now, chance, copies[age % len(copies)]) for age in range(count, 0, -1)]
        for start in range(0, count, BATCH):
            send(store.statistics, *answers[start : start + BATCH], device={"hardwareConcurrency": 4})
        words = [_word(age, now) for age in range(10, count + 1, 10)]
        for start in range(0, len(words), BATCH):
            send(store.statistics, *words[start : start + BATCH])
        send(store.statistics, *(_event(number, now) for number in range(5)))
    finally:
        store.close()
    return now


def _answer(age: int, now: int, chance: random.Random, thumbnail: bytes) -> dict[str, Any]:
    sure = round(chance.uniform(0.52, 0.97), 3)
    first, second = chance.sample(LABELS, 2)
    slow = 320.0 if age % 50 == 0 else 30.0 + age % 9
    record = inference(
        age,
        timestamp=now - (age - 1) * MINUTE_MS,
        modelVersion="mobilenet-v2-1a2b3c4d" if age > OF_NEWER_VERSION else "efficientnet-lite0-9f8e7d6c",
        predictions=[
            {"className": first, "probability": sure, "rank": 1},
            {"className": second, "probability": round(1 - sure, 3), "rank": 2},
        ],
        backend="webgl" if age % 7 == 0 else "wasm",
        source="camera" if age % 3 == 0 else "file",
        inferenceTime=slow,
        totalTime=slow + 12,
        thumbnail=None if age % 4 == 0 else base64_text(thumbnail),
    )
    record["picture"] |= {"fileName": f"IMG_{age:04}.JPG", "capturedAt": "2026:11:20 08:15:30", "height": 480}
    return record


def _word(age: int, now: int) -> dict[str, Any]:
    word = {
        0: {"isCorrect": True, "confidence": 1.0},
        1: {"isCorrect": False, "correctedLabel": "raccoon dog", "confidence": 1.0},
        2: {"isCorrect": None, "confidence": 0.5},
    }[age // 10 % 3]
    return said(FIRST_WORD + age, about=age, timestamp=now - (age - 1) * MINUTE_MS + 500, userFeedback=word)


def _event(number: int, now: int) -> dict[str, Any]:
    says = "This file is not a picture that Whimbrel can read (it starts like a PDF)."
    return {
        "kind": "event",
        "id": uuid(FIRST_EVENT + number),
        "timestamp": now - number * MINUTE_MS - 500,
        "stage": "decode",
        "code": "not_a_picture",
        "modelVersion": "efficientnet-lite0-9f8e7d6c",
        "backend": "wasm",
        "detail": {"fileName": f"letter {number}.pdf", "says": says},
    }


def _drawing(number: int) -> bytes:
    image = Image.radial_gradient("L").resize((320, 240)).convert("RGB")
    colour = ((37 * number) % 256, (91 * number) % 256, (151 * number) % 256)
    ImageDraw.Draw(image).ellipse((60 + 5 * number, 40, 200 + 5 * number, 180), fill=colour, outline="white")
    written = io.BytesIO()
    image.save(written, "WEBP", quality=60)
    return written.getvalue()
