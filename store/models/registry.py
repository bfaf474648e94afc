"""The model versions of a data folder: rows in a table, sets of files beside it. Light to import."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from store.clock import Clock
from store.events import ModelVersion
from store.models.adopting import adopt_sets
from store.models.errors import ModelError
from store.models.gate_words import check_gates
from store.models.set_files import (
    BACKBONE_DESCRIPTION,
    HEAD_DESCRIPTION,
    KNOWN,
    backbone_identity,
    head_identity,
)
from store.models.set_folder import SET_ID, identity_hash, problems

if TYPE_CHECKING:
    from store.models.head_check import HeadCheck
    from store.models.parsed import ParsedModel

Versions = list[ModelVersion]
Sentences = list[str]
Progress = Callable[[str, float], None]
_LISTED = 3


class VersionTable(Protocol):
    """The rows; `store.local.model_versions` keeps them in SQLite. A change is on the disk on return."""

    def all(self) -> list[ModelVersion]:
        """Every version, oldest first."""

    def get(self, version_id: str) -> ModelVersion | None:
        """The version with this id, None if there is none."""

    def active(self) -> ModelVersion | None:
        """The version that answers now, None before the first."""

    def previous(self) -> ModelVersion | None:
        """The version that was active before the active one, None if there was none."""

    def insert(self, version: ModelVersion) -> None:
        """Adds a version; the same id again changes nothing."""

    def activate(self, version_id: str) -> ModelVersion:
        """Makes this version the active one and retires the one before; raises KeyError for an unknown id."""


class ModelRegistry:
    """Adds, finds and activates versions; thread-safe. Only one process at a time may add to a folder."""

    def __init__(self, folder: Path, versions: VersionTable, clock: Clock) -> None:
        self._folder = folder
        self._versions = versions
        self._clock = clock
        self._adding = threading.Lock()
        self._listeners: list[Callable[[ModelVersion], None]] = []

    @property
    def folder(self) -> Path:
        """Where the sets are, each in a folder named by its id."""
        return self._folder

    def now_ms(self) -> int:
        """The time, for what is about to be made."""
        return self._clock.now_ms()

    def add(
        self, parsed: ParsedModel, *, progress: Progress | None = None, pictures: Sequence[Path] = ()
    ) -> ModelVersion:
        """Writes a model's sets and inserts a candidate; the same network and head again is the same version.

        `progress` is told a sentence and 0..1; what it raises ends the work with nothing half written.
        Agreement of the smaller variants is measured on `pictures` where a new backbone is given some.
        Raises ModelError.
        """
        from store.models.adding import add_sets  # noqa: PLC0415 - numpy, safetensors

        with self._adding:
            tell = progress or (lambda _sentence, _done: None)
            version = add_sets(self._folder, parsed, pictures, tell, self._clock.now_ms())
            known = self._same(version)
            if known is None:
                self._versions.insert(version)
            return known or version

    def adopt(
        self, made: Path, version: ModelVersion, insert: Callable[[ModelVersion], None]
    ) -> ModelVersion:
        """Takes over a version whose new sets lie in the folder `made`; has `insert` write its row.

        The same network and head again is the version that is there: `insert` gets that one. Raises
        ModelError and OSError, and what `insert` raises; then there is no such version.
        """
        with self._adding:
            adopt_sets(self._folder, made, version)
            version = self._same(version) or version
            insert(version)
            return version

    def _same(self, version: ModelVersion) -> ModelVersion | None:
        return next((known for known in self._versions.all() if _parts(known) == _parts(version)), None)

    def active(self) -> ModelVersion | None:
        """The version at work, None before the first."""
        return self._versions.active()

    def activate(self, version_id: str, *, anyway: bool = False) -> ModelVersion:
        """Puts a version to work; raises ModelError for an unknown one or one whose files are damaged.

        One that did not pass its checks is put to work only `anyway`: else GateNotPassed.
        """
        version = self._versions.get(version_id)
        if version is None:
            raise ModelError(f"There is no model {version_id}.", _advice(self._versions.all()))
        if not anyway:
            check_gates(version)
        wrong = self.verify(version)
        if wrong:
            raise ModelError(
                f"The model {version.id} cannot be put to work: {wrong[0]}", "Fetch or import it again."
            )
        version = self._versions.activate(version_id)
        for listener in list(self._listeners):
            listener(version)
        return version

    def before(self) -> ModelVersion | None:
        """The version to go back to: that which was at work before, else the parent; None without."""
        active = self._versions.active()
        before = self._versions.previous()
        if before is None and active is not None and active.parent_id is not None:
            before = self._versions.get(active.parent_id)
        return before

    def rollback(self) -> ModelVersion:
        """Puts the version to work that `before` is; raises ModelError without."""
        before = self.before()
        if before is None:
            raise ModelError(
                "There is no earlier model to go back to.", "Put another one to work with: models activate."
            )
        return self.activate(before.id, anyway=True)

    def on_activation(self, listener: Callable[[ModelVersion], None]) -> None:
        """Has `listener` called, on the thread that activates, with every version that is put to work."""
        self._listeners.append(listener)

    def find(self, text: str) -> ModelVersion:
        """The version of this id, beginning of an id, or name; raises ModelError for none or several."""
        return find_version(self._versions.all(), text)

    def file(self, set_id: str, name: str) -> Path | None:
        """A file of a set, None for anything but the known names in a set that is there."""
        if not SET_ID.fullmatch(set_id) or name not in KNOWN:
            return None
        path = self._folder / set_id / name
        return path if path.is_file() else None

    def descriptor(self, version: ModelVersion) -> dict[str, object]:
        """What the page needs to load a version."""
        return {
            "id": version.id,
            "name": version.name,
            "made": version.made,
            "architecture": version.architecture,
            "alpha": version.alpha,
            "spaceId": version.space_id,
            "variant": version.variant,
            "backboneUrl": f"/models/{version.backbone_id}/",
            "headUrl": f"/models/{version.head_id}/",
            "checkUrl": f"/api/models/{version.id}/checks",
            "labelCount": version.label_count,
            "calibrated": "temperature" in version.metrics,
            "reject": version.metrics.get("reject"),
            "source": version.source,
            "licence": version.licence,
        }

    def verify(self, version: ModelVersion) -> Sentences:
        """What is wrong with a version's files, one sentence each; reads all of them."""
        backbone = problems(
            self._folder / version.backbone_id,
            BACKBONE_DESCRIPTION,
            lambda found: identity_hash(backbone_identity(found)),
        )
        head = problems(
            self._folder / version.head_id,
            HEAD_DESCRIPTION,
            lambda found: identity_hash(head_identity(found)),
        )
        return [*chain(backbone, head)]

    def head_check(self, version: ModelVersion) -> HeadCheck:
        """What the version's head gives for the check embeddings; raises ModelError for damaged files."""
        from store.models.head_check import head_check  # noqa: PLC0415 - numpy

        return head_check(self._folder, version.head_id)

    def list(self) -> Versions:
        """Every version, oldest first."""
        return self._versions.all()


def _parts(version: ModelVersion) -> tuple[str, str, str]:
    return version.backbone_id, version.head_id, version.variant


def find_version(versions: Iterable[ModelVersion], text: str) -> ModelVersion:
    """The version of this id, beginning of an id, or name; raises ModelError for none or several."""
    known = list(versions)
    for fits in (
        [v for v in known if v.id == text],
        [v for v in known if v.id.startswith(text) and text],
        [v for v in known if v.name.casefold() == text.casefold()],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise ModelError(f"“{text}” fits {len(fits)} models.", _advice(fits))
    raise ModelError(f"There is no model “{text}”.", _advice(known))


def _advice(versions: Sequence[ModelVersion]) -> str:
    if not versions:
        return "Fetch one with: whimbrel models fetch starter"
    names = ", ".join(version.id for version in versions[-_LISTED:])
    more = f" and {len(versions) - _LISTED} more" if len(versions) > _LISTED else ""
    return f"There is {names}{more}."
