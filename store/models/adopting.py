"""Takes over sets that somebody else wrote: checked first, then copied whole. Light: no numbers are read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from store.events import ModelVersion
from store.models.errors import ModelError
from store.models.set_files import (
    BACKBONE_DESCRIPTION,
    HEAD_DESCRIPTION,
    backbone_identity,
    head_identity,
)
from store.models.set_folder import identity_hash, problems, remove_partial, write_set

_ADVICE = "Train again; if it stays, run `whimbrel doctor` and look into the log."
_Identity = Callable[[Mapping[str, Any]], dict[str, object]]


def adopt_sets(models: Path, made: Path, version: ModelVersion) -> None:
    """Copies the version's sets from the folder `made` to `models`, each whole or not at all.

    A set that is not in `made` must be in `models`. Raises ModelError for one that is missing, damaged, or
    not of the version's space, and OSError where it cannot be written.
    """
    remove_partial(models)
    _adopt(models, made, version.backbone_id, BACKBONE_DESCRIPTION, backbone_identity)
    _adopt(models, made, version.head_id, HEAD_DESCRIPTION, head_identity)
    for set_id, name in ((version.backbone_id, BACKBONE_DESCRIPTION), (version.head_id, HEAD_DESCRIPTION)):
        if _description(models / set_id / name)["spaceId"] != version.space_id:
            raise ModelError("The new model does not belong to the network that it was made for.", _ADVICE)


def _adopt(models: Path, made: Path, set_id: str, name: str, identity: _Identity) -> None:
    def identity_of(found: Mapping[str, Any]) -> str:
        return identity_hash(identity(found))

    new = made / set_id
    if not new.is_dir():
        if not (models / set_id / name).is_file():
            raise ModelError("A part of the new model is missing.", _ADVICE)
        return
    for problem in problems(new, name, identity_of):
        raise ModelError(f"The new model was not written properly: {problem}", _ADVICE)
    if any(problems(models / set_id, name, identity_of)):
        write_set(models, set_id, lambda target: _copy(new, target))


def _copy(source: Path, target: Path) -> None:
    for file in source.iterdir():
        shutil.copyfile(file, target / file.name)


def _description(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
