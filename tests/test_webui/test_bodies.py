"""Limits on request bodies, before and after inflating."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest

from webui.bodies import Body, expected_body
from webui.problems import Problem

LIMIT = 1000
JSON = {"Content-Type": "application/json"}


def fed(content: bytes, *, zipped: bool = False, piece: int = 7) -> Body:
    body = Body(LIMIT, gzip=zipped)
    for start in range(0, len(content), piece):
        body.feed(content[start : start + piece])
    return body


def refusal(body: Body) -> int:
    with pytest.raises(Problem) as caught:
        body.whole()
    return caught.value.status_code


@pytest.mark.parametrize("size", [0, 1, LIMIT])
@pytest.mark.parametrize("piece", [1, 64, 10_000])
def test_a_body_up_to_the_limit_comes_through_whole(size: int, piece: int) -> None:
    content = bytes(index % 251 for index in range(size))
    assert fed(content, piece=piece).whole() == content
    assert fed(gzip.compress(content), zipped=True, piece=piece).whole() == content


def test_one_byte_over_the_limit_is_too_large() -> None:
    assert refusal(fed(bytes(LIMIT + 1))) == 413
    assert refusal(fed(gzip.compress(bytes(LIMIT + 1)), zipped=True)) == 413


def test_the_limit_holds_on_the_wire_where_little_comes_of_it() -> None:
    packed = io.BytesIO()
    with gzip.GzipFile("n" * LIMIT, "wb", fileobj=packed) as file:  # a name in the header is no content
        file.write(b"{}")
    assert refusal(fed(packed.getvalue(), zipped=True)) == 413


def test_a_bomb_is_never_inflated() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    body = Body(100_000, gzip=True)
    body.feed(bomb)
    assert refusal(body) == 413
    assert len(body._content) <= 100_000 + 65_536


def test_a_bomb_in_tiny_pieces_is_never_inflated() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    body = Body(100_000, gzip=True)
    for start in range(0, len(bomb), 10):
        body.feed(bomb[start : start + 10])
    assert refusal(body) == 413
    assert len(body._content) <= 100_000 + 65_536


@pytest.mark.parametrize(
    "content",
    [
        b"this is not gzip",
        gzip.compress(b"{}")[:-3],
        gzip.compress(b"{}") + b"more",
        gzip.compress(b"{}") + gzip.compress(b"{}"),
        zlib.compress(b"{}"),
        b"",
    ],
    ids=["not gzip", "cut short", "more after it", "two of them", "zlib", "empty"],
)
def test_damaged_compression_is_a_400(content: bytes) -> None:
    assert refusal(fed(content, zipped=True)) == 400


@pytest.mark.parametrize(
    "media", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_is_taken(media: str) -> None:
    assert expected_body({"Content-Type": media}, LIMIT).whole() == b""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({**JSON, "Content-Encoding": "br"}, 415),
        ({**JSON, "Content-Encoding": "gzip, gzip"}, 415),
        ({**JSON, "Content-Length": str(LIMIT + 1)}, 413),
        ({**JSON, "Content-Length": "9" * 30}, 413),
    ],
)
def test_what_is_announced_wrongly_is_refused_before_it_is_read(headers: dict[str, str], status: int) -> None:
    with pytest.raises(Problem) as caught:
        expected_body(headers, LIMIT)
    assert caught.value.status_code == status
