"""The files of a release: each has the size and hash that the manifest names, and says the same as it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from store.models.set_files import BACKBONE_DESCRIPTION, HEAD_DESCRIPTION, backbone_identity, head_identity
from store.models.set_folder import identity_hash
from store.releases.errors import ReleaseRefused
from store.releases.manifest import Manifest, ReleaseFile


def facts_of(path: Path) -> ReleaseFile:
    """A file's name, size and hash. Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return ReleaseFile(path.name, file.tell(), digest)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Checks every file of a release in a folder. Raises ReleaseRefused."""
    for file in manifest.files:
        check_file(folder / file.name, file)
    _check_head(_described(folder / HEAD_DESCRIPTION), manifest)
    if manifest.kind == "whole":
        _check_backbone(_described(folder / BACKBONE_DESCRIPTION), manifest)


def check_file(path: Path, file: ReleaseFile) -> None:
    """Checks one file that arrived as `path`: its size first, which costs nothing. Raises ReleaseRefused."""
    try:
        same = path.stat().st_size == file.bytes and facts_of(path).sha256 == file.sha256
    except OSError:
        raise _wrong(f"{file.name} of this release is missing or can't be read.") from None
    if not same:
        raise _wrong(f"{file.name} is not the file that was signed.")


def _check_head(found: Mapping[str, Any], manifest: Manifest) -> None:
    labels = [{"name": label.name, "synonyms": label.synonyms} for label in manifest.labels]
    said = (manifest.head_id, manifest.space_id, manifest.temperature, labels)
    if (_id(head_identity, found), *_fields(found, "spaceId", "temperature", "labels")) != said:
        raise _wrong("The labels of this release are not those that its manifest names.")


def _check_backbone(found: Mapping[str, Any], manifest: Manifest) -> None:
    said = (manifest.backbone_id, manifest.space_id, manifest.architecture, manifest.alpha)
    if (_id(backbone_identity, found), *_fields(found, "spaceId", "architecture", "alpha")) != said:
        raise _wrong("The network of this release is not the one that its manifest names.")


def _described(path: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _wrong(f"{path.name} of this release can't be read.") from error
    return found


def _id(identity: Callable[[Mapping[str, Any]], dict[str, object]], found: Mapping[str, Any]) -> str | None:
    """The id that the description gives its set, None where it lacks a part of that."""
    try:
        return identity_hash(identity(found))
    except (KeyError, TypeError, ValueError):
        return None


def _fields(found: Mapping[str, Any], *names: str) -> tuple[object, ...]:
    return tuple(found.get(name) for name in names)


def _wrong(sentence: str) -> ReleaseRefused:
    return ReleaseRefused("wrong-file", sentence, "Fetch it again; if it stays so, tell your team.")
