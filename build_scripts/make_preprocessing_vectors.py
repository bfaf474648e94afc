"""Writes tests/vectors/preprocessing.json: what Pillow makes of synthetic pictures, for Python and the page.

With --check it writes nothing and exits with 1 where the kept file differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from store.models.preprocessing import Preprocessing, crop_box, pixels_of, reference_pattern, to_input

TARGET = Path(__file__).resolve().parents[1] / "tests" / "vectors" / "preprocessing.json"
SAMPLES = 200
Pixels = NDArray[np.uint8]

ABOUT = [
    "Made by build_scripts/make_preprocessing_vectors.py with Pillow. store/models/preprocessing.py and the",
    "page must both give these numbers. Each picture is RGB, row by row, made by its formula with integers:",
    "noise(i) = floor(((i*1103515245 + 12345) mod 2^31) / 65536), i = (y*width + x)*3 + c.",
    "pattern: (x*(c+2) + y*(4-c) + noise(i) mod 32) mod 256. noise: noise(i) mod 256.",
    "checker: 255 where (floor(x/7) + floor(y/5) + c) mod 2 is 1, else 0.",
    "smooth: floor(255*(x + y*(c+1)) / ((width-1) + (height-1)*(c+1))), and 0 for a picture of one pixel.",
    "box = [left, top, side]: side = floor(min(width, height)*cropFraction + 0.5), at least 1;",
    "left = floor((width-side)/2), top = floor((height-side)/2).",
    "Resizing, per axis (as Pillow: horizontal pass first, whole bytes between the passes):",
    "scale = side/224, support = max(scale, 1); for output o: centre = start + (o+0.5)*scale,",
    "first = max(trunc(centre-support+0.5), 0), last = min(trunc(centre+support+0.5), length), length being",
    "that of the whole picture (taps reach outside the box);",
    "w(k) = max(0, 1 - |(k - centre + 0.5)/support|) for first <= k < last, divided by their sum in doubles,",
    "then made whole: trunc(w*2^22 + 0.5); value = (2^21 + sum(w*pixel)) >> 22, clipped to 0..255.",
    "sha256 is that of the 224*224*3 result bytes; samples is flat: x, y, c, value, x, y, c, value, …",
    "reference: the pattern picture at 224 x 224, unresized, on which embeddings are compared.",
    "inputs: (pixel - offset)/scale in float32 of pixels 0, 1, 127, 128, 254, 255.",
]

CASES = [
    ("pattern", 224, 224, 0.875),
    ("pattern", 256, 256, 0.875),
    ("noise", 320, 241, 0.875),
    ("checker", 640, 480, 0.875),
    ("smooth", 97, 131, 0.875),
    ("pattern", 1023, 767, 0.875),
    ("noise", 500, 333, 1.0),
    ("checker", 3, 500, 0.875),
    ("smooth", 1, 1, 0.875),
    ("noise", 1600, 1200, 0.875),
]
RANGES = [(127.5, 127.5), (127.0, 128.0), (0.0, 255.0), (128.0, 127.0)]


def picture(formula: str, width: int, height: int) -> Pixels:
    """The picture of a formula as [height, width, 3]."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    noise = ((((y * width + x) * 3 + c) * 1103515245 + 12345) % 2**31) >> 16
    values = {
        "pattern": (x * (c + 2) + y * (4 - c) + noise % 32) % 256,
        "noise": noise % 256,
        "checker": (x // 7 + y // 5 + c) % 2 * 255,
        "smooth": 255 * (x + y * (c + 1)) // np.maximum((width - 1) + (height - 1) * (c + 1), 1),
    }
    return np.asarray(values[formula], dtype=np.uint8)


def case(formula: str, width: int, height: int, crop_fraction: float) -> dict[str, object]:
    """One picture with what Pillow makes of it."""
    result = pixels_of(
        Image.fromarray(picture(formula, width, height)), Preprocessing(crop_fraction=crop_fraction)
    )
    left, top, right, _ = crop_box(width, height, crop_fraction)
    return {
        "formula": formula,
        "width": width,
        "height": height,
        "cropFraction": crop_fraction,
        "box": [left, top, right - left],
        "sha256": hashlib.sha256(result.tobytes()).hexdigest(),
        "samples": samples(result),
    }


def samples(result: Pixels) -> list[int]:
    """Corners and a fixed scatter of positions, flat: x, y, c, value, …"""
    random = np.random.default_rng(224)
    places = [(x, y, c) for x in (0, 223) for y in (0, 223) for c in range(3)]
    places += [(int(x), int(y), int(c)) for x, y, c in random.integers((224, 224, 3), size=(SAMPLES - 12, 3))]
    return [number for x, y, c in places for number in (x, y, c, int(result[y, x, c]))]


def vectors() -> dict[str, object]:
    """The whole file."""
    reference = reference_pattern()
    pixels = np.array([0, 1, 127, 128, 254, 255], np.uint8)
    return {
        "about": ABOUT,
        "size": 224,
        "pictures": [case(*arguments) for arguments in CASES],
        "reference": {
            "sha256": hashlib.sha256(reference.tobytes()).hexdigest(),
            "samples": samples(reference)[:160],
        },
        "inputs": [
            {
                "offset": offset,
                "scale": scale,
                "pixels": pixels.tolist(),
                "values": [float(v) for v in to_input(pixels, Preprocessing(offset=offset, scale=scale))],
            }
            for offset, scale in RANGES
        ],
    }


def text() -> str:
    """The file's text: one line for each picture, so that a change can be read in a diff."""
    whole = vectors()
    lines = []
    for key, value in whole.items():
        if isinstance(value, list):
            rows = ",\n    ".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in value)
            lines.append(f'  "{key}": [\n    {rows}\n  ]')
        else:
            lines.append(f'  "{key}": {json.dumps(value, separators=(",", ":"))}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    """Writes the file, or with --check compares; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    if not parser.parse_args().check:
        TARGET.write_text(text(), encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") == text():
        return 0
    print(f"{TARGET} differs from what Pillow gives now; run this script without --check and look at why.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
