"""Candidates that are made worse on purpose, and whether the gate that should refuses them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks._learning_data import Labels, Photographs
from store.models.agreement import embeddings
from store.models.head_set import HeadSet, write_head
from store.models.labels import Label
from store.models.parsed import ParsedModel
from store.models.preprocessing import pixels_of_file
from store.training.gates.gate import Gate
from store.training.gates.judging import judge
from store.training.gates.numbers import files_gate, space_gate
from store.training.heads.fitting import FittedHead, fit_head

SHUFFLES = 10
ENOUGH = 5  # pictures held out of a label, for its poisoning to be seen
SEEN = 8  # pictures for the preprocessing


@dataclass(frozen=True)
class Answers:
    """A head's answers for the pictures held out."""

    labels: tuple[str, ...]
    places: Labels

    def first(self) -> list[str]:
        """Its first answer for each."""
        return [self.labels[place] for place in self.places]


def refusals(
    given: Photographs, starter: ParsedModel, train: Labels, held: Labels
) -> Iterator[tuple[str, bool]]:
    """(what was done to the candidate, whether it was refused by the gate that should)."""
    honest = _fitted(given, given.labels, train)
    yield from _mislabelled(given, honest, train, held)
    yield from _damaged(honest, starter.network.embedding_size)
    yield from _prepared_otherwise(given, starter)


def _fitted(given: Photographs, labels: Labels, train: Labels) -> FittedHead:
    return fit_head(given.embeddings[train], labels[train], given.names, seed=0)


def _mislabelled(
    given: Photographs, honest: FittedHead, train: Labels, held: Labels
) -> Iterator[tuple[str, bool]]:
    def judged(labels: Labels) -> dict[str, Gate]:
        said = [
            Answers(head.labels, head.logits(given.embeddings[held]).argmax(axis=1))
            for head in (_fitted(given, labels, train), honest)
        ]
        truth = [given.names[label] for label in given.labels[held]]
        return {gate.name: gate for gate in judge(said[0], said[1], truth, held, seed=0)}

    for seed in range(SHUFFLES):
        labels = given.labels.copy()
        labels[train] = np.random.default_rng(seed).permutation(labels[train])
        yield f"shuffled labels, seed {seed}", judged(labels)["accuracy"].passed is False
    for label, name in enumerate(given.names):
        if np.count_nonzero(given.labels[held] == label) >= ENOUGH:
            gate = judged(_poisoned(given.labels, train, label))["classes"]
            yield f"“{name}” poisoned", gate.passed is False and f"“{name}”" in gate.sentence


def _poisoned(labels: Labels, train: Labels, label: int) -> Labels:
    """All of a label's examples under other labels, and five others under it."""
    random = np.random.default_rng(label)
    found = labels.copy()
    own, others = train[labels[train] == label], train[labels[train] != label]
    found[own] = labels[random.choice(others, len(own))]
    swapped = [place for place in others if np.count_nonzero(labels[train] == labels[place]) > ENOUGH]
    found[random.choice(swapped, ENOUGH, replace=False)] = label
    return found


def _damaged(honest: FittedHead, size: int) -> Iterator[tuple[str, bool]]:
    """Bits turned over at places all through the file."""
    labels = tuple(Label(name) for name in honest.labels)
    for share in (0.0, 0.1, 0.5, 0.9):
        with tempfile.TemporaryDirectory() as folder:
            models = Path(folder)
            head = HeadSet("0" * 64, honest.temperature, honest.layers, labels, honest.input)
            head_id = write_head(models, head)
            path = models / head_id / "head.safetensors"
            data = bytearray(path.read_bytes())
            data[int(share * len(data))] ^= 0x10
            path.write_bytes(bytes(data))
            yield f"weights damaged at {share:.0%}", files_gate(models, head_id, None, size).passed is False


def _prepared_otherwise(given: Photographs, starter: ParsedModel) -> Iterator[tuple[str, bool]]:
    """What the network sees, prepared in another way, against what was learned from."""
    places = np.linspace(0, len(given.files) - 1, SEEN).astype(int)
    stored = given.embeddings[places]
    right = starter.preprocessing
    wrong = {
        "pixels from 0 to 1": replace(right, offset=0.0, scale=255.0),
        "pixels by ImageNet's mean and deviation": replace(right, offset=0.449 * 255, scale=0.226 * 255),
        "no crop": replace(right, crop_fraction=1.0),
    }
    for name, preprocessing in wrong.items():
        pixels = np.stack([pixels_of_file(given.files[place], preprocessing) for place in places])
        changed = replace(starter, preprocessing=preprocessing)
        reproduced = embeddings(changed, starter.arrays, pixels)
        yield f"preprocessing: {name}", space_gate(stored, reproduced).passed is False
