"""HTTP to a collector over real sockets, with everything that networks answer."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from odd_server import Say, certificate, odd_server, whole

from store.sync.address import collector_url
from store.sync.forms import SyncError
from store.sync.transport import HttpTransport
from store.sync.verdict import Response

JSON = "Content-Type: application/json\r\n"


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport("Whimbrel/test", connect_s=2, read_s=2)
    yield made
    made.close()


def posted(transport: HttpTransport, say: Say, body: bytes = b"{}") -> Response:
    with odd_server(say) as (port, _):
        return transport.post(f"http://127.0.0.1:{port}/x", body, "token")


def test_a_request_is_packed_and_carries_the_token(transport: HttpTransport) -> None:
    with odd_server(whole("200 OK", JSON + "Retry-After: 7\r\nDate: today\r\n", b'{"a":1}')) as (
        port,
        requests,
    ):
        told = transport.post(f"http://127.0.0.1:{port}/x", b"[1]" * 1000, "token")
        small = transport.post(f"http://127.0.0.1:{port}/x", b"[1]", None)
    assert told == Response(200, "application/json", b'{"a":1}', "7", "today")
    assert small.status == 200
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert gzip.decompress(body) == b"[1]" * 1000
    assert b"Authorization: Bearer token" in head
    assert b"User-Agent: Whimbrel/test" in head
    assert requests[1].endswith(b"[1]")
    assert b"Bearer" not in requests[1]


def test_a_redirect_is_not_followed(transport: HttpTransport) -> None:
    with odd_server(whole("302 Found", "Location: /login\r\n")) as (port, requests):
        assert transport.get(f"http://127.0.0.1:{port}/x", "token").status == 302
    assert len(requests) == 1


def reset(peer: socket.socket, _: bytes) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half(peer: socket.socket, _: bytes) -> None:
    peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{"a":')


def endless(peer: socket.socket, _: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def no_http(peer: socket.socket, _: bytes) -> None:
    peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


@pytest.mark.parametrize(
    ("say", "failure"),
    [
        (reset, "cut"),
        (half, "cut"),
        (no_http, "cut"),
        (endless, "too-long"),
        (whole("200 OK", JSON + "Content-Encoding: gzip\r\n", gzip.compress(b"{}")), "nonsense"),
    ],
)
def test_what_is_no_answer_is_a_failure(transport: HttpTransport, say: Say, failure: str) -> None:
    assert posted(transport, say) == Response(failure=failure)


def test_an_answer_that_drips_does_not_last_for_ever() -> None:
    def drip(peer: socket.socket, _: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"1\r\nx\r\n")

    minutes = itertools.count()
    transport = HttpTransport("test", clock=lambda: next(minutes) * 60.0)
    assert posted(transport, drip) == Response(failure="timeout")
    transport.close()


def test_nobody_there_is_offline(transport: HttpTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert transport.post(f"http://127.0.0.1:{port}/", b"{}", None) == Response(failure="offline")
    transport.close()
    assert transport.post("http://127.0.0.1:9/", b"{}", None).failure


def test_no_proxy_stands_between_the_machine_and_itself(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert posted(transport, whole("200 OK", JSON)).status == 200


def test_a_proxy_is_used_for_everybody_else(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    with odd_server(whole("200 Connected")) as (port, requests):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        transport.get("https://collector.invalid/x", None)
    assert requests[0].startswith(b"CONNECT collector.invalid:443")


@pytest.mark.parametrize(("days", "trusted"), [(1, True), (1, False), (-1, True)])
def test_only_a_certificate_that_holds_is_spoken_to(tmp_path: Path, days: int, trusted: bool) -> None:
    context, public = certificate(tmp_path, days=days)

    def trust() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(public) if trusted else None)

    transport = HttpTransport("test", trust=trust)
    with odd_server(whole("200 OK", JSON), context) as (port, _):
        told = transport.post(f"https://127.0.0.1:{port}/", b"{}", "token")
    transport.close()
    assert told == (
        Response(200, "application/json", b"{}") if trusted and days > 0 else Response(failure="tls")
    )


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (" collector.example.org/ ", "https://collector.example.org"),
        ("https://c.example:8443/team/", "https://c.example:8443/team"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_is_read_as_it_is_meant(typed: str, url: str) -> None:
    assert collector_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    ["", "http://collector.example.org", "http://127.0.0.1.example.org", "ftp://x", "https://u:p@x.org",
     "https://x.org?a=1", "https://x.org:99999", "https://[::1", "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(typed: str) -> None:
    with pytest.raises(SyncError):
        collector_url(typed)
