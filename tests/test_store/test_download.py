"""Downloads from a real server that cuts off, ignores ranges, lies and refuses, and through a real proxy."""

from __future__ import annotations

import hashlib
import http.client
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from store.models.download import DownloadCancelled, Downloader, DownloadError, sha256_of

CONTENT = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(CONTENT).hexdigest()
LARGEST = 4 * 2**20


@dataclass
class Script:
    """How the server behaves, and what it was asked."""

    content: bytes = CONTENT
    etag: str = '"v1"'
    cut_after: list[int] = field(default_factory=list)
    ranges: bool = True
    length: bool = True
    status: int = 200
    location: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Answers as its server's script says."""

    protocol_version = "HTTP/1.1"
    script: Script

    def do_GET(self) -> None:
        script = self.script
        self.close_connection = True
        wanted = self.headers.get("Range")
        script.asked.append((self.path, wanted))
        if script.location and self.path != "/moved":
            self.send_response(302)
            self.send_header("Location", script.location)
            self.send_header("Connection", "close")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        if wanted and script.ranges and self.headers.get("If-Range") == script.etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        self.send_response(script.status if script.status != 200 else 206 if start else 200)
        if script.etag:
            self.send_header("ETag", script.etag)
        if start:
            total = len(script.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if script.length:
            self.send_header("Content-Length", str(len(script.content) - start))
        self.send_header("Connection", "close")
        self.end_headers()
        end = start + script.cut_after.pop(0) if script.cut_after else len(script.content)
        self.wfile.write(script.content[start:end])

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


class ProxyHandler(Handler):
    """A forward proxy: gets the absolute address that it is asked for."""

    def do_GET(self) -> None:
        self.script.asked.append((self.path, None))
        host, path = self.path.removeprefix("http://").split("/", 1)
        connection = http.client.HTTPConnection(host)
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        connection.close()


@contextmanager
def serving(script: Script, handler: type[Handler] = Handler) -> Iterator[str]:
    bound = type("Bound", (handler,), {"script": script})
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def downloader(slept: list[float]) -> Downloader:
    return Downloader(sleep=slept.append, read_seconds=5)


def test_a_file_arrives_whole_and_leaves_nothing_behind(tmp_path: Path, downloader: Downloader) -> None:
    steps: list[tuple[int, int | None]] = []
    with serving(Script()) as address:
        found = downloader.fetch(
            f"{address}/m.h5",
            tmp_path / "cache" / "m.h5",
            sha256=DIGEST,
            largest=LARGEST,
            progress=lambda done, total: steps.append((done, total)),
        )
    assert found == DIGEST
    assert (tmp_path / "cache" / "m.h5").read_bytes() == CONTENT
    assert {path.name for path in (tmp_path / "cache").iterdir()} <= {"m.h5", "m.h5.lock"}
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert steps == sorted(steps)


def test_a_connection_cut_in_the_middle_is_taken_up_again_by_itself(
    tmp_path: Path, downloader: Downloader, slept: list[float]
) -> None:
    script = Script(cut_after=[300_000, 0, 200_000])
    with serving(script) as address:
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert [wanted for _, wanted in script.asked] == [
        None,
        "bytes=300000-",
        "bytes=300000-",
        "bytes=500000-",
    ]
    assert (tmp_path / "m.h5").read_bytes() == CONTENT
    assert slept == [0.0, 1.0, 0.0]


def test_a_server_that_brings_nothing_more_is_given_up_and_a_later_call_goes_on(
    tmp_path: Path, downloader: Downloader
) -> None:
    script = Script(cut_after=[300_000, 0, 0, 0])
    target = tmp_path / "m.h5"
    with serving(script) as address:
        with pytest.raises(DownloadError, match=r"stopped after 0\.3 MB of 1\.0 MB") as caught:
            downloader.fetch(f"{address}/m.h5", target, sha256=DIGEST, largest=LARGEST)
        assert caught.value.advice == "Try again: it goes on from there."
        assert not (tmp_path / "m.h5").exists()
        Downloader().fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert script.asked[-1] == ("/m.h5", "bytes=300000-")
    assert (tmp_path / "m.h5").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_the_whole_again(tmp_path: Path, downloader: Downloader) -> None:
    script = Script(cut_after=[300_000], ranges=False)
    with serving(script) as address:
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert (tmp_path / "m.h5").read_bytes() == CONTENT


def test_a_file_that_changed_in_between_is_not_glued_together(tmp_path: Path, downloader: Downloader) -> None:
    script = Script(content=b"old" * 100_000, cut_after=[100_000, 0, 0, 0])
    with serving(script) as address:
        with pytest.raises(DownloadError):
            downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=None, largest=LARGEST)
        script.content, script.etag = CONTENT, '"v2"'
        found = downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=None, largest=LARGEST)
    assert found == DIGEST


def test_without_a_mark_of_the_version_it_starts_over(tmp_path: Path, downloader: Downloader) -> None:
    script = Script(cut_after=[300_000], etag="")
    with serving(script) as address:
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert [wanted for _, wanted in script.asked] == [None, None]


def test_wrong_bytes_are_thrown_away(tmp_path: Path, downloader: Downloader) -> None:
    with (
        serving(Script(content=b"<html>Welcome to our hotel</html>")) as address,
        pytest.raises(DownloadError, match=r"What was downloaded is not m\.h5 \(its SHA-256") as caught,
    ):
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert "login page" in caught.value.advice
    assert not caught.value.unreachable
    assert {path.name for path in tmp_path.iterdir()} <= {"m.h5.lock"}


@pytest.mark.parametrize("announced", [True, False])
def test_more_than_the_limit_is_refused_before_and_while_it_comes(
    tmp_path: Path, downloader: Downloader, announced: bool
) -> None:
    steps: list[int] = []
    with (
        serving(Script(length=announced)) as address,
        pytest.raises(DownloadError, match=r"sends more for m\.h5 than 0\.5 MB"),
    ):
        downloader.fetch(
            f"{address}/m.h5",
            tmp_path / "m.h5",
            sha256=None,
            largest=500_000,
            progress=lambda done, total: steps.append(done),
        )
    assert bool(steps) is not announced
    assert {path.name for path in tmp_path.iterdir()} <= {"m.h5.lock"}


def test_404_is_said_with_the_server_and_the_file(tmp_path: Path, downloader: Downloader) -> None:
    with (
        serving(Script(status=404)) as address,
        pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+ answered 404 for m\.h5"),
    ):
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)


def test_503_is_tried_again_three_times(tmp_path: Path, downloader: Downloader, slept: list[float]) -> None:
    script = Script(status=503)
    with (
        serving(script) as address,
        pytest.raises(DownloadError, match="the server answered 503") as caught,
    ):
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert caught.value.unreachable
    assert len(script.asked) == 3
    assert slept == [1.0, 2.0]


def test_a_redirect_is_followed(tmp_path: Path, downloader: Downloader) -> None:
    script = Script(location="/moved")
    with serving(script) as address:
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert [path for path, _ in script.asked] == ["/m.h5", "/moved"]


def test_a_redirect_in_a_circle_ends(tmp_path: Path, downloader: Downloader) -> None:
    with (
        serving(Script(location="/m.h5")) as address,
        pytest.raises(DownloadError, match="leads nowhere"),
    ):
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)


def test_no_one_listening_is_unreachable(tmp_path: Path, downloader: Downloader) -> None:
    with serving(Script()) as address:
        pass
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1:\d+ cannot be reached") as caught:
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
    assert caught.value.unreachable


def test_the_proxy_of_the_environment_is_used(
    tmp_path: Path, downloader: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxied = Script()
    with serving(Script()) as address, serving(proxied, ProxyHandler) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
        assert proxied.asked == [(f"{address}/m.h5", None)]
    assert sha256_of(tmp_path / "m.h5") == DIGEST


def test_cancelling_stops_soon_and_keeps_what_came(tmp_path: Path, downloader: Downloader) -> None:
    stop = threading.Event()

    def stop_after_some(done: int, total: int | None) -> None:
        if done > 200_000:
            stop.set()

    with serving(Script()) as address, pytest.raises(DownloadCancelled):
        downloader.fetch(
            f"{address}/m.h5",
            tmp_path / "m.h5",
            sha256=DIGEST,
            largest=LARGEST,
            progress=stop_after_some,
            cancelled=stop,
        )
        assert 200_000 < (tmp_path / "m.h5.part").stat().st_size < len(CONTENT)
        downloader.fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)


def test_a_full_disk_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    full: Callable[[Path], int] = lambda folder: 1_000_000  # noqa: E731
    with serving(Script()) as address, pytest.raises(DownloadError, match=r"no room for m\.h5"):
        Downloader(free_bytes=full).fetch(
            f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST
        )
    assert not (tmp_path / "m.h5.part").exists()


def test_two_at_once_do_not_write_the_same_file(tmp_path: Path, downloader: Downloader) -> None:
    errors: list[DownloadError] = []

    def second(done: int, total: int | None) -> None:
        if errors:
            return
        try:
            Downloader().fetch(f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST)
        except DownloadError as error:
            errors.append(error)

    with serving(Script()) as address:
        downloader.fetch(
            f"{address}/m.h5", tmp_path / "m.h5", sha256=DIGEST, largest=LARGEST, progress=second
        )
    assert "being downloaded already" in errors[0].sentence
