"""Candidates that were made worse on purpose, each refused by the gate that should; an honest one passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from clusters import Labels, clusters
from held_back import Answers

from store.models.head_set import HeadSet, load_head, write_head
from store.models.labels import Label
from store.training.gates.gate import Gate
from store.training.gates.judging import judge
from store.training.gates.numbers import files_gate, parity_gate
from store.training.heads.fitting import FittedHead, fit_head

NAMES = ("curlew", "whimbrel", "godwit", "knot", "dunlin")
TRAIN, TRAIN_LABELS = clusters((60, 40, 30, 20, 15), seed=1)
HELD, HELD_LABELS = clusters((60, 40, 30, 20, 15), seed=2)
PICTURES = np.arange(len(HELD)) + 500
NOBODY = Answers(("tench", "hen"), np.tile([1.0, 0.0], (len(HELD), 1)))


def answers(head: FittedHead) -> Answers:
    return Answers(head.labels, head.probabilities(HELD))


@pytest.fixture(scope="module")
def honest() -> FittedHead:
    return fit_head(TRAIN, TRAIN_LABELS, NAMES, seed=0)


def judged(candidate: Answers, active: Answers, truth: Labels = HELD_LABELS) -> dict[str, Gate]:
    names = [NAMES[label] for label in truth]
    return {gate.name: gate for gate in judge(candidate, active, names, PICTURES, seed=7)}


def refused(gates: dict[str, Gate]) -> set[str]:
    return {name for name, gate in gates.items() if gate.passed is False}


def test_an_honest_candidate_passes_against_every_model_at_work(honest: FittedHead) -> None:
    again = fit_head(TRAIN[20:], TRAIN_LABELS[20:], NAMES, seed=1)
    for active in (NOBODY, answers(honest)):
        gates = judged(answers(again), active)
        assert {gate.passed for gate in gates.values()} == {True}
    assert set(gates) == {"chance", "accuracy", "classes"}


@pytest.mark.parametrize("seed", range(8))
def test_shuffled_labels_are_refused_for_their_accuracy(honest: FittedHead, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(TRAIN_LABELS)
    worse = answers(fit_head(TRAIN, shuffled, NAMES, seed=seed))
    assert "accuracy" in refused(judged(worse, answers(honest)))
    assert "chance" in refused(judged(worse, NOBODY))  # the model at work knows none of the labels


@pytest.mark.parametrize("seed", range(4))
def test_where_the_truth_was_shuffled_too_it_is_found_to_be_chance(honest: FittedHead, seed: int) -> None:
    """Then the model at work is as wrong, and no worse."""
    random = np.random.default_rng(seed)
    worse = answers(fit_head(TRAIN, random.permutation(TRAIN_LABELS), NAMES, seed=seed))
    gates = judged(worse, answers(honest), random.permutation(HELD_LABELS))
    assert gates["chance"].passed is False


@pytest.mark.parametrize("poisoned", range(len(NAMES)))
@pytest.mark.parametrize("known", [True, False])
def test_a_poisoned_label_is_refused_by_name(honest: FittedHead, poisoned: int, known: bool) -> None:
    random = np.random.default_rng(poisoned)
    others = [label for label in range(len(NAMES)) if label != poisoned]
    labels = np.where(poisoned == TRAIN_LABELS, random.choice(others, len(TRAIN_LABELS)), TRAIN_LABELS)
    strangers = random.choice(np.flatnonzero(poisoned != TRAIN_LABELS), 5, replace=False)
    labels[strangers] = poisoned
    worse = answers(fit_head(TRAIN, labels, NAMES, seed=0))
    gate = judged(worse, answers(honest) if known else NOBODY)["classes"]
    assert gate.passed is False
    assert f"“{NAMES[poisoned]}”" in gate.sentence
    lost = PICTURES[np.flatnonzero(poisoned == HELD_LABELS)]
    assert set(gate.pictures) & set(lost.tolist())


def test_embeddings_of_other_preprocessing_are_refused(honest: FittedHead) -> None:
    """Learned from pictures that were prepared in another way: what it meets now lies elsewhere."""
    mixing = np.random.default_rng(9).normal(0, 1, (TRAIN.shape[1], TRAIN.shape[1])) / 8
    elsewhere = np.maximum(TRAIN @ mixing, 0).astype(np.float32)
    worse = answers(fit_head(elsewhere, TRAIN_LABELS, NAMES, seed=0))
    assert {"accuracy", "classes"} & refused(judged(worse, answers(honest)))


def written(folder: Path, head: FittedHead) -> str:
    labels = tuple(Label(name) for name in head.labels)
    return write_head(folder, HeadSet("5" * 64, head.temperature, head.layers, labels, head.input))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(bytes(data))


def cut(path: Path, _: int) -> None:
    path.write_bytes(path.read_bytes()[:-64])


@pytest.mark.parametrize("harm", [flip, cut])
def test_corrupted_weights_are_refused_by_their_hash(
    tmp_path: Path, honest: FittedHead, harm: Callable[[Path, int], None]
) -> None:
    head_id = written(tmp_path, honest)
    assert files_gate(tmp_path, head_id, None, 64).passed is True
    harm(tmp_path / head_id / "head.safetensors", 400)
    gate = files_gate(tmp_path, head_id, None, 64)
    assert (gate.name, gate.passed) == ("files", False)
    assert "head.safetensors has changed since it was written" in gate.sentence


def test_files_that_are_missing_or_of_another_size_are_refused(tmp_path: Path, honest: FittedHead) -> None:
    head_id = written(tmp_path, honest)
    assert files_gate(tmp_path, head_id, None, 1280).passed is False
    assert files_gate(tmp_path, head_id, "0" * 64, 64).passed is False
    (tmp_path / head_id / "head.json").unlink()
    assert files_gate(tmp_path, head_id, None, 64).passed is False


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused_though_their_hash_is_right(
    tmp_path: Path, honest: FittedHead, value: float
) -> None:
    kernel = honest.layers[0][0].copy()
    kernel[3, 1] = value
    damaged = FittedHead([(kernel, honest.layers[0][1])], honest.labels, 1.0, "unit", honest.choice)
    assert files_gate(tmp_path, written(tmp_path, damaged), None, 64).passed is False


def test_weights_that_changed_on_their_way_to_the_file_are_refused(
    tmp_path: Path, honest: FittedHead
) -> None:
    learned = honest.probabilities(HELD)
    head_id = written(tmp_path, honest)
    gate = parity_gate(load_head(tmp_path, head_id), HELD, learned)
    assert gate.passed is True
    assert gate.figure is not None
    assert gate.figure < 1e-5
    described = json.loads((tmp_path / head_id / "head.json").read_text())
    head = load_head(tmp_path, head_id)
    for changed in (
        HeadSet(head.space_id, 2 * head.temperature, head.layers, head.labels, head.input),
        HeadSet(head.space_id, head.temperature, head.layers, head.labels, "raw"),
        HeadSet(
            head.space_id, head.temperature, [(-head.layers[0][0], head.layers[0][1])], head.labels, "unit"
        ),
    ):
        assert parity_gate(changed, HELD, learned).passed is False
    assert parity_gate(head, HELD, learned[:, :3]).passed is False
    assert described["input"] == "unit"


def test_the_same_seed_gives_the_same_figures(honest: FittedHead) -> None:
    assert judged(answers(honest), NOBODY) == judged(answers(honest), NOBODY)
