"""Where models come from: files of the user's, Keras' official weights, the starter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from store.events import ModelVersion
from store.frozen import is_frozen
from store.models.registry import ModelRegistry

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class ModelSources:
    """Brings models into a registry. What reads and downloads them is loaded when it is asked for.

    Every method raises ModelError with a sentence and an advice, and tells `progress` a sentence and 0..1.
    """

    registry: ModelRegistry
    downloads: Path

    def import_file(self, path: Path, labels: Path | None, progress: Progress) -> ModelVersion:
        """Read a model file or folder of the user's, with its label file if it has one."""
        from store.models.importing import import_file  # noqa: PLC0415

        progress(f"Reading {path.name}.", 0.0)
        return self.registry.add(import_file(path, labels), progress=progress)

    def fetch(self, name: str, alpha: float | None, progress: Progress) -> ModelVersion:
        """Download a base model, or take the starter that came with the installation."""
        from store.models import base_models  # noqa: PLC0415

        return self.registry.add(
            base_models.fetch(name, alpha, cache_dir=self.downloads, progress=progress), progress=progress
        )

    def fetch_default(self, progress: Progress) -> ModelVersion:
        """The model of a first start: the official one where it can be reached, else the starter.

        A packaged Whimbrel carries the starter, so that nobody waits for a network at the first start.
        """
        if is_frozen():
            return self.fetch("starter", None, progress)
        from store.models import base_models  # noqa: PLC0415

        return self.registry.add(
            base_models.fetch_default(cache_dir=self.downloads, progress=progress), progress=progress
        )
