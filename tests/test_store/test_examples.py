"""Examples: one a picture, the user's last word that stands, as counts and as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from example_world import SIZE, seen, vector
from local_records import JPEG, NOW, SPACE, HandClock, base64_text, inference, said, send, taken_back

from store.local.learning.example_forms import LabelCount, NoneCount
from store.local.learning.example_store import SPREAD
from store.local.opening import LocalStore, open_store

OTHER_SPACE = "6" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def test_each_kind_of_word(store: LocalStore) -> None:
    answers = [seen(number, vector(number)) for number in range(5)]
    nothing = {"isCorrect": False, "correctedLabel": None, "confidence": 1.0}
    unsure = {"isCorrect": None, "confidence": 0.5}
    words = [
        said(10, about=0, label=None),
        said(
            11,
            about=1,
            label="wolf",
            userFeedback={"isCorrect": False, "correctedLabel": "wolf", "confidence": 0.75},
        ),
        said(12, about=2, userFeedback=nothing),
        said(13, about=3, userFeedback=unsure),
    ]
    send(store.statistics, *answers, *words)
    found = store.examples.collect(SPACE)
    assert found.labels == ["tabby", "wolf", None]
    assert found.pictures.tolist() == [1, 2, 3]
    assert found.confidence.tolist() == [1.0, 0.75, 1.0]
    assert found.embeddings.dtype == np.float32
    expected = np.array([vector(number) for number in range(3)], dtype="<f2").astype(np.float32)
    assert np.array_equal(found.embeddings, expected)
    assert store.examples.counted(SPACE) == (
        [LabelCount("tabby", 1, 0, 1, 0), LabelCount("wolf", 0, 1, 1, 0)],
        NoneCount(1, 1, 0),
    )


def test_the_last_word_of_a_picture_counts_whichever_answer_it_is_about(store: LocalStore) -> None:
    """Two answers about one picture, in two spaces: the first is judged last."""
    facts = inference(1)["picture"]
    send(store.statistics, seen(1, vector(1)), seen(2, vector(2), picture=facts, spaceId=OTHER_SPACE))
    send(store.statistics, said(11, about=2, label="fox"), said(12, about=1, label="wolf"))
    assert store.examples.collect(SPACE).labels == ["wolf"]
    assert store.examples.collect(OTHER_SPACE).labels == ["wolf"]
    send(store.statistics, taken_back(13, about=1, retracts=12))
    assert store.examples.collect(SPACE).labels == ["fox"]
    send(store.statistics, said(14, about=2, userFeedback={"isCorrect": None, "confidence": 0.5}))
    assert store.examples.collect(SPACE).labels == []


def test_of_several_embeddings_the_judged_answers_counts(store: LocalStore) -> None:
    facts = inference(1)["picture"]
    answers = [seen(number, vector(number), picture=facts) for number in (1, 2, 3)]
    send(store.statistics, *answers, seen(4, None, picture=facts), said(11, about=2))
    assert np.allclose(store.examples.collect(SPACE).embeddings[0], vector(2), atol=1e-3)
    send(store.statistics, said(12, about=4))
    assert np.allclose(store.examples.collect(SPACE).embeddings[0], vector(3), atol=1e-3)


def test_pictures_without_an_embedding_of_the_space_are_counted_and_not_collected(store: LocalStore) -> None:
    send(
        store.statistics,
        seen(1, None, crop=base64_text(JPEG)),
        seen(2, vector(2), spaceId=OTHER_SPACE),
        seen(3, vector(3)),
        *(said(10 + number, about=number) for number in (1, 2, 3)),
    )
    assert store.examples.counts(SPACE) == [LabelCount("wolf", 0, 3, 1, 1)]
    assert store.examples.counts(OTHER_SPACE) == [LabelCount("wolf", 0, 3, 1, 1)]
    assert store.examples.counts(None) == [LabelCount("wolf", 0, 3, 2, 1)]
    assert len(store.examples.collect(SPACE).labels) == 1


def test_an_embedding_of_another_length_is_left_out(store: LocalStore) -> None:
    send(store.statistics, *(seen(number, vector(number)) for number in (1, 2)), seen(3, vector(3, size=8)))
    send(store.statistics, *(said(10 + number, about=number) for number in (1, 2, 3)))
    assert store.examples.collect(SPACE).embeddings.shape == (2, SIZE)
    assert store.examples.counts(SPACE)[0].embeddings == 2


def test_nothing_is_an_empty_set(store: LocalStore) -> None:
    found = store.examples.collect(SPACE)
    assert (found.labels, found.pictures.tolist(), len(found.embeddings)) == ([], [], 0)
    assert store.examples.counted(SPACE) == ([], NoneCount(0, 0, 0))
    assert store.examples.means(SPACE) == []
    assert len(store.examples.background(SPACE, 10)) == 0
    assert store.examples.crops([]) == {}


def test_a_mean_is_the_direction_of_its_label(store: LocalStore) -> None:
    twice = [2 * number for number in vector(2)]
    send(store.statistics, seen(1, vector(1)), seen(2, twice), seen(3, vector(3)), seen(4, vector(4)))
    nothing = {"isCorrect": False, "confidence": 1.0}
    send(store.statistics, said(11, about=1), said(12, about=2), said(13, about=3, userFeedback=nothing))
    store.label_book.rename("wolf", "grey wolf")
    (mean,) = store.examples.means(SPACE)
    assert (mean.label, mean.count) == ("grey wolf", 2)
    both = sum(np.array(vector(number)) / np.linalg.norm(vector(number)) for number in (1, 2))
    assert np.allclose(np.frombuffer(mean.mean, "<f4"), both / np.linalg.norm(both), atol=2e-3)


def test_the_background_is_spread_over_the_newest_unlabelled_pictures(store: LocalStore) -> None:
    answers = [seen(number, vector(number)) for number in range(1, 60)]
    again = seen(60, vector(500), picture=inference(59)["picture"])
    send(store.statistics, *answers, again, said(100, about=58))
    found = store.examples.background(SPACE, 4)
    newest = [500, *(number for number in range(57, 0, -1))][: 4 * SPREAD - 1]
    expected = [newest[place * len(newest) // 4] for place in range(4)]
    assert np.allclose(found, [vector(number) for number in expected], atol=2e-3)
    assert len(store.examples.background(SPACE, 1000)) == 58
    assert len(store.examples.background(OTHER_SPACE, 4)) == 0


def test_crops_by_picture(store: LocalStore) -> None:
    send(store.statistics, seen(1, None, crop=base64_text(JPEG)), seen(2, None))
    assert store.examples.crops([1, 2, 99]) == {1: JPEG}


def test_a_clock_that_was_far_ahead_loses_no_example(store: LocalStore) -> None:
    """Words keep their order by the time that they were said to have; each picture stays an example."""
    years = 20 * 365 * 86_400_000
    send(
        store.statistics, seen(1, vector(1), timestamp=NOW + years), said(11, about=1, timestamp=NOW + years)
    )
    send(store.statistics, seen(2, vector(2)), said(12, about=2))
    assert store.examples.collect(SPACE).labels == ["wolf", "wolf"]
