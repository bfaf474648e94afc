"""The list of records: every filter, pages without gaps, and a bounded look at what is not indexed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from local_records import (
    NOW,
    WEBP,
    HandClock,
    attachment,
    base64_text,
    inference,
    said,
    send,
    sha256_of,
    taken_back,
    uuid,
)

from store.export.filters import FilterError
from store.local.errors import UnknownCursor
from store.local.opening import LocalStore, open_store
from store.local.records.record_filters import RecordFilters
from store.local.records.record_store import RecordStore

FEW = 40  # rows that a page of the tests looks at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def bounded(store: LocalStore, most: int = FEW) -> RecordStore:
    return RecordStore(store.database, HandClock(), most)


def event(number: int, code: str = "not_a_picture", **changes: object) -> dict[str, Any]:
    facts = {"stage": "decode", "code": code, "modelVersion": "starter-1a2b3c4d", "backend": "wasm"}
    detail = {"fileName": "notes.pdf"}
    return (
        {"kind": "event", "id": uuid(number), "timestamp": NOW + number, "detail": detail} | facts | changes
    )


def answered(number: int, label: str, sure: float = 0.75, **changes: object) -> dict[str, Any]:
    return inference(number, predictions=[{"className": label, "probability": sure, "rank": 1}], **changes)


def walked(records: RecordStore, filters: RecordFilters, limit: int = 3) -> list[int]:
    """The numbers of the ids of every page, one after another."""
    found: list[int] = []
    cursor = None
    while True:
        page = records.page(filters, limit, cursor)
        assert len(page.records) <= limit
        found += [int(card.id[-12:], 16) for card in page.records]
        if page.next is None:
            return found
        assert page.next != cursor
        cursor = page.next


def fill(store: LocalStore) -> None:
    """Nine records: answers 1-5, what was said of them (11-15), and an event (20)."""
    send(
        store.statistics,
        answered(1, "fox", 0.9),
        answered(2, "wolf", 0.3, backend="webgl", source="camera"),
        answered(3, "fox", 0.5, modelVersion="second", totalTime=90.0, preprocessingTime=50.0),
        answered(4, "dog", 0.6, inferenceTime=81.0, totalTime=86.25),
        answered(5, "fox", 0.7, picture={"sha256": sha256_of("five"), "fileName": "100%_Fuchs.JPG"}),
        device={"hardwareConcurrency": 4},
    )
    send(
        store.statistics,
        said(11, about=1, label=None),
        said(12, about=2, label="fox"),
        said(13, about=3, label="jackal"),
        said(14, about=4, userFeedback={"isCorrect": None, "confidence": 0.5}),
        said(15, about=5, label="wolf"),
        taken_back(16, about=5, retracts=15),
        event(20),
    )


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ({}, [20, 16, 15, 14, 13, 12, 11, 5, 4, 3, 2, 1]),
        ({"kind": "inference"}, [5, 4, 3, 2, 1]),
        ({"kind": "event"}, [20]),
        ({"kind": "feedback", "from_ms": NOW + 14}, [16, 15, 14]),
        ({"from_ms": NOW + 2, "to_ms": NOW + 4}, [3, 2]),
        ({"label": "fox"}, [5, 2, 1]),  # 2 was corrected to it, 3 away from it
        ({"label": "wolf"}, []),  # the correction of 5 was taken back
        ({"label": "jackal", "model_version": "second"}, [3]),
        ({"label": "jackal", "corrected": True}, [3]),
        ({"label": "fox", "from_ms": NOW + 2, "to_ms": NOW + 5}, [2]),
        ({"model_version": "second"}, [3]),
        ({"backend": "webgl"}, [2]),
        ({"source": "camera"}, [2]),
        ({"session_id": "s1", "kind": "inference", "to_ms": NOW + 3}, [2, 1]),
        ({"session_id": "s2"}, []),
        ({"mark": "right"}, [1]),
        ({"mark": "wrong"}, [3, 2]),
        ({"mark": "unsure"}, [4]),
        ({"mark": "unmarked"}, [5]),
        ({"mark": "judged"}, [3, 2, 1]),
        ({"mark": "marked"}, [4, 3, 2, 1]),
        ({"corrected": True}, [3, 2]),
        ({"corrected": True, "mark": "right"}, []),
        ({"stage": "decode", "code": "not_a_picture"}, [20]),
        ({"stage": "decode", "code": "other"}, []),
        ({"min_confidence": 0.6}, [5, 4, 1]),
        ({"max_confidence": 0.5, "min_confidence": 0.4}, [3]),
        ({"slower_than": 80.0, "timed_stage": "inference"}, [4]),
        ({"slower_than": 80.0}, [4, 3]),
        ({"slower_than": 86.25}, [3]),
        ({"slower_than": 10.0, "timed_stage": "preprocessing"}, [3]),
        ({"file_name": "fuchs"}, [5]),
        ({"file_name": "0%_f"}, [5]),
        ({"file_name": "0_%"}, []),
        ({"sha256": sha256_of("five")}, [16, 15, 5]),
        ({"sha256": sha256_of("none")}, []),
        ({"device": "0" * 32}, []),
    ],
)
@pytest.mark.parametrize("most", [2, 1000])
def test_filters(store: LocalStore, changes: dict[str, Any], numbers: list[int], most: int) -> None:
    """However few rows a page may look at, the pages together hold the same."""
    fill(store)
    assert walked(bounded(store, most), RecordFilters(**changes)) == numbers


def test_the_machine_that_made_them(store: LocalStore) -> None:
    fill(store)
    with store.database.read() as db:
        device = db.connection().execute("SELECT hash FROM device").get
    assert walked(bounded(store), RecordFilters(device=device.hex())) == [5, 4, 3, 2, 1]


def test_pages_meet_also_where_many_have_the_same_time(store: LocalStore) -> None:
    times = random.Random(7)
    made = [inference(number, timestamp=NOW + times.randrange(5)) for number in range(1, 61)]
    send(store.statistics, *made)
    found = walked(bounded(store, 1000), RecordFilters(), 7)
    assert found == sorted(range(1, 61), key=lambda number: (made[number - 1]["timestamp"], number))[::-1]


def test_what_arrives_meanwhile_moves_nothing(store: LocalStore) -> None:
    send(store.statistics, *(inference(number) for number in range(1, 7)))
    records = bounded(store)
    first = records.page(RecordFilters(), 3, None)
    send(store.statistics, inference(7))
    second = records.page(RecordFilters(), 3, first.next)
    assert [card.id for card in second.records] == [uuid(3), uuid(2), uuid(1)]
    assert second.next is None


@pytest.mark.parametrize(
    "changes",
    [{"backend": "webgpu"}, {"mark": "wrong"}, {"code": "x"}, {"slower_than": 1e6}, {"label": "owl"}],
)
def test_a_page_looks_at_no_more_rows_than_it_may(store: LocalStore, changes: dict[str, Any]) -> None:
    """Steps of SQLite's machine stand for time: finding nothing costs the same in a larger memory."""
    send(store.statistics, *(inference(number) for number in range(1, 101)))
    send(store.statistics, *(said(1000 + number, about=number, label=None) for number in range(1, 101)))
    small = steps(store, changes)
    for batch in range(1, 11):
        send(store.statistics, *(inference(batch * 10_000 + number) for number in range(100)))
    assert steps(store, changes) < 1.5 * small + 2000


def steps(store: LocalStore, changes: dict[str, Any]) -> int:
    """About how many steps of its virtual machine SQLite needs for one page that finds nothing."""
    counted = [0]
    with store.database.read() as db:
        db.connection().set_progress_handler(lambda: counted.__setitem__(0, counted[0] + 1) or False, 10)
        try:
            page = bounded(store).page(RecordFilters(**changes), 10, None)
        finally:
            db.connection().set_progress_handler(None)
    assert page.records == []
    return 10 * counted[0]


def test_a_page_that_is_not_full_goes_on(store: LocalStore) -> None:
    send(store.statistics, *(inference(number) for number in range(1, 101)), answered(0, "owl"))
    records = bounded(store)
    first = records.page(RecordFilters(backend="wasm", min_confidence=0.9), 10, None)
    assert first.records == []
    assert first.next is not None
    assert walked(records, RecordFilters(label="owl")) == [0]


def test_every_walk_goes_along_an_index(store: LocalStore) -> None:
    """None of the statements that lead a page may scan the records or sort them."""
    from store.local.records import facets, walk

    bound = dict.fromkeys(
        ("time", "number", "from_ms", "to_ms", "model_version", "label", "session_id", "sha256", "most",
         "leaps", "counted", "labels", "sessions", "looked_at"), 1,
    )  # fmt: skip
    walks = (walk.ALONG_TIMES, walk.ALONG_VERSION, walk.ALONG_LABEL, walk.OF_PICTURE, walk.OF_SESSION)
    fast = (facets.VERSIONS, facets.LABELS, facets.SESSIONS, facets.TYPED, facets.NEWEST)
    with store.database.read() as db:
        for statement in (*walks, *fast):
            plan = [row[3] for row in db.connection().execute(f"EXPLAIN QUERY PLAN {statement}", bound)]
            assert not [step for step in plan if step.startswith(("SCAN record", "SCAN feedback"))], plan
        for statement in walks[:3]:
            plan = [row[3] for row in db.connection().execute(f"EXPLAIN QUERY PLAN {statement}", bound)]
            assert len(plan) == 1
            assert plan[0].startswith("SEARCH record USING COVERING INDEX"), plan


@pytest.mark.parametrize("cursor", ["", "5", "5.", "5.x", "1.2.3", "99999999999999999.1", "-1.1"])
def test_what_is_no_cursor_is_said(store: LocalStore, cursor: str) -> None:
    with pytest.raises(UnknownCursor):
        bounded(store).page(RecordFilters(), 3, cursor)


def test_filters_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(FilterError, match="label"):
        RecordFilters(kind="event", label="fox")
    with pytest.raises(FilterError, match="to"):
        RecordFilters(from_ms=5, to_ms=5)


def test_cards_of_each_kind(store: LocalStore) -> None:
    send(store.statistics, inference(1, thumbnail=base64_text(WEBP)), said(2, about=1))
    send(
        store.statistics, attachment(3, about=1, crop=b"\xff\xd8\xff\xe0") | {"timestamp": NOW + 3}, event(4)
    )
    page = bounded(store).page(RecordFilters(), 10, None)
    happened, heavy, word, answer = page.records
    assert (happened.kind, happened.inference_id, happened.predictions) == ("event", None, [])
    assert msgspec.to_builtins(happened.event) == {
        "stage": "decode", "code": "not_a_picture", "detail": {"fileName": "notes.pdf"},
    }  # fmt: skip
    assert (heavy.kind, heavy.inference_id, heavy.feedback) == ("attachment", uuid(1), None)
    assert (word.inference_id, word.feedback) == (uuid(1), answer.feedback)
    assert answer.feedback is not None
    assert (answer.feedback.id, answer.feedback.corrected_label) == (uuid(2), "wolf")
    assert (answer.number, answer.session_id, answer.received_at) == (1, "s1", NOW)
    assert (answer.preprocessing_time, answer.has_thumbnail) == (5.25, True)


def test_one_record_whole(store: LocalStore) -> None:
    embedded = inference(1, embedding=base64_text(b"\0\x3c" * 8))
    send(
        store.statistics,
        embedded,
        said(2, about=1),
        taken_back(3, about=1, retracts=2),
        device={"deviceMemory": 8},
    )
    found = store.records.get(uuid(1).upper())
    assert found is not None
    assert (found.card.id, found.card.feedback) == (uuid(1), None)
    assert found.record["predictions"][0]["className"] == "tabby"
    assert found.device is not None
    assert found.device.device_memory == 8
    assert [(word.corrected_label, word.retracted_by) for word in found.said] == [("wolf", uuid(3))]
    assert found.embedding is not None
    assert (found.embedding.numbers, found.embedding.variant) == (8, "float32")
    assert store.records.get(uuid(9)) is None
    assert store.records.get("no id") is None


def test_facets(store: LocalStore) -> None:
    fill(store)
    found = store.records.facets(None, None)
    assert found.model_versions == ["second", "starter-1a2b3c4d"]
    assert (found.backends, found.sources) == (["wasm", "webgl"], ["camera", "file"])
    counts = [(facet.label, facet.count) for facet in found.labels]
    assert counts == [("fox", 3), ("dog", 1), ("wolf", 1), ("jackal", 0)]
    assert [(session.id, session.first_at, session.last_at) for session in found.sessions] == [
        ("s1", NOW + 1, NOW + 20)
    ]
    assert [(code.stage, code.code) for code in found.codes] == [("decode", "not_a_picture")]


def test_facets_of_a_window(store: LocalStore) -> None:
    fill(store)
    found = store.records.facets(NOW + 4, NOW + 5)
    assert (found.model_versions, found.codes) == (["starter-1a2b3c4d"], [])
    assert [facet.label for facet in found.labels] == ["dog", "fox", "jackal"]  # typed ones stay


def test_facets_are_kept_until_something_comes_in_or_time_passes(store: LocalStore) -> None:
    fill(store)
    clock = HandClock()
    records = RecordStore(store.database, clock)
    first = records.facets(None, None)
    assert records.facets(None, None) is first
    assert records.facets(NOW, None) is not first
    first = records.facets(None, None)
    send(store.statistics, answered(30, "owl"))
    later = records.facets(None, None)
    assert "owl" in [facet.label for facet in later.labels]
    clock.now += 31_000
    assert records.facets(None, None) is not later
