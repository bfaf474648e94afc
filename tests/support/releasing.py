"""A small model as a release: made from a real registry's files, signed with a key of its own."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_records import NOW
from small_model import small_model

from store.clock import SystemClock
from store.events import ModelVersion
from store.local.opening import open_store
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing
from store.models.registry import ModelRegistry
from store.releases.keys import SigningKey, new_key
from store.releases.making import Terms, make, manifest_of, release_of, sign
from store.releases.manifest import Kind
from store.releases.verifying import Standing

YEAR = 365 * 24 * 3_600_000


@dataclass(frozen=True)
class Shop:
    """A registry's folder with one version, and who signs."""

    models: Path
    version: ModelVersion
    key: SigningKey
    folder: Path

    def make(self, number: int = 7, kind: Kind = "head", **changes: object) -> Path:
        """An unsigned release in a folder of its own."""
        terms = {"version": number, "kind": kind, "made_at": NOW, "lasts_ms": YEAR, "app_version": "0.1.0"}
        folder = self.folder / f"{kind}-{number}"
        make(self.models, self.version, Terms(**terms | changes), folder)  # type: ignore[arg-type]
        return folder

    def signed(self, number: int = 7, kind: Kind = "head", **changes: object) -> bytes:
        """A signed release's envelope."""
        folder = self.make(number, kind, **changes)
        sign(folder, manifest_of(folder)[0], self.key)
        return release_of(folder)

    def standing(self, **changes: object) -> Standing:
        """A device that knows the key and installed release 6 before."""
        usual = {"keys": (self.key.public_key,), "last_version": 6, "now_ms": NOW, "app_version": "0.1.0"}
        return Standing(**usual | changes)  # type: ignore[arg-type]


def tiny_model(**changes: Any) -> ParsedModel:
    """The small model for pictures of 32 pixels: a set that is written in a moment."""
    return small_model(**{"preprocessing": Preprocessing(size=32), **changes})


def open_shop(folder: Path, seed: int = 0) -> Shop:
    """A shop with a small model."""
    made, version = _registered(seed)
    shutil.copytree(made / "models", folder / "models")
    return Shop(folder / "models", version, new_key(), folder)


@functools.cache
def _registered(seed: int) -> tuple[Path, ModelVersion]:
    """A registry's folder with the model, made once a run."""
    folder = Path(tempfile.mkdtemp(prefix="whimbrel-test-shop-"))
    atexit.register(shutil.rmtree, folder)
    store = open_store(folder / "data", SystemClock())
    try:
        registry = ModelRegistry(folder / "models", store.model_versions, SystemClock())
        return folder, registry.add(tiny_model(seed=seed))
    finally:
        store.close()
