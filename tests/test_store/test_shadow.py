"""Versions in the shadow: every new embedding answered once, and judged by what the user says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from example_world import seen, vector
from local_records import SPACE, HandClock, attachment, inference, said, send, taken_back, uuid

from store.events import ModelVersion, State
from store.local.learning.shadow import STEP, Shadow
from store.local.learning.shadow_passes import Cost, Pass
from store.local.opening import LocalStore, open_store
from store.models.errors import ModelError
from store.models.head_set import HeadSet, write_head
from store.models.labels import Label
from store.models.network import head_forward

LABELS = ("tabby", "wolf", "fox")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    """A memory with nothing in it."""
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


@pytest.fixture
def head(store: LocalStore, tmp_path: Path) -> HeadSet:
    """A head that calls the groups 0, 1 and 2 of vectors by its labels, and two versions with it."""
    kernel = np.stack([vector(group) for group in range(3)], axis=1).astype(np.float32) * 8
    made = HeadSet(SPACE, 1.5, [(kernel, np.zeros(3, np.float32))], tuple(map(Label, LABELS)), "unit")
    written = write_head(tmp_path / "models", made)
    store.model_versions.insert(version("beside", "candidate", written))
    store.model_versions.insert(version("starter-1a2b3c4d", "active", written))
    return made


def version(name: str, state: State, head_id: str) -> ModelVersion:
    """A version over a backbone that nobody looks at."""
    return ModelVersion(
        id=name,
        name=name,
        architecture="mobilenet_v1",
        alpha=1.0,
        backbone_id="0" * 64,
        head_id=head_id,
        space_id=SPACE,
        variant="float32",
        state=state,
        made="trained",
        source="a test",
        licence="none",
        label_count=len(LABELS),
        created_at=1,
    )


@pytest.fixture
def shadow(store: LocalStore, head: HeadSet, tmp_path: Path) -> Shadow:
    """What answers in the shadow; its thread is not started."""
    return Shadow(store.database, store.model_versions, tmp_path / "models")


def rows(store: LocalStore) -> list[tuple[int, str, str, float]]:
    """What was answered in the shadow."""
    with store.database.read() as db:
        found: list[tuple[int, str, str, float]] = db.execute_sql(
            "SELECT record, version_id, label, probability FROM shadow_answer ORDER BY record"
        ).fetchall()
    return found


def test_it_answers_what_comes_after_it_was_put_there_and_each_once(
    store: LocalStore, shadow: Shadow, head: HeadSet
) -> None:
    send(store.statistics, seen(1, vector(0)))
    assert shadow.begin("beside").state == "shadow"
    send(store.statistics, seen(2, vector(1)), seen(3, vector(2, 5)), inference(4))
    assert shadow.catch_up() is False
    found = rows(store)
    assert [(record, label) for record, _, label, _ in found] == [(2, "wolf"), (3, "fox")]
    stored = np.array([vector(1), vector(2, 5)], dtype=np.float16).astype(np.float32)
    wanted = head_forward(head.layers, stored, head.temperature, head.input).max(axis=1)
    assert [row[3] for row in found] == pytest.approx(wanted.tolist(), rel=1e-6)
    shadow.catch_up()
    assert rows(store) == found


def test_an_embedding_that_comes_after_its_record_is_answered_too(store: LocalStore, shadow: Shadow) -> None:
    shadow.begin("beside")
    send(store.statistics, seen(1, None), seen(2, vector(0)))
    shadow.catch_up()
    assert [row[0] for row in rows(store)] == [2]
    late = np.array(vector(2), dtype="<f2").tobytes()
    send(store.statistics, attachment(9, 1, embedding=late))
    shadow.catch_up()
    assert [(row[0], row[2]) for row in rows(store)] == [(1, "fox"), (2, "tabby")]


def test_of_another_space_nothing_is_answered(store: LocalStore, shadow: Shadow) -> None:
    shadow.begin("beside")
    send(store.statistics, seen(1, vector(0), spaceId="7" * 64))
    shadow.catch_up()
    assert rows(store) == []


def test_much_is_done_in_steps(store: LocalStore, shadow: Shadow) -> None:
    shadow.begin("beside")
    for first in range(1, STEP + 40, 40):
        send(store.statistics, *(seen(number, vector(number % 3)) for number in range(first, first + 40)))
    assert shadow.catch_up() is True
    assert len(rows(store)) == STEP
    assert shadow.catch_up() is False
    assert len(rows(store)) > STEP


def test_both_are_judged_on_the_same_pictures_by_the_last_word(store: LocalStore, shadow: Shadow) -> None:
    shadow.begin("beside")
    groups = {1: 0, 2: 1, 3: 1, 4: 2, 5: 1}  # tabby, wolf, wolf, fox, wolf; the record says tabby each time
    send(store.statistics, *(seen(number, vector(group, number)) for number, group in groups.items()))
    shadow.catch_up()
    send(
        store.statistics,
        said(11, about=1, label=None),  # right: both
        said(12, about=2, label="wolf"),  # the shadow
        said(13, about=3, label="dog"),  # neither
        said(14, about=4, label="fox"),
        taken_back(15, about=4, retracts=14),  # nobody any more
    )
    found = shadow.report("beside")
    assert (found.n, found.agreement.value) == (5, 0.2)
    assert found.active_accuracy.value == pytest.approx(1 / 3)
    assert found.shadow_accuracy.value == pytest.approx(2 / 3)
    assert found.active_accuracy.n == found.shadow_accuracy.n == 3
    assert found.better_by.value == pytest.approx(1 / 3)
    assert found.better_by.low is not None
    assert found.better_by.low < 0
    assert [(one.inference_id, one.shadow_label, one.truth) for one in found.differing] == [
        (uuid(5), "wolf", None),
        (uuid(4), "fox", None),
        (uuid(3), "wolf", "dog"),
        (uuid(2), "wolf", "wolf"),
    ]


def test_a_renamed_label_is_the_same_label(store: LocalStore, shadow: Shadow) -> None:
    shadow.begin("beside")
    send(store.statistics, seen(1, vector(1)), said(2, about=1, label="grey wolf"))
    shadow.catch_up()
    assert shadow.report("beside").shadow_accuracy.value == 0.0
    store.label_book.rename("grey wolf", "wolf")
    assert shadow.report("beside").shadow_accuracy.value == 1.0


def passed(number: int, label: str = "wolf", ms: float = 50.0) -> Pass:
    """What a page found of the picture of a record."""
    return Pass(UUID(uuid(number)), label, 0.9, ms)


def test_what_pages_found_over_another_backbone_is_kept_once_with_its_cost(
    store: LocalStore, shadow: Shadow
) -> None:
    with pytest.raises(ModelError, match="does not run"):
        shadow.passed("beside", [passed(1)])
    shadow.begin("beside")
    assert shadow.report("beside").cost is None
    send(store.statistics, inference(1), inference(2), said(3, about=1, label="wolf"))
    unknown = shadow.passed("beside", [passed(1, ms=40), passed(2, "fox", ms=60), passed(9)])
    assert unknown == [UUID(uuid(9))]
    assert shadow.passed("beside", [passed(1, "tabby", ms=900)]) == [], "the first word stands"
    assert [(row[0], row[2]) for row in rows(store)] == [(1, "wolf"), (2, "fox")]
    found = shadow.report("beside")
    assert (found.n, found.shadow_accuracy.value, found.cost) == (2, 1.0, Cost(2, 50.0))
    shadow.end("beside")
    assert shadow.report("beside").cost == Cost(2, 50.0), "what it cost is known afterwards, too"


def test_an_answer_about_feedback_is_about_no_picture(store: LocalStore, shadow: Shadow) -> None:
    shadow.begin("beside")
    send(store.statistics, inference(1), said(2, about=1))
    assert shadow.passed("beside", [passed(2)]) == [UUID(uuid(2))]


def test_states_go_from_candidate_to_shadow_to_active_and_back(store: LocalStore, shadow: Shadow) -> None:
    def state(name: str) -> str:
        found = store.model_versions.get(name)
        assert found is not None
        return found.state

    with pytest.raises(ModelError, match="own shadow"):
        shadow.begin("starter-1a2b3c4d")
    with pytest.raises(ModelError, match="no model"):
        shadow.begin("nothing")
    with pytest.raises(ModelError, match="does not run"):
        shadow.end("beside")
    shadow.begin("beside")
    assert shadow.end("beside").state == "candidate"
    shadow.begin("beside")
    store.model_versions.activate("beside")
    assert (state("beside"), state("starter-1a2b3c4d")) == ("active", "retired")
    send(store.statistics, seen(1, vector(0)))
    shadow.catch_up()
    assert rows(store) == [], "the one at work answers itself"


def test_its_thread_answers_by_itself_and_ends_when_it_is_told_to(
    store: LocalStore, head: HeadSet, tmp_path: Path
) -> None:
    answered = threading.Event()

    class Heard(Shadow):
        def catch_up(self) -> bool:
            more = super().catch_up()
            if rows(store):
                answered.set()
            return more

    shadow = Heard(store.database, store.model_versions, tmp_path / "models", tick_s=0.001)
    shadow.begin("beside")
    send(store.statistics, seen(1, vector(1)))
    shadow.start()
    assert answered.wait(60)
    shadow.stop()
    assert [row[2] for row in rows(store)] == ["wolf"]
