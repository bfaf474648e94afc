"""Passes over the pictures until they help no more; then as many over all of them. No TensorFlow in here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from store.local.learning.run_forms import Epoch
from store.training.heads.calibration import log_loss
from store.training.heads.regression import balanced_weights
from store.training.tuning.plan import Plan
from store.training.tuning.state import State

Array = NDArray[np.float32]
Integers = NDArray[np.int64]
Arrays = Sequence[NDArray[Any]]


AT_ONCE = 32  # examples that are only looked at


def in_parts(places: Integers, size: int = AT_ONCE) -> list[Integers]:
    """Places in their order, at most `size` in a part."""
    return [places[start : start + size] for start in range(0, len(places), size)]


class Learner(Protocol):
    """What learns; `store.training.tuning.trainee` is it."""

    def learn(self, inputs: Array, labels: Integers, weights: Array) -> None:
        """One step on the examples."""

    def logits(self, inputs: Array) -> Array:
        """Logits [n, k]."""

    def weights(self) -> Arrays:
        """What is learned so far."""

    def put(self, weights: Arrays) -> None:
        """Other weights."""

    def slots(self) -> Arrays:
        """What the optimiser remembers."""

    def put_slots(self, slots: Arrays) -> None:
        """What it remembered before; none makes it forget."""


class Source(Protocol):
    """The inputs of examples by their places."""

    def varied(self, places: Integers, random: np.random.Generator) -> Array:
        """One variant of each."""

    def plain(self, places: Integers) -> Array:
        """Each as it is."""


@dataclass(frozen=True)
class Examples:
    """Labels [n], 0 to `count` - 1; the places that are learned from, and those watched meanwhile."""

    labels: Integers = field(repr=False)
    count: int
    learned: Integers = field(repr=False)
    watched: Integers = field(repr=False)


@dataclass(frozen=True)
class Hooks:
    """`keep` writes a state down, `tell` says an epoch with the share done and the seconds that are left."""

    keep: Callable[[State], None]
    tell: Callable[[Epoch, float, float], None]
    clock: Callable[[], float]


class Passes:
    """Two rounds of passes. The first, over the `learned` alone, finds how many passes give the least loss on
    the watched (early stopping, Prechelt 1998). The second begins anew and makes so many over all of them.
    """

    def __init__(
        self, learner: Learner, source: Source, examples: Examples, plan: Plan, hooks: Hooks
    ) -> None:
        self._learner = learner
        self._source = source
        self._examples = examples
        self._plan = plan
        self._hooks = hooks
        self._began = hooks.clock()
        self._made = 0
        self._done = 0.0

    def run(self, start: State | None, settle_from: Arrays) -> State:
        """The state at the end; the learner is as it is then. `start` is what an earlier attempt kept.

        `settle_from` are the weights that the second round begins with. Where no pass helped, there is none.
        """
        state = start or self._beginning()
        self._learner.put(state.weights)
        self._learner.put_slots(state.slots)
        while not state.settling:
            state = self._turned(state, settle_from) if self._is_found(state) else self._sought(state)
            self._hooks.keep(state)
        while state.epoch < state.best:
            state = self._settled(state)
            self._hooks.keep(state)
        return state

    def _beginning(self) -> State:
        logits = self._answers()
        return State(False, 0, 0, [self._loss(logits)], logits, self._learner.weights(), [])

    def _is_found(self, state: State) -> bool:
        plan = self._plan
        return state.epoch >= plan.most_epochs or state.epoch - state.best >= plan.patience

    def _sought(self, state: State) -> State:
        """The state after one more pass of the first round."""
        self._pass(self._examples.learned, state)
        logits = self._answers()
        loss = self._loss(logits)
        is_best = loss < state.losses[state.best] or not self._plan.early_stopping
        after = replace(
            state,
            epoch=state.epoch + 1,
            best=state.epoch + 1 if is_best else state.best,
            losses=[*state.losses, loss],
            logits=logits if is_best else state.logits,
            weights=self._learner.weights(),
            slots=self._learner.slots(),
        )
        labels = self._examples.labels[self._examples.watched]
        accuracy = float(np.mean(logits.argmax(axis=1) == labels))
        self._tell(Epoch(after.epoch, loss, accuracy), after)
        return after

    def _turned(self, state: State, settle_from: Arrays) -> State:
        """The beginning of the second round."""
        self._learner.put(settle_from)
        self._learner.put_slots([])
        return replace(state, settling=True, epoch=0, weights=settle_from, slots=[])

    def _settled(self, state: State) -> State:
        """The state after one more pass of the second round."""
        self._pass(np.concatenate([self._examples.learned, self._examples.watched]), state)
        after = replace(
            state, epoch=state.epoch + 1, weights=self._learner.weights(), slots=self._learner.slots()
        )
        self._tell(Epoch(len(after.losses) - 1 + after.epoch), after)
        return after

    def _pass(self, places: Integers, state: State) -> None:
        """Once over the examples at these places, in an order and in variants of the seed and the pass."""
        random = np.random.default_rng([self._plan.seed, int(state.settling), state.epoch])
        labels = self._examples.labels
        weights = balanced_weights(labels[places], self._examples.count) * len(places)
        order = random.permutation(len(places))
        for part in np.array_split(order, max(1, round(len(order) / self._plan.batch))):
            some = places[part]
            inputs = self._source.varied(some, random)
            self._learner.learn(inputs, labels[some], weights[part].astype(np.float32))
        self._made += 1

    def _answers(self) -> Array:
        parts = in_parts(self._examples.watched)
        return np.concatenate([self._learner.logits(self._source.plain(part)) for part in parts])

    def _loss(self, logits: Array) -> float:
        return log_loss(logits, self._examples.labels[self._examples.watched])

    def _tell(self, epoch: Epoch, state: State) -> None:
        """With what is left, as if no pass helped any more."""
        plan = self._plan
        left = state.best - state.epoch
        if not state.settling:
            left = min(plan.patience + state.best, plan.most_epochs) - state.epoch + state.best
        made = len(state.losses) - 1 + (state.epoch if state.settling else 0)
        self._done = max(self._done, made / (made + left))
        pace = (self._hooks.clock() - self._began) / self._made
        self._hooks.tell(epoch, self._done, pace * left)
