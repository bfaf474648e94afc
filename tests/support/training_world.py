"""A memory that something can be learned from: made clusters of embeddings, and words about them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from clusters import Array, clusters
from local_records import body_of, inference, said, send_body
from modelling import Models, open_models

from desktop.jobs import TrainingJobs
from desktop.training_run import Command, TrainingParts
from store.clock import SystemClock
from store.local.learning.run_forms import TrainingOptions, TrainingRequest, TrainingRun
from store.local.learning.runs import RunStore
from store.local.opening import LocalStore, open_store
from store.models.registry import ModelRegistry
from store.training.runs.modes import command_of

LABELS = ("curlew", "godwit", "knot")
SIZE = 256  # of the embedding of the small model
REQUEST = TrainingRequest(options=TrainingOptions(seed=3))
_BATCH = 400


@dataclass
class TrainingWorld:
    """An open memory with a model at work and the trainer on it; `told` is all that the trainer said."""

    data_dir: Path
    store: LocalStore
    models: Models
    jobs: TrainingJobs
    told: list[TrainingRun] = field(default_factory=list)

    def train(self, request: TrainingRequest = REQUEST) -> TrainingRun:
        """A training to its end."""
        run = self.jobs.start(request, "user")
        self.jobs.wait()
        return self.run(run.id)

    def run(self, run_id: str) -> TrainingRun:
        """A run as it is now."""
        found = self.jobs.get(run_id)
        assert found is not None
        return found

    @property
    def runs_folder(self) -> Path:
        """Where trainings work."""
        return self.data_dir / "runs"

    def left(self) -> list[str]:
        """What trainings have left in their folder."""
        return sorted(path.name for path in self.runs_folder.glob("*"))


def trainer_of(
    data_dir: Path, store: LocalStore, registry: ModelRegistry, command: Command = command_of
) -> TrainingJobs:
    """The trainer of a data folder."""
    runs = RunStore(store.database)
    parts = TrainingParts(
        runs, store.examples, store.label_book, registry, data_dir / "runs", SystemClock(), command
    )
    return TrainingJobs(parts)


@contextmanager
def training_world(
    data_dir: Path, command: Command = command_of, listen: Callable[[TrainingRun], None] = lambda _: None
) -> Iterator[TrainingWorld]:
    """Opens a data folder, without going on with what was left."""
    clock = SystemClock()
    store = open_store(data_dir, clock)
    models = open_models(data_dir, store, clock)
    jobs = trainer_of(data_dir, store, models.registry, command)
    world = TrainingWorld(data_dir, store, models, jobs)
    jobs.listen(world.told.append)
    jobs.listen(listen)
    try:
        yield world
    finally:
        jobs.stop()
        store.close()


def encoded(embedding: Array) -> str:
    """An embedding as a page sends it."""
    return base64.b64encode(embedding.astype("<f2").tobytes()).decode()


def fill(
    world: TrainingWorld,
    counts: Sequence[int] = (40, 40, 40),
    labels: Sequence[str | None] = LABELS,
    *,
    shuffled: bool = False,
) -> None:
    """Puts a model to work and has pictures recognised and named; a label of None is "none of these".

    `shuffled` gives the names to the pictures by chance.
    """
    version = world.models.registry.active()
    if version is None:
        version = world.models.make("Base", ("wolf", "dog"))
        world.models.registry.activate(version.id)
    values, numbers = clusters(counts, seed=1, size=SIZE)
    if shuffled:
        numbers = np.random.default_rng(6).permutation(numbers)
    records = []
    for index, (embedding, number) in enumerate(zip(values, numbers, strict=True)):
        records.append(
            inference(
                2 * index, embedding=encoded(embedding), spaceId=version.space_id, modelVersion=version.id
            )
        )
        word = {"isCorrect": False, "correctedLabel": labels[number], "confidence": 1.0}
        records.append(said(2 * index + 1, about=2 * index, userFeedback=word))
    for start in range(0, len(records), _BATCH):
        send_body(world.store.statistics, body_of(*records[start : start + _BATCH]))
