"""Puts a verified release into the registry, as a candidate. Loaded when there is one: numpy, safetensors.

A network that is here already is not written again. One that is not is written from the plain arrays of the
release: what the page loads is made here, and the set that comes of it must have the id that was signed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from store.events import ModelVersion
from store.models.backbone_set import BackboneSet, load_backbone, write_backbone
from store.models.errors import ModelError
from store.models.head_set import HeadSet, check_head, load_head, write_head
from store.models.parsed import ParsedModel
from store.models.registry import ModelRegistry
from store.models.set_files import BACKBONE_DESCRIPTION
from store.models.version_names import version_id
from store.releases.errors import ReleaseRefused
from store.releases.files import check_files
from store.releases.manifest import Manifest

Progress = Callable[[str, float], None]
Insert = Callable[[ModelVersion], None]


def install(
    folder: Path, manifest: Manifest, registry: ModelRegistry, insert: Insert, progress: Progress
) -> ModelVersion:
    """Checks the files of a release and adds its version; the same model again is the version that is here.

    Raises ReleaseRefused, also where a head comes without its network and that is not here; ModelError and
    OSError where it can't be written.
    """
    check_files(folder, manifest)
    with tempfile.TemporaryDirectory(prefix="whimbrel-release-") as made:
        parsed = _parsed(folder, manifest, registry.folder)
        described = _written(Path(made), parsed, manifest, registry.folder, progress)
        version = _version(manifest, described, registry.now_ms())
        return registry.adopt(Path(made), version, insert)


def _parsed(folder: Path, manifest: Manifest, models: Path) -> ParsedModel:
    """The model of a release; its network is that of the folder, else the one that is here."""
    if manifest.kind == "whole":
        network = load_backbone(folder.parent, folder.name)
    else:
        network = _known_network(models, manifest)
    head = load_head(folder.parent, folder.name)
    check_head(head.layers, head.labels, head.temperature, network.network.embedding_size)
    return ParsedModel(
        name=str(network.description["name"]),
        architecture=network.network.id,
        alpha=network.network.alpha,
        preprocessing=network.preprocessing,
        arrays=network.arrays,
        head_layers=head.layers,
        labels=head.labels,
        made="fetched",
        source=str(network.description["source"]),
        licence=str(network.description["licence"]),
        temperature=head.temperature,
        head_input=head.input,
        space_id=str(network.description["spaceId"]),
    )


def _known_network(models: Path, manifest: Manifest) -> BackboneSet:
    try:
        return load_backbone(models, manifest.backbone_id)
    except ModelError as error:
        raise ReleaseRefused(
            "no-network",
            f"Release {manifest.version} holds labels alone, and the network that they are for is not here.",
            "Ask your team for a release with its network.",
        ) from error


def _written(
    made: Path, parsed: ParsedModel, manifest: Manifest, models: Path, progress: Progress
) -> Mapping[str, Any]:
    """Writes what is not here yet into `made`; the network's description."""
    known = models / manifest.backbone_id / BACKBONE_DESCRIPTION
    if known.is_file():
        described: Mapping[str, Any] = json.loads(known.read_text(encoding="utf-8"))
    else:
        described = write_backbone(made, parsed, (), progress)
    layers, labels = list(parsed.head_layers), tuple(parsed.labels)
    head = HeadSet(manifest.space_id, parsed.temperature, layers, labels, parsed.head_input)
    write_head(made, head)
    return described


def _version(manifest: Manifest, described: Mapping[str, Any], created_at: int) -> ModelVersion:
    return ModelVersion(
        id=version_id(manifest.name, manifest.backbone_id, manifest.head_id),
        name=manifest.name,
        architecture=manifest.architecture,
        alpha=manifest.alpha,
        backbone_id=manifest.backbone_id,
        head_id=manifest.head_id,
        space_id=manifest.space_id,
        variant=manifest.variant,
        state="candidate",
        made="fetched",
        source=f"release {manifest.version}",
        licence=manifest.licence,
        label_count=len(manifest.labels),
        created_at=created_at,
        metrics={**manifest.metrics, "variants": described["variants"], "release": manifest.version},
    )
