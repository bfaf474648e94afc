"""How far a variant's answers agree with those of the float32 weights, and on what that was measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.models.network import forward, head_logits
from store.models.parsed import ParsedModel
from store.models.preprocessing import to_input

Array = NDArray[np.float32]
Pixels = NDArray[np.uint8]
GENERATED = "generated pictures"
_KNOWN = Path(__file__).with_name("known_figures.json")


@dataclass(frozen=True)
class Agreement:
    """`top1` is the share of `n` pictures with the same first answer as float32's, `on` says which pictures.

    `deviation` is the median over the pictures of |embedding - float32's| / |float32's| (Euclidean).
    """

    top1: float
    n: int
    on: str
    deviation: float

    def to_json(self) -> dict[str, object]:
        """The form that stands in backbone.json and in a version's metrics."""
        return {"top1": self.top1, "n": self.n, "on": self.on, "deviation": self.deviation}


def known_agreement(backbone_id: str) -> dict[str, Agreement]:
    """What build_scripts/measure_variants.py found for a backbone, by variant; empty for an unknown one."""
    figures = json.loads(_KNOWN.read_text(encoding="utf-8"))["backbones"].get(backbone_id)
    if figures is None:
        return {}
    return {
        variant: Agreement(figure["top1"], figures["n"], figures["on"], figure["deviation"])
        for variant, figure in figures["agreement"].items()
    }


def embeddings(
    parsed: ParsedModel, arrays: Mapping[str, Array], pixels: Pixels, step: Callable[[], None] | None = None
) -> Array:
    """float32 [n, embedding_size] of prepared pictures [n, size, size, 3]; `step` is called after each."""
    found = []
    for picture in pixels:
        batch = to_input(picture[np.newaxis], parsed.preprocessing)
        found.append(forward(parsed.network, arrays, batch)[1][0])
        if step is not None:
            step()
    return np.stack(found)


def compare(parsed: ParsedModel, master: Array, variant: Array, on: str) -> Agreement:
    """The agreement of a variant's embeddings with those of the float32 weights, on the same pictures."""
    answers, wanted = (
        head_logits(parsed.head_layers, e, parsed.head_input).argmax(axis=1) for e in (variant, master)
    )
    lengths = np.maximum(np.linalg.norm(master, axis=1), np.finfo(np.float32).tiny)
    deviations = np.linalg.norm(variant - master, axis=1) / lengths
    return Agreement(
        top1=round(float(np.mean(answers == wanted)), 4),
        n=len(master),
        on=on,
        deviation=float(f"{np.median(deviations):.3g}"),
    )
