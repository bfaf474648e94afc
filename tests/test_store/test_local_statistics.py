"""Batches: what is taken, what is a duplicate, what is rejected and why; each record on its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from local_records import (
    EMBEDDING,
    NOW,
    WEBP,
    HandClock,
    attachment,
    base64_text,
    body_of,
    inference,
    said,
    send,
    send_body,
    uuid,
    uuid_bytes,
)
from seed_example import SEED_EXAMPLE, as_json, seed_body

from store.events import AppEvent, DeviceInfo, Inference, StatisticsBatch
from store.ids import parse_id
from store.local.errors import StoreFull
from store.local.folder import DiskGuard
from store.local.opening import LocalStore, open_store
from store.local.reading import find_record
from store.local.statistics_store import StatisticsStore

_SURE = {"className": "x", "probability": 1.5, "rank": 1}
_TOO_MANY = {"numTensors": 2**53 + 1, "numBytes": 0, "numDataBuffers": 0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def rows(store: LocalStore, sql: str) -> list[tuple[Any, ...]]:
    with store.database.read() as db:
        return list(db.execute_sql(sql).fetchall())


def counts(store: LocalStore, *records: object) -> tuple[int, int, list[tuple[int, str]]]:
    result = send(store.statistics, *records)
    return (
        result.accepted,
        result.duplicate,
        [(rejection.index, rejection.code) for rejection in result.rejected],
    )


def reason_of(store: LocalStore, record: object) -> str:
    result = send(store.statistics, record)
    assert (result.accepted, result.duplicate, len(result.rejected)) == (0, 0, 1)
    return result.rejected[0].reason


def test_the_seeds_own_example_is_taken_word_for_word(store: LocalStore) -> None:
    assert send_body(store.statistics, seed_body()).accepted == 1
    (found,) = rows(store, "SELECT id, kind, session_id, recorded_at, label, probability FROM record")
    assert found[1:] == ("inference", "abc123", NOW, "dog", 0.92)
    with store.database.read() as db:
        record = find_record(db, found[0])
    assert record == msgspec.json.decode(as_json(SEED_EXAMPLE), type=Inference)
    assert rows(store, "SELECT is_correct, corrected_label, confidence FROM feedback") == [(0, "wolf", 1.0)]


def test_the_same_body_twice_is_stored_once_without_ids_too(store: LocalStore) -> None:
    assert send_body(store.statistics, seed_body()).duplicate == 0
    again = send_body(store.statistics, seed_body())
    assert (again.accepted, again.duplicate, again.rejected) == (0, 1, [])
    assert rows(store, "SELECT count(*) FROM record") == [(1,)]


def test_equal_records_without_ids_in_one_body_are_two(store: LocalStore) -> None:
    example = json.loads(as_json(SEED_EXAMPLE))
    assert counts(store, example, example) == (2, 0, [])


def test_the_same_records_in_other_batches_are_duplicates(store: LocalStore) -> None:
    assert counts(store, inference(1), inference(2)) == (2, 0, [])
    assert counts(store, inference(2), inference(3), inference(1)) == (1, 2, [])
    assert counts(store, inference(4), inference(4)) == (1, 1, [])
    assert rows(store, "SELECT count(*), count(DISTINCT id) FROM record") == [(4, 4)]


def test_the_same_id_with_other_content_is_a_conflict_and_the_first_stays(store: LocalStore) -> None:
    assert counts(store, inference(1)) == (1, 0, [])
    result = send(
        store.statistics, inference(2), inference(1, inferenceTime=1.5), inference(2, backend="webgl")
    )
    assert (result.accepted, result.duplicate) == (1, 0)
    assert [(r.index, r.id, r.code) for r in result.rejected] == [
        (1, uuid(1), "conflict"),
        (2, uuid(2), "conflict"),
    ]
    assert "id of its own" in result.rejected[0].reason
    assert rows(store, "SELECT json_extract(payload, '$.inferenceTime') FROM record") == [(35.5,), (35.5,)]


def test_a_record_of_another_kind_with_the_id_is_a_conflict(store: LocalStore) -> None:
    assert counts(store, inference(1), said(1, about=1)) == (1, 0, [(1, "conflict")])


def test_an_inference_again_without_heavy_parts_or_with_another_device_is_a_duplicate(
    store: LocalStore,
) -> None:
    heavy = {"embedding": base64_text(EMBEDDING), "thumbnail": base64_text(WEBP)}
    send(store.statistics, inference(1, **heavy), device={"deviceMemory": 8})
    again = send(store.statistics, inference(1), device={"deviceMemory": 4})
    assert (again.accepted, again.duplicate, again.rejected) == (0, 1, [])


def test_one_bad_record_fails_alone(store: LocalStore) -> None:
    bad = inference(2, predictions=[])
    assert counts(store, inference(1), bad, inference(3)) == (2, 0, [(1, "invalid")])
    assert rows(store, "SELECT count(*) FROM record") == [(2,)]


def test_a_time_may_be_milliseconds_or_iso_8601(store: LocalStore) -> None:
    texts = ["2026-05-01T12:00:00Z", "2026-05-01T14:00:00.250+02:00", "1970-01-01T00:00:00.0015Z"]
    records = [inference(number, timestamp=text) for number, text in enumerate(texts)]
    assert counts(store, *records, inference(9, timestamp=None)) == (4, 0, [])
    assert rows(store, "SELECT recorded_at FROM record ORDER BY number") == [
        (1_777_636_800_000,), (1_777_636_800_250,), (1,), (NOW,)
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["2026-05-01T12:00:00", "yesterday", "", "2026-13-01T00:00:00Z", "1" * 100])
def test_a_time_without_its_zone_is_refused(store: LocalStore, text: str) -> None:
    assert "2026-05-01T12:00:00Z" in reason_of(store, inference(1, timestamp=text))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "abc"}, ["id", "UUID"]),
        ({"predictions": [_SURE]}, ["predictions[0].probability", "1.0"]),
        ({"memoryUsage": _TOO_MANY}, ["memoryUsage.numTensors"]),
        ({"modelVersion": "a\0b"}, ["modelVersion", "U+0000"]),
        ({"modelVersion": "x" * 257}, ["modelVersion", "256"]),
        ({"kind": "party"}, ["kind", "party"]),
        ({"kind": 3}, ["kind"]),
        ({"timestamp": -1}, ["timestamp"]),
        ({"timestamp": 1.5}, ["timestamp"]),
        ({"picture": {"sha256": "AB", "fileName": "x"}}, ["picture.sha256", "64 hexadecimal"]),
        ({"embedding": "abc"}, ["embedding", "base64"]),
        ({"embedding": "YWJj"}, ["embedding", "two bytes"]),
        ({"embedding": ""}, ["embedding", "leave it out"]),
        ({"embedding": "é"}, ["embedding", "base64"]),
        ({"embedding": "YW Jj"}, ["embedding", "base64"]),
        ({"embedding": base64_text(b"\x00\x7c")}, ["embedding", "finite"]),
        ({"embedding": base64_text(b"\x00\x00\x01\xfe")}, ["embedding", "finite"]),
        ({"embedding": base64_text(EMBEDDING), "spaceId": None}, ["spaceId"]),
        ({"thumbnail": base64_text(b"GIF89a")}, ["thumbnail", "WebP"]),
        ({"crop": base64_text(WEBP), "picture": None}, ["picture"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_field(
    store: LocalStore, changes: dict[str, Any], words: list[str]
) -> None:
    reason = reason_of(store, inference(1, **changes))
    assert all(word in reason for word in words), reason
    assert rows(store, "SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM picture)") == [(0,)]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"kind":"event","stage":"a","code":"\\ud800"}',
        b'{"kind":"event","stage":"a","code":"\xff"}',
        b'{"kind":"event","stage":"a","code":"x","detail":{"n":NaN}}',
        b'{"kind":"event","stage":"a","code":"x","detail":{"n":1e999}}',
        b'{"kind":"event","stage":"a","code":"x","detail":{"n":-1e999}}',
        b'{"kind":"event","stage":"a","code":"x","detail":{"a\\u0000":1}}',
        b'{"kind":"event","stage":"a","code":"x","detail":{"deep":{"deeper":1}}}',
        b'{"kind":"event","stage":"a","code":"x","other":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"kind":"event","stage":"a"',
        b"[]",
        b"null",
        b'"text"',
    ],
)
def test_poison_is_rejected_and_nothing_of_it_is_stored(store: LocalStore, raw: bytes) -> None:
    batch = StatisticsBatch("s", [msgspec.Raw(raw), msgspec.Raw(msgspec.json.encode(inference(1)))])
    result = store.statistics.record(batch, b"").result(timeout=60)
    assert (result.accepted, [rejection.index for rejection in result.rejected]) == (1, [0])
    assert len(result.rejected[0].reason) < 500
    assert rows(store, "SELECT count(*) FROM record") == [(1,)]


def test_a_reason_never_carries_a_whole_body(store: LocalStore) -> None:
    reason = reason_of(store, inference(1, kind="x" * 1_000_000))
    assert len(reason) < 500


def test_a_feedback_and_an_attachment_must_say_something(store: LocalStore) -> None:
    assert "says nothing" in reason_of(store, said(2, about=1, userFeedback=None))
    assert "itself" in reason_of(store, said(2, about=1, retracts=uuid(2)))
    assert "inferenceId" in reason_of(store, said(2, about=1, inferenceId="first"))
    assert "retracts" in reason_of(store, said(2, about=1, retracts="first"))
    assert "empty" in reason_of(store, attachment(2, about=1))


def test_the_columns_say_what_queries_need(store: LocalStore) -> None:
    picture = {"sha256": "a" * 64, "fileName": "x.jpg", "capturedAt": "2026:05:01 12:00:00"}
    by_rank = [
        {"className": "b", "probability": 0.2, "rank": 2},
        {"className": "a", "probability": 0.7, "rank": 1},
    ]
    send(store.statistics, inference(1, picture=picture, predictions=by_rank))
    (row,) = rows(
        store,
        "SELECT id, model_version, label, probability, backend, source, record.captured_at, hex(p.sha256) "
        "FROM record JOIN picture AS p ON p.number = record.picture",
    )
    assert row == (
        uuid_bytes(1), "starter-1a2b3c4d", "a", 0.7, "wasm", "file", "2026:05:01 12:00:00", "AA" * 32
    )  # fmt: skip
    empty = rows(
        store, "SELECT project, site, deployment, observer, latitude, longitude, place_coarseness FROM record"
    )
    assert empty == [(None,) * 7]


def test_a_record_keeps_its_own_device_or_has_the_batchs(store: LocalStore) -> None:
    own = {"gpu": {"vendor": "Intel"}, "deviceMemory": 8}
    send(store.statistics, inference(1, deviceInfo=own), inference(2), device={"hardwareConcurrency": 4})
    with store.database.read() as db:
        first, second = (find_record(db, uuid_bytes(number)) for number in (1, 2))
    assert isinstance(first, Inference)
    assert isinstance(second, Inference)
    assert first.device_info == msgspec.convert(own, DeviceInfo)
    assert second.device_info == DeviceInfo(hardware_concurrency=4)


def test_an_event_is_kept_with_its_picture_and_detail(store: LocalStore) -> None:
    event = {
        "kind": "event",
        "id": uuid(1),
        "stage": "decode",
        "code": "truncated",
        "picture": {"sha256": "a" * 64, "fileName": "broken.jpg"},
        "detail": {"bytes": 12, "retried": False, "name": None, "why": "short"},
    }
    assert counts(store, event) == (1, 0, [])
    with store.database.read() as db:
        assert find_record(db, parse_id(uuid(1))) == msgspec.convert(event, AppEvent)


def test_an_empty_batch_is_nothing(store: LocalStore) -> None:
    assert counts(store) == (0, 0, [])


def test_a_full_disk_is_said_before_anything_is_written(store: LocalStore, tmp_path: Path) -> None:
    free = [1000]
    guarded = StatisticsStore(store.database, HandClock(), DiskGuard(tmp_path, 1001, lambda _: free[0]))
    batch = msgspec.json.decode(body_of(inference(1)), type=StatisticsBatch)
    with pytest.raises(StoreFull) as caught:
        guarded.record(batch, b"")
    assert caught.value.sentence and caught.value.advice
    assert rows(store, "SELECT count(*) FROM record") == [(0,)]
    free[0] = 1001
    assert guarded.record(batch, b"").result(timeout=60).accepted == 1
