"""`POST /api/statistics` over a real socket into a real SQLite."""

from __future__ import annotations

import dataclasses
import gzip
import json
import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from seed_example import SEED_EXAMPLE, as_json, seed_body
from serving import JSON, Served, serving

from store.local.folder import DiskGuard
from store.local.statistics_store import StatisticsStore
from store.local.whole_batch import prepare_whole
from webui.local.services import LocalServices

SEED = Path(__file__).parents[3] / "shared" / "mission" / "seed.md"
MIB = 2**20


def post(page: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
    return page.post("/api/statistics", content=body, headers={**JSON, **headers})


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    return response.status_code, told["type"].removeprefix("urn:whimbrel:problem:")


def stored(served: Served) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{served.data_dir}/whimbrel.sqlite3?mode=ro", uri=True)) as database:
        return database.execute("SELECT kind, label, probability FROM record ORDER BY 1, 2").fetchall()


def a_record(number: int, **changes: object) -> dict[str, object]:
    record = json.loads(as_json(SEED_EXAMPLE))
    return {**record, "id": f"01890000-0000-7000-8000-{number:012x}", **changes}


def batch(*records: object) -> bytes:
    return json.dumps({"sessionId": "s", "statistics": records}).encode()


def test_the_example_is_still_the_seeds() -> None:
    if not SEED.exists():
        pytest.skip("The seed is not beside this clone (../shared/mission/seed.md).")
    assert SEED_EXAMPLE in SEED.read_text()


def test_the_seeds_own_example_is_taken_and_stored_once(served: Served, page: httpx.Client) -> None:
    first = post(page, seed_body())
    assert (first.status_code, first.json()) == (200, {"accepted": 1, "duplicate": 0, "rejected": []})
    assert stored(served) == [("inference", "dog", 0.92)]
    again = post(page, seed_body())
    assert again.json() == {"accepted": 0, "duplicate": 1, "rejected": []}
    assert len(stored(served)) == 1


def test_two_bodies_without_ids_are_two_records(served: Served, page: httpx.Client) -> None:
    """They get ids from their body; in this form the quick way in takes them."""
    record = {"kind": "event", "stage": "decode", "timestamp": 1}
    bodies = [
        json.dumps({"sessionId": "s", "statistics": [record | {"code": code}]}).encode() for code in "ab"
    ]
    assert all(prepare_whole(body, 0) is not None for body in bodies)
    assert [post(page, body).json()["accepted"] for body in bodies] == [1, 1]
    assert len(stored(served)) == 2


def test_the_log_names_refused_batches_and_not_each_that_was_taken(
    served: Served, page: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "whimbrel.http")
    assert post(page, seed_body()).status_code == 200
    assert post(page, b"{}").status_code == 422
    served.settle()
    said = [line for line in caplog.messages if "/api/statistics" in line]
    assert [line[:3] for line in said] == ["422"]


def test_the_same_batch_compressed_is_the_same_batch(served: Served, page: httpx.Client) -> None:
    assert post(page, seed_body()).json()["accepted"] == 1
    packed = post(page, gzip.compress(seed_body()), **{"Content-Encoding": "gzip"})
    assert packed.json() == {"accepted": 0, "duplicate": 1, "rejected": []}


def test_one_bad_record_fails_alone_and_says_why(served: Served, page: httpx.Client) -> None:
    answered = post(page, batch(a_record(1), a_record(2, inferenceTime="fast"), a_record(3)))
    assert answered.status_code == 200
    told = answered.json()
    assert (told["accepted"], told["duplicate"]) == (2, 0)
    [rejection] = told["rejected"]
    assert (rejection["index"], rejection["id"]) == (1, a_record(2)["id"])
    assert "inferenceTime" in rejection["reason"]
    assert len(stored(served)) == 2


def test_the_same_id_with_other_content_is_a_conflict(served: Served, page: httpx.Client) -> None:
    assert post(page, batch(a_record(1))).json()["accepted"] == 1
    told = post(page, batch(a_record(1, totalTime=41.0))).json()
    assert [rejection["code"] for rejection in told["rejected"]] == ["conflict"]


def test_many_pages_at_once_lose_and_double_nothing(served: Served) -> None:
    bodies = [batch(*[a_record(100 * sender + number) for number in range(20)]) for sender in range(8)]
    results = list[dict[str, Any]]()

    def send(body: bytes) -> None:
        with served.page() as page:
            results.extend(post(page, body).json() for _ in range(2))

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result["accepted"] for result in results) == 160
    assert sum(result["duplicate"] for result in results) == 160
    assert len(stored(served)) == 160


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "bad-json")),
        (b"{", (400, "bad-json")),
        (b"\xff\xfe", (400, "bad-json")),
        (b'{"sessionId": "\xff", "statistics": []}', (400, "bad-json")),
        (b'{"sessionId": "s", "statistics": [}', (400, "bad-json")),
        (b'{"sessionId": "s", "statistics": []} and more', (400, "bad-json")),
        (b'{"x": ' + b"[" * 200_000, (400, "bad-json")),
        (b"[]", (422, "wrong-shape")),
        (b"null", (422, "wrong-shape")),
        (b"{}", (422, "wrong-shape")),
        (b'{"sessionId": 1, "statistics": []}', (422, "wrong-shape")),
        (b'{"sessionId": "", "statistics": []}', (422, "wrong-shape")),
        (b'{"sessionId": "a\\u0000b", "statistics": []}', (422, "wrong-shape")),
        (b'{"sessionId": "s", "statistics": {}}', (422, "wrong-shape")),
        (b'{"sessionId": "s", "statistics": [' + b"{}," * 1000 + b"{}]}", (422, "wrong-shape")),
    ],
)
def test_a_body_that_is_no_batch_is_refused(
    served: Served, page: httpx.Client, body: bytes, expected: tuple[int, str]
) -> None:
    assert problem(post(page, body)) == expected
    assert stored(served) == []


def test_other_media_are_refused(page: httpx.Client) -> None:
    for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        assert problem(post(page, seed_body(), **{"Content-Type": media})) == (415, "wrong-media-type")
    refused = post(page, seed_body(), **{"Content-Encoding": "br"})
    assert problem(refused) == (415, "wrong-media-type")
    assert refused.headers["Accept-Encoding"] == "gzip"


def test_nine_mebibytes_are_refused_and_the_connection_lives_on(served: Served, page: httpx.Client) -> None:
    padding = b" " * (9 * MIB - len(seed_body()))
    assert problem(post(page, seed_body() + padding)) == (413, "too-large")
    assert stored(served) == []
    assert post(page, seed_body()).status_code == 200


def test_nine_mebibytes_of_unannounced_length_are_refused(page: httpx.Client) -> None:
    refused = page.post("/api/statistics", content=(bytes(65_536) for _ in range(9 * 16)), headers=JSON)
    assert problem(refused) == (413, "too-large")


def test_eight_mebibytes_are_taken(page: httpx.Client) -> None:
    padding = b" " * (8 * MIB - len(seed_body()))
    assert post(page, seed_body() + padding).status_code == 200


def test_a_gzip_bomb_is_refused(served: Served, page: httpx.Client) -> None:
    bomb = gzip.compress(seed_body() + b" " * (100 * MIB), compresslevel=9)
    assert len(bomb) < MIB
    assert problem(post(page, bomb, **{"Content-Encoding": "gzip"})) == (413, "too-large")
    assert stored(served) == []


def test_a_full_disk_is_said_in_two_sentences(tmp_path: Path, static_dir: Path) -> None:
    def nearly_full(services: LocalServices) -> LocalServices:
        store = services.statistics
        assert isinstance(store, StatisticsStore)
        guard = DiskGuard(tmp_path, low_water=2**62)
        return dataclasses.replace(
            services, statistics=StatisticsStore(store._database, services.clock, guard)
        )

    (tmp_path / "data").mkdir()
    with serving(tmp_path / "data", static_dir, change=nearly_full) as served, served.page() as page:
        refused = post(page, seed_body())
        assert problem(refused) == (507, "disk-full")
        assert "Free some space" in refused.json()["detail"]


def test_a_full_queue_asks_to_come_again(served: Served, page: httpx.Client) -> None:
    hold, held = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        held.set()
        hold.wait()

    database = served.store.database
    database.submit(wait)
    held.wait()
    try:
        queued = database.submit(lambda _: None, size=2**40)
        refused = post(page, seed_body())
    finally:
        hold.set()
    assert problem(refused) == (503, "busy")
    assert refused.headers["Retry-After"] == "1"
    queued.result()
    assert post(page, seed_body()).json()["accepted"] == 1


def test_a_closed_memory_is_a_503(served: Served, page: httpx.Client) -> None:
    served.store.close()
    assert problem(post(page, seed_body())) == (503, "busy")
