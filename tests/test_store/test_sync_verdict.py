"""The table of answers, row by row."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from paper_collector import COLLECTOR, answer, refusal

from store.local.outbox_values import Lease, QueuedRecord
from store.sync.retry_after import backoff_s, retry_after_s
from store.sync.verdict import (
    Bisect,
    Counted,
    Halve,
    Response,
    Retry,
    Stop,
    Stranger,
    UpdateNeeded,
    Verdict,
    verdict,
)

NOW = 1_790_000_000_000
BATCH = b"\xba" * 16
IDS = [bytes([number]) * 16 for number in (1, 2, 3)]
LEASE = Lease(
    BATCH,
    b"\xe0" * 16,
    tuple(
        QueuedRecord(seq, record_id, "inference", "s", 1, 1, None, "{}", 1)
        for seq, record_id in enumerate(IDS, start=7)
    ),
    (),
)
GOOD: dict[str, Any] = {
    "collector_id": COLLECTOR,
    "batch_id": BATCH.hex(),
    "accepted": 2,
    "duplicate": 0,
    "rejected": [{"event_id": IDS[1].hex(), "code": "malformed"}],
    "ack_seq": 9,
    "server_time": NOW,
    "min_schema": 1,
    "max_schema": 1,
}


def judged(response: Response, sent_bytes: int = 1000) -> Verdict:
    return verdict(response, LEASE, COLLECTOR, sent_bytes, NOW)


def test_an_answer_that_fits_counts() -> None:
    found = judged(answer(GOOD | {"newer": [1]}))
    assert isinstance(found, Counted)
    assert (found.answer.accepted, found.answer.rejected) == (2, {IDS[1]: "malformed"})
    assert isinstance(judged(answer(GOOD, media="application/json; charset=utf-8")), Counted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"batch_id": "00" * 16}, "wrong-answer"),
        ({"collector_id": "c1" * 16}, "other-collector"),
        ({"accepted": 3}, "wrong-answer"),
        ({"ack_seq": 10}, "wrong-answer"),
        ({"rejected": GOOD["rejected"] * 2, "accepted": 1}, "wrong-answer"),
        ({"rejected": [{"event_id": "ff" * 16, "code": "x"}]}, "wrong-answer"),
        ({"accepted": "2"}, "not-json"),
        ({"accepted": -1}, "not-json"),
    ],
)
def test_an_answer_that_does_not_fit_is_none(changes: dict[str, object], code: str) -> None:
    assert judged(answer(GOOD | changes)) == Stranger(code)


def test_a_good_answer_from_a_page_of_html_is_none() -> None:
    assert judged(answer(GOOD, media="text/html")) == Stranger("not-json")
    assert judged(Response(200, "application/json", b"\xff")) == Stranger("not-json")
    assert judged(Response(200, "application/json", b"[" * 100_000)) == Stranger("not-json")


@pytest.mark.parametrize(
    ("response", "found"),
    [
        (Response(failure="tls"), Stranger("tls")),
        (Response(302), Stranger("redirect")),
        (Response(204), Stranger("nonsense")),
        (refusal(400, "bad-json"), Bisect("bad-json")),
        (refusal(422), Bisect("http-422")),
        (refusal(401, "revoked"), Stop("revoked")),
        (refusal(403), Stop("http-403")),
        (refusal(413), Halve(lone=True)),
        (refusal(426, min_schema=2, max_schema=4), UpdateNeeded(2, 4)),
        (refusal(404), Retry("http-404")),
        (refusal(404, "not-found"), Retry("not-found")),
        (refusal(500), Retry("http-500")),
        (Response(500, "text/html"), Retry("http-500")),
        (Response(503, "text/html", retry_after="7"), Retry("http-503", 7.0)),
        (Response(429, retry_after="-1"), Retry("http-429", None)),
    ],
)
def test_every_other_answer_has_its_row(response: Response, found: Verdict) -> None:
    assert judged(response) == found


@pytest.mark.parametrize("status", [400, 401, 403, 422, 426])
def test_a_refusal_that_is_not_our_collectors_decides_nothing(status: int) -> None:
    for response in (
        Response(status, "text/html", b"<html>"),
        refusal(status, collector_id="c1" * 16),
        refusal(status, collector_id=None),
        Response(status, "application/problem+json", b"{"),
    ):
        assert judged(response) == Stranger(f"http-{status}")


def test_only_a_large_body_is_too_large_on_a_proxys_word() -> None:
    assert judged(Response(413, "text/html"), 1000) == Halve(lone=False)
    assert judged(Response(413, "text/html"), 100_000) == Halve(lone=True)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("-1", None),
        ("1000000000", 3600.0),
        ("9" * 400, None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣", None),
        ("soon", None),
        ("Wed, 25 Nov 2026 09:00:30 GMT", 30.0),
        ("Wed, 25 Nov 2026 08:00:00 GMT", None),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3600.0),
        ("Wed, 99 Nov 99999 09:00:30 GMT", None),
    ],
)
def test_retry_after(asked: str | None, seconds: float | None) -> None:
    date = "Wed, 25 Nov 2026 09:00:00 GMT"
    assert retry_after_s(asked, date, now_ms=0) == seconds


def test_a_date_without_the_servers_own_counts_from_this_clock() -> None:
    assert retry_after_s("Thu, 01 Jan 1970 00:00:10 GMT", None, now_ms=4000) == 6.0


def test_backoff_is_jittered_and_bounded() -> None:
    assert [backoff_s(failures, lambda: 1.0) for failures in (0, 1, 2, 11, 10**9)] == [1, 1, 2, 900, 900]
    assert backoff_s(5, lambda: 0.0) == 0
    assert backoff_s(5, lambda: 0.25) == 4


def test_the_table_reads_what_the_wire_carries() -> None:
    assert msgspec.json.decode(refusal(422, "x").body)["collector_id"] == COLLECTOR
