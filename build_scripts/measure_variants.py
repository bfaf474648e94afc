"""Measures how far the float16 and uint8 weights of known backbones agree with float32.

It writes store/models/known_figures.json, from which a first start takes the figures instead of measuring.
Pictures are files named NNNN_name.jpg, NNNN being the class of ImageNet; every backbone has an ImageNet head.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from store.models.agreement import compare, embeddings
from store.models.backbone_set import backbone_id, describe
from store.models.network import head_logits
from store.models.parsed import ParsedModel
from store.models.preprocessing import pixels_of_file
from store.models.starter import load_starter
from store.models.topology import VARIANTS, graph_model

TARGET = ROOT / "store" / "models" / "known_figures.json"
PICTURES = ROOT.parent / "shared" / "images" / "imagenet-sample"
_TOP = 5
Array = NDArray[np.float32]


def measure(parsed: ParsedModel, files: Sequence[Path], on: str) -> dict[str, Any]:
    """The figures of one backbone with its ImageNet head."""
    pixels = np.stack([pixels_of_file(file, parsed.preprocessing) for file in files])
    found = {
        variant: embeddings(parsed, graph_model(parsed.network, parsed.arrays, variant).arrays, pixels)
        for variant in VARIANTS
    }
    classes = np.array([int(file.name[:4]) for file in files])
    return {
        "name": parsed.name,
        "n": len(files),
        "on": on,
        "agreement": {
            variant: _agreement(parsed, found["float32"], found[variant], on) for variant in VARIANTS[1:]
        },
        "correct": {variant: _correct(parsed, values, classes) for variant, values in found.items()},
    }


def _agreement(parsed: ParsedModel, master: Array, values: Array, on: str) -> dict[str, float]:
    figures = compare(parsed, master, values, on)
    return {"top1": figures.top1, "deviation": figures.deviation}


def _correct(parsed: ParsedModel, values: Array, classes: NDArray[np.int64]) -> dict[str, int]:
    """How many pictures have their class first, and among the first five."""
    order = head_logits(parsed.head_layers, values, parsed.head_input).argsort(axis=1)[:, ::-1]
    hits = order[:, :_TOP] == classes[:, np.newaxis]
    return {"top1": int(hits[:, 0].sum()), "top5": int(hits.any(axis=1).sum())}


def main() -> int:
    """Measures and writes; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    parser.add_argument("--print", action="store_true", help="print the figures and write nothing")
    arguments = parser.parse_args()
    files = sorted(arguments.pictures.glob("*.jpg"))
    if not files:
        print(f"There are no pictures in {arguments.pictures}.")
        return 2
    on = f"{len(files)} photographs of ImageNet's classes"
    backbones = {backbone_id(describe(parsed)): measure(parsed, files, on) for parsed in [load_starter()]}
    text = json.dumps({"backbones": backbones, "pictures": [file.name for file in files]}, indent=1) + "\n"
    if arguments.print:
        print(text)
    else:
        TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
