"""A smaller form as a version of its own: its parts, its facts, its check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.events import ModelVersion
from store.models.agreement import GENERATED
from store.models.backbone_set import backbone_id, write_backbone
from store.models.exporting import Subject
from store.models.fidelity import Fidelity
from store.models.parsed import ParsedModel
from store.models.version_names import version_id
from store.publishing.compressing import Found, Progress, pruned_words, variant_words
from store.training.gates.accuracy import ENOUGH
from store.training.gates.gate import Gate

# What a version's metrics say of its head and of what that was learned from holds for a smaller form, too.
_INHERITED = ("run", "counts", "trainingSetHash", "temperature", "reject")


@dataclass(frozen=True)
class Parts:
    """The network of a smaller form, and the sizes of its variants."""

    backbone_id: str
    variants: object


def write_parts(folder: Path, given: Subject, found: Found, progress: Progress) -> Parts:
    """Writes a pruned network into `folder`; one that is not pruned is there already. Raises ModelError.

    It keeps the space of the network that it was: its embeddings were found to be near enough.
    """
    version, backbone = given.version, given.backbone
    if not found.form.prune:
        return Parts(version.backbone_id, version.metrics.get("variants"))
    parsed = ParsedModel(
        name=f"{backbone.description['name']}{pruned_words(found.form.prune)}",
        architecture=backbone.network.id,
        alpha=backbone.network.alpha,
        preprocessing=backbone.preprocessing,
        arrays=found.form.arrays,
        head_layers=given.head.layers,
        labels=given.head.labels,
        made=version.made,
        source=f"pruned here, from {backbone.description['name']}",
        licence=backbone.description["licence"],
        head_input=given.head.input,
        space_id=version.space_id,
    )
    description = write_backbone(folder, parsed, (), progress)
    return Parts(backbone_id(description), description["variants"])


def smaller_version(given: Subject, found: Found, parts: Parts, loss: float, now_ms: int) -> ModelVersion:
    """The candidate, with the version as its parent."""
    version, form = given.version, found.form
    name = f"{version.name}, {variant_words(form.variant)}{pruned_words(form.prune)}"
    inherited = {key: version.metrics[key] for key in _INHERITED if key in version.metrics}
    return ModelVersion(
        id=version_id(name, parts.backbone_id, version.head_id + form.variant),
        name=name,
        architecture=version.architecture,
        alpha=version.alpha,
        backbone_id=parts.backbone_id,
        head_id=version.head_id,
        space_id=version.space_id,
        variant=form.variant,
        state="candidate",
        made=version.made,
        source=f"made smaller here, from {version.name}",
        licence=version.licence,
        label_count=version.label_count,
        created_at=now_ms,
        parent_id=version.id,
        metrics=inherited | _metrics(found, parts, loss),
    )


def _metrics(found: Found, parts: Parts, loss: float) -> dict[str, Any]:
    form = found.form
    facts = {
        "variant": form.variant,
        "prune": form.prune,
        "size": form.size.to_json(),
        "sizeBefore": found.size_before.to_json(),
        "loss": loss,
        **form.fidelity.to_json(),
    }
    variants = {} if parts.variants is None else {"variants": parts.variants}
    return {**variants, "compressed": facts, "gates": [_gate(form.fidelity, loss).to_json()]}


def _gate(found: Fidelity, loss: float) -> Gate:
    """Passes on enough real pictures; on fewer, or on made ones, it cannot tell."""
    told = (
        f"It gives the same first answer as the version that it was made from for {found.same:,} of "
        f"{found.n:,} {found.on}."
    )
    if found.right is not None:
        told += f" It is right for {found.right:,} of them, that one for {found.right_before:,}."
    enough = found.on != GENERATED and found.n >= ENOUGH
    if not enough:
        told += (
            " These are too few to know." if found.on != GENERATED else " No photographs were kept to try."
        )
    return Gate("agreement", True if enough else None, told, found.lost, loss)
