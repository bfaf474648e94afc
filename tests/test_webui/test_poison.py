"""Poisoned JSON gets no 5xx, is not stored by halves, does not swell the process; its field is named."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from local_records import inference, uuid
from running import Whimbrel, running
from serving import JSON, Served

from webui.local.session_keys import cookie_for

MIB = 2**20
SURROGATE, NUL = "\\ud800", "\\u0000"


def with_field(name: str, value: str) -> bytes:
    """A batch of one good record and one whose field has this JSON in place of its own."""
    good = json.dumps(inference(1))
    poisoned = json.dumps(inference(2, **{name: "@"})).replace('"@"', value)
    return f'{{"sessionId": "s", "statistics": [{good}, {poisoned}]}}'.encode()


def alone(name: str, value: str) -> bytes:
    """The poisoned record without company."""
    poisoned = json.dumps(inference(2, **{name: "@"})).replace('"@"', value)
    return f'{{"sessionId": "s", "statistics": [{poisoned}]}}'.encode()


FIELDS = [
    ("inferenceTime", "NaN"),
    ("inferenceTime", "-Infinity"),
    ("inferenceTime", "1e999"),
    ("inferenceTime", str(2**70)),
    ("inferenceTime", '"fast"'),
    ("timestamp", str(2**70)),
    ("timestamp", "-1"),
    ("timestamp", "1.5"),
    ("modelVersion", f'"a{SURROGATE}b"'),
    ("modelVersion", f'"a{NUL}b"'),
    ("modelVersion", "null"),
    ("modelVersion", "[]"),
    ("modelVersion", '"' + "x" * 257 + '"'),
    ("predictions", "{}"),
    ("predictions", "[]"),
    ("predictions", '[{"className": "dog", "probability": 1.5, "rank": 1}]'),
    ("predictions", '[{"className": "dog", "probability": NaN, "rank": 1}]'),
    ("predictions", '[{"className": "dog", "probability": 0.5, "rank": 0}]'),
    ("picture", '{"sha256": "short", "fileName": "a.jpg"}'),
    ("picture", f'{{"sha256": "{"a" * 64}", "fileName": "a{NUL}.jpg"}}'),
    ("memoryUsage", "7"),
    ("extra", "[" * 100_000 + "]" * 100_000),
    ("extra", "[" * 100_000),
]


def post(page: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
    return page.post("/api/statistics", content=body, headers={**JSON, **headers})


def stored(served: Served) -> list[str]:
    with served.store.database.read() as db:
        return [row[0].hex() for row in db.execute_sql("SELECT id FROM record").fetchall()]


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_a_poisoned_record_is_refused_by_the_name_of_its_field(
    served: Served, page: httpx.Client, name: str, value: str
) -> None:
    answer = post(page, alone(name, value))
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert name in answer.json()["detail"]
    assert stored(served) == []


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_what_came_with_it_is_stored_whole_or_not_at_all(
    served: Served, page: httpx.Client, name: str, value: str
) -> None:
    answer = post(page, with_field(name, value))
    if answer.status_code == 200:
        told = answer.json()
        assert (told["accepted"], told["duplicate"]) == (1, 0)
        assert [(one["index"], name in one["reason"]) for one in told["rejected"]] == [(1, True)]
        assert stored(served) == [uuid(1).replace("-", "")]
    else:
        assert answer.status_code == 400
        assert name in answer.json()["detail"]
        assert stored(served) == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"sessionId": "s", "sessionId": "t", "statistics": []}', "sessionId"),
        (b'{"sessionId": "s", "statistics": [], "statistics": [{}]}', "statistics"),
        (alone("modelVersion", '"a", "modelVersion": "b"'), "modelVersion"),
        (alone("modelVersion", '"a", "model\\u0056ersion": "b"'), "modelVersion"),
        (alone("modelVersion", '"a\\u003ab", "modelVersion": "a\\u003ab"'), "modelVersion"),
        (
            alone("memoryUsage", '{"numTensors": 1, "numTensors": 2, "numBytes": 3, "numDataBuffers": 4}'),
            "numTensors",
        ),
        (alone("userFeedback", '{"isCorrect": true, "isCorrect": false}'), "isCorrect"),
        (alone("extra", '{"deep": [{"x": 1, "x": 2}]}'), "x"),
    ],
)
def test_a_key_that_is_there_twice_is_refused(
    served: Served, page: httpx.Client, body: bytes, name: str
) -> None:
    answer = post(page, body)
    assert answer.status_code in (400, 422), answer.text
    assert name in answer.json()["detail"]
    assert stored(served) == []


def test_a_key_twice_is_refused_elsewhere_too(page: httpx.Client) -> None:
    answer = page.patch("/api/settings", content=b'{"theme": "dark", "theme": "light"}', headers=JSON)
    assert answer.status_code == 400
    assert "theme" in answer.json()["detail"]
    assert page.get("/api/settings").json()["theme"] == "system"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Whimbrel]:
    with running(tmp_path / "data") as started:
        yield started


BEFORE, PIECE, PIECES, AFTER = b'{"sessionId": "', b"x" * MIB, 1024, b'", "statistics": []}'
LENGTH = len(BEFORE) + MIB * PIECES + len(AFTER)


def a_gigabyte() -> Iterator[bytes]:
    yield BEFORE
    for _ in range(PIECES):
        yield PIECE
    yield AFTER


def test_the_process_does_not_swell(app: Whimbrel) -> None:
    """The real program, under all of it, a gigabyte of text and bombs: less than 64 MB more than before."""
    assert app.process is not None
    memory = psutil.Process(app.process.pid)
    name, value = cookie_for(app.data_dir)
    headers = {"Origin": app.origin, "Cookie": f"{name}={value}", "Sec-Fetch-Site": "same-origin"}
    bomb = gzip.compress(b'{"sessionId": "s", "statistics": [' + b" " * (256 * MIB), compresslevel=9)
    with httpx.Client(base_url=app.origin, headers=headers, timeout=60, trust_env=False) as page:
        for _ in range(3):
            post(page, with_field("inferenceTime", "1"))
        before = memory.memory_info().rss
        highest = Highest(memory)
        statuses = [post(page, a_body).status_code for a_body in [alone(*field) for field in FIELDS]]
        statuses.append(post(page, b"[" * (8 * MIB)).status_code)
        statuses.append(post(page, bomb, **{"Content-Encoding": "gzip"}).status_code)
        for announced in ({}, {"Content-Length": str(LENGTH)}):
            answer = page.post("/api/statistics", content=a_gigabyte(), headers={**JSON, **announced})
            assert answer.json()["type"] == "urn:whimbrel:problem:too-large"
            statuses.append(answer.status_code)
        grown = highest.end() - before
        assert page.get("/readyz").json() == {"ready": True}
    assert all(400 <= status < 500 for status in statuses), statuses
    assert grown < 64 * MIB, f"{grown / MIB:.0f} MiB"


class Highest:
    """Watches how much memory a process has, as often as it can."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._highest = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self._highest = max(self._highest, self._process.memory_info().rss)

    def end(self) -> int:
        """The most that was seen, in bytes."""
        self._over.set()
        self._thread.join()
        return self._highest
