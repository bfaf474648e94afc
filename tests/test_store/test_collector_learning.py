"""Models at a collector: kept, trained from what devices share, and made into releases."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from collecting import Sender, enrolled, value
from example_world import encoded, vector
from field_device import LABELS, SIZE
from releasing import Shop, open_shop

from store.collector.errors import NotThere, ReleaseNotTaken
from store.collector.lessons import Lesson, lessons
from store.collector.models import KeptModel
from store.collector.service import Collector
from store.local.learning.readiness import CannotTrain
from store.local.learning.run_forms import TrainingOptions, TrainingRequest
from store.models.head_set import load_head
from store.models.network import head_logits
from store.protocol_beside import SharedLabel
from store.releases.making import Terms, make, manifest_of, release_of, sign
from store.releases.verifying import accept
from store.training.runs.at_collector import train

WHO = "somebody"
ONCE = pytest.mark.parametrize("collector_url", ["sqlite"], indirect=True)  # what is read is tried on both


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    shop.make(1, "whole")
    shop.make(1, "head")
    return shop


def add(collector: Collector, folder: Path) -> KeptModel:
    return collector.models.add(manifest_of(folder)[0], folder, WHO)


def picture(sender: Sender, shop: Shop, name: str, answer: str, **others: Any) -> dict[str, Any]:
    """A device recognises a picture in the space of the shop's network."""
    record = {
        "kind": "inference",
        "modelVersion": "v",
        "spaceId": shop.version.space_id,
        "predictions": [{"className": answer, "probability": 0.75, "rank": 1}],
        "picture": {"sha256": hashlib.sha256(name.encode()).hexdigest()},
        "embedding": base64.b64encode(name.encode().ljust(8)).decode(),
        **others,
    }
    return sender.event({key: found for key, found in record.items() if found is not None})


def said(sender: Sender, about: dict[str, Any], label: str | None, *, right: bool = False) -> dict[str, Any]:
    inference_id = str(UUID(about["event_id"]))
    word = {"isCorrect": right, "correctedLabel": label}
    return sender.event(
        {"kind": "feedback", "inferenceId": inference_id, "userFeedback": word}, kind="feedback"
    )


def give(collector: Collector, sender: Sender, *events: dict[str, Any]) -> None:
    outcome = collector.take(sender.batch(*events))
    assert outcome.rejected == []


def learned(collector: Collector, shop: Shop) -> dict[str, str | None]:
    """What there is to learn from, by the pictures' names."""
    names = {hashlib.sha256(name.encode()).digest(): name for name in ("one", "two", "three", "four")}
    return {names[each.picture]: each.label for each in lessons(collector.database, shop.version.space_id)}


def test_a_model_is_kept_once_and_laid_out_as_it_was(
    collector: Collector, shop: Shop, tmp_path: Path
) -> None:
    first, again = add(collector, shop.folder / "whole-1"), add(collector, shop.folder / "whole-1")
    assert first == again
    assert value(collector.database, "SELECT count(*) FROM model_file") == 4
    collector.models.lay_out(first, tmp_path / "models")
    for set_id, name in (
        (shop.version.backbone_id, "weights.safetensors"),
        (shop.version.head_id, "head.json"),
    ):
        assert (tmp_path / "models" / set_id / name).read_bytes() == (
            shop.models / set_id / name
        ).read_bytes()
    made = make(tmp_path / "models", first.version(), Terms(9, "whole", 1, 1, "0.1.0"), tmp_path / "made")
    assert (made.version, made.head_id) == (9, shop.version.head_id)


def test_a_head_without_its_network_and_changed_files_are_not_taken(
    collector: Collector, shop: Shop, tmp_path: Path
) -> None:
    with pytest.raises(NotThere, match="network"):
        add(collector, shop.folder / "head-1")
    document, _ = manifest_of(shop.folder / "whole-1")
    with pytest.raises(ReleaseNotTaken):
        collector.models.add(document, tmp_path, WHO)
    assert collector.models.all() == []


def test_what_users_said_is_learned_as_they_said_it(collector: Collector, sender: Sender, shop: Shop) -> None:
    right, wrong, nothing, unsure = (
        picture(sender, shop, name, "wolf") for name in ("one", "two", "three", "four")
    )
    give(collector, sender, right, wrong, nothing, unsure)
    give(
        collector,
        sender,
        said(sender, right, None, right=True),
        said(sender, wrong, "fox"),
        said(sender, nothing, None),
    )
    assert learned(collector, shop) == {"one": "wolf", "two": "fox", "three": None}


def test_what_two_devices_call_differently_is_learned_when_it_is_settled(
    collector: Collector, sender: Sender, shop: Shop
) -> None:
    other = enrolled(collector, "other")
    for who, label in ((sender, "fox"), (other, "dog")):
        seen = picture(who, shop, "one", "wolf")
        give(collector, who, seen, said(who, seen, label))
    assert learned(collector, shop) == {}
    sha256 = hashlib.sha256(b"one").digest()
    settled = collector.settling.settle(sha256, "fox", WHO)
    assert learned(collector, shop) == {"one": "fox"}
    collector.settling.undo(settled.id, WHO)
    collector.settling.settle(sha256, None, WHO)
    assert learned(collector, shop) == {}
    give(collector, other, said(other, seen, "fox"))
    assert learned(collector, shop) == {}, "they agree now, and the team still says that it can't be told"


def test_synonyms_count_as_their_label(collector: Collector, sender: Sender, shop: Shop) -> None:
    collector.labels.put(SharedLabel("fox", None, ["Fuchs"]), WHO)
    seen = picture(sender, shop, "one", "wolf")
    give(collector, sender, seen, said(sender, seen, "Fuchs"))
    assert learned(collector, shop) == {"one": "fox"}


def test_without_numbers_in_this_space_a_picture_teaches_nothing(
    collector: Collector, sender: Sender, shop: Shop
) -> None:
    bare = picture(sender, shop, "one", "wolf", embedding=None)
    elsewhere = picture(sender, shop, "two", "wolf", spaceId="0" * 64)
    give(collector, sender, bare, elsewhere, said(sender, bare, "fox"), said(sender, elsewhere, "fox"))
    assert learned(collector, shop) == {}
    late = {"kind": "attachment", "inferenceId": str(UUID(bare["event_id"]))}
    late["embedding"] = base64.b64encode(b"12345678").decode()
    give(collector, sender, sender.event(late, kind="attachment"))
    assert learned(collector, shop) == {"one": "fox"}


def teach(collector: Collector, sender: Sender, shop: Shop, each: int) -> None:
    """So many pictures of each group, named right."""
    events = []
    for group, label in enumerate(LABELS):
        for number in range(each):
            numbers = encoded(np.array(vector(group, number, SIZE)) + 0.4 * _noise(group, number))
            seen = picture(sender, shop, f"{group}/{number}", "thing", embedding=numbers)
            events += [seen, said(sender, seen, label)]
    give(collector, sender, *events)


def _noise(group: int, number: int) -> Any:
    drawn = np.random.default_rng(1000 * group + number).standard_normal(SIZE)
    return drawn / np.linalg.norm(drawn)


@ONCE
def test_a_head_is_trained_signed_and_right(
    collector: Collector, sender: Sender, shop: Shop, tmp_path: Path
) -> None:
    parent = add(collector, shop.folder / "whole-1")
    teach(collector, sender, shop, 16)
    request = TrainingRequest(options=TrainingOptions(least_examples=4))
    model, result = train(collector, parent, request, lambda _said, _done: None, WHO)
    assert {label.name for label in model.manifest.labels} == set(LABELS)
    assert (result.label_count, model.manifest.kind) == (3, "head")
    assert result.metrics["accuracy"]["value"] > 0.8
    collector.models.lay_out(model, tmp_path / "models")
    make(tmp_path / "models", model.version(), Terms(2, "head", 1, 2**40, "0.1.0"), tmp_path / "made")
    sign(tmp_path / "made", manifest_of(tmp_path / "made")[0], shop.key)
    accepted = accept(release_of(tmp_path / "made"), shop.standing(last_version=1, now_ms=2))
    assert accepted.head_id == model.manifest.head_id
    head = load_head(tmp_path / "models", accepted.head_id)
    new = np.array([vector(group, 999, SIZE) for group in range(3)], np.float32)
    answers = head_logits(head.layers, new, head.input).argmax(axis=1)
    assert [head.labels[place].name for place in answers] == list(LABELS)


@ONCE
def test_labels_can_be_added_to_those_that_the_model_knows(
    collector: Collector, sender: Sender, shop: Shop
) -> None:
    parent = add(collector, shop.folder / "whole-1")
    teach(collector, sender, shop, 8)
    unsaid = [picture(sender, shop, str(n), "wolf", embedding=encoded(vector(7, n, SIZE))) for n in range(9)]
    give(collector, sender, *unsaid)
    collector.labels.put(SharedLabel("red fox", None, ["fox"]), WHO)
    request = TrainingRequest(label_mode="extend", options=TrainingOptions(least_examples=4))
    model, _ = train(collector, parent, request, lambda _said, _done: None, WHO)
    assert {label.name for label in model.manifest.labels} == {*LABELS, "red fox"}


@ONCE
def test_too_few_pictures_are_said(collector: Collector, sender: Sender, shop: Shop) -> None:
    parent = add(collector, shop.folder / "whole-1")
    teach(collector, sender, shop, 1)
    with pytest.raises(CannotTrain):
        train(collector, parent, TrainingRequest(), lambda _said, _done: None, WHO)
    assert [each.id for each in collector.models.all()] == [parent.id]


def test_the_order_of_devices_changes_nothing(collector: Collector, shop: Shop) -> None:
    devices = [enrolled(collector, name) for name in ("a", "b")]
    for number, sender in enumerate(devices):
        seen = picture(sender, shop, ("one", "two")[number], "wolf")
        give(collector, sender, seen, said(sender, seen, "fox"))
    found = lessons(collector.database, shop.version.space_id)
    assert found == sorted(found)
    assert isinstance(found[0], Lesson)
