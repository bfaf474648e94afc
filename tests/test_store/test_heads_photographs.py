"""On real photographs: three groups are learned, and what was made worse on purpose is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from held_back import Answers
from numpy.typing import NDArray

from store.models.agreement import embeddings
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing, pixels_of_file
from store.models.starter import load_starter
from store.training.gates.gate import Gate
from store.training.gates.judging import judge
from store.training.gates.numbers import space_gate
from store.training.heads.fitting import fit_head

NAMES = ("bird", "dog", "insect")
EACH = 12
HELD = np.arange(3 * EACH) % 2 == 0


@dataclass(frozen=True)
class Seen:
    """Photographs as the starter sees them: [36, 1280], twelve of each group."""

    starter: ParsedModel
    files: list[Path]
    embeddings: NDArray[np.float32]

    def again(self, places: list[int], preprocessing: Preprocessing) -> NDArray[np.float32]:
        pixels = np.stack([pixels_of_file(self.files[place], preprocessing) for place in places])
        return embeddings(replace(self.starter, preprocessing=preprocessing), self.starter.arrays, pixels)


LABELS = np.repeat([0, 1, 2], EACH)


@pytest.fixture(scope="module")
def seen(shared: Path) -> Seen:
    starter = load_starter()
    groups = shared / "images" / "groups"
    files = [file for name in NAMES for file in sorted((groups / name).glob("*.jpg"))[:EACH]]
    pixels = np.stack([pixels_of_file(file, starter.preprocessing) for file in files])
    return Seen(starter, files, embeddings(starter, starter.arrays, pixels))


def judged(seen: Seen, labels: NDArray[np.int64]) -> dict[str, Gate]:
    """A head that learned these labels against one that learned the true ones."""
    heads = [fit_head(seen.embeddings[~HELD], some[~HELD], NAMES, seed=0) for some in (labels, LABELS)]
    new, active = (Answers(head.labels, head.probabilities(seen.embeddings[HELD])) for head in heads)
    truth = [NAMES[label] for label in LABELS[HELD]]
    return {gate.name: gate for gate in judge(new, active, truth, np.flatnonzero(HELD), seed=0)}


def test_three_groups_are_learned_from_six_pictures_of_each(seen: Seen) -> None:
    gates = judged(seen, LABELS)
    assert (gates["chance"].passed, gates["classes"].passed) == (True, True)
    assert gates["accuracy"].passed is None  # eighteen pictures are too few to know
    assert len(gates["chance"].pictures) <= 3


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_labels_are_refused(seen: Seen, seed: int) -> None:
    shuffled = LABELS.copy()
    shuffled[~HELD] = np.random.default_rng(seed).permutation(LABELS[~HELD])
    gates = judged(seen, shuffled)
    assert gates["chance"].passed is not True  # eighteen pictures may be too few to tell it from luck
    assert gates["accuracy"].passed is False


def test_a_poisoned_group_is_refused_by_name(seen: Seen) -> None:
    poisoned = LABELS.copy()
    poisoned[~HELD] = np.where(LABELS[~HELD] == 0, np.resize([1, 2], EACH * 3 // 2), LABELS[~HELD])
    poisoned[np.flatnonzero(~HELD & (LABELS == 1))[:2]] = 0
    gate = judged(seen, poisoned)["classes"]
    assert gate.passed is False
    assert "“bird”" in gate.sentence


def test_pixels_that_were_scaled_in_another_way_are_another_space(seen: Seen) -> None:
    places = [0, EACH, 2 * EACH]
    right = seen.starter.preprocessing
    assert space_gate(seen.embeddings[places], seen.again(places, right)).figure == 0
    wrong = seen.again(places, replace(right, offset=0.0, scale=255.0))
    assert space_gate(seen.embeddings[places], wrong).passed is False
