"""Reads back what `exporting` wrote: whimbrel.json with a TF.js graph model or with plain arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from store.models.architectures import INPUT_SIZE, architecture
from store.models.arrays import Array, check_arrays, head_input, head_layers
from store.models.errors import ModelError
from store.models.foreign_graph import Damaged
from store.models.import_result import FileFacts
from store.models.label_files import choose_labels
from store.models.labels import Label
from store.models.matching import plain
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing
from store.models.tfjs_files import LARGEST_WEIGHTS, ModelFiles, read_json
from store.models.tfjs_import import import_tfjs

DESCRIPTION = "whimbrel.json"
LABELS = "labels.txt"
WEIGHTS = "weights.safetensors"
UNIT_NODE = "embedding/unit"


def import_exported(files: ModelFiles, path: Path, labels: Path | None) -> ParsedModel:
    """The model of a folder that Whimbrel exported; raises Damaged, Unfit, ModelError."""
    described = read_json(files, DESCRIPTION)
    try:
        facts = FileFacts(
            name=_text(described["name"]),
            notes={"source": _text(described["source"]), "licence": _text(described["licence"])},
        )
        preprocessing = _checked(Preprocessing.from_json(described["preprocessing"]))
        named = tuple(Label(_text(e["name"]), tuple(map(_text, e["synonyms"]))) for e in described["labels"])
        if files.has(WEIGHTS):
            parsed = _of_arrays(files, described, preprocessing, facts)
        else:
            parsed = replace(import_tfjs(files, path, None, UNIT_NODE), preprocessing=preprocessing)
        takes = head_input(described.get("input", "raw"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{DESCRIPTION} is not as Whimbrel writes it") from error
    outputs = len(parsed.head_layers[-1][1])
    if len(named) != outputs:
        raise Damaged(f"{DESCRIPTION} has {len(named)} labels for {outputs} outputs")
    chosen = choose_labels(outputs, path, labels) if labels else named
    notes = facts.notes
    return replace(
        parsed,
        labels=chosen,
        name=facts.name or parsed.name,
        source=notes["source"],
        licence=notes["licence"],
        head_input=takes,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _checked(given: Preprocessing) -> Preprocessing:
    """The same, its numbers such as a page can use; raises ValueError for others."""
    offset, scale, crop = float(given.offset), float(given.scale), float(given.crop_fraction)
    sound = math.isfinite(offset) and math.isfinite(scale) and scale > 0 and 0 < crop <= 1
    if not sound or given.size != INPUT_SIZE or given.resize != "triangle":
        raise ValueError(given)
    return Preprocessing(offset=offset, scale=scale, crop_fraction=crop)


def _of_arrays(
    files: ModelFiles, described: Mapping[str, Any], preprocessing: Preprocessing, facts: FileFacts
) -> ParsedModel:
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load  # noqa: PLC0415

    network = architecture(described["architecture"], described["alpha"])
    try:
        arrays: dict[str, Array] = load(files.read(WEIGHTS, LARGEST_WEIGHTS))
    except SafetensorError as error:
        raise Damaged(f"{WEIGHTS} breaks off or is not safetensors") from error
    head = {key: plain(array) for key, array in arrays.items() if key.startswith("dense_")}
    backbone = {key: array for key, array in arrays.items() if key not in head}
    check_arrays(backbone, network.shapes)
    if not head:
        raise ModelError(f"{WEIGHTS} has no head.", "Export the version again.")
    return ParsedModel(
        name=facts.name or "",
        architecture=network.id,
        alpha=network.alpha,
        preprocessing=preprocessing,
        arrays=backbone,
        head_layers=head_layers(head),
        labels=(),
        made="imported",
        source="",
        licence="",
        temperature=float(described["temperature"]),
    )
