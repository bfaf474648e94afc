"""What the handlers need from the rest of the program, as Protocols: webui knows the store by these alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from store.clock import Clock
from store.events import BatchResult, ModelVersion, StatisticsBatch
from store.export.filters import Filters
from store.export.training_exports import Export, Form
from store.local.picture_store import PictureCard
from store.protocol_beside import SharedLabel
from webui.local.dialogs import Desktop
from webui.local.events import EventBus
from webui.local.memory_info import MemoryHealth
from webui.local.services_backups import BackupServices
from webui.local.services_comparing import VersionComparing
from webui.local.services_drift import DriftServices
from webui.local.services_exports import SavedExports
from webui.local.services_figures import FigureStore
from webui.local.services_learning import LearningServices
from webui.local.services_program import Program
from webui.local.services_publishing import Publishing
from webui.local.services_queue import FolderQueue
from webui.local.services_records import RecordStore
from webui.local.services_retention import Upkeep
from webui.local.services_sync import SyncService
from webui.local.services_training import Trainer
from webui.local.services_trials import TrialServices
from webui.local.session_keys import SessionKeys

if TYPE_CHECKING:
    from store.models.head_check import HeadCheck  # loads numpy

Progress = Callable[[str, float], None]


class StatisticsStore(Protocol):
    """Takes what the page recorded."""

    def record(self, batch: StatisticsBatch, body_hash: bytes) -> Future[BatchResult]:
        """Queues a batch for the writer; the result comes after its commit. `body_hash` is the SHA-256 of the
        inflated body. Raises, here or in the result, what `store.local` says of a full disk or queue."""

    def record_whole(self, content: bytes) -> Future[BatchResult] | None:
        """Queues the body of a batch if nothing in it is wrong or unusual, at half the cost; else None, and
        `record` tells. Raises the same."""


class PictureStore(Protocol):
    """Reads what was recognised before."""

    def recent(self, limit: int, before: str | None) -> tuple[list[PictureCard], str | None]:
        """At most `limit` cards, newest first, from the cursor `before` on, and the next cursor."""

    def thumbnail(self, sha256: str) -> bytes | None:
        """The kept thumbnail of a picture, None where there is none."""


class SettingStore(Protocol):
    """Keeps the page's settings by name."""

    def all(self) -> dict[str, object]:
        """Every setting, defaults included."""

    def put_all(self, values: Mapping[str, object]) -> Future[None]:
        """Queues settings for the writer, all or none; raises `SettingError` for what a setting can't be."""


class LabelStore(Protocol):
    """Knows the labels that the user has typed, and those of the team."""

    def typed(self) -> list[str]:
        """The names, the one typed last first."""

    def shared(self) -> list[SharedLabel]:
        """The labels of the team that this device belongs to, by name."""


class TrainingExports(Protocol):
    """Exports what is remembered."""

    def start(self, form: Form, filters: Filters, *, gzip: bool = False) -> Export:
        """An export that runs while its pieces are read."""


class ModelStatus(Protocol):
    """How the model is doing; `progress` is 0..1 or None, the texts are for people."""

    @property
    def state(self) -> Literal["ready", "preparing", "missing", "failed"]:
        """In one word."""

    @property
    def sentence(self) -> str:
        """What is the matter."""

    @property
    def advice(self) -> str:
        """What to do; may be empty."""

    @property
    def progress(self) -> float | None:
        """How far a preparation is, 0..1, None where that is unknown."""


class ModelRegistry(Protocol):
    """The model versions and their files. Raises `ModelError` with a sentence and an advice."""

    def list(self) -> list[ModelVersion]:
        """All versions."""

    def active(self) -> ModelVersion | None:
        """The version that the page works with, None before the first."""

    def activate(self, version_id: str, *, anyway: bool = False) -> ModelVersion:
        """Makes a version the one that the page works with, `anyway` where it did not pass its checks."""

    def before(self) -> ModelVersion | None:
        """The version to which a rollback leads, None without one."""

    def rollback(self) -> ModelVersion:
        """Goes back to the version that was active before."""

    def head_check(self, version: ModelVersion) -> HeadCheck:
        """What a version's head gives for the check embeddings."""

    def descriptor(self, version: ModelVersion) -> Mapping[str, Any]:
        """What the page needs to load a version."""

    def file(self, set_id: str, name: str) -> Path | None:
        """One of the known files of a set, None for anything else."""


class ModelService(Protocol):
    """The registry, and the state of the model that the page works with; thread-safe."""

    @property
    def registry(self) -> ModelRegistry:
        """The versions."""

    def status(self) -> ModelStatus:
        """How the model is doing."""

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back, on any thread, after the status or the active version changed, until the result is
        called."""


class ModelSources(Protocol):
    """Brings new models into the registry as candidates; both take long and report (sentence, 0..1)."""

    def import_file(self, path: Path, labels: Path | None, progress: Progress) -> ModelVersion:
        """Reads a model file or folder of the user's, with its label file if it has one."""

    def fetch(self, name: str, alpha: float | None, progress: Progress) -> ModelVersion:
        """Downloads a base model."""


@dataclass(frozen=True)
class LocalServices:
    """Everything that `make_application` hands to its handlers. `raise_window` says whether there was one."""

    statistics: StatisticsStore
    pictures: PictureStore
    records: RecordStore
    settings: SettingStore
    labels: LabelStore
    learning: LearningServices
    exports: TrainingExports
    figures: FigureStore
    upkeep: Upkeep
    queue: FolderQueue
    saved_exports: SavedExports
    downloads: Path
    memory: MemoryHealth
    backups: BackupServices
    models: ModelService
    model_sources: ModelSources
    publishing: Publishing
    trials: TrialServices
    comparing: VersionComparing
    trainer: Trainer
    drift: DriftServices
    sync: SyncService
    program: Program
    keys: SessionKeys
    events: EventBus
    static_dir: Path
    app_version: str
    install_id: str
    raise_window: Callable[[], bool]
    desktop: Desktop
    clock: Clock
