"""Which files a set has and what its id is made of; no numbers here, so that a server's start stays light."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BACKBONE_DESCRIPTION = "backbone.json"
BACKBONE_WEIGHTS = "weights.safetensors"
REFERENCE = "reference.json"
HEAD_DESCRIPTION = "head.json"
HEAD_WEIGHTS = "head.safetensors"
_VARIANTS = ("float32", "float16", "uint8")
KNOWN = frozenset(
    [BACKBONE_DESCRIPTION, BACKBONE_WEIGHTS, REFERENCE, HEAD_DESCRIPTION, HEAD_WEIGHTS]
    + [f"model.{variant}.json" for variant in _VARIANTS]
    + [f"{variant}.bin" for variant in _VARIANTS]
)

_BACKBONE_IDENTITY = ("schema", "architecture", "alpha", "embeddingSize", "preprocessing", "arrays")
_HEAD_IDENTITY = ("schema", "spaceId", "temperature", "layers", "labels", "arrays")


def backbone_identity(description: Mapping[str, Any]) -> dict[str, object]:
    """What a backbone's id is the hash of: neither its name nor its source nor what was measured."""
    return {"kind": "backbone"} | {key: description[key] for key in _BACKBONE_IDENTITY}


def space_identity(description: Mapping[str, Any]) -> dict[str, object]:
    """What a space's id is the hash of: embeddings of one space may be compared with each other."""
    return {"kind": "space"} | {key: description[key] for key in _BACKBONE_IDENTITY if key != "schema"}


def head_identity(description: Mapping[str, Any]) -> dict[str, object]:
    """What a head's id is the hash of; `input` only where it is stated, so that older ids stay."""
    stated = {key: description[key] for key in ("input",) if key in description}
    return {"kind": "head"} | {key: description[key] for key in _HEAD_IDENTITY} | stated
