"""Two versions side by side, against a count of one's own; without embeddings, what their trainings kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import msgspec
import numpy as np
import pytest
from local_records import said, send
from training_world import LABELS, TrainingWorld, fill, training_world

from store.comparing.forms import Choice, Comparison
from store.comparing.service import VersionComparing
from store.events import ModelVersion
from store.local.connection import LocalDatabase
from store.local.erasure.scope import Scope
from store.models.head_set import load_head
from store.models.network import head_forward


@pytest.fixture(scope="module")
def learned_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory that has learned once, for all of these tests."""
    folder = tmp_path_factory.mktemp("learned") / "data"
    with training_world(folder) as world:
        fill(world, (40, 40, 40))
        assert world.train().version is not None
    return folder


@pytest.fixture
def world(tmp_path: Path, learned_folder: Path) -> Iterator[TrainingWorld]:
    """A copy of it."""
    with training_world(copytree(learned_folder, tmp_path / "data")) as world:
        yield world


@pytest.fixture
def base(world: TrainingWorld) -> ModelVersion:
    return world.models.registry.list()[0]


@pytest.fixture
def learned(world: TrainingWorld) -> ModelVersion:
    return world.models.registry.list()[1]


def comparing(world: TrainingWorld) -> VersionComparing:
    return VersionComparing(world.store.database, world.models.registry)


def held_back(world: TrainingWorld, version: ModelVersion) -> list[tuple[int, str | None, str]]:
    """(picture, label, answer of the version), counted another way."""
    found = world.store.examples.collect(version.space_id)
    head = load_head(world.data_dir / "models", version.head_id)
    chosen = np.flatnonzero(found.sides == 2)
    probabilities = head_forward(head.layers, found.embeddings[chosen], head.temperature, head.input)
    first = [head.labels[int(place)].name for place in probabilities.argmax(axis=1)]
    return [
        (int(found.pictures[place]), found.labels[place], answer)
        for place, answer in zip(chosen, first, strict=True)
    ]


def test_both_answer_for_the_same_pictures(
    world: TrainingWorld, base: ModelVersion, learned: ModelVersion
) -> None:
    found = comparing(world).compare(base, learned)
    counted = held_back(world, learned)
    right = sum(label == answer for _, label, answer in counted)
    assert len(counted) > 10
    assert (found.b.accuracy.n, found.b.accuracy.value) == (len(counted), right / len(counted))
    kept: Any = learned.metrics["accuracy"]
    assert found.b.accuracy.value == kept["value"]
    assert (found.a.accuracy.n, found.a.accuracy.value) == (len(counted), 0.0)
    assert found.difference is not None
    assert (found.difference.only_a, found.difference.only_b) == (0, right)
    assert found.difference.low <= found.difference.value == right / len(counted) <= found.difference.high


def test_confusion_and_labels_add_up_to_the_pictures(
    world: TrainingWorld, base: ModelVersion, learned: ModelVersion
) -> None:
    found = comparing(world).compare(base, learned)
    counted = held_back(world, learned)
    assert cells(found) == Counter((label, answer) for _, label, answer in counted)
    assert {one.label: one.b.n for one in found.per_label} == Counter(label for _, label, _ in counted)
    assert sum(one.count for one in found.b.reliability) == len(counted)
    assert len(found.b.reliability) == 15


def cells(found: Comparison) -> Counter[tuple[str | None, str]]:
    names = found.b.confusion.labels
    return Counter({(names[label], names[answer]): count for label, answer, count in found.b.confusion.cells})


def test_a_cell_has_its_pictures(world: TrainingWorld, base: ModelVersion, learned: ModelVersion) -> None:
    counted = held_back(world, base)
    for (label, answer), count in Counter((label, answer) for _, label, answer in counted).items():
        found = comparing(world).pictures(base, Choice(label=label, answered=answer), learned)
        assert found.count == len(found.pictures) == count
        assert {(one.label, one.answered, one.right) for one in found.pictures} == {(label, answer, False)}


def test_a_new_name_counts_in_both_at_once(
    world: TrainingWorld, base: ModelVersion, learned: ModelVersion
) -> None:
    before = comparing(world).compare(base, learned)
    world.store.label_book.merge(LABELS[0], LABELS[1])
    after = comparing(world).compare(base, learned)
    assert {one.label for one in after.per_label} == set(LABELS[1:])
    assert after.b.accuracy.n == before.b.accuracy.n
    assert after.b.accuracy.value == 1.0


def test_without_embeddings_what_training_kept_is_compared(
    world: TrainingWorld, learned: ModelVersion
) -> None:
    before = comparing(world).compare(learned, learned)
    assert before.b.recomputed
    world.store.database.submit(lambda db: db.execute_sql("DELETE FROM embedding")).result()
    after = comparing(world).compare(learned, learned)
    assert not after.b.recomputed
    assert (after.b.accuracy, after.b.confusion) == (before.b.accuracy, before.b.confusion)


def test_nothing_in_common_is_no_difference(world: TrainingWorld, base: ModelVersion) -> None:
    world.store.database.submit(lambda db: db.execute_sql("DELETE FROM embedding")).result()
    found = comparing(world).compare(base, base)
    assert (found.difference, found.per_label, found.a.accuracy.value) == (None, [], None)


def test_a_gates_pictures_go_with_an_erasure_and_never_become_others(
    world: TrainingWorld, learned: ModelVersion
) -> None:
    numbers = [number for number, *_ in held_back(world, learned)]
    gate = {"name": "classes", "passed": False, "pictures": numbers[:3]}
    judged = msgspec.structs.replace(learned, metrics={**learned.metrics, "gates": [gate]})
    found = comparing(world).pictures(judged, Choice(gate="classes"), None)
    assert found.count == 3
    world.store.upkeep.erase(Scope(picture_sha256=found.pictures[0].sha256))
    world.store.upkeep.finish()
    left = comparing(world).pictures(judged, Choice(gate="classes"), None)
    assert [one.sha256 for one in left.pictures] == [one.sha256 for one in found.pictures[1:]]


def test_feedback_on_a_versions_own_answers_is_its_last_word(
    world: TrainingWorld, base: ModelVersion
) -> None:
    send(world.store.statistics, said(900, about=0, userFeedback={"isCorrect": True, "confidence": 1.0}))
    found = comparing(world).compare(base, base)
    assert (found.a.feedback.n, found.a.feedback.value) == (120, 1 / 120)


def test_only_pictures_that_both_have_answered_count(world: TrainingWorld, learned: ModelVersion) -> None:
    other = msgspec.structs.replace(learned, space_id="ab" * 32)  # no embedding: what its training kept
    numbers = [number for number, *_ in held_back(world, learned)]

    def forget(db: LocalDatabase) -> None:
        db.execute_sql("DELETE FROM version_picture WHERE picture = ?", (numbers[0],))

    world.store.database.submit(forget).result()
    found = comparing(world).compare(learned, other)
    assert (found.a.recomputed, found.b.recomputed) == (True, False)
    assert found.a.accuracy.n == found.b.accuracy.n == len(numbers) - 1
    assert found.difference is not None and found.difference.value == 0
