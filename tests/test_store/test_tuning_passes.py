"""The passes over the pictures: when they end, what they tell, and that a later attempt goes on with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clusters import clusters
from numpy.typing import NDArray

from store.local.learning.run_forms import Epoch
from store.training.heads.calibration import softmax
from store.training.tuning.loop import Examples, Hooks, Passes
from store.training.tuning.plan import Plan
from store.training.tuning.state import State, keep, kept_in

Array = NDArray[np.float32]
PLAN = Plan(
    after=None, rate=0.05, batch=8, patience=3, early_stopping=True, most_epochs=12, variants=1, seed=5
)
SIZE = 24


class Stopped(Exception):  # noqa: N818 - what the test does
    """The process ends here."""


class Layer:
    """A linear layer that learns by momentum: what the optimiser remembers counts."""

    def __init__(self, rate: float = 0.05) -> None:
        self.kernel = np.zeros((SIZE, 3), np.float32)
        self.momentum = np.zeros_like(self.kernel)
        self.rate = rate

    def learn(self, inputs: Array, labels: NDArray[np.int64], weights: Array) -> None:
        slope = (softmax(inputs @ self.kernel) - np.eye(3)[labels]) * weights[:, np.newaxis]
        self.momentum = (0.9 * self.momentum - inputs.T @ slope / len(labels)).astype(np.float32)
        self.kernel = (self.kernel + self.rate * self.momentum).astype(np.float32)

    def logits(self, inputs: Array) -> Array:
        return np.asarray(inputs @ self.kernel)

    def weights(self) -> list[Array]:
        return [self.kernel]

    def put(self, weights: Sequence[NDArray[Any]]) -> None:
        self.kernel = weights[0]

    def slots(self) -> list[Array]:
        return [self.momentum]

    def put_slots(self, slots: Sequence[NDArray[Any]]) -> None:
        self.momentum = slots[0] if slots else np.zeros_like(self.kernel)


@dataclass(frozen=True)
class Rows:
    """Inputs that vary by a little noise."""

    values: Array

    def varied(self, places: NDArray[np.int64], random: np.random.Generator) -> Array:
        noise = random.normal(0, 0.1, (len(places), SIZE))
        return np.asarray(self.values[places] + noise, dtype=np.float32)

    def plain(self, places: NDArray[np.int64]) -> Array:
        return self.values[places]


@dataclass
class Scene:
    """Passes of a layer over made clusters, with all that they kept and told."""

    file: Path
    plan: Plan = PLAN
    rate: float = 0.05
    stop_at: int = 10**6
    told: list[tuple[Epoch, float, float]] = field(default_factory=list)
    kept: int = 0

    def run(self) -> tuple[State, Layer]:
        values, labels = clusters((20, 20, 10), seed=3, size=SIZE, noise=1.2)
        places = np.arange(len(labels))
        examples = Examples(labels, 3, places[places % 4 != 0], places[places % 4 == 0])
        layer = Layer(self.rate)
        hooks = Hooks(self._keep, lambda *one: self.told.append(one), iter(range(10**6)).__next__)
        whole = [np.full((SIZE, 3), 0.01, np.float32)]
        return Passes(layer, Rows(values), examples, self.plan, hooks).run(kept_in(self.file), whole), layer

    def _keep(self, state: State) -> None:
        keep(self.file, state)
        self.kept += 1
        if self.kept == self.stop_at:
            raise Stopped


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "passes.safetensors")


def test_they_end_when_they_help_no_more_and_are_then_made_with_all(scene: Scene) -> None:
    state, _ = scene.run()
    assert state.settling
    assert state.epoch == state.best == int(np.argmin(state.losses)) > 0
    sought = len(state.losses) - 1
    assert sought == min(state.best + PLAN.patience, PLAN.most_epochs)
    numbers = [epoch.number for epoch, _, _ in scene.told]
    assert numbers == list(range(1, sought + state.best + 1))
    assert all(epoch.accuracy is not None for epoch, _, _ in scene.told[:sought])
    assert all(epoch.loss is None for epoch, _, _ in scene.told[sought:])


def test_what_is_told_grows_to_the_end(scene: Scene) -> None:
    scene.run()
    shares = [share for _, share, _ in scene.told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert scene.told[-1][2] == 0
    assert all(left > 0 for _, _, left in scene.told[:-1])


def test_they_are_no_more_than_asked_for(scene: Scene) -> None:
    scene.plan = replace(PLAN, most_epochs=2)
    state, _ = scene.run()
    assert (len(state.losses) - 1, state.epoch) == (2, 2)


def test_where_none_helps_nothing_is_learned(scene: Scene) -> None:
    scene.rate = -0.05
    state, layer = scene.run()
    assert (state.best, state.epoch, len(state.losses)) == (0, 0, PLAN.patience + 1)
    np.testing.assert_array_equal(layer.kernel, np.full((SIZE, 3), 0.01, np.float32))


def test_all_of_them_are_made_where_that_is_asked_for(scene: Scene) -> None:
    scene.rate = -0.05
    scene.plan = replace(PLAN, early_stopping=False, most_epochs=6)
    state, _ = scene.run()
    assert (state.best, state.epoch, len(state.losses)) == (6, 6, 7)


@pytest.mark.parametrize("moment", [1, 4, "turned", "settling"])
def test_a_later_attempt_comes_to_the_same(scene: Scene, tmp_path: Path, moment: int | str) -> None:
    whole, layer = scene.run()
    sought = len(whole.losses) - 1
    stop_at = {"turned": sought + 1, "settling": sought + 2}.get(str(moment), moment)
    broken = Scene(tmp_path / "broken.safetensors", stop_at=int(stop_at))
    with pytest.raises(Stopped):
        broken.run()
    made = len(broken.told)
    state, again = broken.run()
    assert state.losses == whole.losses
    np.testing.assert_array_equal(again.kernel, layer.kernel)
    np.testing.assert_array_equal(state.logits, whole.logits)
    assert [epoch for epoch, _, _ in broken.told] == [epoch for epoch, _, _ in scene.told]
    assert 0 < made < len(scene.told)


def test_a_damaged_file_is_as_none(scene: Scene) -> None:
    whole, _ = scene.run()
    scene.file.write_bytes(scene.file.read_bytes()[:-40])
    assert kept_in(scene.file) is None
    again, _ = scene.run()
    assert again.losses == whole.losses
