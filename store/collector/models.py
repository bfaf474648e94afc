"""Models at the collector: handed in by devices or trained here, each ready to become a release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from store.clock import Clock
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import NotThere, ReleaseNotTaken
from store.collector.release_files import KeptFile, keep_pieces, pieces_of
from store.events import Made, ModelVersion
from store.models.set_files import BACKBONE_DESCRIPTION
from store.models.version_names import version_id
from store.releases.errors import ReleaseRefused
from store.releases.files import check_files
from store.releases.manifest import HEAD_FILES, Manifest, decoded

_ADD = "INSERT INTO model (id, backbone_id, manifest, added_by, added_at) VALUES (?, ?, ?, ?, ?)"
_ADD_FILE = "INSERT INTO model_file (model, name, size, sha256) VALUES (?, ?, ?, ?)"
_ALL = "SELECT id, manifest, added_by, added_at FROM model ORDER BY added_at, id"
_KNOWN = "SELECT 1 FROM model WHERE id = ?"
_FILES = "SELECT name, size, sha256 FROM model_file WHERE model = ?"
_NETWORK = """
SELECT model_file.name, model_file.size, model_file.sha256 FROM model
JOIN model_file ON model_file.model = model.id
WHERE model.backbone_id = ? AND EXISTS (
    SELECT 1 FROM model_file AS whole WHERE whole.model = model.id AND whole.name = ?
)
ORDER BY model.id
"""


class KeptModel(Struct, frozen=True):
    """A model that is here; of a head alone the network may have come with another one."""

    id: str
    manifest: Manifest
    added_by: str
    added_at: int

    def version(self, made: Made = "fetched") -> ModelVersion:
        """It as a version of a registry."""
        of = self.manifest
        return ModelVersion(
            id=self.id,
            name=of.name,
            architecture=of.architecture,
            alpha=of.alpha,
            backbone_id=of.backbone_id,
            head_id=of.head_id,
            space_id=of.space_id,
            variant=of.variant,
            state="candidate",
            made=made,
            source=of.source,
            licence=of.licence,
            label_count=len(of.labels),
            created_at=self.added_at,
            metrics=of.metrics,
        )


class Models:
    """Keeps models. Every method is one transaction."""

    def __init__(self, database: CollectorDatabase, clock: Clock, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit

    def add(self, document: bytes, folder: Path, who: str) -> KeptModel:
        """Keeps the model that an unsigned manifest and the files of a folder are; once, however often.

        Raises ReleaseNotTaken where they are not sound, or a head comes without its network being here.
        """
        try:
            manifest = decoded(document)
            check_files(folder, manifest)
        except ReleaseRefused as refusal:
            raise ReleaseNotTaken(refusal.sentence, refusal.advice) from refusal
        model_id = version_id(manifest.name, manifest.backbone_id, manifest.head_id)
        row = (model_id, bytes.fromhex(manifest.backbone_id), document, who, self._clock.now_ms())
        with self._database.write() as session:
            if not session.rows(_KNOWN, (model_id,)):
                if manifest.kind == "head":
                    _network(session, manifest)
                session.change(_ADD, row)
                for file in manifest.files:
                    sha256 = keep_pieces(session, folder, file)
                    session.change(_ADD_FILE, (model_id, file.name, file.bytes, sha256))
                self._audit.note(session, who, "model-added", {"model": model_id})
        return self.find(model_id)

    def all(self) -> list[KeptModel]:
        """Every model, oldest first."""
        with self._database.read() as session:
            return [_model(row) for row in session.rows(_ALL)]

    def find(self, text: str) -> KeptModel:
        """The model of this id, start of an id or name, the newest of a name. Raises NotThere."""
        models = self.all()
        exact = [each for each in models if each.id == text]
        close = [each for each in models if text and each.id.startswith(text)]
        named = [each for each in models if each.manifest.name.casefold() == text.casefold()]
        for found in (exact, close, named[-1:]):
            if len(found) == 1:
                return found[0]
        raise NotThere(
            f"There is no model “{text}” here, or several begin so.", "`whimbrel collect models` lists them."
        )

    def lay_out(self, model: KeptModel, models: Path) -> None:
        """Writes its sets into a folder as a registry has them: what making and training need of them.

        Raises NotThere where its network is gone, and OSError.
        """
        manifest = model.manifest
        with self._database.read() as session:
            files = _network(session, manifest) | _own(session, model.id)
        for name, file in files.items():
            folder = models / (manifest.head_id if name in HEAD_FILES else manifest.backbone_id)
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("wb") as target:
                target.writelines(pieces_of(self._database, file, 0, file.size))


def _network(session: Session, manifest: Manifest) -> dict[str, KeptFile]:
    """The files of a network, whichever model it came with. Raises NotThere."""
    values = (bytes.fromhex(manifest.backbone_id), BACKBONE_DESCRIPTION)
    found = {
        name: KeptFile(size, bytes(sha256))
        for name, size, sha256 in session.rows(_NETWORK, values)
        if name not in HEAD_FILES
    }
    if not found:
        raise NotThere(
            f"The network of “{manifest.name}” is not at this collector.",
            "Hand in a model with its network first: whimbrel release upload.",
        )
    return found


def _own(session: Session, model_id: str) -> dict[str, KeptFile]:
    rows = session.rows(_FILES, (model_id,))
    found = {name: KeptFile(size, bytes(sha256)) for name, size, sha256 in rows}
    return {name: file for name, file in found.items() if name in HEAD_FILES}


def _model(row: Sequence[Any]) -> KeptModel:
    model_id, manifest, added_by, added_at = row
    return KeptModel(model_id, msgspec.json.decode(bytes(manifest), type=Manifest), added_by, added_at)
