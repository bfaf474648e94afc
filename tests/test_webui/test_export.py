"""`GET /api/export/training-data`: what comes, how it is refused, and that nobody's slowness costs memory."""

from __future__ import annotations

import gzip
import io
import json
import socket
import tarfile
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from local_records import inference, said, uuid
from serving import Served, serving

from store.export.filters import Filters
from store.export.selection import Selection
from store.export.training_exports import Export, Form
from store.local.errors import StoreError
from store.local.picture_store import PictureStore
from webui.export_parameters import PARAMETERS
from webui.local.services import LocalServices

PATH = "/api/export/training-data"
TIMEOUT_S = 60
PIECE = b"x" * 262_144


@pytest.fixture
def filled(page: httpx.Client) -> httpx.Client:
    """A page whose store has two inferences, the second of them corrected and unsure."""
    unsure = [{"className": "lynx", "probability": 0.5, "rank": 1}]
    records = [inference(1), inference(2, predictions=unsure, source="camera"), said(3, about=2)]
    assert page.post("/api/statistics", json={"sessionId": "s", "statistics": records}).status_code == 200
    return page


def ids(page: httpx.Client, query: str) -> list[str]:
    answer = page.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["statistics"]]


def test_the_seeds_own_request(filled: httpx.Client) -> None:
    answer = filled.get(f"{PATH}?format=json&includeUserFeedback=true&minConfidence=0.7")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="whimbrel-training-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    sure, corrected = answer.json()["statistics"]
    assert (sure["id"], corrected["id"]) == (uuid(1), uuid(2))
    assert corrected["userFeedback"] == {"isCorrect": False, "correctedLabel": "wolf", "confidence": 1.0}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2]),
        ("minConfidence=0.7&includeUserFeedback=false", [1]),
        ("minConfidence=0.9", [2]),
        ("onlyCorrected=true", [2]),
        ("label=wolf", [2]),
        ("label=%20wolf", []),
        ("label=wolf%0A", []),
        ("modelVersion=starter-1a2b3c4d", [1, 2]),
        ("modelVersion=another", []),
        ("source=camera", [2]),
        ("backend=webgl", []),
        ("sessionId=s&backend=wasm", [1, 2]),
        ("mark=wrong", [2]),
        ("mark=unmarked", [1]),
        ("mark=judged", [2]),
        ("mark=marked", [2]),
        ("mark=unsure", []),
        ("mark=right", []),
        ("from=1780000000002", [2]),
        ("to=2026-05-28T20:26:40.002Z", [1]),
        ("from=2026-05-28&to=2026-05-29", [1, 2]),
    ],
)
def test_filters(filled: httpx.Client, query: str, numbers: list[int]) -> None:
    assert ids(filled, query) == [uuid(number) for number in numbers]


@pytest.mark.parametrize(
    ("form", "media", "start"),
    [
        ("jsonl", "application/jsonl", b'{"id":'),
        ("csv", "text/csv", b'\xef\xbb\xbf"id",'),
        ("tfrecord", "application/x-tar", b"whimbrel-00000-of-00001.tfrecord\0"),
    ],
)
def test_other_forms(filled: httpx.Client, form: str, media: str, start: bytes) -> None:
    answer = filled.get(f"{PATH}?format={form}")
    assert answer.headers["Content-Type"] == media
    assert answer.content.startswith(start)


def test_gzip_is_a_compressed_file(filled: httpx.Client) -> None:
    answer = filled.get(f"{PATH}?gzip=true")
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    assert len(json.loads(gzip.decompress(answer.content))["statistics"]) == 2
    with tarfile.open(fileobj=io.BytesIO(filled.get(f"{PATH}?format=tfrecord&gzip=1").content)) as tar:
        assert tar.getnames() == ["whimbrel-00000-of-00001.tfrecord.gz", "label_map.txt"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("format=xml", "format"),
        ("format=", "format"),
        ("includeUserFeedback=perhaps", "includeUserFeedback"),
        ("minConfidence=1.5", "minConfidence"),
        ("minConfidence=nan", "minConfidence"),
        ("minConfidence=much", "minConfidence"),
        ("gzip=2", "gzip"),
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("from=2026-05-02&to=2026-05-01", "to"),
        ("label=", "label"),
        ("label=a%00b", "label"),
        ("label=%FF", "label"),
        (f"modelVersion={'m' * 257}", "modelVersion"),
        ("source=moon", "source"),
        ("onlyCorrected=true&includeUserFeedback=false", "onlyCorrected"),
        ("minconfidence=0.7", "minconfidence"),
        ("label=a&label=b", "label"),
    ],
)
def test_a_wrong_parameter_is_named(page: httpx.Client, query: str, named: str) -> None:
    answer = page.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Content-Disposition" not in answer.headers
    assert named in answer.json()["detail"]


def test_strangers_get_nothing(stranger: httpx.Client) -> None:
    assert stranger.get(PATH).status_code == 401


def test_every_parameter_is_described(page: httpx.Client) -> None:
    described = page.get("/api/openapi.json").json()["paths"][PATH]["get"]
    assert [each["name"] for each in described["parameters"]] == [each.name for each in PARAMETERS]
    assert all(each["description"] for each in described["parameters"])
    assert set(described["responses"]["200"]["content"]) == {
        "application/json",
        "application/jsonl",
        "text/csv",
        "application/x-tar",
        "application/gzip",
    }


class Endless:
    """An export without an end, or with a bad one; counts its pieces and says when it was stopped."""

    def __init__(self, selection: Selection, failing_at: int | None = None) -> None:
        self._selection = selection
        self._failing_at = failing_at
        self.pieces = 0
        self.started = threading.Event()
        self.stopped = threading.Event()
        self._running = self._run()  # held here, so that only `close` ends it

    def start(self, form: Form, filters: Filters, *, gzip: bool = False) -> Export:
        return Export("file.csv", "text/csv", self._running, self._selection)

    def _run(self) -> Generator[bytes, None, None]:
        try:
            while self.pieces != self._failing_at:
                self.pieces += 1
                yield PIECE
            raise StoreError("The disk went away.", "Bring it back.")
        finally:
            self.stopped.set()


class Silent(Endless):
    """Finds nothing for ever."""

    def _run(self) -> Generator[bytes, None, None]:
        try:
            while True:
                self.started.set()
                yield b""
        finally:
            self.stopped.set()


@contextmanager
def serving_export(
    tmp_path: Path, static_dir: Path, kind: type[Endless], failing_at: int | None = None
) -> Iterator[tuple[Served, Endless]]:
    made: list[Endless] = []

    def exchange(services: LocalServices) -> LocalServices:
        assert isinstance(services.pictures, PictureStore)
        made.append(kind(Selection(services.pictures._database, Filters()), failing_at))
        return replace(services, exports=made[0])

    with serving(tmp_path / "data", static_dir, change=exchange) as served:
        yield served, made[0]


def request(served: Served) -> socket.socket:
    """A raw connection that has asked for the export, to be read by hand."""
    with served.page() as page:
        cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    raw = socket.create_connection(("127.0.0.1", served.port), timeout=TIMEOUT_S)
    head = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nCookie: {cookie}\r\n\r\n"
    raw.sendall(head.encode())
    return raw


def test_who_does_not_read_holds_the_export_back_and_who_goes_ends_it(
    tmp_path: Path, static_dir: Path
) -> None:
    (tmp_path / "data").mkdir()
    with serving_export(tmp_path, static_dir, Endless) as (served, export):
        raw = request(served)
        assert raw.recv(65_536).startswith(b"HTTP/1.1 200")
        with served.page() as page:  # the server has time for others, and for far more pieces than these
            for _ in range(50):
                assert page.get("/api/settings").status_code == 200
        held = export.pieces * len(PIECE)
        raw.close()
        assert export.stopped.wait(TIMEOUT_S)
    assert held < 32 * 1024 * 1024, "what the sockets hold, not what the store has"


def test_who_goes_before_anything_came_ends_the_export(tmp_path: Path, static_dir: Path) -> None:
    (tmp_path / "data").mkdir()
    with serving_export(tmp_path, static_dir, Silent) as (served, export):
        raw = request(served)
        assert export.started.wait(TIMEOUT_S)
        raw.close()
        assert export.stopped.wait(TIMEOUT_S)


def test_what_fails_before_the_first_byte_is_a_problem(tmp_path: Path, static_dir: Path) -> None:
    (tmp_path / "data").mkdir()
    with serving_export(tmp_path, static_dir, Endless, 0) as (served, export), served.page() as page:
        answer = page.get(PATH)
    assert answer.status_code == 500
    assert answer.json()["detail"] == "The disk went away. Bring it back."
    assert export.stopped.is_set()


def test_what_fails_later_does_not_look_whole(
    tmp_path: Path, static_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").mkdir()
    with (
        serving_export(tmp_path, static_dir, Endless, 3) as (served, _),
        served.page() as page,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        page.get(PATH)
    assert "an export broke off" in caplog.text
