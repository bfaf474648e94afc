"""Training more than a head: what it needs is said before it begins, and all layers can be trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from training_world import LABELS, TrainingWorld, fill, training_world
from tuning_world import EACH, fill_with_squares, request

from store.local.learning.readiness import CannotTrain
from store.local.learning.run_forms import TrainingRequest
from store.models.backbone_set import load_backbone
from store.models.training_component import VARIABLE, training_python


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrainingWorld]:
    with training_world(tmp_path / "data") as world:
        yield world


@pytest.fixture
def component(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training component seems to be there: it is not started."""
    monkeypatch.setattr("store.models.training_component.training_python", lambda: Path("python"))


@pytest.mark.parametrize("mode", ["fine-tune", "full"])
def test_without_tensorflow_it_says_so_and_heads_are_trained(
    world: TrainingWorld, monkeypatch: pytest.MonkeyPatch, mode: str, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "no python"))
    fill(world)
    with pytest.raises(CannotTrain) as refused:
        world.jobs.start(TrainingRequest(mode=mode), "user")  # type: ignore[arg-type]
    assert "needs the training component, which is not installed" in refused.value.sentence
    assert "whimbrel training install" in refused.value.advice
    assert world.jobs.last() == []
    assert world.train().state == "done"


@pytest.mark.usefixtures("component")
def test_without_squares_it_says_which_setting_keeps_them(world: TrainingWorld) -> None:
    fill_with_squares(world, kept=3)
    with pytest.raises(CannotTrain) as refused:
        world.jobs.start(request("fine-tune"), "user")
    assert refused.value.sentence.endswith("too few of them were kept (9).")
    assert "“Keep the square that the model looked at” in the settings" in refused.value.advice


@pytest.mark.usefixtures("component")
def test_the_present_labels_stay_with_the_present_network(world: TrainingWorld) -> None:
    with pytest.raises(CannotTrain, match="Only the last layer can be taught labels beside the present ones"):
        world.jobs.start(TrainingRequest(mode="full", label_mode="extend"), "user")


@pytest.mark.training
def test_all_layers_learn_from_the_pictures_that_have_a_square(world: TrainingWorld) -> None:
    if training_python() is None:
        pytest.skip("TensorFlow is not installed here (no training component): nothing to train with.")
    fill_with_squares(world, kept=EACH - 2)
    run = world.train(request("full", passes=1))
    assert run.state == "done", run
    registry = world.models.registry
    made, base = registry.find(run.version or ""), registry.active()
    assert base is not None
    assert len(world.store.examples.lineage(made.id)) == (EACH - 2) * len(LABELS)
    before, after = (load_backbone(registry.folder, one.backbone_id).arrays for one in (base, made))
    assert all((before[key] != after[key]).any() for key in before)
    tuning: Any = made.metrics["tuning"]
    assert (tuning["after"], tuning["passes"]) == (None, 1)
