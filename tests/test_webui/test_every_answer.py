"""Every answer carries the security headers and every failure is a problem document, whatever it answers."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from serving import JSON, Served, serving

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    "img-src 'self' blob: data:; worker-src 'self' blob:; style-src 'self'; "
    "manifest-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
ASSET = "/assets/index-abcd1234.js"
Asking = Callable[[httpx.Client], httpx.Response]


def check_headers(answer: httpx.Response, policy: str = POLICY) -> None:
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert answer.headers["Content-Security-Policy"] == policy
    assert answer.headers["Cache-Control"]
    assert "Server" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("access-control")]


def check_problem(answer: httpx.Response) -> None:
    """RFC 9457, with one sentence on what happened and one on what to do, and nothing of the inside."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail"}
    assert told["status"] == answer.status_code
    assert told["type"].startswith("urn:whimbrel:problem:")
    assert re.fullmatch(r"[A-Z].*[.)] .*\.", told["detail"]), told["detail"]
    assert "Traceback" not in answer.text


def get(path: str, **headers: str) -> Asking:
    return lambda page: page.get(path, headers=headers)


def send(method: str, path: str, content: bytes, **headers: str) -> Asking:
    return lambda page: page.request(method, path, content=content, headers={**JSON, **headers})


SUCCESSES: list[tuple[int, Asking]] = [
    (200, get("/")),
    (200, get("/readyz")),
    (200, get("/enter.js")),
    (200, get("/enter.css")),
    (200, get("/enter?key=old")),
    (200, get("/sw.js")),
    (200, get("/notices.txt")),
    (200, get(ASSET)),
    (200, get("/api/session")),
    (200, get("/api/openapi.json")),
    (200, send("PATCH", "/api/settings", b"{}")),
    (200, send("POST", "/api/statistics", b'{"sessionId": "s", "statistics": []}')),
    (202, send("POST", "/api/models/import", b'{"path": "/nowhere"}')),
    (206, get(ASSET, Range="bytes=0-3")),
    (200, lambda page: page.head("/")),
    (304, lambda page: page.get(ASSET, headers={"If-None-Match": page.get(ASSET).headers["ETag"]})),
]
FAILURES: list[tuple[int, Asking]] = [
    (400, get("/api/pictures?limit=many")),
    (400, get("/api/pictures?limit=0")),
    (400, get("/api/pictures?limit=1001")),
    (400, get("/api/pictures?before=nowhere")),
    (400, get("/api/models/%FF/activate")),
    (400, send("PATCH", "/api/settings", b"{")),
    (401, get("/api/session", Cookie="none=1")),
    (401, send("POST", "/api/statistics", b"{}", Cookie="none=1")),
    (403, get("/api/session", Host="attacker.example")),
    (403, send("POST", "/api/statistics", b"{}", Origin="http://attacker.example")),
    (403, get("/assets/..%2Findex.html")),
    (404, get("/nowhere")),
    (404, get("/nowhere/at/all")),
    (404, get("/api/nowhere")),
    (404, get("/index.html")),
    (404, get("/assets/nothing.js")),
    (404, get(f"/models/{'0' * 64}/backbone.json")),
    (404, get(f"/api/pictures/{'0' * 64}/thumbnail")),
    (404, get("/api/pictures/short/thumbnail")),
    (404, get("/api/jobs/none")),
    (404, send("POST", "/api/models/none/activate", b"{}")),
    (404, send("POST", "/nowhere/at/all", b"{}")),
    (405, send("DELETE", "/api/settings", b"{}")),
    (405, send("POST", "/api/session", b"{}")),
    (405, send("PUT", ASSET, b"{}")),
    (405, send("BREW", "/api/session", b"")),
    (413, send("PATCH", "/api/settings", b'"' + bytes(65_536) + b'"')),
    (415, send("PATCH", "/api/settings", b"{}", **{"Content-Type": "text/plain"})),
    (416, get(ASSET, Range="bytes=4000-")),
    (422, send("PATCH", "/api/settings", b"[]")),
    (422, send("PATCH", "/api/settings", b'{"theme": "pink"}')),
    (422, send("POST", "/api/models/import", b'{"file": "/x"}')),
    (422, send("POST", "/api/models/fetch", b'{"name": "mobilenet_v2", "alpha": -1}')),
    (422, send("POST", "/api/models/rollback", b"{}")),
]


@pytest.mark.parametrize(("status", "ask"), SUCCESSES)
def test_success(page: httpx.Client, status: int, ask: Asking) -> None:
    answer = ask(page)
    assert answer.status_code == status
    check_headers(answer)


@pytest.mark.parametrize(("status", "ask"), FAILURES)
def test_failure(page: httpx.Client, status: int, ask: Asking) -> None:
    answer = ask(page)
    assert answer.status_code == status, answer.text
    check_headers(answer)
    check_problem(answer)
    assert page.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/enter?key=wrong"])
def test_pages_of_refusal(stranger: httpx.Client, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code in (401, 403)
    check_headers(answer)


def test_a_405_says_what_is_allowed(page: httpx.Client) -> None:
    assert page.delete("/api/settings").headers["Allow"] == "GET, PATCH"


def test_a_crash_shows_nothing_of_the_inside(
    tmp_path: Path, static_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_window() -> bool:
        raise ZeroDivisionError("hush-hush")

    (tmp_path / "data").mkdir()
    with (
        serving(
            tmp_path / "data",
            static_dir,
            change=lambda services: replace(services, raise_window=broken_window),
        ) as served,
        served.page() as page,
    ):
        answer = page.post("/api/handover?key=hidden", json={})
    assert answer.status_code == 500
    check_headers(answer)
    check_problem(answer)
    assert "hush" not in answer.text
    assert "ZeroDivisionError" in caplog.text
    assert "key=hidden" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("whimbrel", "tornado"))
    )


def test_a_page_that_was_not_built_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with serving(tmp_path / "data", tmp_path / "nothing") as served, served.page() as page:
        answer = page.get("/")
    assert answer.status_code == 503
    check_headers(answer)
    assert "dev.py" in answer.text


def test_only_the_inference_worker_may_start_scripts_from_blobs(page: httpx.Client) -> None:
    loose = POLICY.replace("'wasm-unsafe-eval'", "'wasm-unsafe-eval' blob:")
    worker = "/assets/inference-worker-abcd1234.js"
    check_headers(page.get(worker), loose)
    tag = page.get(worker).headers["ETag"]
    check_headers(page.get(worker, headers={"If-None-Match": tag}), loose)
    for other in (ASSET, "/assets/inference-worker-abcd1234.css", "/sw.js", "/", "/assets/none/../x.js"):
        check_headers(page.get(other))


def test_what_is_no_http_is_dropped(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as raw:
        raw.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert raw.recv(65_536) in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with served.stranger() as client:
        assert client.get("/readyz").status_code == 200
