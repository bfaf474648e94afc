"""Who writes too often is asked to wait; the page itself may do far more than it ever needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from local_records import HandClock
from serving import JSON, Served, serving

from webui.rate_limits import DEFAULT, Rate, RateLimits, TokenBucket, WriteLimits


class Stopped(HandClock):
    """A clock whose monotonic time moves by hand."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Stopped:
    return Stopped()


@pytest.fixture
def still(tmp_path: Path, static_dir: Path, clock: Stopped) -> Iterator[Served]:
    """The application in a world where no time goes by."""
    (tmp_path / "data").mkdir()
    with serving(
        tmp_path / "data", static_dir, change=lambda services: replace(services, clock=clock)
    ) as running:
        yield running


def test_a_bucket_gives_its_burst_and_then_its_rate(clock: Stopped) -> None:
    bucket = TokenBucket(Rate(per_second=2, burst=3), clock.monotonic)
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]
    clock.seconds += 0.25
    assert bucket.take() == 0.25
    clock.seconds += 0.25
    assert [bucket.take(), bucket.take()] == [0, 0.5]


def test_a_bucket_never_holds_more_than_its_burst(clock: Stopped) -> None:
    bucket = TokenBucket(Rate(per_second=2, burst=3), clock.monotonic)
    clock.seconds += 1e9
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]


def test_addresses_and_callers_have_buckets_of_their_own(clock: Stopped) -> None:
    limits = RateLimits(clock.monotonic)
    few = WriteLimits(page=Rate(1, 1), program=Rate(1, 1))
    page = {"Sec-Fetch-Site": "same-origin"}
    for address, headers in (("a", page), ("a", {}), ("b", page), ("b", {"Sec-Fetch-Site": "none"})):
        limits.check(address, few, headers)
    with pytest.raises(Exception, match="429"):
        limits.check("a", few, page)


def test_every_address_that_writes_has_a_limit(still: Served) -> None:
    with still.page() as page:
        del page.headers["Sec-Fetch-Site"]
        writing = [
            (method.upper(), re.sub(r"\{\w+\}", "x", path))
            for path, methods in page.get("/api/openapi.json").json()["paths"].items()
            for method in methods
            if method != "get"
        ]
        assert len(writing) >= 7
        for method, path in writing:
            often = {"/api/statistics": 400, "/api/queue/next": 100}
            burst = often.get(path, DEFAULT.program.burst)
            statuses = {
                page.request(method, path, content=b"[", headers=JSON).status_code for _ in range(burst)
            }
            assert 429 not in statuses, (method, path)
            refused = page.request(method, path, content=b"[", headers=JSON)
            assert refused.status_code == 429, (method, path)
            assert refused.headers["Retry-After"] == "1"
            assert refused.json()["type"] == "urn:whimbrel:problem:too-many"


def test_it_goes_on_after_the_time_that_was_said(still: Served, clock: Stopped) -> None:
    with still.page() as page:
        for _ in range(DEFAULT.page.burst):
            assert page.patch("/api/settings", json={}).status_code == 200
        refused = page.patch("/api/settings", json={})
        assert refused.status_code == 429
        clock.seconds += float(refused.headers["Retry-After"])
        assert page.patch("/api/settings", json={}).status_code == 200
        assert page.get("/api/settings").status_code == 200


def test_reading_has_no_limit(still: Served) -> None:
    with still.page() as page:
        assert {page.get("/api/settings").status_code for _ in range(500)} == {200}


def test_a_page_that_catches_up_is_not_held_up(still: Served) -> None:
    """Two thousand batches at once: more than 50,000 records."""
    with still.page() as page:
        body = b'{"sessionId": "s", "statistics": []}'
        answers = {page.post("/api/statistics", content=body, headers=JSON).status_code for _ in range(2_000)}
    assert answers == {200}


def test_a_stranger_empties_nobodys_bucket(still: Served) -> None:
    with still.stranger() as stranger, still.page() as page:
        headers = {**JSON, "Origin": still.origin}
        for _ in range(DEFAULT.program.burst + 1):
            assert stranger.patch("/api/settings", content=b"{}", headers=headers).status_code == 401
        del page.headers["Sec-Fetch-Site"]
        assert page.patch("/api/settings", json={}).status_code == 200
        assert isinstance(page, httpx.Client)
