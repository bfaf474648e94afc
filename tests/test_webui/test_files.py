"""The page's own files, from one folder and nowhere else."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from serving import STATIC, Served

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "media", "caching"),
    [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/notices.txt", "text/plain; charset=utf-8", "no-cache"),
        ("/assets/index-abcd1234.js", "text/javascript; charset=utf-8", IMMUTABLE),
        ("/assets/inference-worker-abcd1234.css", "text/css; charset=utf-8", IMMUTABLE),
        ("/assets/tfjs-backend-wasm-abcd1234.wasm", "application/wasm", IMMUTABLE),
    ],
)
def test_files_come_whole_with_their_type_and_caching(
    page: httpx.Client, path: str, media: str, caching: str
) -> None:
    answer = page.get(path)
    assert answer.content == STATIC[path.lstrip("/") or "index.html"]
    assert answer.headers["Content-Type"] == media
    assert answer.headers["Cache-Control"] == caching


def test_the_service_worker_may_serve_the_whole_page(page: httpx.Client) -> None:
    assert page.get("/sw.js").headers["Service-Worker-Allowed"] == "/"


def test_a_part_of_a_file(page: httpx.Client) -> None:
    path = "/assets/tfjs-backend-wasm-abcd1234.wasm"
    whole = STATIC[path[1:]]
    part = page.get(path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, whole[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(whole)}"


def test_an_unchanged_file_is_not_sent_again_and_a_changed_one_is(
    page: httpx.Client, static_dir: Path
) -> None:
    tag = page.get("/").headers["ETag"]
    assert page.get("/", headers={"If-None-Match": tag}).status_code == 304
    (static_dir / "index.html").write_bytes(b"<!doctype html>rebuilt")
    assert page.get("/", headers={"If-None-Match": tag}).content == b"<!doctype html>rebuilt"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../data/secret",
        "/assets/..%2f..%2fdata%2fsecret",
        "/assets/%2e%2e/%2e%2e/data/secret",
        "/assets/%2e%2e%2f%2e%2e%2fdata%2fsecret",
        "/assets/..%5c..%5cdata%5csecret",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/link",
        "/assets/",
        "/..%2fdata%2fsecret",
        "/%2e%2e%2fdata%2fsecret",
        "/INDEX.HTML",
        "/assets%2f..%2f..%2fdata%2fsecret",
        f"/models/{'0' * 64}/..%2f..%2fsecret",
        "/models/../../secret",
        "/models/..%2f..%2fdata/secret",
        "/models/%2e%2e/secret",
        f"/models/{'0' * 64}/..",
    ],
)
def test_no_path_leads_out_of_the_folder(
    served: Served, page: httpx.Client, static_dir: Path, path: str
) -> None:
    (static_dir / "assets" / "link").symlink_to(served.data_dir / "secret")
    name, value = served.services.keys.cookie_name, served.services.keys.make_cookie()
    with socket.create_connection(("127.0.0.1", served.port)) as raw:  # httpx would tidy the path
        raw.settimeout(20)
        host = f"127.0.0.1:{served.port}"
        asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {name}={value}\r\nConnection: close\r\n\r\n"
        raw.sendall(asked.encode())
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert answer.split(b" ")[1] in (b"400", b"403", b"404")
    assert (served.data_dir / "secret").read_bytes().strip() not in answer
    assert b"root:" not in answer
