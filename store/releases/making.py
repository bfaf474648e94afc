"""Makes the folder of a release from a version of the registry, unsigned, and signs such a folder.

Making needs the registry, signing the key: they are two commands, since the key is on another machine.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from store.events import ModelVersion
from store.export.finished_files import finished_file, finished_folder
from store.models.set_files import HEAD_DESCRIPTION
from store.releases import envelope as envelopes
from store.releases.errors import ReleaseError
from store.releases.files import check_files, facts_of
from store.releases.keys import SigningKey
from store.releases.manifest import (
    FILES,
    HEAD_FILES,
    SCHEMA,
    Kind,
    Manifest,
    ReleaseLabel,
    decoded,
    encoded,
    read_app_version,
)

MANIFEST, RELEASE = "manifest.json", "release.json"
_TOLD = ("temperature", "reject", "accuracy", "parentAccuracy", "ece", "counts", "trainingSetHash")


class Terms(Struct, frozen=True):
    """What a release says beside what it holds; see Manifest. Times are milliseconds."""

    version: int
    kind: Kind
    made_at: int
    lasts_ms: int
    app_version: str
    mirrors: tuple[str, ...] = ()


def make(
    models: Path,
    version: ModelVersion,
    terms: Terms,
    folder: Path,
    told: Mapping[str, Any] | None = None,
) -> Manifest:
    """Writes the files of a version and an unsigned manifest into a new folder; `told` are the figures in it,
    if not the usual ones.

    Raises ReleaseError where the version's files are not sound, StoreError where the folder is taken.
    """
    with finished_folder(folder) as made:
        try:
            for name in FILES[terms.kind]:
                set_id = version.head_id if name in HEAD_FILES else version.backbone_id
                shutil.copyfile(models / set_id / name, made / name)
            manifest = _manifest(made, version, terms, _figures(version) if told is None else told)
        except (OSError, KeyError, ValueError) as error:
            raise ReleaseError(
                f"No release can be made of {version.name} ({error}).",
                "Look at its files with: whimbrel doctor",
            ) from error
        check_files(made, manifest)
        (made / MANIFEST).write_bytes(encoded(manifest))
    return manifest


def _figures(version: ModelVersion) -> dict[str, Any]:
    return {name: version.metrics[name] for name in _TOLD if name in version.metrics}


def _manifest(made: Path, version: ModelVersion, terms: Terms, told: Mapping[str, Any]) -> Manifest:
    read_app_version(terms.app_version)
    head: dict[str, Any] = json.loads((made / HEAD_DESCRIPTION).read_text(encoding="utf-8"))
    return Manifest(
        schema=SCHEMA,
        version=terms.version,
        kind=terms.kind,
        name=version.name,
        made_at=terms.made_at,
        expires_at=terms.made_at + terms.lasts_ms,
        app_version=terms.app_version,
        architecture=version.architecture,
        alpha=version.alpha,
        backbone_id=version.backbone_id,
        head_id=version.head_id,
        space_id=version.space_id,
        variant=version.variant,
        temperature=head["temperature"],
        labels=[ReleaseLabel(label["name"], label["synonyms"]) for label in head["labels"]],
        source=version.source,
        licence=version.licence,
        files=[facts_of(made / name) for name in FILES[terms.kind]],
        metrics=dict(told),
        mirrors=list(terms.mirrors),
    )


def manifest_of(folder: Path) -> tuple[bytes, Manifest]:
    """The unsigned manifest of a folder, as bytes and as read, with every file checked against it.

    Raises ReleaseError.
    """
    try:
        document = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise ReleaseError(
            f"{folder} holds no {MANIFEST} ({error.strerror}).", "Make a release with: whimbrel release make"
        ) from error
    manifest = decoded(document)
    check_files(folder, manifest)
    return document, manifest


def sign(folder: Path, document: bytes, key: SigningKey) -> Path:
    """Signs the manifest that `manifest_of` read; the path of the signed file in that folder."""
    envelope = envelopes.sealed(document, envelopes.RELEASE_TYPE, key)
    if len(envelope) > envelopes.MOST_BYTES:
        raise ReleaseError("This release's manifest is too long.", "Use fewer or shorter labels.")
    with finished_file(folder / RELEASE, replace=True) as file:
        file.write(envelope)
    return folder / RELEASE


def release_of(folder: Path) -> bytes:
    """The signed file of a folder, to be verified. Raises ReleaseError."""
    try:
        with (folder / RELEASE).open("rb") as file:
            return file.read(envelopes.MOST_BYTES + 1)
    except OSError as error:
        raise ReleaseError(
            f"{folder} holds no {RELEASE} ({error.strerror}).", "Sign it with: whimbrel release sign"
        ) from error
