"""A backbone as a set on the disk: master weights, three TF.js variants and what they should answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from store.events import Variant
from store.models import arrays as named
from store.models.agreement import GENERATED, Agreement, compare, embeddings, known_agreement
from store.models.architectures import Architecture, architecture
from store.models.arrays import Array
from store.models.errors import ModelError
from store.models.generated_pictures import COUNT, generated_pictures
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing, pixels_of_file, reference_pattern
from store.models.set_files import (
    BACKBONE_DESCRIPTION,
    BACKBONE_WEIGHTS,
    REFERENCE,
    backbone_identity,
    space_identity,
)
from store.models.set_folder import identity_hash, problems, write_description, write_set
from store.models.topology import VARIANTS, GraphModel, graph_model

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class BackboneSet:
    """A backbone that was read: see ParsedModel."""

    network: Architecture
    preprocessing: Preprocessing
    arrays: dict[str, Array] = field(repr=False)
    description: Mapping[str, Any] = field(repr=False)


def describe(parsed: ParsedModel) -> dict[str, Any]:
    """What makes a backbone this one, and its space's id; raises ModelError for arrays that do not fit."""
    network = parsed.network
    named.check_arrays(parsed.arrays, network.shapes)
    description: dict[str, Any] = {
        "schema": 1,
        "architecture": network.id,
        "alpha": network.alpha,
        "embeddingSize": network.embedding_size,
        "preprocessing": parsed.preprocessing.to_json(),
        "arrays": named.digest(parsed.arrays),
        "name": parsed.name,
        "source": parsed.source,
        "licence": parsed.licence,
    }
    return description | {"spaceId": parsed.space_id or identity_hash(space_identity(description))}


def backbone_id(description: Mapping[str, Any]) -> str:
    """The id of the set that has this description."""
    return identity_hash(backbone_identity(description))


def write_backbone(
    models: Path, parsed: ParsedModel, pictures: Sequence[Path], progress: Progress
) -> dict[str, Any]:
    """Writes the set unless it is there and sound; returns its description, "variants" included.

    Agreement is measured on `pictures`; without any it is taken from the known figures, and for an unknown
    backbone measured on generated pictures. Raises ModelError.
    """
    description = describe(parsed)
    set_id = backbone_id(description)
    if not any(problems(models / set_id, BACKBONE_DESCRIPTION, backbone_id)):
        found: dict[str, Any] = json.loads((models / set_id / BACKBONE_DESCRIPTION).read_text("utf-8"))
        return found
    graphs = {variant: graph_model(parsed.network, parsed.arrays, variant) for variant in VARIANTS}
    known = {} if pictures else known_agreement(set_id)
    agreement = known or _measured(parsed, graphs, pictures, progress)
    description["variants"] = {
        variant: {
            "bytes": len(graph.data),
            "agreement": agreement[variant].to_json() if variant in agreement else None,
        }
        for variant, graph in graphs.items()
    }
    progress("Writing the model to the disk.", 0.9)
    write_set(models, set_id, lambda folder: _fill(folder, parsed, graphs, description))
    return description


def _measured(
    parsed: ParsedModel, graphs: Mapping[Variant, GraphModel], pictures: Sequence[Path], progress: Progress
) -> dict[str, Agreement]:
    """Agreement of the smaller variants with float32."""
    if pictures:
        pixels, on = (
            np.stack([pixels_of_file(path, parsed.preprocessing) for path in pictures]),
            "given pictures",
        )
    else:
        pixels, on = generated_pictures(parsed.preprocessing.size, COUNT), GENERATED
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress("Comparing the smaller forms of the model.", 0.1 + 0.7 * done / (len(pixels) * len(graphs)))

    found = {variant: embeddings(parsed, graph.arrays, pixels, step) for variant, graph in graphs.items()}
    master = found["float32"]
    return {v: compare(parsed, master, e, on) for v, e in found.items() if v != "float32"}


def _fill(
    folder: Path,
    parsed: ParsedModel,
    graphs: Mapping[Variant, GraphModel],
    description: Mapping[str, Any],
) -> None:
    named.save(parsed.arrays, folder / BACKBONE_WEIGHTS)
    for variant, graph in graphs.items():
        (folder / f"{variant}.bin").write_bytes(graph.data)
        text = json.dumps(graph.described, separators=(",", ":"))
        (folder / f"model.{variant}.json").write_text(text, encoding="utf-8")
    (folder / REFERENCE).write_text(json.dumps(_reference(parsed, graphs)), encoding="utf-8")
    write_description(folder, BACKBONE_DESCRIPTION, description)


def _reference(parsed: ParsedModel, graphs: Mapping[Variant, GraphModel]) -> dict[str, object]:
    """The embeddings of the reference pattern: what a page's backend must find, in base64 of float32."""
    pattern = reference_pattern(parsed.preprocessing.size)[np.newaxis]
    found = {v: embeddings(parsed, graph.arrays, pattern)[0] for v, graph in graphs.items()}
    encoded = {v: base64.b64encode(named.little_endian(e)).decode() for v, e in found.items()}
    return {"pattern": 1, "embedding": encoded}


def load_backbone(models: Path, set_id: str) -> BackboneSet:
    """Reads a set's master weights; raises ModelError where it is missing or damaged."""
    folder = models / set_id
    try:
        found = json.loads((folder / BACKBONE_DESCRIPTION).read_text(encoding="utf-8"))
        network = architecture(found["architecture"], found["alpha"])
        preprocessing = Preprocessing.from_json(found["preprocessing"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The model {folder} cannot be read.", "Fetch or import this model again."
        ) from error
    weights = named.load(folder / BACKBONE_WEIGHTS)
    named.check_arrays(weights, network.shapes)
    return BackboneSet(network, preprocessing, weights, found)
