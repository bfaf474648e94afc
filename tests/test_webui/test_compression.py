"""Answers of 1 KiB and more are gzipped for whoever takes that, and nothing else is changed by it."""

from __future__ import annotations

import gzip

import httpx
from local_records import inference, send
from serving import JSON, Served

LONG = "/api/openapi.json"


def raw(page: httpx.Client, path: str, encoding: str = "gzip") -> tuple[httpx.Headers, bytes]:
    """The headers and the bytes as they came over the wire."""
    with page.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
        assert answer.status_code == 200
        return answer.headers, b"".join(answer.iter_raw())


def test_a_long_answer_is_gzipped_and_says_so(page: httpx.Client) -> None:
    headers, packed = raw(page, LONG)
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Vary"] == "Accept-Encoding"
    assert int(headers["Content-Length"]) == len(packed)
    plain = raw(page, LONG, "identity")[1]
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 4


def test_who_does_not_take_it_gets_it_plain(page: httpx.Client) -> None:
    headers, plain = raw(page, LONG, "identity")
    assert "Content-Encoding" not in headers
    assert plain.startswith(b"{")


def test_a_short_answer_stays_as_it_is(page: httpx.Client) -> None:
    headers, plain = raw(page, "/readyz")
    assert "Content-Encoding" not in headers
    assert plain == b'{"ready":true}'


def test_a_long_problem_is_gzipped_as_well(page: httpx.Client) -> None:
    record = {"modelVersion": 1}
    answer = page.post("/api/statistics", json={"sessionId": "s", "statistics": [record] * 20}, headers=JSON)
    assert answer.status_code == 422
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.json()["rejected"]) == 20


def test_files_keep_their_tags_lengths_and_ranges(page: httpx.Client) -> None:
    path = "/assets/tfjs-backend-wasm-abcd1234.wasm"
    headers, whole = raw(page, path)
    assert "Content-Encoding" not in headers
    assert headers["ETag"]
    with page.stream("GET", path, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-3999"}) as part:
        assert b"".join(part.iter_raw()) == whole[:4000]


def test_an_export_is_gzipped_on_its_way(served: Served, page: httpx.Client) -> None:
    send(served.store.statistics, *[inference(number) for number in range(300)])
    for form in ("json", "jsonl", "csv"):
        path = f"/api/export/training-data?format={form}"
        headers, packed = raw(page, path)
        assert headers["Content-Encoding"] == "gzip", form
        unpacked = gzip.decompress(packed)
        assert unpacked.count(b"starter") >= 300 or unpacked.count(b"\n") >= 300, form
        assert len(packed) < len(unpacked) / 4


def test_what_is_packed_already_is_not_packed_again(page: httpx.Client) -> None:
    for query in ("format=tfrecord", "format=json&gzip=true"):
        headers, _ = raw(page, f"/api/export/training-data?{query}")
        assert "Content-Encoding" not in headers
