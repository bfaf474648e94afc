"""Writes a parsed model as its two sets and describes their version. Loaded when a model is added."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from store.events import ModelVersion
from store.models.backbone_set import backbone_id, write_backbone
from store.models.errors import ModelError
from store.models.head_set import HeadSet, check_head, write_head
from store.models.parsed import ParsedModel
from store.models.set_folder import remove_partial
from store.models.version_names import version_id


def add_sets(
    models: Path,
    parsed: ParsedModel,
    pictures: Sequence[Path],
    progress: Callable[[str, float], None],
    created_at: int,
) -> ModelVersion:
    """Writes what is not there yet, whole or not at all; returns the candidate. Raises ModelError."""
    progress("Checking the model.", 0.0)
    check_head(parsed.head_layers, parsed.labels, parsed.temperature, parsed.network.embedding_size)
    try:
        remove_partial(models)
        description = write_backbone(models, parsed, pictures, progress)
        space = description["spaceId"]
        head = write_head(
            models,
            HeadSet(
                space, parsed.temperature, list(parsed.head_layers), tuple(parsed.labels), parsed.head_input
            ),
        )
    except OSError as error:
        raise ModelError(
            f"The model could not be written to {models} ({error.strerror or error}).",
            "Free some space or check that the folder can be written, then try again.",
        ) from error
    progress("The model is there.", 1.0)
    return _version(parsed, backbone_id(description), head, description, created_at)


def _version(
    parsed: ParsedModel, backbone: str, head: str, description: dict[str, Any], created_at: int
) -> ModelVersion:
    return ModelVersion(
        id=version_id(parsed.name, backbone, head),
        name=parsed.name,
        architecture=parsed.architecture,
        alpha=parsed.alpha,
        backbone_id=backbone,
        head_id=head,
        space_id=description["spaceId"],
        variant="float32",
        state="candidate",
        made=parsed.made,
        source=parsed.source,
        licence=parsed.licence,
        label_count=len(parsed.labels),
        created_at=created_at,
        metrics={"variants": description["variants"]},
    )
