"""On which pictures smaller forms are measured, which one is found, and what a card says."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from handing_on import TWO, exported, quiet
from made_networks import made_network
from PIL import Image

from store.events import ModelVersion
from store.local.learning.example_forms import ExampleSet
from store.local.learning.label_mapping import LabelMapping
from store.models.adding import add_sets
from store.models.agreement import GENERATED
from store.models.errors import ModelError
from store.models.exporting import Subject, subject
from store.models.fidelity import Fidelity, Pictures
from store.models.gate_words import gates_of
from store.models.generated_pictures import generated_pictures
from store.models.labels import Label
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing
from store.models.pruning import pointwise_kernels, pruned
from store.models.sizes import Size
from store.publishing import compressing
from store.publishing.compressing import SHARES, SMALLER, Form, Found, smallest
from store.publishing.pictures import ENOUGH, HELD_BACK, KEPT, pictures_for
from store.publishing.smaller_version import Parts, smaller_version, write_parts
from store.training.gates.numbers import MOST_DEVIATION

NAMES = ("curlew", "whimbrel", "other")
HELD, LEARNED = 2, 0


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """A version in a registry's folder, of random weights that keep their signal."""
    models = tmp_path_factory.mktemp("models")
    made = made_network("mobilenet_v1", 0.25, len(NAMES))
    parsed = ParsedModel(
        name="Shore birds",
        architecture=made.table.id,
        alpha=made.table.alpha,
        preprocessing=Preprocessing(),
        arrays=made.folded(),
        head_layers=made.head,
        labels=[Label(name) for name in NAMES],
        made="trained",
        source="this machine",
        licence="CC0",
    )
    picture = models.parent / "one.png"
    Image.linear_gradient("L").save(picture)
    return subject(models, add_sets(models, parsed, [picture], quiet, 1_700_000_000_000))


@dataclass
class Memory:
    """Examples with kept squares: pictures by number, each with its label and side."""

    pictures: dict[int, tuple[str | None, int]]
    kept: dict[int, bytes] = field(default_factory=dict)

    def collect(self, space_id: str) -> ExampleSet:
        labels, sides = zip(*self.pictures.values(), strict=True) if self.pictures else ((), ())
        count = len(self.pictures)
        return ExampleSet(
            pictures=np.array(list(self.pictures), np.int64),
            labels=list(labels),
            confidence=np.ones(count, np.float32),
            embeddings=np.zeros((count, 4), np.float32),
            sides=np.array(sides, np.uint8),
        )

    def crops(self, pictures: Iterable[int]) -> dict[int, bytes]:
        return {number: self.kept[number] for number in pictures if number in self.kept}


def square(grey: int, size: int = 224) -> bytes:
    """A kept square of one grey."""
    content = io.BytesIO()
    Image.new("RGB", (size, size), (grey, grey, grey)).save(content, "PNG")
    return content.getvalue()


def memory(held: int, learned: int, label: str | None = "curlew") -> Memory:
    pictures = dict.fromkeys(range(1, held + 1), (label, HELD))
    pictures |= dict.fromkeys(range(101, 101 + learned), ("whimbrel", LEARNED))
    return Memory(pictures, {number: square(number) for number in pictures})


def test_pictures_held_back_are_measured_on_and_others_set_the_ranges(given: Subject) -> None:
    seen = pictures_for(given, memory(ENOUGH, ENOUGH), LabelMapping([]))
    assert (seen.measured.on, seen.representative.on) == (HELD_BACK, KEPT)
    assert seen.measured.pixels[:, 0, 0, 0].tolist() == list(range(1, ENOUGH + 1))
    assert seen.measured.wanted == [0] * ENOUGH
    assert seen.representative.pixels[:, 0, 0, 0].min() == 101


def test_what_is_right_follows_renaming_and_the_rule_of_the_gates(given: Subject) -> None:
    found = memory(ENOUGH, 0)
    found.pictures[1] = (None, HELD)
    found.pictures[2] = ("godwit", HELD)
    found.pictures[3] = ("big curlew", HELD)
    wanted = pictures_for(given, found, LabelMapping([("whimbrel", "big curlew")])).measured.wanted
    assert wanted is not None
    assert list(wanted[:4]) == [2, 2, 1, 0]


def test_too_few_held_back_and_all_kept_ones_are_taken_without_their_labels(given: Subject) -> None:
    seen = pictures_for(given, memory(ENOUGH - 1, 1), LabelMapping([]))
    assert (seen.measured.on, len(seen.measured.pixels), seen.measured.wanted) == (KEPT, ENOUGH, None)


def test_without_kept_pictures_made_ones_are_taken_and_said_to_be(given: Subject) -> None:
    found = memory(ENOUGH, 0)
    found.kept = {1: b"no picture", 2: square(9, 96)}
    seen = pictures_for(given, found, LabelMapping([]))
    assert seen.measured.on == seen.representative.on == GENERATED


def test_pruning_takes_the_smallest_of_each_pointwise_kernel(given: Subject) -> None:
    network, arrays = given.backbone.network, given.backbone.arrays
    found = pruned(network, arrays, 0.3)
    for key, array in arrays.items():
        gone = found[key] != array
        if key not in pointwise_kernels(network):
            assert not gone.any()
            continue
        assert np.count_nonzero(gone) == int(0.3 * array.size)
        assert np.abs(array[gone]).max() <= np.abs(array[~gone]).min()


PICTURES = Pictures(generated_pictures(224, 3), GENERATED)


def test_the_smallest_form_within_the_loss_is_found(given: Subject) -> None:
    careless = smallest(given, PICTURES, 100.0, quiet)
    careful = smallest(given, PICTURES, 0.0, quiet)
    assert (careful.form.variant, careful.form.fidelity.same) == ("uint8", 3)
    assert careless.form.prune >= careful.form.prune
    for found in (careless, careful):
        assert (found.form.fidelity.deviation or 0) <= MOST_DEVIATION
        assert found.form.size.gzipped < 0.4 * found.size_before.gzipped


def test_a_form_that_leaves_the_space_is_not_taken(given: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "MOST_DEVIATION", 1e-4)
    with pytest.raises(ModelError, match="No smaller form of Shore birds stays within 100 points"):
        smallest(given, PICTURES, 100.0, quiet)


def test_what_loses_more_than_was_allowed_is_not_taken(given: Subject) -> None:
    """Right answers are known here, and only the version itself gives them."""
    own = given.answers(PICTURES, lambda done: None).probabilities.argmax(axis=1)
    trials = compressing._Trials(given, replace(PICTURES, wanted=own.tolist()), quiet)
    worst = trials.form("uint8", SHARES[-1])
    assert worst.fidelity.right is not None
    assert worst.fidelity.lost == 100 * (3 - worst.fidelity.right) / 3
    assert not compressing._is_true(replace(worst.fidelity, deviation=0.0), worst.fidelity.lost - 0.1)


def test_a_pruned_network_keeps_the_space_and_the_head(given: Subject, tmp_path: Path) -> None:
    found = smallest(given, PICTURES, 100.0, quiet)
    assert found.form.prune > 0
    parts = write_parts(tmp_path, given, found, quiet)
    version = smaller_version(given, found, parts, 100.0, 1)
    parent = given.version
    assert (version.space_id, version.head_id, version.parent_id) == (
        parent.space_id,
        parent.head_id,
        parent.id,
    )
    assert version.backbone_id != parent.backbone_id
    assert version.variant == found.form.variant
    written = msgspec.json.decode((tmp_path / version.backbone_id / "backbone.json").read_bytes())
    assert written["spaceId"] == parent.space_id
    [gate] = gates_of(version)
    assert gate["passed"] is None
    assert "No photographs were kept to try." in gate["sentence"]


def test_versions_with_a_long_name_do_not_get_one_id(given: Subject) -> None:
    """What tells them apart stands at the end of the name, which an id has no room for."""
    named = replace(given, version=msgspec.structs.replace(given.version, name="Waders " * 12))
    agreed = Fidelity(n=3, on=GENERATED, same=3, difference=0.0)
    ids = {
        smaller_version(
            named,
            Found(Form(variant, 0.0, Size(1, 1), agreed, {}), Size(2, 2)),
            Parts(given.version.backbone_id, None),
            1.0,
            1,
        ).id
        for variant in SMALLER
    }
    assert len(ids) == len(SMALLER)


FACTS = {
    "accuracy": {"value": 0.81, "low": 0.77, "high": 0.85, "n": 212},
    "parentAccuracy": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 212},
    "perClass": [{"label": "curlew|big", "value": 1.0, "low": 0.9, "high": 1.0, "n": 40}],
    "temperature": 1.25,
    "ece": 0.031,
    "counts": {"train": 300, "calibration": 88, "holdout": 212},
    "trainingSetHash": "ab" * 32,
    "gates": [{"name": "accuracy", "passed": False, "sentence": "It may be worse."}],
}


def test_a_card_tells_what_the_registry_knows(tmp_path: Path, models_of: tuple[Path, ModelVersion]) -> None:
    models, version = models_of
    trained = msgspec.structs.replace(version, metrics=FACTS, parent_id="starter-1")
    card = (exported(models, trained, tmp_path / "out", "safetensors").folder / "MODEL_CARD.md").read_text()
    for line in (
        "- Accuracy: 81 %, likely 77-85, of 212 pictures held back",
        "- The parent's, on the same: 50 %, likely 40-60, of 212 pictures held back",
        "- Calibration: temperature 1.25; expected calibration error 0.031",
        "| curlew\\|big | 100 %, likely 90-100, of 40 pictures |",
        "- accuracy, failed: It may be worse.",
        "- Parent: `starter-1`",
        f"- Hash of all of these (SHA-256): `{'ab' * 32}`",
        "- (pixel - 127.5) / 127.5, pixel 0..255",
        f"- Same first answer as the version for 2 of {len(TWO.pixels)} generated pictures.",
    ):
        assert line in card.splitlines()
    assert "600 with a word of the user's: 300 to learn from, 88 to find out" in card


def test_a_card_says_of_what_was_not_measured_that_it_was_not(
    tmp_path: Path, models_of: tuple[Path, ModelVersion]
) -> None:
    card = (exported(*models_of, tmp_path / "out", "safetensors").folder / "MODEL_CARD.md").read_text()
    assert "- Accuracy: not measured" in card
    assert "- Calibration: not measured" in card
    assert "None: it was not learned or made smaller here." in card
    assert "Do not use it where a wrong answer can harm" in card
    assert "%, likely" not in card


@pytest.fixture(scope="module")
def models_of(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ModelVersion]:
    """A version whose network is the small one of the tests."""
    from modelling import random_model

    models = tmp_path_factory.mktemp("cards")
    picture = models.parent / "card.png"
    Image.linear_gradient("L").save(picture)
    return models, add_sets(models, random_model("Plain <b>", ("a", "b")), [picture], quiet, 0)
