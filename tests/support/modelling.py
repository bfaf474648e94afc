"""A real model registry, and models small enough to make in a moment."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from desktop.model_sources import ModelSources
from store.clock import Clock
from store.events import ModelVersion
from store.local.opening import LocalStore
from store.models.adding import add_sets
from store.models.architectures import architecture
from store.models.labels import Label
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing
from store.models.registry import ModelRegistry
from store.models.service import ModelService


@dataclass(frozen=True)
class Models:
    """The registry of a data folder with what stands around it."""

    registry: ModelRegistry
    service: ModelService
    sources: ModelSources

    def make(self, name: str, labels: tuple[str, ...] = ("wolf", "dog")) -> ModelVersion:
        """A candidate: MobileNet V1 0.25 with random weights, the same for all, and a head of its own."""
        if not self.registry.folder.exists():
            shutil.copytree(_backbone_folder(), self.registry.folder)
        return self.registry.add(random_model(name, labels))


@functools.cache
def _backbone_folder() -> Path:
    """Written once a run: a backbone takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-models-"))
    atexit.register(shutil.rmtree, folder)
    add_sets(folder, random_model("Backbone", ("one", "two")), (), lambda _sentence, _done: None, 0)
    return folder


def open_models(data_dir: Path, store: LocalStore, clock: Clock) -> Models:
    """The registry on an open store."""
    registry = ModelRegistry(data_dir / "models", store.model_versions, clock)
    return Models(registry, ModelService(registry), ModelSources(registry, data_dir / "downloads"))


def random_model(name: str, labels: tuple[str, ...]) -> ParsedModel:
    """Random weights: those of the head are of the name, those of the network always the same."""
    random = np.random.default_rng(list(name.encode()))
    network = architecture("mobilenet_v1", 0.25)
    fixed = np.random.default_rng(7)
    return ParsedModel(
        name=name,
        architecture=network.id,
        alpha=network.alpha,
        preprocessing=Preprocessing(),
        arrays={key: fixed.normal(0, 0.1, shape).astype(np.float32) for key, shape in network.shapes.items()},
        head_layers=[
            (
                random.normal(0, 0.1, (network.embedding_size, len(labels))).astype(np.float32),
                np.zeros(len(labels), np.float32),
            )
        ],
        labels=[Label(label) for label in labels],
        made="imported",
        source="a test",
        licence="none",
    )
