"""The strip: the newest answer of each picture, newest first, page by page."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from local_records import NOW, WEBP, HandClock, base64_text, inference, said, send, sha256_of, uuid

from store.local.errors import UnknownCursor
from store.local.opening import LocalStore, open_store
from store.local.picture_store import PictureCard


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def all_pages(store: LocalStore, limit: int) -> list[PictureCard]:
    cards: list[PictureCard] = []
    cursor = None
    while True:
        page, cursor = store.pictures.recent(limit, cursor)
        assert len(page) <= limit
        cards += page
        if cursor is None:
            return cards
        assert len(page) == limit


def test_a_card_says_everything_that_the_page_needs(store: LocalStore) -> None:
    send(store.statistics, inference(1, modelAlpha=0.5, thumbnail=base64_text(WEBP)), said(2, about=1))
    (card,), _ = store.pictures.recent(10, None)
    assert msgspec.json.decode(msgspec.json.encode(card)) == {
        "inferenceId": uuid(1),
        "timestamp": NOW + 1,
        "modelVersion": "starter-1a2b3c4d",
        "modelAlpha": 0.5,
        "backend": "wasm",
        "source": "file",
        "picture": {
            "sha256": sha256_of("picture 1"),
            "fileName": "IMG_0001.jpg",
            "path": None,
            "width": 640,
            "height": None,
            "bytes": None,
            "capturedAt": None,
        },
        "predictions": [
            {"className": "tabby", "probability": 0.75, "rank": 1},
            {"className": "lynx", "probability": 0.125, "rank": 2},
        ],
        "inferenceTime": 35.5,
        "totalTime": 40.75,
        "feedback": {"id": uuid(2), "isCorrect": False, "correctedLabel": "wolf", "confidence": 1.0},
        "hasThumbnail": True,
    }


def test_nothing_yet(store: LocalStore) -> None:
    assert store.pictures.recent(10, None) == ([], None)


@pytest.mark.parametrize("limit", [1, 3, 7, 30, 31, 1000])
def test_every_picture_comes_once_newest_first_whatever_the_page(store: LocalStore, limit: int) -> None:
    order = list(range(30))
    random.Random(7).shuffle(order)
    times = {number: NOW + number // 4 for number in order}  # several of the same millisecond
    send(store.statistics, *(inference(number + 1, timestamp=times[number]) for number in order))
    cards = all_pages(store, limit)
    arrived = {uuid(number + 1): place for place, number in enumerate(order)}
    expected = sorted(arrived, key=lambda text: (times[int(text[-12:], 16) - 1], arrived[text]), reverse=True)
    assert [card.inference_id for card in cards] == expected


def test_a_picture_seen_again_is_one_card_with_the_newest_answer(store: LocalStore) -> None:
    picture = {"sha256": "e" * 64, "fileName": "x.jpg"}
    send(store.statistics, inference(1, picture=picture), inference(2), inference(3, picture=picture))
    send(store.statistics, said(4, about=1, label="of the older answer"))
    cards, _ = store.pictures.recent(10, None)
    assert [card.inference_id for card in cards] == [uuid(3), uuid(2)]
    assert cards[0].feedback is None


def test_answers_of_one_millisecond_about_one_picture_are_one_card(store: LocalStore) -> None:
    picture = {"sha256": "e" * 64, "fileName": "x.jpg"}
    send(store.statistics, *(inference(n, picture=picture, timestamp=NOW) for n in (1, 2, 3)))
    assert [card.inference_id for card in store.pictures.recent(10, None)[0]] == [uuid(3)]


def test_only_answers_about_pictures_are_shown(store: LocalStore) -> None:
    event = {"kind": "event", "id": uuid(3), "stage": "decode", "code": "x", "timestamp": NOW + 9}
    broken = event | {"id": uuid(4), "picture": {"sha256": sha256_of("picture 1"), "fileName": "broken.jpg"}}
    send(store.statistics, inference(1), inference(2, picture=None), event, broken)
    assert [card.inference_id for card in store.pictures.recent(10, None)[0]] == [uuid(1)]


def test_new_pictures_between_two_pages_shift_nothing(store: LocalStore) -> None:
    send(store.statistics, *(inference(number) for number in range(1, 7)))
    first, cursor = store.pictures.recent(3, None)
    send(store.statistics, *(inference(number) for number in range(7, 10)))
    second, _ = store.pictures.recent(3, cursor)
    assert [card.inference_id for card in first + second] == [uuid(number) for number in (6, 5, 4, 3, 2, 1)]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.2.3", "-1.2", "1.2 ", "9" * 30 + ".1", "\u0661.1"])
def test_a_cursor_that_is_none_is_refused(store: LocalStore, cursor: str) -> None:
    with pytest.raises(UnknownCursor) as caught:
        store.pictures.recent(10, cursor)
    assert caught.value.advice


def test_a_page_reads_only_as_much_as_it_shows(store: LocalStore) -> None:
    """The plan walks the index of times from its end: no sorting, no scan of the table."""
    send(store.statistics, *(inference(number) for number in range(1, 50)))
    with store.database.read() as db:
        asked: list[tuple[str, Any]] = []
        db.query_hooks.append(lambda event: asked.append((event.sql, event.params)))
        store.pictures.recent(10, None)
        db.query_hooks.clear()
        sql, values = next(one for one in asked if "EXISTS" in one[0])
        plan = [row[3] for row in db.execute_sql("EXPLAIN QUERY PLAN " + sql, values)]
    assert plan[0] == "SCAN t1 USING INDEX record_time"
    assert not [step for step in plan if "TEMP B-TREE" in step]
    assert any("record_picture (picture=? AND kind=? AND recorded_at>?)" in step for step in plan)
