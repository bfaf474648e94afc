"""What the user says: the last word counts, and taking back works in any order of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from local_records import HandClock, inference, said, send, taken_back, uuid

from store.local.opening import LocalStore, open_store
from store.local.picture_store import CardFeedback


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def word(store: LocalStore) -> CardFeedback | None:
    """The current feedback of the one picture."""
    cards, _ = store.pictures.recent(10, None)
    assert len(cards) == 1
    return cards[0].feedback


def table(store: LocalStore) -> list[tuple[Any, ...]]:
    sql = "SELECT id, retracted_by, picture, corrected_label FROM feedback ORDER BY id"
    with store.database.read() as db:
        return list(db.execute_sql(sql).fetchall())


def test_feedback_inside_an_inference_has_its_id(store: LocalStore) -> None:
    inside = {"isCorrect": False, "correctedLabel": "wolf"}
    send(store.statistics, inference(1, userFeedback=inside))
    assert word(store) == CardFeedback(uuid(1), False, "wolf", 1.0)


def test_the_newest_word_counts_not_the_last_to_arrive(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(3, about=1, label="newer"))
    send(store.statistics, said(2, about=1, label="older"))
    assert word(store) == CardFeedback(uuid(3), False, "newer", 1.0)


def test_not_sure_is_a_word_too(store: LocalStore) -> None:
    unsure = {"isCorrect": None, "confidence": 0.5}
    send(store.statistics, inference(1), said(2, about=1, userFeedback=unsure))
    assert word(store) == CardFeedback(uuid(2), None, None, 0.5)


def test_right_is_told_from_wrong(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(2, about=1, label=None))
    assert word(store) == CardFeedback(uuid(2), True, None, 1.0)


def test_feedback_that_comes_first_waits_for_its_inference(store: LocalStore) -> None:
    send(store.statistics, said(2, about=1))
    assert store.pictures.recent(10, None) == ([], None)
    assert store.labels.typed() == ["wolf"]
    send(store.statistics, inference(1))
    assert word(store) == CardFeedback(uuid(2), False, "wolf", 1.0)


def test_taking_back_brings_the_word_before_back(store: LocalStore) -> None:
    send(store.statistics, inference(1), said(2, about=1, label="wolf"), said(3, about=1, label="dingo"))
    send(store.statistics, taken_back(4, about=1, retracts=3))
    assert word(store) == CardFeedback(uuid(2), False, "wolf", 1.0)
    send(store.statistics, taken_back(5, about=1, retracts=2))
    assert word(store) is None


def test_feedback_inside_an_inference_can_be_taken_back(store: LocalStore) -> None:
    send(store.statistics, inference(1, userFeedback={"isCorrect": True}), taken_back(2, about=1, retracts=1))
    assert word(store) is None


STORY = [
    inference(1),
    said(2, about=1, label="wolf"),
    taken_back(3, about=1, retracts=2),
    taken_back(4, about=1, retracts=2),
    said(5, about=1, label="dingo", retracts=uuid(2)),
]


@pytest.mark.parametrize("one_by_one", [True, False])
def test_any_order_of_arrival_ends_the_same(tmp_path: Path, one_by_one: bool) -> None:
    """Every order of five records, each alone or all in one batch."""
    ends = set()
    store = open_store(tmp_path, HandClock())
    for order in permutations(range(len(STORY))):
        records = [STORY[place] for place in order]
        batches = [[record] for record in records] if one_by_one else [records]
        for batch in batches:
            assert send(store.statistics, *batch).rejected == []
        ends.add((str(word(store)), str(table(store))))
        store.database.submit(_forget).result(timeout=60)
    store.close()
    assert len(ends) == 1
    assert "dingo" in ends.pop()[0]


def _forget(db: Any) -> None:
    for name in ("outbox", "feedback", "retraction", "record", "picture"):
        db.execute_sql(f"DELETE FROM {name}")


def test_feedback_knows_the_picture_whichever_came_first(store: LocalStore) -> None:
    send(store.statistics, said(3, about=1), inference(1), inference(2))
    send(store.statistics, said(4, about=2))
    sql = (
        "SELECT count(*) FROM record AS f JOIN record AS i ON i.id = f.inference_id AND f.picture = i.picture"
    )
    with store.database.read() as db:
        assert db.execute_sql(sql).fetchone() == (2,)
    assert [picture for _, _, picture, _ in table(store)] == [1, 2]


def test_labels_are_those_that_stand_the_last_typed_first(store: LocalStore) -> None:
    send(store.statistics, said(2, about=1, label="wolf"), said(3, about=1, label="dingo"))
    send(store.statistics, said(4, about=1, label="wolf"), said(5, about=1, label="gone"))
    send(store.statistics, taken_back(6, about=1, retracts=5), said(7, about=1, label=None))
    assert store.labels.typed() == ["wolf", "dingo"]
