from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from small_model import f32

from store.models.preprocessing import (
    Preprocessing,
    crop_box,
    pixels_of,
    pixels_of_file,
    preprocess,
    reference_pattern,
    to_input,
)

ROOT = Path(__file__).resolve().parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "preprocessing.json").read_text("utf-8"))
Pixels = NDArray[np.uint8]


def picture(case: dict[str, Any]) -> Pixels:
    """The picture of a vector, number by number from the text in the file's "about"."""
    width, height, formula = case["width"], case["height"], case["formula"]
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    noise = ((((y * width + x) * 3 + c) * 1103515245 + 12345) % 2**31) // 65536
    whole = np.maximum((width - 1) + (height - 1) * (c + 1), 1)
    values = {
        "pattern": (x * (c + 2) + y * (4 - c) + noise % 32) % 256,
        "noise": noise % 256,
        "checker": (x // 7 + y // 5 + c) % 2 * 255,
        "smooth": 255 * (x + y * (c + 1)) // whole,
    }
    return np.asarray(values[formula], dtype=np.uint8)


def taps(length: int, start: int, side: int) -> list[tuple[int, NDArray[np.int64]]]:
    """(first pixel, whole weights) of each of 224 outputs, as the file's "about" has it."""
    scale = side / 224
    support = max(scale, 1.0)
    result = []
    for output in range(224):
        centre = start + (output + 0.5) * scale
        first, last = max(int(centre - support + 0.5), 0), min(int(centre + support + 0.5), length)
        weights = [max(0.0, 1 - abs((k - centre + 0.5) / support)) for k in range(first, last)]
        whole = sum(weights)
        result.append((first, np.array([int(w / whole * 2**22 + 0.5) for w in weights])))
    return result


def resized(pixels: Pixels, case: dict[str, Any]) -> Pixels:
    """The written procedure, independent of Pillow."""
    left, top, side = case["box"]
    values = pixels.astype(np.int64)
    for axis, start in ((1, left), (0, top)):
        moved = np.moveaxis(values, axis, 0)
        rows = [
            (np.tensordot(weights, moved[first : first + len(weights)], 1) + 2**21) >> 22
            for first, weights in taps(moved.shape[0], start, side)
        ]
        values = np.moveaxis(np.clip(np.stack(rows), 0, 255), 0, axis)
    return values.astype(np.uint8)


@pytest.mark.parametrize(
    "case", VECTORS["pictures"], ids=lambda c: f"{c['formula']}-{c['width']}x{c['height']}"
)
def test_pillow_and_the_written_procedure_give_the_vectors(case: dict[str, Any]) -> None:
    made = picture(case)
    ours = pixels_of(Image.fromarray(made), Preprocessing(crop_fraction=case["cropFraction"]))
    assert hashlib.sha256(ours.tobytes()).hexdigest() == case["sha256"]
    np.testing.assert_array_equal(resized(made, case), ours)
    left, top, right, bottom = crop_box(case["width"], case["height"], case["cropFraction"])
    assert [left, top, right - left, bottom - top] == [*case["box"], case["box"][2]]
    samples = np.array(case["samples"]).reshape(-1, 4)
    assert len(samples) == 200
    np.testing.assert_array_equal(ours[samples[:, 1], samples[:, 0], samples[:, 2]], samples[:, 3])


def test_the_reference_pattern_is_the_one_of_the_vectors() -> None:
    pattern = reference_pattern()
    assert hashlib.sha256(pattern.tobytes()).hexdigest() == VECTORS["reference"]["sha256"]
    np.testing.assert_array_equal(pattern, picture({"width": 224, "height": 224, "formula": "pattern"}))


@pytest.mark.parametrize("row", VECTORS["inputs"], ids=lambda row: f"{row['offset']}-{row['scale']}")
def test_inputs_are_offset_and_scaled_in_float32(row: dict[str, Any]) -> None:
    found = to_input(
        np.array(row["pixels"], np.uint8), Preprocessing(offset=row["offset"], scale=row["scale"])
    )
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, f32(row["values"]))


def test_the_script_that_makes_the_vectors_finds_nothing_to_change() -> None:
    script = ROOT / "build_scripts" / "make_preprocessing_vectors.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def saved(image: Image.Image, kind: str, **options: Any) -> Image.Image:
    """The picture after a way through a file of that kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(file)


def half_and_half(mode: str, first: Any, second: Any) -> Image.Image:
    """Left one colour, right another."""
    image = Image.new(mode, (40, 40), first)
    image.paste(second, (20, 0, 40, 40))
    return image


def sides(image: Image.Image) -> list[list[int]]:
    """The colours near the left and the right edge after preprocessing."""
    pixels = pixels_of(image, Preprocessing())
    return [pixels[112, 10].tolist(), pixels[112, 213].tolist()]


def test_exif_turns_the_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = saved(half_and_half("RGB", (255, 0, 0), (0, 0, 255)), "PNG", exif=exif)
    assert sides(turned) == [[0, 0, 255], [255, 0, 0]]


def test_transparency_lies_on_white() -> None:
    image = half_and_half("RGBA", (255, 0, 0, 0), (0, 0, 0, 128))
    assert sides(saved(image, "PNG")) == [[255, 255, 255], [127, 127, 127]]
    grey = half_and_half("LA", (0, 0), (0, 255))
    assert sides(saved(grey, "PNG")) == [[255, 255, 255], [0, 0, 0]]


def test_sixteen_bits_of_grey_are_scaled_not_clipped() -> None:
    values = np.full((40, 40), 0x8080, np.uint16)
    values[:, 20:] = 0xFFFF
    assert sides(saved(Image.fromarray(values), "PNG")) == [[128] * 3, [255] * 3]


def test_cmyk_and_one_bit_become_rgb() -> None:
    assert sides(half_and_half("CMYK", (0, 255, 255, 0), (0, 0, 0, 255))) == [[255, 0, 0], [0, 0, 0]]
    assert sides(half_and_half("1", 1, 0)) == [[255] * 3, [0] * 3]


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    animated = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert sides(animated) == [[255, 0, 0], [255, 0, 0]]


def test_a_file_and_its_picture_give_the_same_numbers(tmp_path: Path) -> None:
    image = Image.fromarray(picture({"width": 320, "height": 200, "formula": "pattern"}))
    image.save(tmp_path / "a.png")
    given = Preprocessing(offset=127, scale=128)
    from_file = pixels_of_file(tmp_path / "a.png", given)
    np.testing.assert_array_equal(preprocess(image, given), (from_file - np.float32(127)) / np.float32(128))


def test_a_preprocessing_survives_its_json() -> None:
    given = Preprocessing(size=192, crop_fraction=0.9, offset=127, scale=128)
    assert Preprocessing.from_json(json.loads(json.dumps(given.to_json()))) == given
