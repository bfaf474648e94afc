"""A head as a set on the disk: `head.json` and `head.safetensors`."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from store.models import arrays as named
from store.models.arrays import Array, Head, HeadInput
from store.models.errors import ModelError
from store.models.labels import LONGEST_NAME, Label
from store.models.set_files import HEAD_DESCRIPTION, HEAD_WEIGHTS, head_identity
from store.models.set_folder import identity_hash, problems, write_description, write_set

_ADVICE = "Correct the label file: one label a line, in the order of the model's outputs."


@dataclass(frozen=True)
class HeadSet:
    """A head that was read: see ParsedModel for layers, labels, temperature and input."""

    space_id: str
    temperature: float
    layers: list[tuple[Array, Array]] = field(repr=False)
    labels: tuple[Label, ...] = field(repr=False)
    input: HeadInput = "raw"


def check_head(layers: Head, labels: Sequence[Label], temperature: float, embedding_size: int) -> None:
    """Raises ModelError for layers that do not fit each other, the embedding or the labels."""
    if not layers:
        raise ModelError("The model has no layer for its labels.", "Use one that was trained to classify.")
    inputs = embedding_size
    for index, (kernel, bias) in enumerate(layers):
        outputs = kernel.shape[-1] if kernel.ndim else 0
        named.check_array(f"dense_{index}/kernel", kernel, (inputs, outputs))
        named.check_array(f"dense_{index}/bias", bias, (outputs,))
        inputs = outputs
    if not (math.isfinite(temperature) and temperature > 0):
        raise ModelError(f"The temperature {temperature} of the model is no positive number.", "Use 1.0.")
    _check_labels(labels, inputs)


def _check_labels(labels: Sequence[Label], outputs: int) -> None:
    if len(labels) != outputs:
        raise ModelError(f"The model has {outputs} outputs, but there are {len(labels)} labels.", _ADVICE)
    names = [label.name for label in labels]
    if len(set(names)) != len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise ModelError(f"The label “{double}” is there twice.", _ADVICE)
    for name in names:
        if not name.strip() or len(name) > LONGEST_NAME or any(map(_is_control, name)):
            shown = f"{name[:40]!r}"
            raise ModelError(f"The label {shown} is empty, too long or not writable.", _ADVICE)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs")


def write_head(models: Path, head: HeadSet) -> str:
    """Writes the set unless it is there and sound; returns its id."""
    description = _description(head)
    set_id = identity_hash(head_identity(description))

    def fill(folder: Path) -> None:
        named.save(_stored(named.head_arrays(head.layers)), folder / HEAD_WEIGHTS)
        write_description(folder, HEAD_DESCRIPTION, description)

    if any(problems(models / set_id, HEAD_DESCRIPTION, lambda found: identity_hash(head_identity(found)))):
        write_set(models, set_id, fill)
    return set_id


def _description(head: HeadSet) -> dict[str, object]:
    stated = {} if head.input == "raw" else {"input": head.input}
    return {
        "schema": 1,
        "spaceId": head.space_id,
        "temperature": float(head.temperature),
        "layers": len(head.layers),
        "labels": [{"name": label.name, "synonyms": list(label.synonyms)} for label in head.labels],
        "arrays": named.digest(named.head_arrays(head.layers)),
        **stated,
    }


def _stored(arrays: Mapping[str, Array]) -> dict[str, NDArray[np.floating]]:
    """What float16 holds exactly is kept in half the bytes: a trained head is made to be."""
    with np.errstate(over="ignore"):
        halves = {key: array.astype(np.float16) for key, array in arrays.items()}
    return {key: halves[key] if np.array_equal(halves[key], arrays[key]) else arrays[key] for key in arrays}


def load_head(models: Path, set_id: str) -> HeadSet:
    """Reads a set; raises ModelError where it is missing or damaged."""
    folder = models / set_id
    try:
        found: Mapping[str, Any] = json.loads((folder / HEAD_DESCRIPTION).read_text(encoding="utf-8"))
        labels = tuple(Label(entry["name"], tuple(entry["synonyms"])) for entry in found["labels"])
        layers = named.head_layers(named.load(folder / HEAD_WEIGHTS))
        takes = named.head_input(found.get("input", "raw"))
        return HeadSet(found["spaceId"], float(found["temperature"]), layers, labels, takes)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The labels of the model {folder} cannot be read.", "Fetch or import this model again."
        ) from error
