"""Which labels a head learns: those with enough pictures that are not held back, and "other" for the rest."""

from __future__ import annotations

import numpy as np
import pytest

from store.local.learning.run_forms import TrainingOptions
from store.models.errors import ModelError
from store.models.head_set import HeadSet
from store.models.labels import Label
from store.training.runs.head_mode import renamed
from store.training.runs.job import Job
from store.training.runs.sorting import HOLDOUT, Given, Sorted, sorted_for_base, sorted_for_own

JOB = Job(
    run_id="r",
    mode="head",
    label_mode="mine",
    options=TrainingOptions(least_examples=3),
    space_id="s",
    backbone_id="b",
    head_id="h",
    models="/m",
)


def given(*labels: str | None, held_back: int = 0) -> Given:
    """Examples in this order, the last ones held back."""
    count = len(labels)
    sides = np.zeros(count, np.uint8)
    sides[count - held_back :] = HOLDOUT
    return Given(np.zeros((count, 4), np.float32), list(labels), sides, np.arange(count, dtype=np.int64))


def stands_for(found: Sorted) -> list[str | None]:
    return [found.names[label] if label >= 0 else None for label in found.labels]


def test_rare_labels_and_none_of_these_are_other() -> None:
    found = sorted_for_own(given("fox", "fox", "fox", "dog", None, "cat"), JOB)
    assert found.names == ["fox", "other"]
    assert stands_for(found) == ["fox", "fox", "fox", "other", "other", "other"]


def test_without_enough_for_other_the_rest_is_left_out() -> None:
    found = sorted_for_own(given(*["fox"] * 3, *["dog"] * 3, "cat", None), JOB)
    assert found.names == ["dog", "fox"]
    assert stands_for(found)[-2:] == [None, None]


def test_a_label_that_the_user_calls_other_is_the_same_other() -> None:
    found = sorted_for_own(given(*["fox"] * 3, *["other"] * 3, None, None, None), JOB)
    assert found.names == ["fox", "other"]
    assert stands_for(found)[3:] == ["other"] * 6


def test_a_label_whose_pictures_are_held_back_is_not_learned() -> None:
    with pytest.raises(ModelError, match="so alike that they count as one"):
        sorted_for_own(given(*["fox"] * 3, *["dog"] * 3, held_back=3), JOB)
    with pytest.raises(ModelError, match="so alike"):
        sorted_for_base(given(*["fox"] * 3, held_back=2), JOB)


def test_to_extend_one_label_is_enough_and_the_rest_is_left_out() -> None:
    found = sorted_for_base(given(*["fox"] * 3, "dog", None), JOB)
    assert found.names == ["fox"]
    assert stands_for(found) == ["fox", "fox", "fox", None, None]


def test_a_head_goes_by_the_names_of_now() -> None:
    labels = (Label("tabby", ("tabby cat",)), Label("tiger cat"), Label("red fox"))
    layers = [(np.zeros((4, 3), np.float32), np.zeros(3, np.float32))]
    head = HeadSet("s", 1.0, layers, labels)
    found = renamed(head, {"tabby": "cat", "tiger cat": "cat", "red fox": "fox"})
    assert [label.name for label in found.labels] == ["tabby", "tiger cat", "fox"]
    assert found.labels[0].synonyms == ("tabby cat",)
    assert renamed(head, {"tabby": "tiger cat"}).labels == labels
