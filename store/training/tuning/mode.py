"""The modes "fine-tune" and "full": a new network from kept squares, with the head that comes with it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from store.local.learning.run_forms import Epoch
from store.models.backbone_set import BackboneSet, load_backbone
from store.models.labels import Label
from store.models.network import head_logits
from store.training.gates.gate import Gate
from store.training.gates.numbers import space_gate
from store.training.heads.calibration import temperature_of
from store.training.heads.fitting import FittedHead, fit_head
from store.training.keras_models import arrays_of, split
from store.training.keras_network import keras_network
from store.training.runs.job import Job, JobFolder
from store.training.runs.learned import Learned
from store.training.runs.sorting import Given, given_in, sorted_for_own
from store.training.runs.telling import Tell
from store.training.tuning.checks import COMPARED, conversion_gate, numpy_gate
from store.training.tuning.inputs import FromSquares, Look, between, looked_at
from store.training.tuning.loop import Examples, Hooks, Passes, Source
from store.training.tuning.plan import Plan, plan_of, watched
from store.training.tuning.squares import squares_of
from store.training.tuning.state import State, file_of, keep, kept_in
from store.training.tuning.trainee import Trainee, begin_weights, looker

Array = NDArray[np.float32]
Integers = NDArray[np.int64]
NO_BETTER = "Changing the network made it no better, so only the last layer was learned anew."


@dataclass(frozen=True)
class Task:
    """What is given, and the network: `used` are the places [m] of the examples that may be learned from.

    `squares` are of all n examples, `seen` what the network saw in them [n, d] before it learned; `look` is
    what it sees now. `examples` counts its places within `used`.
    """

    job: Job
    given: Given
    names: list[str]
    used: Integers = field(repr=False)
    examples: Examples
    base: BackboneSet
    plan: Plan
    squares: FromSquares
    model: keras.Model = field(repr=False)
    look: Look = field(repr=False)
    seen: Array = field(repr=False)

    def head(self, places: Integers) -> FittedHead:
        """The head that is best for the network as it was, from these places within `used`."""
        seen, labels = self.seen[self.used[places]], self.examples.labels[places]
        return fit_head(seen, labels, self.names, seed=self.job.options.seed)


def learn(folder: JobFolder, job: Job, tell: Tell) -> Learned:
    """Learns from everything but the hold-out side; raises ModelError and OSError."""
    tell.stage("prepare", "Looking at the pictures.")
    task = _task(folder, job)
    source = _source(task, tell)
    tell.stage("fit", f"Learning {len(task.names)} labels from {len(task.used):,} pictures.")
    trainee, state = _passed(task, source, file_of(folder), tell)
    tell.stage("calibrate", "Finding out how sure it may be.")
    if state.best == 0:
        return _as_it_was(task, state)
    return _learned(task, trainee, state)


def _task(folder: JobFolder, job: Job) -> Task:
    given = given_in(folder)
    chosen = sorted_for_own(given, job)
    used = np.flatnonzero(~given.held_back & (chosen.labels >= 0))
    base = load_backbone(Path(job.models), job.backbone_id)
    plan = plan_of(job.mode, base.network, job.options)
    squares = FromSquares(squares_of(folder, given.pictures), base.preprocessing, plan.variants)
    model = keras_network(base)
    look = looker(model, "embedding")
    return Task(
        job=job,
        given=given,
        names=chosen.names,
        used=used,
        examples=_examples(chosen.labels[used], given.sides[used], len(chosen.names), job.options.seed),
        base=base,
        plan=plan,
        squares=squares,
        model=model,
        look=look,
        seen=looked_at(look, squares.plain, np.arange(len(given.labels))),
    )


def _examples(labels: Integers, sides: NDArray[np.uint8], count: int, seed: int) -> Examples:
    out = watched(sides, labels, seed)
    return Examples(labels, count, np.flatnonzero(~out), np.flatnonzero(out))


def _source(task: Task, tell: Tell) -> Source:
    """What the layers that learn get to see."""
    squares = FromSquares(task.squares.squares[task.used], task.base.preprocessing, task.plan.variants)
    if task.plan.after is None:
        return squares
    front, _ = split(task.model, task.plan.after)
    return between(looker(front), squares, task.plan.seed, tell.step)


def _passed(task: Task, source: Source, file: Path, tell: Tell) -> tuple[Trainee, State]:
    """The network after its passes, and what these came to."""
    plan, examples = task.plan, task.examples
    back = task.model if plan.after is None else split(task.model, plan.after)[1]
    trainee = Trainee(back, task.head(examples.learned), plan.rate)
    whole = begin_weights(trainee.weights(), task.head(np.arange(len(task.used))))

    def told(epoch: Epoch, done: float, seconds: float) -> None:
        tell.step(done, epoch=epoch, seconds_left=seconds)

    hooks = Hooks(lambda state: keep(file, state), told, time.monotonic)
    passes = Passes(trainee, source, examples, plan, hooks)
    return trainee, passes.run(kept_in(file), whole)


def _as_it_was(task: Task, state: State) -> Learned:
    """A head for the network as it was, as the mode "head" learns it."""
    given = task.given
    head = fit_head(given.embeddings[task.used], task.examples.labels, task.names, seed=task.plan.seed)
    return Learned(
        layers=head.layers,
        labels=[Label(name) for name in task.names],
        temperature=head.temperature,
        input=head.input,
        held_back=head.logits(given.embeddings[given.held_back]),
        facts=_facts(task, state) | {"note": NO_BETTER},
    )


def _learned(task: Task, trainee: Trainee, state: State) -> Learned:
    held = np.flatnonzero(task.given.held_back)
    embeddings = looked_at(task.look, task.squares.plain, held)
    layers = trainee.head()
    arrays = arrays_of(task.model, task.base.network)
    return Learned(
        layers=layers,
        labels=[Label(name) for name in task.names],
        temperature=temperature_of(state.logits, task.examples.labels[task.examples.watched]),
        input="unit",
        held_back=head_logits(layers, embeddings, "unit"),
        backbone=arrays,
        embeddings=embeddings,
        facts=_facts(task, state),
        gates=_gates(task, arrays),
    )


def _gates(task: Task, arrays: dict[str, Array]) -> list[Gate]:
    inputs = task.squares.plain(np.arange(len(task.squares.squares))[:COMPARED])
    network = task.base.network
    return [
        numpy_gate(network, arrays, inputs, task.look(inputs)),
        conversion_gate(task.model, network, arrays),
        space_gate(task.given.embeddings, task.seen),
    ]


def _facts(task: Task, state: State) -> dict[str, Any]:
    """What the passes were, for the version's metrics."""
    after = task.plan.after
    return {
        "tuning": {
            "after": None if after is None else after.name,
            "passes": state.best,
            "losses": [round(loss, 4) for loss in state.losses],
            "watched": len(task.examples.watched),
            "variants": task.plan.variants,
        }
    }
